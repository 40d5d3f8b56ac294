"""Where an eye is in an aligned face, between its lids, and what a photo shows of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import LEFT_EYE, RIGHT_EYE, resample

__all__ = [
    "EDGE",
    "EYES",
    "IRIS_RADIUS",
    "WATERLINE",
    "EyeOpening",
    "SeenEye",
    "arc",
]

EYES = (RIGHT_EYE, LEFT_EYE)
"""Landmarks of the person's right eye and of the left one: from its left corner along the upper lid
and back along the lower one."""
IRIS_RADIUS = 3.53
"""In template pixels: 11.7 mm of iris to 63 mm between the eyes, which are 38 pixels."""
RADII = np.linspace(0.8, 1.25, 10) * IRIS_RADIUS
"""Radii that an iris may have in a photo: where it is, its rim is looked for at each of them."""
RIM = 0.5
"""Half of the distance over which an iris turns into the white of the eye, in template pixels."""
MOVED = np.linspace(-1.2, 1.2, 9)
"""How far beside the darkest disc the middle of the circle is looked for."""
ANGLES = 24
"""Places on a circle that are looked at."""
LEAST_SHOWN = 0.3
"""A circle of which less than this shows is believed less."""
LEAST_RISE = 4.0
"""Values of 255 by which the rim gets light, or there is none."""
BEYOND = 0.1
"""How far lids reach beyond the landmarks of the corners, in widths of the eye."""
FULLNESS = 0.7
"""Of a lid: 1 is a parabola between the corners of the eye, 0.5 a half of an ellipse."""
LEAST_OPENING = 0.5
"""An eye is taken to be open at least so far, in template pixels."""
WATERLINE = 1.0
"""The outermost part of an opening, in template pixels, which shows lashes and wet rims."""
EDGE = 0.6
"""Over how many template pixels one thing takes over from another."""
ABOVE_RIM = 0.4
"""Where lashes are looked at, in template pixels above the landmarks of the upper lid."""
LASHES_LIGHT = 0.85
"""Light on closed lashes, against that on the rim of the open lid."""
UNDER_UPPER, UNDER_LOWER = 0.85, 1.0
"""Light on the white of an eye that the upper and the lower lid had hidden, against that in its
middle: the upper one casts a shadow."""
FEWEST_WHITE = 12
"""Of the places that are looked at, fewer in a half of an eye say nothing of its white."""
COARSE, FINE = np.linspace(-2.5, 2.5, 7), np.linspace(-0.6, 0.6, 5)
"""How far beside the middle of an opening an iris is looked for, in template pixels."""
RING = 1.6
"""Radius up to which an iris is compared with what is around it, in its own."""
SEARCHED_AT = 4
"""Places along either side of a template pixel that an iris is looked for at."""


def arc(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height (...) of a lid at shares of the way between its ends, 0 to 1; 1 in the middle."""
    shape: NDArray[np.float64] = (4 * share * (1 - share)) ** FULLNESS
    return shape


