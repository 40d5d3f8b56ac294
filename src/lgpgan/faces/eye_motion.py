"""Lids that open, narrow and close, and eyes that look elsewhere, from the landmarks of a face.

A lid moves a few pixels of a 128×128 face, and its edge is finer than a pixel: networks hardly
learn it. Where a lid goes is known, though. It slides over an eyeball that stays, and drags the
skin between itself and brow or cheek along. An iris moves as a disc, and what lids had hidden of it
is like the rest of it. So action units of the eyes are drawn from geometry, on top of whatever
networks made of the face.

How far each unit moves what is that of the 3-D face at 1, in the mean over 30 people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.expressions.action_units import EYE_UNITS
from lgpgan.faces.alignment import resample
from lgpgan.faces.eye_opening import (
    EDGE,
    EYES,
    IRIS_RADIUS,
    WATERLINE,
    EyeOpening,
    SeenEye,
    arc,
)
from lgpgan.faces.face_change import FaceChange

__all__ = ["EyeMotion", "eye_motion", "eye_units"]

BLINK = 45
EYEBROWS = (slice(17, 22), slice(22, 27))
UPPER_LID: Mapping[int, float] = {5: -0.112, 7: 0.005, 63: -0.118, 64: 0.24}
"""How far the upper lid's middle moves down at a unit's full strength, in widths of the eye."""
LOWER_LID: Mapping[int, float] = {5: -0.012, 7: -0.073, 63: -0.053, 64: 0.07}
"""The same of the lower lid."""
GAZE: Mapping[int, tuple[float, float]] = {61: (1, 0), 62: (-1, 0), 63: (0, -1), 64: (0, 1)}
"""Where an iris goes, in the picture: the person's left is the picture's right."""
GAZE_REACH = 0.19
"""How far it goes, in widths of the eye."""
BESIDE_IRIS = 1.0
"""So much around an iris moves as it does, in template pixels."""
MEET_AT = 0.1
"""Where closing lids meet, from the lower lid, in parts of the opening."""
LANDMARK = np.array(0.31)
"""Where the landmarks of a lid are between the corners of the eye."""
NARROW = 0.3
"""Lashes show where lids have closed to less than this part of the opening."""
BARE_CORNER = 0.15
"""The part of an eye's width, from its corners, over which lashes begin."""
BROW = 1.5
"""Half the height of a brow, in template pixels."""
LEAST_LID = 4.0
"""Height of the skin above an upper lid that moves along, at least, in template pixels."""
CHEEK = 0.45
"""Height of the skin below a lower lid that moves along, in widths of the eye."""
FOLDED_SKIN = 1.9
"""How much of what a lid needs comes from the folded skin beside its rim: 1 stretches all alike."""
MOST_STRETCHED = 0.8
"""Most of a length of skin that is there because it was stretched."""
LASH_ROWS = 2.0
"""Height of the rim of a lid that is not stretched, in template pixels."""
LASHES = 0.7
"""Half the height of the line of closed lashes, in template pixels; beyond it they thin out."""
STEPS = 4
"""Of finding where a point of the photo lies in the face that networks made."""
FINER = 4
"""Edges are drawn at this multiple of the resolution, then averaged."""


