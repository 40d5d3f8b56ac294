"""How many faces are found on the crops that people have, how well, and at what cost.

    python benchmarks/finding_faces.py [--shared ../shared] [--crops 20] [--wild] [--write PAGE]

Crops are made of the London and Canada photos in the shared folder, whose landmarks are known from
the whole photo. A face counts as used where exactly one is found whose eyes and mouth the crop
shows, from the front, with 12 pixels between the eyes. Before, it was dlib's first look alone, and
the border might cut no landmark. Backgrounds are crops of scikit-image's pictures that show nobody.
With --wild the crops of shared/data/wild, which are of other people's making, are counted, too.
With --write docs/notes/preparing.md the figures are written into that page.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray
from PIL import Image

from lgpgan.errors import InputError
from lgpgan.faces.alignment import upright, warp
from lgpgan.faces.detection import FEATURES, Face, Look
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.detectors.patient_detector import PatientDetector, has_networks
from lgpgan.photos.reading import read_photo

WRONG = 0.15
"""Error, in eye distances, from which landmarks count as wrong."""
SIZES = (48, 96, 224)
"""Sides of the crops in pixels."""
PEOPLE = ("astronaut", "camera", "lfw", "face")
"""What the names of those of scikit-image's pictures hold that show people."""
MARKS = ("<!-- written by benchmarks/finding_faces.py -->", "<!-- end -->")
"""Between these two lines of a page its figures are written."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Kind:
    """How crops are made.

    Attributes:
        side: smallest and largest side, in distances between brows and chin.
        lean: smallest and largest angle, in degrees, to either side.
        light: smallest and largest factor of all colours.
        grey: share of the crops that are grey.
        turned: whether they lie on a side, or upside down.
    """

    side: tuple[float, float] = (1.3, 1.6)
    lean: tuple[float, float] = (0.0, 5.0)
    light: tuple[float, float] = (1.0, 1.0)
    grey: float = 0.0
    turned: bool = False


KINDS = {
    "plain": Kind(),
    "tight": Kind(side=(1.0, 1.2)),
    "grey": Kind(grey=1.0),
    "leaning": Kind(lean=(15.0, 30.0)),
    "dark": Kind(light=(0.15, 0.4)),
    "turned": Kind(turned=True),
    "all of it": Kind(side=(1.0, 1.6), lean=(0.0, 30.0), light=(0.25, 1.0), grey=0.5),
}


@dataclass(frozen=True)
class Seen:
    """What was made of one picture.

    Attributes:
        before: whether it was used by the first look and the old rule.
        after: whether it is used now.
        look: how its face was found; None where none was.
        error: mean distance of the 68 landmarks from those of the whole photo, in eye distances;
            NaN where it is not known.
        seconds: what finding and reading took.
    """

    before: bool
    after: bool
    look: Look | None
    error: float
    seconds: float


@dataclass(frozen=True)
class Measured:
    """What was made of all pictures.

    Attributes:
        crops: kind, and size, to what was made of its crops.
        backgrounds: number of crops that show nobody.
        invented: number of those on which a face was found all the same.
        wild: what was made of crops in the wild.
    """

    crops: Mapping[str, Mapping[int, Sequence[Seen]]]
    backgrounds: int
    invented: int
    wild: Sequence[Seen]

    @property
    def all_crops(self) -> list[Seen]:
        """What was made of the crops of every kind and size."""
        return [seen for of_sizes in self.crops.values() for seen in chain(*of_sizes.values())]

    @property
    def looks(self) -> Counter[str]:
        """How the faces of crops in the wild were found."""
        return Counter(
            f"{seen.look or 'no face'}{'' if seen.after else ', not used'}" for seen in self.wild
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/")
    parser.add_argument("--crops", type=int, default=20, help="crops of a kind and size")
    parser.add_argument("--backgrounds", type=int, default=500, help="crops that show nobody")
    parser.add_argument("--wild", action="store_true", help="count shared/data/wild, too")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the figures there, too")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photos = whole_photos(options.shared)
    lines: list[str] = []
    for networks in (True, False) if has_networks() else (False,):
        measured = measure(
            partial(crops, photos, count=options.crops),
            PatientDetector(networks=networks),
            options.backgrounds,
            options.shared / "data" / "wild" if options.wild else None,
        )
        how = "With MediaPipe's networks" if networks else "With dlib alone"
        lines += [*([] if lines else [*table(measured), ""]), *sentences(measured, how), ""]
        for name, count in measured.looks.items():
            print(f"  {name}: {count} in the wild")
    print("\n".join(lines))
    if options.write is not None:
        rewrite(options.write, lines[:-1])


def whole_photos(shared: Path) -> list[tuple[Pixels, NDArray[np.float64]]]:
    """The photos and the landmarks (68, 2) of their faces."""
    detector = DlibDetector()
    photos = []
    for folder in ("london_neutral", "london_smiling", "canada_neutral"):
        for path in sorted((shared / "data" / folder).glob("*.jpg")):
            pixels = read_photo(path).pixels
            faces = detector.detect(pixels)
            if len(faces) == 1:
                photos.append((pixels, faces[0].landmarks))
    return photos


def crops(
    photos: Sequence[tuple[Pixels, NDArray[np.float64]]], kind: Kind, size: int, count: int
) -> Iterator[tuple[Pixels, NDArray[np.float64]]]:
    """Crops of a kind, all of which show both eyes and the mouth, and the landmarks in them."""
    rng = np.random.default_rng(size)
    made = 0
    while made < count:
        pixels, landmarks = photos[rng.integers(len(photos))]
        brows, chin = landmarks[17:27].mean(axis=0), landmarks[8]
        height = float(np.linalg.norm(brows - chin))
        middle = (brows + chin) / 2 + rng.uniform(-0.05, 0.05, 2) * height
        lean = rng.uniform(*kind.lean) * rng.choice((-1, 1))
        lean += 90 * rng.integers(1, 4) if kind.turned else 0
        transform = upright(middle, rng.uniform(*kind.side) * height, lean, size)
        crop, there = warp(pixels, transform, size), transform(landmarks)
        if rng.random() < kind.grey:
            crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., np.newaxis], 3, axis=2)
        dark = np.clip(crop * rng.uniform(*kind.light), 0, 255).astype(np.uint8)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))]
        _, coded = cv2.imencode(".jpg", dark[..., ::-1], quality)
        features = there[FEATURES]
        if features.min() > 0 and features.max() < size:
            made += 1
            yield np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]), there


def backgrounds(count: int) -> Iterator[Pixels]:
    """Crops of pictures that show nobody, some of them small, some dark."""
    rng = np.random.default_rng(7)
    pictures = []
    for path in sorted((Path(skimage.__file__).parent / "data").iterdir()):
        if path.suffix in (".png", ".jpg", ".jpeg") and not any(n in path.name for n in PEOPLE):
            with Image.open(path) as image:
                pictures.append(np.asarray(image.convert("RGB")))
    pictures = [picture for picture in pictures if min(picture.shape[:2]) >= 100]
    for _ in range(count):
        picture = pictures[rng.integers(len(pictures))]
        height, width = picture.shape[:2]
        side = int(rng.integers(40, min(height, width, 400)))
        y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        crop = picture[y : y + side, x : x + side].copy()
        if rng.random() < 0.5:
            size = int(rng.choice(SIZES))
            crop = np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA))
        yield (crop * 0.3).astype(np.uint8) if rng.random() < 0.2 else crop


def look(
    detector: PatientDetector, pixels: Pixels, landmarks: NDArray[np.float64] | None = None
) -> Seen:
    """Look for faces in a picture."""
    started = time.perf_counter()
    faces = detector.detect(pixels)
    seconds = time.perf_counter() - started
    if len(faces) != 1:
        return Seen(False, False, None, np.nan, seconds)
    (face,) = faces
    error = np.nan if landmarks is None else error_of(face, landmarks)
    size = pixels.shape[:2]
    before = face.look is Look.FIRST and not face.is_cut(*size) and not face.too_small
    try:
        face.check_editable(*size)
    except InputError:
        return Seen(before, False, face.look, error, seconds)
    return Seen(before, True, face.look, error, seconds)


def error_of(face: Face, landmarks: NDArray[np.float64]) -> float:
    """Mean distance of landmarks from where they are, in eye distances."""
    right, left = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    off = np.linalg.norm(face.landmarks - landmarks, axis=1).mean()
    return float(off / np.linalg.norm(left - right))


def measure(
    make: Callable[[Kind, int], Iterator[tuple[Pixels, NDArray[np.float64]]]],
    detector: PatientDetector,
    count: int,
    folder: Path | None,
) -> Measured:
    """Look at crops of every kind and size, at backgrounds, and at crops in the wild."""
    of_crops = {
        kind: {size: [look(detector, *crop) for crop in make(KINDS[kind], size)] for size in SIZES}
        for kind in KINDS
    }
    invented = sum(look(detector, crop).after for crop in backgrounds(count))
    return Measured(of_crops, count, invented, wild(folder, detector) if folder else [])


def table(measured: Measured) -> Iterator[str]:
    """Lines of a table in Markdown, by kind and size."""
    yield f"| kind | {' | '.join(f'{size}×{size}' for size in SIZES)} | median error | wrong |"
    yield "| --- |" + " --- |" * (len(SIZES) + 2)
    for kind, of_sizes in measured.crops.items():
        cells = [f"{share(seen, 'before')} → {share(seen, 'after')}" for seen in of_sizes.values()]
        errors = np.array([seen.error for seen in chain(*of_sizes.values()) if seen.after])
        cells += [f"{np.median(errors):.3f}", f"{np.mean(errors > WRONG):.0%}"]
        yield f"| {kind} | {' | '.join(cells)} |"


def share(seen: Sequence[Seen], which: str) -> str:
    """In percent, how many were used ``before``, or are ``after``."""
    return f"{np.mean([getattr(one, which) for one in seen]):.0%}"


def sentences(measured: Measured, how: str) -> Iterator[str]:
    """What the table does not show."""
    crops = measured.all_crops
    before, after = (sum(getattr(one, which) for one in crops) for which in ("before", "after"))
    yield f"{how} {after} of these {len(crops)} crops are used; {before} were before."
    yield f"On {measured.backgrounds} crops of backgrounds {measured.invented} faces were invented."
    if measured.wild:
        before, after = (sum(getattr(one, w) for one in measured.wild) for w in ("before", "after"))
        yield (
            f"Of {len(measured.wild)} crops in the wild {before} were used before, and {after} are "
            f"now ({after / len(measured.wild):.1%})."
        )
    first, further = (
        np.mean([s.seconds for s in crops if s.after and (s.look is Look.FIRST) == is_first])
        for is_first in (True, False)
    )
    yield f"A face that only a further look finds takes {further / first:.0f} times as long."


def wild(folder: Path, detector: PatientDetector) -> list[Seen]:
    """Look at the crops that other people made."""
    found = []
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                found.append(look(detector, read_photo(folder / row["path"]).pixels))
            except InputError:  # fewer than 32 pixels a side
                found.append(Seen(False, False, None, np.nan, 0.0))
    return found


def rewrite(page: Path, lines: Sequence[str]) -> None:
    """Put lines between the two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    body = "\n".join([MARKS[0], *lines, MARKS[1]])
    page.write_text(f"{before}{body}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
