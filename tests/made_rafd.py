"""A collection with RaFD's names, of faces that the shipped weights draw.

RaFD may not be passed on. This one has its file names and its eight classes, so that every command
that is written for RaFD can be tried.
"""

from __future__ import annotations

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