@dataclass(frozen=True)
class EyeMotion:
    """What moves around the eyes of an aligned face, and what is drawn there.

    Attributes:
        flow: (S, S, 2) float32 pixels, from each pixel to the place that it comes from.
        drawn: (S, S) float32, 0 to 1, the share that is drawn anew.
        colour: (S, S, 3) float32, 0 to 255 times ``drawn``, of what is drawn.
    """

    flow: NDArray[np.float32]
    drawn: NDArray[np.float32]
    colour: NDArray[np.float32]

    def softened(self, blur: float) -> EyeMotion:
        """The motion with what it draws out of focus.

        Args:
            blur: standard deviation in pixels of the aligned face.
        """
        drawn, colour = (
            np.asarray(cv2.GaussianBlur(planes, (0, 0), blur), np.float32)
            for planes in (self.drawn, self.colour)
        )
        return replace(self, drawn=drawn, colour=colour)

    def after(self, change: FaceChange) -> FaceChange:
        """A change of the whole face, and after it this motion, as one change."""
        moves = (np.abs(self.flow).max(axis=-1) > 0) | (self.drawn > 0)
        if not moves.any():
            return change
        rows, columns = (np.flatnonzero(moves.any(axis=axis)) for axis in (1, 0))
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        size = len(self.drawn)
        centres = np.arange(size, dtype=np.float32) + np.float32(0.5)
        places = np.stack(np.meshgrid(centres, centres), axis=-1)[box] + self.flow[box]
        drawn = self.drawn[box]

        def read(part: NDArray[np.float32]) -> NDArray[np.float32]:
            return resample(part, places, interpolation=cv2.INTER_LINEAR)

        def with_box(
            part: NDArray[np.float32], inside: NDArray[np.floating]
        ) -> NDArray[np.float32]:
            whole = part.copy()
            whole[box] = inside
            return whole

        flow, keep, colour, shade = change.flow, change.keep, change.colour, change.shade
        left = (1 - drawn)[..., None]
        return replace(
            change,
            flow=with_box(flow, self.flow[box] + read(flow)),
            keep=with_box(keep, (1 - drawn) * read(keep)),
            colour=with_box(colour, left * read(colour) + self.colour[box]),
            shade=None if shade is None else with_box(shade, read(shade)),
        )


def eye_units(units: Mapping[int, float]) -> dict[int, float]:
    """Those of some action units (number to intensity) that move lids or gaze."""
    return {unit: units[unit] for unit in EYE_UNITS if units.get(unit, 0) > 0}


def eye_motion(
    eyes: tuple[SeenEye, SeenEye],
    landmarks: NDArray[np.floating],
    flow: NDArray[np.float32],
    units: Mapping[int, float],
) -> EyeMotion:
    """How action units move the eyes of a face.

    Args:
        eyes: what the photo shows of them, as :meth:`SeenEye.both` says.
        landmarks: (68, 2) of the face, in its pixels.
        flow: (128, 128, 2), what networks made of it: from each pixel to where it comes from.
        units: number to intensity, 0 to 1; those of lids and gaze alone (:func:`eye_units`).

    Returns:
        The motion on top of the networks' change.
    """
    shape = eyes[0].picture.shape
    made = EyeMotion(
        np.zeros((*shape[:2], 2), np.float32),
        np.zeros(shape[:2], np.float32),
        np.zeros(shape, np.float32),
    )
    for seen, eye, brow in zip(eyes, EYES, EYEBROWS, strict=True):
        here = _carried(np.concatenate([landmarks[eye], landmarks[brow], seen.iris[None]]), flow)
        _move(made, seen, EyeOpening(here[:6]), here[6:11], here[11], units)
    return made


