"""Contact sheets: labelled pictures in a grid."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["contact_sheet", "reduced"]

CELL = 360
"""Longest side of a cell's picture, in pixels."""
CAPTION = 34
"""Height of a caption of one line, in pixels."""
LINE = 22
"""Height of every further line of captions."""
GAP = 8
BACKGROUND = (250, 250, 250)
INK = (30, 30, 30)


def contact_sheet(
    cells: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int, cell: int = CELL
) -> NDArray[np.uint8]:
    """Lay labelled pictures of one size out in a grid.

    Args:
        cells: caption and (H, W, 3) uint8 picture; captions that are wider than the picture are
            broken after a blank, a comma or a plus.
        columns: cells a row.
        cell: longest side of a cell's picture; larger pictures are reduced.

    Returns:
        (h, w, 3) uint8.
    """
    size = _reduced_size(cells[0][1], cell)
    font = ImageFont.load_default(size=20)
    captions = [_lines(caption, font, size[0]) for caption, _ in cells]
    above = CAPTION + LINE * (max(map(len, captions)) - 1)
    rows = -(-len(cells) // columns)
    step_x, step_y = size[0] + GAP, size[1] + above + GAP
    sheet = Image.new("RGB", (columns * step_x + GAP, rows * step_y + GAP), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (lines, (_, picture)) in enumerate(zip(captions, cells, strict=True)):
        x = GAP + number % columns * step_x
        y = GAP + number // columns * step_y
        sheet.paste(Image.fromarray(reduced(picture, cell)), (x, y + above))
        first = y + (above - LINE * (len(lines) - 1)) // 2
        for line, text in enumerate(lines):
            draw.text((x + size[0] // 2, first + LINE * line), text, INK, font, anchor="mm")
    return np.asarray(sheet)


def reduced(picture: NDArray[np.uint8], cell: int = CELL) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 at the size at which a sheet shows it: kept if it is no larger."""
    size = _reduced_size(picture, cell)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _reduced_size(picture: NDArray[np.uint8], cell: int) -> tuple[int, int]:
    """Width and height in a sheet."""
    height, width = picture.shape[:2]
    scale = min(1.0, cell / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _lines(
    caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> list[str]:
    """The caption in lines of at most so many pixels, where it can be broken."""
    lines = [""]
    for piece in re.findall(r"[^ ,+]+[ ,+]*|[ ,+]+", caption):
        if lines[-1] and font.getlength((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
