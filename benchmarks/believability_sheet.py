"""A sheet of edits before and after what is done at the photo's resolution, to be looked at.

    python benchmarks/believability_sheet.py docs/images/believability.jpg [--shared ../shared]
        [--part face|brows|mouth] [--people london-094 london-042] [--smiling]
        [--to surprised disgusted]

Every person takes two rows: changes pasted as the networks make them, and finished ones. People are
those of kept_out_to_choose.txt; ``astronaut`` is the demo photo.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from believability_cases import Subject, people
from lgpgan.contact_sheet import contact_sheet
from lgpgan.editing.editor import Editor
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import Similarity, warp
from lgpgan.photos.reading import read_photo

CELL = 300
PARTS = {"face": (0, 0, 128), "brows": (24, 0, 80), "mouth": (30, 50, 68)}
"""Left, top and side of what is shown, in template pixels."""
CREDIT = (
    "Synthetic expressions made by lgpgan. Photos: DeBruine & Jones, Face Research Lab London Set "
    "and Young Adult White Faces (CC-BY 4.0); NASA, public domain; altered."
)


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--part", choices=list(PARTS), default="face")
    parser.add_argument("--people", nargs="*", default=["london-094", "london-042", "astronaut"])
    parser.add_argument(
        "--smiling", action="store_true", help="edit the photos of people who smile"
    )
    parser.add_argument("--to", nargs="*", default=["disgusted", "fearful", "surprised"])
    options = parser.parse_args()
    editor = Editor.from_pretrained()
    paths = {
        person.name: person.smile if options.smiling else person.path
        for person in people(options.shared / "data", "choose")
    }
    cells = []
    for name in options.people:
        astronaut = name == "astronaut"
        pixels = skimage.data.astronaut() if astronaut else read_photo(paths[name]).pixels
        face = editor.open(pixels).faces[0]
        for plain in (True, False):
            subject = Subject(name, editor, plain=plain)
            cells.append((name, shown(pixels, face.transform, options.part)))
            for expression in options.to:
                made, _ = subject.edit(pixels, face, Target.parse(expression))
                caption = f"{expression}, {'plain' if plain else 'finished'}"
                cells.append((caption, shown(made, face.transform, options.part)))
    image = Image.fromarray(contact_sheet(cells, columns=1 + len(options.to), cell=CELL))
    exif = image.getexif()
    exif[0x010E] = CREDIT  # ImageDescription
    image.save(options.out, quality=82, exif=exif)


def shown(pixels: NDArray[np.uint8], transform: Similarity, part: str) -> NDArray[np.uint8]:
    """A part of a face (CELL, CELL, 3), enlarged."""
    left, top, side = PARTS[part]
    return warp(pixels, transform.moved(-left, -top).scaled(CELL / side), CELL)


if __name__ == "__main__":
    main()
