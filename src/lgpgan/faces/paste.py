"""The way back: a change worked out on the aligned face, applied to the photo's own pixels.

Flow, mask, shade and colour are smooth, so they are enlarged; the photo itself is read once, at its
own resolution. A face that fills a 12-megapixel portrait stays as sharp as it was, and so do the
teeth of a mouth that opens: they are read from a picture of their own. What is drawn gets the
photo's grain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import NO_SECOND_MAP, TEMPLATE_SIZE, Similarity, read_at, touched_part
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA
from lgpgan.faces.fold_filling import FoldFilling
from lgpgan.faces.grain import Grain
from lgpgan.faces.inside_change import DrawnInside, InsideChange
from lgpgan.faces.mouth_closing import MouthClosing
from lgpgan.faces.rim import Rim
from lgpgan.faces.wrinkles import Wrinkles
from lgpgan.photos.deep_colour import LEVELS, AnyDepth

__all__ = ["paste"]

STRIP = 256
"""Rows of the photo that are worked on at a time: memory does not grow with the photo."""
LEAST_FLOW = 0.01
"""Template pixels of flow below which, at the rim of a change, nothing is done."""
LEAST_DRAWN = 0.003
"""The same of the share of the photo that is drawn over: less than one of 255."""
LEAST_FOLD = 0.002
"""The same of the light that a wrinkle takes or adds."""
LEAST_SHARPENED = 0.01
"""A share of what is drawn, or of what is kept, that is enough to know its colour by. Where less of
it is seen, an edge is not made sharper: divided by next to nothing, its colour would be wrong."""
TINY = 1e-6
"""In place of 0 in a divisor."""
LEAST_LIT = 0.25
"""Below this, of 255, nothing can be seen of the picture of an open mouth."""
GREY = np.tile(LUMA.astype(np.float32), (3, 1))
"""Makes three equal channels of three, by the luma."""
FIRST_LOOK = 64
"""So many rows and columns of a photo tell most photos with colour from those without."""
Part = Callable[[NDArray[np.bool_]], tuple[slice, slice]]
"""What finds the rows and columns of a strip that show a part (S, S) of an aligned face."""


def paste(pixels: AnyDepth, change: FaceChange, transform: Similarity) -> AnyDepth:
    """Apply a change to a photo.

    Args:
        pixels: (H, W, 3) uint8, or uint16.
        change: on the aligned face.
        transform: photo to aligned coordinates.

    Returns:
        A new (H, W, 3) of the same type; outside the face's frame it equals ``pixels`` bit for bit.
    """
    change = change.feathered().in_levels(1 if pixels.dtype == np.uint8 else LEVELS)
    left, top, right, bottom = _box(change, transform, pixels.shape)
    edited, grain = pixels.copy(), Grain(pixels, transform)
    colourless = _without_colour(pixels[top:bottom, left:right])
    for first in range(top, bottom, STRIP):
        last = min(first + STRIP, bottom)
        if first < last and left < right:
            box = (slice(first, last), slice(left, right))
            _paste_strip(
                pixels,
                edited[box],
                change,
                transform,
                grain,
                corner=(left, first),
                colourless=colourless,
            )
    return edited


def _box(
    change: FaceChange, transform: Similarity, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of a photo (H, W, ...) in which anything changes."""
    size = len(change.keep)
    changes = np.abs(change.flow).max(axis=-1) > LEAST_FLOW * size / TEMPLATE_SIZE
    changes |= 1 - change.keep > LEAST_DRAWN
    for taken in cv2.split(change.taken):
        changes |= np.abs(taken) > LEAST_DRAWN
    if change.wrinkles is not None:
        changes |= _where_wrinkled(change.wrinkles, size)
    if change.filling is not None:
        changes |= change.filling.reaches
    return _covering(changes, transform.inverse(), shape)


