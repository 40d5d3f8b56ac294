"""The two sources of landmarks side by side: agreement, error, misses, false faces, speed.

python benchmarks/landmarks.py STUDIO_SET --shared ../shared

The studio set's people to report on have exact landmarks; the folder has real photos. Distances are
means over the landmarks, in percent of the distance between the eyes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from lgpgan.faces.alignment import eye_centres, turning, warp
from lgpgan.faces.detection import FaceDetector
from lgpgan.faces.detectors.loading import load_detector

Pixels = NDArray[np.uint8]

PARTS = {
    "all": slice(0, 68),
    "jaw": slice(0, 17),
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
}
EMPTY = ("coffee", "rocket", "chelsea", "coins", "moon", "page", "brick", "gravel", "clock")
EMPTY += ("hubble_deep_field", "immunohistochemistry", "text", "retina", "grass")
FRAME = (1600, 1200)
"""Width and height of the photos that faces are put into, small or leaning."""


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studio", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--renders", type=int, default=300)
    parser.add_argument("--photos", type=int, default=60)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sources = {name: load_detector(name) for name in ("dlib", "mediapipe")}
    rows = to_report_on(options.studio)
    people = {row["person"] for row in rows}
    photos = real_photos(options.shared / "data", people)
    count = min(options.photos, len(photos))
    photos = [photos[i] for i in np.linspace(0, len(photos) - 1, count).astype(int)]
    print(f"{len(people)} people to report on, {len(photos)} real photos\n")
    print_errors(sources, options.studio, rows, options.renders, photos)
    print_misses(sources, photos)
    print_false_faces(sources)
    print_speed(sources, photos)


def to_report_on(studio: Path) -> list[dict[str, Any]]:
    """Rows of the studio set's people that no network and no mapping was fitted to."""
    lines = (studio / "metadata.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["split"] == "test"]


def real_photos(folder: Path, people: set[str]) -> list[Pixels]:
    """Photos of these people, whose files are called as their number in the set."""
    paths = [
        path
        for path in sorted(folder.glob("*/*.jpg"))
        if f"{path.parent.name.split('_')[0]}-{path.stem.split('_')[0]}" in people
    ]
    return [read(path) for path in paths]


def read(path: Path) -> Pixels:
    """An image (H, W, 3) RGB."""
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)


def print_errors(
    sources: dict[str, FaceDetector],
    studio: Path,
    rows: Sequence[dict[str, Any]],
    count: int,
    photos: Sequence[Pixels],
) -> None:
    """Distance to exact landmarks on renders, and to each other on photos."""
    print("| | " + " | ".join(PARTS) + " | misses |\n|" + "---|" * (len(PARTS) + 2))
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, count).astype(int)]
    for name, source in sources.items():
        errors = []
        for row in chosen:
            exact = np.array(row["landmarks"])
            faces = source.detect(read(studio / row["file_name"]))
            if faces:
                errors.append(distances(faces[0].landmarks, exact))
        print_parts(f"{name} to exact landmarks of renders", errors, len(chosen))
    errors = []
    for photo in photos:
        one, other = (source.detect(photo) for source in sources.values())
        if one and other:
            errors.append(distances(other[0].landmarks, one[0].landmarks))
    print_parts("the two on real photos", errors, len(photos))


def distances(points: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the landmarks, in percent of the eye distance."""
    right, left = eye_centres(wanted)
    away: NDArray[np.float64] = np.linalg.norm(points - wanted, axis=1)
    return away / float(np.linalg.norm(left - right)) * 100


def print_parts(title: str, errors: Sequence[NDArray[np.float64]], count: int) -> None:
    """One row: means of the parts of the face, and how many faces were not found."""
    means = np.mean(errors, axis=0)
    cells = " | ".join(f"{means[part].mean():.1f}" for part in PARTS.values())
    print(f"| {title} | {cells} | {count - len(errors)} of {count} |")


def print_misses(sources: dict[str, FaceDetector], photos: Sequence[Pixels]) -> None:
    """Faces of several sizes and tilts, each put into a larger photo without faces."""
    print(f"\n| one face in {FRAME[0]}×{FRAME[1]} | " + " | ".join(sources) + " |\n|---|---|---|")
    faces = [(photo, sources["dlib"].detect(photo)[0].landmarks) for photo in photos[::2]]
    cases = [(eyes, 0) for eyes in (20, 40, 80, 160)]
    cases += [(120, tilt) for tilt in (15, 30, 45, 60, 90)]
    for eyes, tilt in cases:
        scenes = [scene(photo, points, eyes, tilt) for photo, points in faces]
        cells = []
        for source in sources.values():
            found = [source.search(pixels) for pixels in scenes]
            missed = sum(not about_middle(boxes) for boxes in found)
            wrong = sum(len(boxes) for boxes in found) - (len(scenes) - missed)
            cells.append(f"{missed} of {len(scenes)} missed, {wrong} false")
        print(f"| {eyes} pixels between the eyes, leaning {tilt}° | {' | '.join(cells)} |")


def scene(photo: Pixels, points: NDArray[np.float64], eyes: float, tilt: float) -> Pixels:
    """The face, so large and leaning, in the middle of a picture of coffee."""
    width, height = FRAME
    right, left = eye_centres(points)
    transform = turning(-tilt).scaled(eyes / float(np.linalg.norm(left - right)))
    side = int(5 * eyes)
    transform = transform.moved(*(side / 2 - transform(points[27:36].mean(axis=0))))
    background = np.asarray(cv2.resize(data.coffee(), FRAME), np.uint8)
    x, y = (width - side) // 2, (height - side) // 2
    # Clipped where the face is larger than the picture is high.
    top, low = max(0, y), min(height, y + side)
    background[top:low, x : x + side] = warp(photo, transform, side)[top - y : low - y]
    return background


def about_middle(boxes: Sequence[Any]) -> bool:
    """Whether one of the boxes holds the middle of the picture."""
    x, y = FRAME[0] / 2, FRAME[1] / 2
    return any(box[0] < x < box[2] and box[1] < y < box[3] for box, _ in boxes)


def print_false_faces(sources: dict[str, FaceDetector]) -> None:
    """Faces found in pictures that show none."""
    pictures = []
    for name in EMPTY:
        pixels = getattr(data, name)()
        pixels = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels[..., :3]
        pictures.append(np.ascontiguousarray(pixels))
    counts = {
        name: sum(len(source.search(pixels)) for pixels in pictures)
        for name, source in sources.items()
    }
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"\nFalse faces in {len(pictures)} pictures without faces: {told}")


def print_speed(sources: dict[str, FaceDetector], photos: Sequence[Pixels]) -> None:
    """Times of one photo at three sizes, as medians."""
    print("\n| | " + " | ".join(sources) + " |\n|---|---|---|")
    for side in (512, 1400, 4000):
        photo = np.asarray(cv2.resize(photos[0], (side, side)), np.uint8)
        taken = [median_seconds(partial(source.detect, photo)) for source in sources.values()]
        cells = [f"{1000 * seconds:.0f} ms" for seconds in taken]
        print(f"| detect and landmarks, {side}×{side} | {' | '.join(cells)} |")


def median_seconds(call: Callable[[], Any], times: int = 7) -> float:
    """Median time of a call, once it is warm."""
    call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


if __name__ == "__main__":
    main()
