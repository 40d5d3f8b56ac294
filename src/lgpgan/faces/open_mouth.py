"""A picture of an open mouth, teeth and gums, that expressions take a mouth's inside from.

A photo of closed lips does not show the teeth of its smile. Networks that must invent them at
128×128 leave a soft band; a picture is as sharp as it was drawn. The place in it that each pixel
of a mouth is read from varies as smoothly as a flow, which networks predict well.

The picture covers the mouth region, 48×64 template pixels, four times as finely. It was drawn from
the teeth of ICT-FaceKit (MIT) by :mod:`lgpgan.face3d.open_mouth`, under white light from the front.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.faces.regions import MOUTH_SIZE

__all__ = ["DETAIL", "OPEN_MOUTH", "open_mouth"]

DETAIL = 4
"""Pixels of the picture as it is kept per template pixel."""
OPEN_MOUTH = "open_mouth.png"
"""Name of the picture in this package."""


@cache
def open_mouth(scale: int = DETAIL) -> NDArray[np.float32]:
    """The picture, enlarged or averaged.

    Args:
        scale: its pixels per template pixel, 1 to :data:`DETAIL`.

    Returns:
        (48 · scale, 64 · scale, 3) float32 RGB, 0 to 1, not to be written to.
    """
    with as_file(files("lgpgan.faces").joinpath(OPEN_MOUTH)) as path, Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = MOUTH_SIZE
    sized = cv2.resize(pixels, (width * scale, height * scale), interpolation=cv2.INTER_AREA)
    picture = np.asarray(sized, np.float32) / np.float32(255)
    picture.setflags(write=False)
    return picture