def _covering(
    wanted: NDArray[np.bool_], back: Similarity, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of a photo that shows a part of an aligned face.

    Args:
        wanted: (S, S), the part of the face.
        back: aligned to photo coordinates.
        shape: of the photo, (H, W, ...).
    """
    down, across = (np.flatnonzero(wanted.any(axis=axis)) for axis in (1, 0))
    if not len(down):
        return 0, 0, 0, 0
    # A pixel's change reaches to the middle of its neighbours.
    low = np.array([across[0], down[0]]) - 0.5
    high = np.array([across[-1], down[-1]]) + 1.5
    corners = back(np.array([low, (high[0], low[1]), (low[0], high[1]), high]))
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)), shape[1::-1]).astype(int).tolist()
    return left, top, right, bottom


def _paste_strip(
    pixels: AnyDepth,
    strip: AnyDepth,
    change: FaceChange,
    transform: Similarity,
    grain: Grain,
    *,
    corner: tuple[int, int],
    colourless: bool,
) -> None:
    """Apply a change to a part of a photo, in place.

    Args:
        pixels: the photo as it was.
        strip: (h, w, 3) view of what is to be changed.
        change: feathered, in levels of the photo's depth.
        transform: photo to aligned coordinates.
        grain: of the photo.
        corner: column and row of the strip's first pixel in the photo.
        colourless: whether the result may have no colour.
    """
    back = transform.inverse()
    (left, top), (height, width) = corner, strip.shape[:2]
    x = np.arange(left, left + width, dtype=np.float32)
    y = np.arange(top, top + height, dtype=np.float32)[:, None]
    aligned = _places(transform, x, y)

    fixed, fractions = cv2.convertMaps(
        aligned, NO_SECOND_MAP, cv2.CV_16SC2
    )  # once, for all that is read

    def enlarged(planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Planes of the aligned face at every pixel of the strip; 0 beyond the frame."""
        return np.asarray(
            cv2.remap(planes, fixed, fractions, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT),
            np.float32,
        )

    moved = enlarged(np.dstack([change.flow, 1 - change.keep]))
    there = np.asarray(cv2.transform(moved, _along_flow(back, moved.shape[-1])), np.float32)
    there[..., 0] += x
    there[..., 1] += y

    def part(wanted: NDArray[np.bool_]) -> tuple[slice, slice]:
        """Rows and columns of the strip that show a part (S, S) of the aligned face."""
        first, upper, last, lower = _covering(wanted, back, pixels.shape)
        rows, columns = np.clip((upper - top, lower - top), 0, height), (first - left, last - left)
        return slice(*rows.tolist()), slice(*np.clip(columns, 0, width).tolist())

    light = 1 - enlarged(change.taken)
    if change.closing is not None:
        box = part(change.closing.reaches(change.places))
        read = aligned[box] + moved[box][..., :2]
        _close(there[box], light[box], change.closing, read, back)
    kept = cv2.multiply(_read(pixels, there), light, dtype=cv2.CV_32F)

    if change.filling is not None:
        _fill_folds(np.asarray(kept), 1 - moved[..., 2], change.filling, aligned, part)
    if change.wrinkles is not None:
        _draw_wrinkles(np.asarray(kept), change.wrinkles, aligned, part, len(change.keep))
    made, drawn = enlarged(change.colour), moved[..., 2]
    if change.inside is not None:
        _draw_inside(made, change.inside, aligned, part, back.scale)
    if change.rim is not None:
        _sharpen(change.rim, aligned, part, drawn, made, np.asarray(kept))
    made += np.asarray(kept, np.float32)
    grain.add(made, drawn, corner)
    if colourless:
        made = np.asarray(cv2.transform(made, GREY), np.float32)
    strip[...] = _rounded(made, strip.dtype)


def _close(
    there: NDArray[np.float32],
    light: NDArray[np.float32],
    closing: MouthClosing,
    places: NDArray[np.float32],
    back: Similarity,
) -> None:
    """Read lips in place of what is between them, in place.

    Args:
        there: (h, w, 2) where the photo is read, from a pixel's centre.
        light: (h, w, 3) what is left of its light.
        closing: of the mouth.
        places: (h, w, 2) the same in the aligned face.
        back: aligned to photo coordinates.
    """
    down, left = closing.read(places)
    light *= left[..., None]
    for axis in (0, 1):
        there[..., axis] += down * np.float32(back.matrix[axis, 1])


def _without_colour(pixels: AnyDepth) -> bool:
    """Whether the three channels (H, W, 3) of all pixels are equal."""

    def equal(part: AnyDepth) -> bool:
        return bool((part[..., 0] == part[..., 1]).all() and (part[..., 1] == part[..., 2]).all())

    rows, columns = (max(1, side // FIRST_LOOK) for side in pixels.shape[:2])
    return equal(pixels[::rows, ::columns]) and equal(pixels)


def _along_flow(back: Similarity, planes: int) -> NDArray[np.float32]:
    """(2, planes), which turns the first two, x and y of a flow, into pixels of the photo."""
    linear = np.zeros((2, planes), np.float32)
    linear[:, :2] = back.matrix[:, :2]
    return linear


def _rounded(values: NDArray[np.float32], depth: np.dtype[Any]) -> AnyDepth:
    """Values (h, w, 3) as whole numbers of a depth, the nearest that it has."""
    if depth == np.uint8:  # several times as quick
        return np.asarray(cv2.convertScaleAbs(np.maximum(values, 0)), np.uint8)
    return np.clip(np.rint(values), 0, np.iinfo(depth).max).astype(np.uint16)


def _places(
    transform: Similarity, x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where pixels (w,), (h, 1) of the photo lie in the aligned face, (h, w, 2).

    All are counted from a pixel's centre.
    """
    places = np.empty((len(y), len(x), 2), np.float32)
    for axis, (a, b, c) in enumerate(transform.matrix):
        along_x, along_y = a * (x.astype(np.float64) + 0.5), b * (y.astype(np.float64) + 0.5)
        np.add(
            along_x.astype(np.float32),
            (along_y + (c - 0.5)).astype(np.float32),
            out=places[..., axis],
        )
    return places


def _fill_folds(
    kept: NDArray[np.float32],
    keep: NDArray[np.float32],
    filling: FoldFilling,
    aligned: NDArray[np.float32],
    part: Part,
) -> None:
    """Fill folds in what is kept of a photo (h, w, 3), in place.

    Args:
        kept: the photo, read along the flow, in its new light, times ``keep``.
        keep: (h, w), 0 to 1, the share of the photo.
        filling: what they are filled with.
        aligned: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        part: rows and columns of the strip that show a part of the aligned face.
    """
    box = part(filling.reaches)
    if kept[box].size:
        kept[box] = filling.over(kept[box], keep[box], aligned[box])


def _where_wrinkled(wrinkles: Wrinkles, size: int) -> NDArray[np.bool_]:
    """Where (size, size) an aligned face has wrinkles."""
    seen = (np.abs(wrinkles.change) > LEAST_FOLD).astype(np.uint8) * np.uint8(255)
    return np.asarray(cv2.resize(seen, (size, size), interpolation=cv2.INTER_AREA)) > 0


def _draw_wrinkles(
    kept: NDArray[np.float32],
    wrinkles: Wrinkles,
    aligned: NDArray[np.float32],
    part: Part,
    size: int,
) -> None:
    """Draw wrinkles into what is kept of a photo (h, w, 3), in place.

    Args:
        kept: the photo, read along the flow.
        wrinkles: of the face.
        aligned: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        part: rows and columns of the strip that show a part of the aligned face.
        size: side of the aligned face, in pixels.
    """
    box = part(_where_wrinkled(wrinkles, size))
    place = aligned[box]
    if not place.size:
        return
    finer = np.float32(wrinkles.change.shape[1] / size)
    place = (place + np.float32(0.5)) * finer - np.float32(0.5)
    change = read_at(wrinkles.change, place, border=cv2.BORDER_CONSTANT)
    kept[box] *= cv2.transform(change, np.stack([wrinkles.slopes, np.ones(3, np.float32)], axis=1))


def _sharpen(
    rim: Rim,
    aligned: NDArray[np.float32],
    part: Part,
    drawn: NDArray[np.float32],
    made: NDArray[np.float32],
    kept: NDArray[np.float32],
) -> None:
    """Draw more inside the rim of an opening and less outside it, in place.

    Args:
        rim: of the opening.
        aligned: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        part: rows and columns of the strip that show a part of the aligned face.
        drawn: (h, w), 0 to 1, the share that is drawn.
        made: (h, w, 3) what is drawn, times that share.
        kept: (h, w, 3) what is kept, times the rest.
    """
    box = part(rim.weight > 0)
    place, before = aligned[box], drawn[box]
    if not before.size:
        return
    inside = np.clip(read_at(rim.distance, place, cv2.INTER_CUBIC) + 0.5, 0, 1)
    inside *= inside * (3 - 2 * inside)
    left = 1 - before
    known = np.clip(np.minimum(before, left) / LEAST_SHARPENED, 0, 1)
    after = before + known * read_at(rim.weight, place) * (inside - before)
    made[box] *= (after / np.maximum(before, TINY))[..., None]
    kept[box] *= ((1 - after) / np.maximum(left, TINY))[..., None]
    drawn[box] = after


def _draw_inside(
    made: NDArray[np.float32],
    inside: InsideChange | DrawnInside,
    aligned: NDArray[np.float32],
    part: Part,
    scale: float,
) -> None:
    """Darken the lit share of a colour (h, w, 3), in place, by the picture of an open mouth.

    Args:
        made: 0 to 255, or in as many levels as the photo has.
        inside: the change.
        aligned: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        part: rows and columns of the strip that show a part of the aligned face.
        scale: the photo's pixels per pixel of the aligned face.
    """
    box = part(inside.lit.max(axis=-1) > LEAST_LIT)
    place = aligned[box]
    if place.size:
        made[box] += read_at(inside.lit, place) * (inside.picture_at(place, scale) - 1)


def _read(pixels: AnyDepth, places: NDArray[np.float32]) -> NDArray[Any]:
    """The photo at places (h, w, 2) counted from a pixel's centre."""
    part, there = touched_part(pixels, places)
    return read_at(part, there, cv2.INTER_CUBIC)
