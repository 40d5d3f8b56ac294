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
from lgpgan.faces.face_change import FaceChange

__all__ = ["EyeMotion", "eye_motion", "find_iris"]

BLINK = 45
EYES = (slice(36, 42), slice(42, 48))
"""Landmarks of either eye: from its left corner along the upper lid, back along the lower one."""
EYEBROWS = (slice(17, 22), slice(22, 27))
UPPER_LID: Mapping[int, float] = {5: -0.112, 7: 0.005, 63: -0.118, 64: 0.24}
"""How far the upper lid's middle moves down at a unit's full strength, in widths of the eye."""
LOWER_LID: Mapping[int, float] = {5: -0.012, 7: -0.073, 63: -0.053, 64: 0.07}
"""The same of the lower lid."""
GAZE: Mapping[int, tuple[float, float]] = {61: (1, 0), 62: (-1, 0), 63: (0, -1), 64: (0, 1)}
"""Where an iris goes, in the picture: the person's left is the picture's right."""
GAZE_REACH = 0.19
"""How far it goes, in widths of the eye."""
IRIS_RADIUS = 3.53
"""In template pixels: 11.7 mm of iris to 63 mm between the eyes, which are 38 pixels."""
LIMBUS = 0.7
"""By how much wider an iris shows, with the dark ring around it, in template pixels."""
BESIDE_IRIS = 1.0
"""So much around an iris moves as it does, in template pixels."""
MEET_AT = 0.1
"""Where closing lids meet, from the lower lid, in parts of the opening."""
MIDDLE_OF_LID = 0.86
"""4 x (1 − x) at the landmarks of a lid, a third of the eye's width from its corners."""
LEAST_OPENING = 0.5
"""An eye is taken to be open at least so far, in template pixels."""
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
WATERLINE = 0.7
"""The outermost part of an opening, in template pixels, which shows lashes and wet rims."""
EDGE = 0.6
"""Over how many template pixels one thing takes over from another."""
FOLDED_SKIN = 1.9
"""How much of what a lid needs comes from the folded skin beside its rim: 1 stretches all alike."""
MOST_STRETCHED = 0.8
"""Most of a length of skin that is there because it was stretched."""
LASH_ROWS = 1.2
"""Height of the rim of a lid that is not stretched, in template pixels."""
ABOVE_RIM = 0.4
"""Where lashes are looked at, in template pixels above the landmarks of the upper lid."""
LASHES = 0.7
"""Half the height of the line of closed lashes, in template pixels; beyond it they thin out."""
LASHES_LIGHT = 0.85
"""Light on closed lashes, against that on the rim of the open lid."""
UNCOVERED_LIGHT = 0.88
"""Light on the white of an eye beside a lid, against that in its middle."""
STEPS = 4
"""Of finding where a point of the photo lies in the face that networks made."""
COARSE, FINE = np.linspace(-2.5, 2.5, 7), np.linspace(-0.6, 0.6, 5)
"""How far beside the middle of an opening an iris is looked for, in template pixels."""
RING = 1.6
"""Radius up to which an iris is compared with what is around it, in its own."""
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

    def after(self, change: FaceChange) -> FaceChange:
        """A change of the whole face, and after it this motion, as one change."""
        moves = (np.abs(self.flow).max(axis=-1) > 0) | (self.drawn > 0)
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


def eye_motion(
    aligned: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    flow: NDArray[np.float32],
    units: Mapping[int, float],
) -> EyeMotion | None:
    """How action units move the eyes of a face.

    Args:
        aligned: (128, 128, 3) uint8 RGB, the face.
        landmarks: (68, 2) of the face, in its pixels.
        flow: (128, 128, 2), what networks made of it: from each pixel to where it comes from.
        units: number to intensity, 0 to 1; those of other parts of the face do not count.

    Returns:
        The motion on top of the networks' change; None where no unit of the eyes is asked for.
    """
    asked = {unit: units[unit] for unit in EYE_UNITS if units.get(unit, 0) > 0}
    if not asked:
        return None
    shape = aligned.shape[:2]
    made = EyeMotion(
        np.zeros((*shape, 2), np.float32),
        np.zeros(shape, np.float32),
        np.zeros(aligned.shape, np.float32),
    )
    for eye, brow in zip(EYES, EYEBROWS, strict=True):
        seen = _Eye.of(aligned, np.asarray(landmarks[eye], np.float64))
        here = _carried(np.concatenate([landmarks[eye], landmarks[brow], seen.iris[None]]), flow)
        _move(made, seen, _Opening(here[:6]), here[6:11], here[11], asked)
    return made


