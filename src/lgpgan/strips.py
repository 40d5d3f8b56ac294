"""Strips: one face at many strengths, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.closeup import closeup, largest_face
from lgpgan.contact_sheet import contact_sheet
from lgpgan.editing import Editor, OpenedPhoto
from lgpgan.errors import InputError
from lgpgan.target import Target

__all__ = ["strip"]

SIDE = 240
"""Of each picture, in pixels."""


def strip(
    editor: Editor, opened: OpenedPhoto, targets: Sequence[Target], steps: int
) -> NDArray[np.uint8]:
    """The largest face of a photo at even strengths from neutral to the strongest.

    Args:
        editor: who edits.
        opened: the photo.
        targets: a row each; their own intensity does not count.
        steps: pictures a row, two at least.

    Returns:
        (h, w, 3) uint8.

    Raises:
        InputError: for fewer steps.
    """
    if steps < 2:
        raise InputError(f"a strip has two steps at least, not {steps}.")
    near = closeup(opened, largest_face(opened), side=SIDE)
    cells = []
    for target in targets:
        for strength in np.linspace(0, target.strongest, steps).tolist():
            caption = f"{target.name.replace('_', ', ')} {strength:.2g}"
            cells.append((caption, editor.apply(near, target.at(strength)).pixels))
    return contact_sheet(cells, columns=steps, cell=SIDE)