class EyeOpening:
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
        """Coefficients a, b of the curve arc(x) (a + b x) through both points (2, 2)."""
        x, y = self.coordinates(np.asarray(points, np.float64))
        share = np.clip(self.share(x), 0.1, 0.9)
        if abs(share[1] - share[0]) < 0.1:
            share = np.array([1 / 3, 2 / 3])
        height = y / arc(share)
        slope = (height[1] - height[0]) / (share[1] - share[0])
        return np.array([height[0] - slope * share[0], slope])

    def coordinates(
        self, places: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of places (..., 2): x from the left corner, y downwards from the line of the corners."""
        away = places - self._corner
        return away @ self._along, away @ self._across

    def places_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (..., 2) in the picture of such coordinates."""
        places: NDArray[np.float64] = (
            self._corner + x[..., None] * self._along + y[..., None] * self._across
        )
        return places

    def across(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Steps (..., 2) in the picture for steps along y."""
        steps: NDArray[np.float64] = y[..., None] * self._across
        return steps

    def share(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where x is between the ends of the lids, 0 to 1: they lie beyond the landmarks."""
        beyond = BEYOND * self.width
        share: NDArray[np.float64] = np.clip((x + beyond) / (self.width + 2 * beyond), 0, 1)
        return share

    def lids(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where (y) the upper and the lower lid are at x; beyond the corners as at the corners."""
        share = np.clip(x / self.width, 0, 1)
        upper, lower = (arc(share) * (a + b * share) for a, b in (self._upper, self._lower))
        closed = np.maximum(LEAST_OPENING * arc(share) - (lower - upper), 0) / 2
        return upper - closed, lower + closed

    def nearest_shown(
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


@dataclass(frozen=True)
class SeenEye:
    """What a photo shows of an eye.

    Attributes:
        picture: (H, W, 3) float32 of the aligned face.
        opening: between its lids.
        iris: (2,) its middle.
        radius: of the iris, with the dark ring around it.
        whites: (2, 3) colours of its white, in its left and in its right half.
        lashes: (3,) colour of the upper lid's rim.
    """

    picture: NDArray[np.float32]
    opening: EyeOpening
    iris: NDArray[np.float64]
    radius: float
    whites: NDArray[np.float32]
    lashes: NDArray[np.float32]

    @classmethod
    def of(cls, aligned: NDArray[np.uint8], lids: NDArray[np.float64]) -> SeenEye:
        """Look at the eye with six landmarks (6, 2)."""
        opening, picture = EyeOpening(lids), aligned.astype(np.float32)
        iris, radius = _refined(picture, opening, _iris(picture, opening))
        whites = _whites(picture, opening, iris, radius)
        return cls(picture, opening, iris, radius, whites, _lashes(picture, opening))

    @classmethod
    def both(
        cls, aligned: NDArray[np.uint8], landmarks: NDArray[np.floating]
    ) -> tuple[SeenEye, SeenEye]:
        """Look at the person's right eye and at the left one.

        Args:
            aligned: (128, 128, 3) uint8 RGB, the face.
            landmarks: (68, 2) of it, in its pixels.
        """
        right, left = (cls.of(aligned, np.asarray(landmarks[eye], np.float64)) for eye in EYES)
        return right, left

    def behind_lids(self, places: NDArray[np.float64]) -> NDArray[np.float32]:
        """Colour (..., 3) of the eyeball at places (..., 2) of the photo that lids hide.

        A hidden part of the iris is like what shows of it on the other side of its middle, or else
        beside the lid; the rest is white.
        """
        x, y = self.opening.coordinates(places)
        opposite = 2 * self.opening.coordinates(self.iris)[1] - y
        upper, lower = self.opening.lids(x)
        shows = (opposite > upper + WATERLINE) & (opposite < lower - WATERLINE)
        near_x, near_y = self.opening.nearest_shown(places)
        there = self.opening.places_at(
            np.where(shows, x, near_x), np.where(shows, opposite, near_y)
        )
        iris = resample(self.picture, there, interpolation=cv2.INTER_LINEAR)
        distance = np.linalg.norm(places - self.iris, axis=-1)
        share = np.clip((self.radius - distance) / EDGE + 0.5, 0, 1)[..., None]
        colour: NDArray[np.float32] = share * iris + (1 - share) * self._uncovered_white(places)
        return colour

    def _uncovered_white(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Colour (..., 3) of the white that lids had hidden at places (..., 2) of the photo."""
        x, y = self.opening.coordinates(places)
        upper, lower = self.opening.lids(x)
        down = np.clip((y - upper) / np.maximum(lower - upper, LEAST_OPENING), 0, 1)
        light = UNDER_UPPER + down * (UNDER_LOWER - UNDER_UPPER)
        right = np.clip(2 * x / self.opening.width - 0.5, 0, 1)[..., None]
        left_white, right_white = self.whites
        white: NDArray[np.float64] = left_white + right * (right_white - left_white)
        return light[..., None] * white


def _iris(picture: NDArray[np.float32], opening: EyeOpening) -> NDArray[np.float64]:
    """About the middle (2,) of the iris: where a disc is darkest against what is around it."""
    across = float(np.mean(opening.lids(np.array([opening.width / 2]))))
    x, y = np.meshgrid(
        np.linspace(0, opening.width, round(SEARCHED_AT * opening.width)),
        across + np.arange(-1.5 * IRIS_RADIUS, 1.5 * IRIS_RADIUS, 1 / SEARCHED_AT),
    )
    upper, lower = opening.lids(x)
    shown = (y > upper + WATERLINE) & (y < lower - WATERLINE)
    middle = np.array([opening.width / 2, y.mean()])
    if shown.sum() < SEARCHED_AT**2:
        return opening.places_at(*middle)
    light = resample(picture, opening.places_at(x, y), interpolation=cv2.INTER_LINEAR).mean(axis=-1)
    found = middle
    for steps in (COARSE, FINE):
        tried = [found + np.array([dx, dy]) for dx in steps for dy in steps / 2]
        found = max(tried, key=lambda place: _darker_than_around(light, shown, x, y, place))
    return opening.places_at(*found)


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


def _refined(
    picture: NDArray[np.float32], opening: EyeOpening, iris: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """The middle (2,) and the radius of an iris: the circle across which it gets light most.

    The upper lid hides a part of nearly every iris, so that the darkest disc is found too low.

    Args:
        picture: (S, S, 3) the face.
        opening: between the lids.
        iris: (2,) about where its middle is.
    """
    x, y = opening.coordinates(iris)
    to_x, to_y, radius = (
        grid.reshape(-1, 1) for grid in np.meshgrid(x + MOVED, y + MOVED, RADII, indexing="ij")
    )
    angles = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    sides, shown = [], np.ones((len(radius), ANGLES), bool)
    for reach in (radius - RIM, radius + RIM):
        on_x, on_y = to_x + reach * np.cos(angles), to_y + reach * np.sin(angles)
        places = opening.places_at(on_x, on_y)
        sides.append(resample(picture, places, interpolation=cv2.INTER_LINEAR).mean(axis=-1))
        upper, lower = opening.lids(on_x)
        shown &= (on_y > upper + WATERLINE) & (on_y < lower - WATERLINE / 2)
    rise = np.where(shown, sides[1] - sides[0], 0).sum(axis=1) / np.maximum(
        shown.sum(axis=1), LEAST_SHOWN * ANGLES
    )
    best = int(np.argmax(rise))
    if rise[best] <= LEAST_RISE:
        return iris, IRIS_RADIUS
    return opening.places_at(to_x[best, 0], to_y[best, 0]), float(radius[best, 0])


def _whites(
    picture: NDArray[np.float32], opening: EyeOpening, iris: NDArray[np.float64], radius: float
) -> NDArray[np.float32]:
    """Colours (2, 3) of the white of an eye left and right of its middle, without the iris.

    A half of which nothing but the iris shows is like the other.
    """
    x = np.linspace(0.1, 0.9, 33) * opening.width
    upper, lower = opening.lids(x)
    rows = np.linspace(0.25, 0.85, 9)[:, None] * (lower - upper) + upper
    places = opening.places_at(np.broadcast_to(x, rows.shape), rows)
    seen = resample(picture, places, interpolation=cv2.INTER_LINEAR)
    light = seen.mean(axis=-1)
    beside = np.linalg.norm(places - iris, axis=-1) > radius + RIM
    if not beside.any():
        beside[:] = True
    bright = beside & (light >= np.quantile(light[beside], 0.5))
    whole = np.median(seen[bright], axis=0)
    halves = (slice(0, len(x) // 2), slice(len(x) // 2, None))
    found = []
    for half in halves:
        part = beside[:, half]
        if part.sum() < FEWEST_WHITE:
            found.append(whole)
            continue
        values, lights = seen[:, half][part], light[:, half][part]
        found.append(np.median(values[lights >= np.quantile(lights, 0.75)], axis=0))
    return np.asarray(found, np.float32)


def _lashes(picture: NDArray[np.float32], opening: EyeOpening) -> NDArray[np.float32]:
    """Colour (3,) of the rim of the upper lid."""
    x = np.linspace(0.1, 0.9, 33) * opening.width
    upper, _ = opening.lids(x)
    rim = resample(
        picture, opening.places_at(x, upper - ABOVE_RIM)[None], interpolation=cv2.INTER_LINEAR
    )[0]
    return np.asarray(np.quantile(rim, 0.3, axis=0) * LASHES_LIGHT, np.float32)
