"""Strips: one face at many strengths, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.contact_sheet import contact_sheet
from lgpgan.editing.closeup import closeup
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target
from lgpgan.photos.colours import to_srgb
from lgpgan.photos.deep_colour import eight_bits

__all__ = ["MOST_STEPS", "describe_strip", "strengths", "strip"]

SIDE = 240
"""Of each picture, in pixels."""
MOST_STEPS = 32
"""Pictures a row: a strip of all expressions is then 60 megapixels."""


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
    near = closeup(opened, opened.largest_face, side=SIDE)
    series = [target.at(value) for target in targets for value in strengths(target, steps)]
    cells = [
        (f"{edit.target.caption} {edit.target.intensity:.2f}", eight_bits(edit.pixels))
        for edit in editor.apply_series(near, series)
    ]
    return to_srgb(contact_sheet(cells, columns=steps, cell=SIDE), opened.photo.icc_profile)


def describe_strip(targets: Sequence[Target], steps: int) -> str:
    """A sentence for the metadata of a strip of targets at so many strengths."""
    names = "; ".join(target.caption for target in targets)
    return f"A face at {steps} strengths of {names}, made by lgpgan: synthetic."


def strengths(target: Target, steps: int) -> list[float]:
    """Even intensities from neutral to a target's strongest.

    Raises:
        InputError: for fewer than two, or more than fit into a picture.
    """
    if steps < 2:
        raise InputError(f"a strip has two steps at least, not {steps}.")
    if steps > MOST_STEPS:
        raise InputError(f"a strip has {MOST_STEPS} steps at most, not {steps}.")
    values: list[float] = np.linspace(0, target.strongest, steps).tolist()
    return values
