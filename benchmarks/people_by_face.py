"""How well ``lgpgan prepare --people by-face`` tells who is on photos: errors of both kinds.

    python benchmarks/people_by_face.py [--shared ../shared] [--small 48]

London's 102 people are shown twice, neutral and smiling, Canada's 40 once. The limit was chosen on
every third of London's people, and the errors are those on the others. With ``--small`` every face
is cut out tightly, made grey, and shrunk to so many pixels first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.datasets.people_by_face import SAME_FACE, group_by_face
from lgpgan.faces.descriptors import FaceDescriber
from lgpgan.faces.detection import Face
from lgpgan.faces.detectors.dlib_detector import DlibDetector

LIMITS = (0.40, 0.45, 0.48, SAME_FACE, 0.52, 0.55, 0.60)
ENLARGED, MARGIN = 192, 48
"""Pixels: side of a small face as its landmarks are read, and the border around it."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/")
    parser.add_argument("--small", type=int, default=0, metavar="PIXELS", help="side of the faces")
    options = parser.parse_args()
    photos = list(list_photos(options.shared / "data"))
    describer, detector = FaceDescriber(), DlibDetector()
    people, described = [], []
    for path, person in photos:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        (face,) = detector.detect(pixels)
        if options.small:
            pixels, face = shrunk(pixels, face, detector, options.small)
        people.append(person)
        described.append(describer.embed(pixels, face.landmarks))
    who, descriptors = np.array(people), np.array(described)
    chosen_on = np.array([person[0] == "l" and int(person[1:]) % 3 == 0 for person in people])
    print("limit  people: in two groups  pairs of one person missed  of two people joined  largest")
    for title, part in (("every third of London", chosen_on), ("the others, Canada", ~chosen_on)):
        print(title)
        for limit in LIMITS:
            report(who[part], descriptors[part], limit)


def list_photos(data: Path) -> Iterator[tuple[Path, str]]:
    """Every photo with who is on it."""
    for folder in ("london_neutral", "london_smiling"):
        for path in sorted((data / folder).glob("*.jpg")):
            yield path, f"l{path.name.partition('_')[0]}"
    for path in sorted((data / "canada_neutral").glob("*.jpg")):
        yield path, f"c{path.stem}"


def shrunk(
    pixels: NDArray[np.uint8], face: Face, detector: DlibDetector, side: int
) -> tuple[NDArray[np.uint8], Face]:
    """A face cut out by its box, grey, at a side of so many pixels, and its landmarks there."""
    left, top, right, bottom = (max(0, int(edge)) for edge in face.box)
    grey = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    small = np.repeat(small[..., None], 3, axis=2)
    large = cv2.resize(small, (ENLARGED, ENLARGED), interpolation=cv2.INTER_CUBIC)
    wide = np.pad(large, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "edge")
    box = (MARGIN, MARGIN, MARGIN + ENLARGED, MARGIN + ENLARGED)
    landmarks = (detector.landmarks(np.asarray(wide, np.uint8), box) - MARGIN) * side / ENLARGED
    return np.asarray(small, np.uint8), Face((0, 0, side, side), landmarks)


def report(who: NDArray[np.str_], descriptors: NDArray[np.float64], limit: float) -> None:
    """Print the errors at a limit."""
    groups = group_by_face(descriptors, [""] * len(who), limit)
    pairs = np.array(list(combinations(range(len(who)), 2)))
    same, joined = (names[pairs[:, 0]] == names[pairs[:, 1]] for names in (who, groups))
    several = [person for person in np.unique(who) if (who == person).sum() > 1]
    apart = sum(len(np.unique(groups[who == person])) > 1 for person in several)
    largest = np.unique(groups, return_counts=True)[1].max()
    print(
        f"{limit:5.2f}  {apart:3} of {len(several):3}  {(same & ~joined).sum():3} of {same.sum():3}"
        f"  {(~same & joined).sum():5} of {(~same).sum():6} ({(joined[~same]).mean():.2%})"
        f"  {largest:3}"
    )


if __name__ == "__main__":
    main()