def _carried(points: NDArray[np.floating], flow: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where points (N, 2) of a photo lie in what a flow (S, S, 2) makes of it."""
    found = np.asarray(points, np.float64)
    for _ in range(STEPS):
        found = points - resample(flow, found[None], interpolation=cv2.INTER_LINEAR)[0]
    return found


@dataclass(frozen=True)
class _Lids:
    """Where lids are and where they go, at each pixel's x.

    Attributes:
        opening: between them, before.
        upper: (S, S) y of the upper lid.
        lower: of the lower one.
        upper_then: of the upper lid with the action units.
        lower_then: of the lower one.
        shut: how far they have closed in the middle: 0 for a gap that is not narrow, 1 for none.
    """

    opening: EyeOpening
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper_then: NDArray[np.float64]
    lower_then: NDArray[np.float64]
    shut: float

    @classmethod
    def of(cls, opening: EyeOpening, x: NDArray[np.float64], units: Mapping[int, float]) -> _Lids:
        """The lids of an opening with action units, at some x."""
        middle = np.array([opening.width / 2])
        before, then = (
            _gap(lids) for lids in (opening.lids(middle), _moved(opening, middle, units))
        )
        shut = float(np.clip(1 - then / (NARROW * before), 0, 1))
        return cls(opening, *opening.lids(x), *_moved(opening, x, units), shut)

    def moves(self, shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far anything moves at each pixel's x, 0 to 1: what hardly moves uncovers nothing.

        Args:
            shift: (S, S, 2) of the eyeball.
        """
        furthest = np.maximum.reduce(
            [
                np.abs(self.upper_then - self.upper),
                np.abs(self.lower_then - self.lower),
                np.linalg.norm(shift, axis=-1),
            ]
        )
        share: NDArray[np.float64] = np.clip(furthest / WATERLINE, 0, 1)
        return share

    def inside(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share (S, S) of each pixel that shows the eye."""
        within = np.minimum(y - self.upper_then, self.lower_then - y)
        beside = np.minimum(x, self.opening.width - x)
        share: NDArray[np.float64] = np.clip(
            np.minimum(within, beside) / EDGE + 0.5 * (1 - self.shut), 0, 1
        )
        return share

    def skin_flow(self, above: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Along y (S, S), where the skin around the eye comes from.

        Args:
            above: (S, S) height of the skin above the upper lid that moves along.
            y: of each pixel.
        """
        down, below = self.upper_then - self.upper, CHEEK * self.opening.width
        upper = -down * _dragged(self.upper_then - y, above + down, down)
        up = self.lower - self.lower_then
        lower = up * _dragged(y - self.lower_then, below + up, up)
        flow: NDArray[np.float64] = np.where(
            y < (self.upper_then + self.lower_then) / 2, upper, lower
        )
        return flow

    def hidden(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far (S, S) a place of the eyeball lies behind the lids, or at their rims, before."""
        upper, lower = self.opening.lids(x)
        share: NDArray[np.float64] = np.clip(1 - np.minimum(y - upper, lower - y) / WATERLINE, 0, 1)
        return share

    def lashes(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share (S, S) of each pixel that shows the lashes of lids that meet."""
        away = np.abs(y - (self.upper_then + self.lower_then) / 2)
        beside = np.minimum(x, self.opening.width - x) / (BARE_CORNER * self.opening.width)
        line: NDArray[np.float64] = np.clip(2 - away / LASHES, 0, 1) * np.clip(beside, 0, 1)
        return line * self.shut


def _moved(
    opening: EyeOpening, x: NDArray[np.float64], units: Mapping[int, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where (y) the upper and the lower lid are at x with action units."""
    profile = opening.width * arc(opening.share(x)) / arc(LANDMARK)
    upper, lower = (
        lid + profile * sum(moves.get(unit, 0.0) * strength for unit, strength in units.items())
        for lid, moves in zip(opening.lids(x), (UPPER_LID, LOWER_LID), strict=True)
    )
    upper = np.minimum(upper, lower)
    meet = lower - MEET_AT * (lower - upper)
    blink = units.get(BLINK, 0.0)
    return upper + blink * (meet - upper), lower + blink * (meet - lower)


def _gap(lids: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    upper, lower = lids
    return float(lower[0] - upper[0])


def _dragged(
    away: NDArray[np.float64], height: NDArray[np.float64], step: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far skin goes along with a lid, 0 to 1.

    The lashes' rows go with it. Behind them the skin is stretched, the more the nearer to the rim,
    but nowhere more than to :data:`MOST_STRETCHED`.

    Args:
        away: distance from the lid's rim.
        height: of the skin that moves, where the lid has gone.
        step: how far it has gone; above 0 where it stretches the skin.
    """
    skin = np.maximum(height - LASH_ROWS, EDGE)  # none is left under a brow that is low
    power = np.minimum(FOLDED_SKIN, MOST_STRETCHED * skin / np.maximum(step, EDGE))
    part = np.clip((height - away) / skin, 0, 1)
    dragged: NDArray[np.float64] = part ** np.maximum(power, 1)
    return dragged


def _skin_above(
    opening: EyeOpening, brow: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Height (S, S) of the skin between an upper lid and its brow."""
    along, across = opening.coordinates(brow)
    order = np.argsort(along)
    upper, _ = opening.lids(x)
    height = upper - np.interp(x, along[order], across[order]) - BROW
    tall: NDArray[np.float64] = np.maximum(height, LEAST_LID)
    return tall


def _gaze_shift(
    opening: EyeOpening,
    x: NDArray[np.float64],
    iris: NDArray[np.float64],
    units: Mapping[int, float],
) -> NDArray[np.float64]:
    """How far (S, S, 2) the eyeball moves at each pixel's x: as the iris does, less at corners."""
    asked = [np.multiply(GAZE[unit], strength) for unit, strength in units.items() if unit in GAZE]
    gaze = opening.width * GAZE_REACH * np.sum(asked, axis=0) if asked else np.zeros(2)
    middle = float(opening.coordinates(iris + gaze)[0])
    reach = IRIS_RADIUS + BESIDE_IRIS
    room = np.where(x < middle, middle, opening.width - middle) - reach
    away = np.maximum(np.abs(x - middle) - reach, 0)
    share = np.clip(1 - away / np.maximum(room, EDGE), 0, 1)
    shift: NDArray[np.float64] = share[..., None] * gaze
    return shift


def _move(
    made: EyeMotion,
    seen: SeenEye,
    opening: EyeOpening,
    brow: NDArray[np.float64],
    iris: NDArray[np.float64],
    units: Mapping[int, float],
) -> None:
    """Add the motion of one eye.

    Args:
        made: of both eyes; changed in place.
        seen: the eye in the photo.
        opening: between the lids of the face that networks made.
        brow: (5, 2) landmarks of the brow above it there.
        iris: (2,) its middle there.
        units: those asked for.
    """
    box = _box(opening, brow, len(made.drawn))
    rows, columns = (
        (np.arange(FINER * side.start, FINER * side.stop) + 0.5) / FINER for side in box
    )
    places = np.stack(np.meshgrid(columns, rows), axis=-1)
    x, y = opening.coordinates(places)
    lids = _Lids.of(opening, x, units)
    inside = lids.inside(x, y)[..., None]
    shift = _gaze_shift(opening, x, iris, units)
    ball = places - shift
    skin = opening.across(lids.skin_flow(_skin_above(opening, brow, x), y))
    hidden = inside[..., 0] * lids.moves(shift) * lids.hidden(*opening.coordinates(ball))
    line = lids.lashes(x, y)
    drawn = np.maximum(hidden, line)[..., None]
    colour = seen.behind_lids(ball + (seen.iris - iris))
    colour += line[..., None] * (seen.lashes - colour)
    made.flow[box] += _averaged((1 - inside) * skin - inside * shift)
    made.drawn[box] += _averaged(drawn)[..., 0]
    made.colour[box] += _averaged(drawn * colour)


def _box(opening: EyeOpening, brow: NDArray[np.float64], size: int) -> tuple[slice, slice]:
    """Rows and columns of a picture (S, S) in which an eye and the skin around it move."""
    ends = opening.places_at(
        np.array([0, 0, opening.width, opening.width]),
        np.array([-1, 1, -1, 1]) * 2 * CHEEK * opening.width,
    )
    points = np.concatenate([ends, brow])
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - 2, 0, size)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, 0, size)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _averaged(finer: NDArray[np.float64]) -> NDArray[np.float64]:
    """The means (h, w, C) of values (h · FINER, w · FINER, C) over each pixel."""
    height, width, channels = finer.shape
    blocks = finer.reshape(height // FINER, FINER, width // FINER, FINER, channels)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3))
    return means