@dataclass(frozen=True)
class _Eye:
    """What a photo shows of an eye.

    Attributes:
        picture: (H, W, 3) float32 of the aligned face.
        opening: between its lids.
        iris: (2,) its middle.
        white: (3,) colour of its white.
        lashes: (3,) colour of the upper lid's rim.
    """

    picture: NDArray[np.float32]
    opening: _Opening
    iris: NDArray[np.float64]
    white: NDArray[np.float32]
    lashes: NDArray[np.float32]

    @classmethod
    def of(cls, aligned: NDArray[np.uint8], lids: NDArray[np.float64]) -> _Eye:
        """Look at the eye with six landmarks (6, 2)."""
        opening, picture = _Opening(lids), aligned.astype(np.float32)
        return cls(
            picture,
            opening,
            _iris(picture, opening),
            *_white_and_lashes(picture, opening),
        )

    def behind_lids(self, places: NDArray[np.float64]) -> NDArray[np.float32]:
        """Colour (..., 3) of the eyeball at places (..., 2) of the photo that lids hide.

        A hidden part of the iris is like what shows of it beside the lid; the rest is white.
        """
        x, y = self.opening.inside_of(places)
        iris = resample(self.picture, self.opening.outside_of(x, y), interpolation=cv2.INTER_LINEAR)
        distance = np.linalg.norm(places - self.iris, axis=-1)
        share = np.clip((IRIS_RADIUS + LIMBUS - distance) / EDGE + 0.5, 0, 1)[..., None]
        colour: NDArray[np.float32] = share * iris + (1 - share) * self.white * UNCOVERED_LIGHT
        return colour


