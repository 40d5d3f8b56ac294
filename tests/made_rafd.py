"""A collection with RaFD's names, of faces that the shipped weights draw.

RaFD may not be passed on. This one has its file names and its eight classes, so that every command
that is written for RaFD can be tried.

As a program, ``made_rafd.py FOLDER PEOPLE`` writes one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lgpgan import Editor
from lgpgan.expressions.expression import Expression

__all__ = ["write_made_rafd"]


def write_made_rafd(folder: Path, photos: Sequence[Path]) -> Path:
    """Eight photos of every person, each drawn from a neutral one of hers or his.

    Args:
        folder: where to.
        photos: a neutral photo of each person.
    """
    folder.mkdir(parents=True, exist_ok=True)
    editor = Editor.from_pretrained()
    for number, photo in enumerate(photos, start=1):
        sex = ("female", "male")[number % 2]
        for expression in Expression:
            name = f"Rafd090_{number:02d}_Caucasian_{sex}_{expression}_frontal.jpg"
            edit = editor.edit(photo, to=str(expression))
            edit.image.convert("RGB").save(folder / name, quality=92)
    return folder


if __name__ == "__main__":
    from shared_data import photos_of_people

    write_made_rafd(Path(sys.argv[1]), photos_of_people(int(sys.argv[2])))
