"""Draws the gallery: sheets of what the weights make of a photo.

    python draw_gallery.py docs/images                     the demo photo, for docs/gallery.md
    python draw_gallery.py runs/gallery --photos photos.csv   twenty people kept out of training

Five sheets a photo: the eight expressions, each at six strengths, mixtures, eyes of one
expression over the mouth of another, and single action units.
``--shuffled`` draws the eight in an order of their own, without names, to be named by somebody who
has not seen them; the answers go to ``answers.csv``.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from lgpgan.contact_sheet import contact_sheet
from lgpgan.datasets.building import plain_name
from lgpgan.editing.closeup import closeup
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.editing.strips import strip
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.studio.photos import PhotoEntry, list_photos

PEOPLE = 20
SIDE, SMALL_SIDE = 400, 260
MIXTURES = (
    {"happy": 0.6, "surprised": 0.5},
    {"happy": 0.6, "disgusted": 0.5},
    {"sad": 0.6, "angry": 0.5},
    {"sad": 0.6, "fearful": 0.5},
    {"angry": 0.6, "disgusted": 0.5},
    {"fearful": 0.6, "surprised": 0.5},
)
"""Six compound emotions of Du, Tao & Martinez, *Compound facial expressions of emotion*, PNAS
2014."""
HALVES = ("angry", "happy", "sad", "surprised")


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--photos", type=Path, help="list of photos, as for 'lgpgan studio'")
    parser.add_argument("--weights", type=Path, help="in place of lgpgan's own")
    parser.add_argument("--shuffled", action="store_true", help="one unlabelled sheet a photo")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    editor = Editor.from_pretrained(options.weights)
    answers = []
    for name, image, credit in subjects(options.photos):
        try:
            opened = editor.open(image)
        except InputError as error:
            print(f"left out: {error}")
            continue
        near = closeup(opened, opened.largest_face, side=SIDE)
        if options.shuffled:
            order = random.Random(name).sample(list(Expression), len(Expression))
            answers.append([name, *order])
            save(unlabelled(editor, near, order), options.out / f"{name}.png", credit)
            continue
        for what, sheet in sheets(editor, opened, near):
            save(sheet, options.out / f"gallery_{name}_{what}.jpg", credit)
    if answers:
        with (options.out / "answers.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(answers)


def subjects(photos: Path | None) -> Iterator[tuple[str, Path | NDArray[np.uint8], str]]:
    """Name, photo and credit of whoever is drawn."""
    if photos is None:
        yield "astronaut", skimage.data.astronaut(), "Photo: NASA, public domain; altered."
        return
    kept_out: list[PhotoEntry] = [
        entry
        for entry in list_photos(photos)
        if entry.split == "test" and entry.expression is Expression.NEUTRAL
    ]
    step = max(1, len(kept_out) // PEOPLE)
    for entry in kept_out[::step][:PEOPLE]:
        yield (
            plain_name(entry.path.stem),
            entry.path,
            f"Photo: {entry.source} ({entry.licence}); altered.",
        )


def sheets(
    editor: Editor, opened: OpenedPhoto, near: OpenedPhoto
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Every sheet of a photo, with its name."""
    photo = ("photo", near.photo.pixels)
    eight = [labelled(editor, near, Target.parse(expression)) for expression in Expression]
    yield "expressions", contact_sheet([photo, *eight], columns=3, cell=SIDE)
    shown = [Target.parse(e) for e in Expression if e is not Expression.NEUTRAL]
    yield "strengths", strip(editor, opened, shown, steps=6)
    mixed = [labelled(editor, near, Target.parse(mixture)) for mixture in MIXTURES]
    yield "mixtures", contact_sheet(mixed, columns=3, cell=SIDE)
    halves = [
        labelled(editor, near, Target.parse(eyes=eyes, mouth=mouth))
        for eyes in HALVES
        for mouth in HALVES
    ]
    yield "halves", contact_sheet(halves, columns=len(HALVES), cell=SIDE)
    units = [Target.parse(units={unit: 1.0}) for unit in editor.units]
    single = [labelled(editor, near, target) for target in (Target.parse("neutral"), *units)]
    yield "units", contact_sheet(single, columns=6, cell=SMALL_SIDE)


def labelled(editor: Editor, near: OpenedPhoto, target: Target) -> tuple[str, NDArray[np.uint8]]:
    """An edit and its caption."""
    caption = target.caption.replace("eyes-", "eyes ").replace("mouth-", "mouth ")
    return caption, editor.apply(near, target).pixels


def unlabelled(editor: Editor, near: OpenedPhoto, order: list[Expression]) -> NDArray[np.uint8]:
    """The eight expressions in some order, numbered."""
    cells = [
        (str(number), editor.apply(near, Target.parse(expression)).pixels)
        for number, expression in enumerate(order, start=1)
    ]
    return contact_sheet(cells, columns=4, cell=SIDE)


def save(sheet: NDArray[np.uint8], path: Path, credit: str) -> None:
    """Write a sheet that says whose photo it was."""
    image = Image.fromarray(sheet)
    exif = image.getexif()
    exif[0x010E] = f"Synthetic expressions made by lgpgan. {credit}"  # ImageDescription
    image.save(path, quality=88, exif=exif)
    print(path)


if __name__ == "__main__":
    main()