class _Opening:
    """Between two lids: along the line through the corners of an eye, and across it.

    Args:
        lids: (6, 2) landmarks.

    Attributes:
        width: from corner to corner, in pixels.
    """

    def __init__(self, lids: NDArray[np.floating]) -> None:
        self._corner = np.asarray(lids[0], np.float64)
        along = np.asarray(lids[3], np.float64) - self._corner
        self.width = max(float(np.linalg.norm(along)), 1.0)
        self._along = along / self.width
        self._across = np.array([-self._along[1], self._along[0]])
        self._upper = self._lid(lids[[1, 2]])
        self._lower = self._lid(lids[[5, 4]])

    def _lid(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Coefficients a, b of the curve x (1 − x) (a + b x) through both points (2, 2)."""
        x, y = self.coordinates(np.asarray(points, np.float64))
        share = np.clip(x / self.width, 0.1, 0.9)
        if abs(share[1] - share[0]) < 0.1:
            share = np.array([1 / 3, 2 / 3])
        height = y / (share * (1 - share))
        slope = (height[1] - height[0]) / (share[1] - share[0])
        return np.array([height[0] - slope * share[0], slope])

    def coordinates(
        self, places: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of places (..., 2): x from the left corner, y downwards from the line of the corners."""
        away = places - self._corner
        return away @ self._along, away @ self._across

    def outside_of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (..., 2) in the picture of such coordinates."""
        places: NDArray[np.float64] = (
            self._corner + x[..., None] * self._along + y[..., None] * self._across
        )
        return places

    def across(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Steps (..., 2) in the picture for steps along y."""
        steps: NDArray[np.float64] = y[..., None] * self._across
        return steps

    def lids(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where (y) the upper and the lower lid are at x; beyond the corners as at the corners."""
        share = np.clip(x / self.width, 0, 1)
        upper, lower = (
            share * (1 - share) * (a + b * share) for a, b in (self._upper, self._lower)
        )
        closed = np.maximum(LEAST_OPENING * 4 * share * (1 - share) - (lower - upper), 0) / 2
        return upper - closed, lower + closed

    def inside_of(
        self, places: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates of the places nearest to some (..., 2), along y, that show the eye."""
        x, y = self.coordinates(places)
        x = np.clip(x, WATERLINE, self.width - WATERLINE)
        upper, lower = self.lids(x)
        middle = (upper + lower) / 2
        return x, np.clip(
            y, np.minimum(upper + WATERLINE, middle), np.maximum(lower - WATERLINE, middle)
        )


def find_iris(aligned: NDArray[np.uint8], lids: NDArray[np.floating]) -> NDArray[np.float64]:
    """The middle (2,) of an iris in an aligned face (128, 128, 3), by its six landmarks (6, 2)."""
    return _iris(aligned.astype(np.float32), _Opening(lids))


def _iris(picture: NDArray[np.float32], opening: _Opening) -> NDArray[np.float64]:
    """The middle (2,) of the iris: where a disc is darkest against what is around it."""
    x = np.linspace(0, opening.width, round(FINER * opening.width))
    y = np.arange(-1.5 * IRIS_RADIUS, 1.5 * IRIS_RADIUS, 1 / FINER)
    x, y = np.meshgrid(x, y + float(np.mean(opening.lids(np.array([opening.width / 2])))))
    upper, lower = opening.lids(x)
    shown = (y > upper + WATERLINE) & (y < lower - WATERLINE)
    middle = np.array([opening.width / 2, y.mean()])
    if shown.sum() < FINER**2:
        return opening.outside_of(*middle)
    light = resample(picture, opening.outside_of(x, y), interpolation=cv2.INTER_LINEAR).mean(
        axis=-1
    )
    found = middle
    for steps in (COARSE, FINE):
        tried = [found + np.array([dx, dy]) for dx in steps for dy in steps / 2]
        found = max(tried, key=lambda place: _darker_than_around(light, shown, x, y, place))
    return opening.outside_of(*found)


def _darker_than_around(
    light: NDArray[np.float32],
    shown: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    place: NDArray[np.float64],
) -> float:
    """By how much an iris at a place (2,) would be darker than the ring around it."""
    distance = np.hypot(x - place[0], y - place[1])
    disc = shown & (distance < IRIS_RADIUS)
    ring = shown & (distance >= IRIS_RADIUS) & (distance < RING * IRIS_RADIUS)
    if not (disc.any() and ring.any()):
        return -np.inf
    return float(light[ring].mean() - light[disc].mean())


def _white_and_lashes(
    picture: NDArray[np.float32], opening: _Opening
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours (3,) of the white of an eye, and of the rim of its upper lid."""
    x = np.linspace(0.1, 0.9, 33) * opening.width
    upper, lower = opening.lids(x)
    rows = np.linspace(0.25, 0.85, 9)[:, None] * (lower - upper) + upper
    seen = resample(
        picture,
        opening.outside_of(np.broadcast_to(x, rows.shape), rows),
        interpolation=cv2.INTER_LINEAR,
    ).reshape(-1, 3)
    light = seen.mean(axis=1)
    white = np.median(seen[light >= np.quantile(light, 0.75)], axis=0)
    rim = resample(
        picture, opening.outside_of(x, upper - ABOVE_RIM)[None], interpolation=cv2.INTER_LINEAR
    )[0]
    lashes = np.quantile(rim, 0.3, axis=0) * LASHES_LIGHT
    return white.astype(np.float32), lashes.astype(np.float32)


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

    opening: _Opening
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper_then: NDArray[np.float64]
    lower_then: NDArray[np.float64]
    shut: float

    @classmethod
    def of(cls, opening: _Opening, x: NDArray[np.float64], units: Mapping[int, float]) -> _Lids:
        """The lids of an opening with action units, at some x."""
        middle = np.array([opening.width / 2])
        before, then = (
            _gap(lids) for lids in (opening.lids(middle), _moved(opening, middle, units))
        )
        shut = float(np.clip(1 - then / (NARROW * before), 0, 1))
        return cls(opening, *opening.lids(x), *_moved(opening, x, units), shut)

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
    opening: _Opening, x: NDArray[np.float64], units: Mapping[int, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where (y) the upper and the lower lid are at x with action units."""
    share = np.clip(x / opening.width, 0, 1)
    profile = opening.width * 4 * share * (1 - share) / MIDDLE_OF_LID
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
    skin = height - LASH_ROWS
    power = np.minimum(FOLDED_SKIN, MOST_STRETCHED * skin / np.maximum(step, EDGE))
    part = np.clip((height - away) / skin, 0, 1)
    dragged: NDArray[np.float64] = part ** np.maximum(power, 1)
    return dragged


def _skin_above(
    opening: _Opening, brow: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Height (S, S) of the skin between an upper lid and its brow."""
    along, across = opening.coordinates(brow)
    order = np.argsort(along)
    upper, _ = opening.lids(x)
    height = upper - np.interp(x, along[order], across[order]) - BROW
    tall: NDArray[np.float64] = np.maximum(height, LEAST_LID)
    return tall


def _gaze_shift(
    opening: _Opening,
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
    seen: _Eye,
    opening: _Opening,
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
    hidden = inside[..., 0] * lids.hidden(*opening.coordinates(ball))
    line = lids.lashes(x, y)
    drawn = np.maximum(hidden, line)[..., None]
    colour = seen.behind_lids(ball + (seen.iris - iris))
    colour += line[..., None] * (seen.lashes - colour)
    made.flow[box] += _averaged((1 - inside) * skin - inside * shift)
    made.drawn[box] += _averaged(drawn)[..., 0]
    made.colour[box] += _averaged(drawn * colour)


def _box(opening: _Opening, brow: NDArray[np.float64], size: int) -> tuple[slice, slice]:
    """Rows and columns of a picture (S, S) in which an eye and the skin around it move."""
    ends = opening.outside_of(
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
