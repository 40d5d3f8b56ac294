"""Contact sheets: labelled pictures in a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["contact_sheet"]

CELL = 360
"""Longest side of a cell's picture, in pixels."""
CAPTION = 34
GAP = 8
BACKGROUND = (250, 250, 250)
INK = (30, 30, 30)


def contact_sheet(
    cells: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int, cell: int = CELL
) -> NDArray[np.uint8]:
    """Lay labelled pictures of one size out in a grid.

    Args:
        cells: caption and (H, W, 3) uint8 picture.
        columns: cells a row.
        cell: longest side of a cell's picture; larger pictures are reduced.

    Returns:
        (h, w, 3) uint8.
    """
    height, width = cells[0][1].shape[:2]
    scale = min(1.0, cell / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    rows = -(-len(cells) // columns)
    step_x, step_y = size[0] + GAP, size[1] + CAPTION + GAP
    sheet = Image.new("RGB", (columns * step_x + GAP, rows * step_y + GAP), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=20)
    for number, (caption, picture) in enumerate(cells):
        x = GAP + number % columns * step_x
        y = GAP + number // columns * step_y
        reduced = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        sheet.paste(reduced, (x, y + CAPTION))
        draw.text((x + size[0] // 2, y + CAPTION // 2), caption, INK, font, anchor="mm")
    return np.asarray(sheet)
