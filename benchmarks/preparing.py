"""How fast photos are prepared beside their bare parts, and how much memory a large set takes.

    python benchmarks/preparing.py [--shared ../shared] [--photos 60] [--memory 100 2000]

The photos are made of real ones in the shared folder, by crops and colour. Speed is told as a ratio
within this run: bare decoding, dlib's detector and landmarks, warp and PNG encoding, each called
directly on the same photos, over all that preparing takes on one core. The goal is 0.9. Where other
work disturbs the clock on the wall, look at the ratio of processor time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from family_memory import watch_memory
from lgpgan.datasets.layouts.listing import Entry
from lgpgan.datasets.preparing import prepare_set
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import TEMPLATE_SIZE, align
from lgpgan.faces.detectors.dlib_detector import MINIMUM_SCORE, landmark_model_path

AT_ONCE = 10
"""Photos that are prepared, then taken apart, before the next ones: the machine's pace changes."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/")
    parser.add_argument("--photos", type=int, default=60, help="how many to measure the speed with")
    parser.add_argument("--memory", type=int, nargs="*", default=[100, 2000], metavar="PHOTOS")
    parser.add_argument("--jobs", type=int, default=2, help="processes, for the memory alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        speed(make_photos(options.shared, Path(folder), options.photos))
    for count in options.memory:
        with tempfile.TemporaryDirectory() as folder:
            make_photos(options.shared, Path(folder) / "photos", count)
            memory(Path(folder), count, options.jobs)


def make_photos(shared: Path, folder: Path, count: int) -> list[Path]:
    """Photos in folders of their classes and people: real ones, cropped and tinted."""
    originals = sorted((shared / "data").glob("*_neutral/*.jpg"))
    rng = np.random.default_rng(0)
    photos = []
    for number in range(count):
        with Image.open(originals[number % len(originals)]) as image:
            pixels = np.asarray(image, np.float64)
        margin = rng.integers(0, 24, 4)
        height, width = pixels.shape[:2]
        cropped = pixels[margin[0] : height - margin[1], margin[2] : width - margin[3]]
        tinted = np.clip(cropped * rng.uniform(0.8, 1.1, 3), 0, 255).astype(np.uint8)
        expression = list(Expression)[number % len(Expression)]
        path = folder / expression / f"p{number % 50}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tinted).save(path, quality=92)
        photos.append(path)
    return photos


def now() -> NDArray[np.float64]:
    """Seconds (2,) by the clock on the wall, and of this process on its processor."""
    return np.array([time.perf_counter(), time.process_time()])


def speed(photos: Sequence[Path]) -> None:
    """Photos a second on one core, beside the bare parts."""
    cv2.setNumThreads(1)
    bare = BareParts()
    parts = dict.fromkeys(bare.names, np.zeros(2))
    whole = np.zeros(2)
    groups = [photos[start : start + AT_ONCE] for start in range(0, len(photos), AT_ONCE)]
    for number, group in enumerate([groups[0], *groups]):
        with tempfile.TemporaryDirectory() as folder:
            entries = [
                Entry(photo=path.name, path=path, label="happy", split="train") for path in group
            ]
            started = now()
            prepare_set(entries, Path(folder) / "set", processes=1)
            taken = now() - started
            spent = [bare.run(path, Path(folder)) for path in group]
        if number:  # the first group only warms up
            whole += taken
            for name, times in zip(bare.names, np.sum(spent, axis=0), strict=True):
                parts[name] = parts[name] + times
    wall, processor = whole / len(photos)
    total = np.sum(list(parts.values()), axis=0)
    each = ", ".join(f"{name} {spent[0] / len(photos) * 1e3:.1f}" for name, spent in parts.items())
    print(f"prepare: {1 / wall:.1f} photos a second and core ({wall * 1e3:.1f} ms)")
    print(f"bare parts: {total[0] / len(photos) * 1e3:.1f} ms ({each})")
    print(f"ratio: {(total / whole)[0]:.2f}; of processor time alone {(total / whole)[1]:.2f}")
    print(f"processor time: {processor * 1e3:.1f} ms a photo")


class BareParts:
    """What preparing cannot do without, each part called directly."""

    names = ("decode", "detector", "landmarks", "warp", "PNG")

    def __init__(self) -> None:
        self.detector = dlib.get_frontal_face_detector()
        self.predictor = dlib.shape_predictor(str(landmark_model_path()))

    def run(self, photo: Path, folder: Path) -> NDArray[np.float64]:
        """Seconds (5, 2) that every part takes for a photo, by both clocks."""
        times = [now()]
        with Image.open(photo) as image:
            pixels = np.asarray(image.convert("RGB"))
        times.append(now())
        boxes, _, _ = self.detector.run(pixels, 0, MINIMUM_SCORE)
        times.append(now())
        shape = self.predictor(pixels, boxes[0])
        times.append(now())
        landmarks = np.array([(point.x, point.y) for point in shape.parts()], np.float64)
        transform = align(landmarks)
        finer = max(1, round(1 / transform.scale))
        size = TEMPLATE_SIZE * finer
        face = cv2.warpAffine(pixels, transform.scaled(finer).matrix, (size, size))
        face = cv2.resize(face, (TEMPLATE_SIZE,) * 2, interpolation=cv2.INTER_AREA)
        times.append(now())
        Image.fromarray(face).save(folder / "face.png")
        times.append(now())
        return np.diff(times, axis=0)


def memory(folder: Path, count: int, processes: int) -> None:
    """Peak memory of the command and its processes."""
    command = [
        *(sys.executable, "-c", "from lgpgan.cli import main; main()", "prepare"),
        *(str(folder / "photos"), str(folder / "set"), "--jobs", str(processes)),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        peaks = watch_memory(process)
        if process.returncode:
            sys.exit(process.stderr.read().decode() if process.stderr else "")
    own = peaks.pop(process.pid)
    others = ", ".join(f"{peak:.0f}" for peak in sorted(peaks.values(), reverse=True))
    print(f"{count} photos: peak memory {own:.0f} MB, and of its processes {others} MB")


if __name__ == "__main__":
    main()
