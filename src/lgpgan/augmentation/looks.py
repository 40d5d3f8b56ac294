"""How photos look, apart from who and what they show; and giving one photo the look of another.

New faces of people in a studio are sharper, cleaner and more evenly lit than the faces that a
recogniser is to read. So every face of the set that they are for is measured, and each new face is
given the look of one of them, drawn at random: its light, contrast, colours, blur and noise, and
how it was cropped. Where a photo ends within the aligned face, its edge is repeated there.

Blur is matched where a new face is the sharper of the two; detail that is not there cannot be
added. What JPEG does to a photo is matched as the blur and noise that are left of it: faces are
aligned, so its grid of blocks is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.sharpness import edge_fineness
from lgpgan.faces.alignment import resample
from lgpgan.faces.regions import Box

__all__ = ["Look", "as_grey_as", "like", "look_of", "looks_of_set"]

MOST = 2000
"""Faces of a set that are measured; of more, so many at random."""
TOGETHER = 256
"""Faces that lie in memory at a time."""
GREY = 2.0
"""Colourfulness, in grey levels, below which a photo counts as black and white."""
MOST_GAIN = 2.0
"""Largest change of contrast or colourfulness, and its reciprocal the smallest."""
MOST_BLUR = 4.0
"""Standard deviation of the widest blur, in pixels."""
HALVINGS = 8
"""Of the range of blurs, until the one that is looked for is known to 0.02 pixels."""
LEAST = 1e-3
NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64)
"""Immerkær, *Fast noise variance estimation*, CVIU 64, 1996."""


@dataclass(frozen=True)
class Look:
    """What was measured of a face, in grey levels of 255 where nothing else is said.

    Attributes:
        light: mean luminance.
        contrast: standard deviation of the luminance.
        tint: mean of the two chroma channels (Cr, Cb), 0 where a photo is grey.
        colour: mean distance of the chroma from its mean and grey; 0 of a black and white photo.
        sharpness: fineness of edges, in radians a pixel (:mod:`lgpgan.evaluation.sharpness`).
        noise: standard deviation of the noise.
        frame: where its photo ended, as :attr:`lgpgan.datasets.records.Face.frame`; None where that
            is beyond the face.
    """

    light: float
    contrast: float
    tint: tuple[float, float]
    colour: float
    sharpness: float
    noise: float
    frame: tuple[float, ...] | None = None


def look_of(face: NDArray[np.uint8], frame: tuple[float, ...] | None = None) -> Look:
    """Measure a face (S, S, 3) uint8 RGB; where its photo ended cannot be measured."""
    light, chroma = _split(face)
    return Look(
        light=float(light.mean()),
        contrast=float(light.std()),
        tint=(float(chroma[..., 0].mean()), float(chroma[..., 1].mean())),
        colour=float(np.hypot(chroma[..., 0], chroma[..., 1]).mean()),
        sharpness=_sharpness(light),
        noise=_noise(light),
        frame=frame,
    )


def as_grey_as(source: NDArray[np.uint8], face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face without colours where its source has none.

    Methods that learnt from colour photos paint lips and teeth in faint colours on black and white
    ones, and a recogniser would learn to look for these.

    Args:
        source: (S, S, 3) uint8 RGB.
        face: made from it, of the same shape and type.
    """
    if look_of(source).colour >= GREY:
        return face
    light, chroma = _split(face)
    return _joined(light, np.zeros_like(chroma))


def looks_of_set(prepared: PreparedSet, seed: int = 0) -> list[Look]:
    """Measure the faces of a set's split ``train``.

    Raises:
        InputError: when it has none, or one cannot be read.
    """
    records = prepared.split("train")
    if not records:
        raise InputError(
            f"{prepared.folder} has no face in its split 'train' whose look new faces could be "
            "given; prepare it again with a smaller test share, or name another set."
        )
    if len(records) > MOST:
        chosen = np.random.default_rng(seed).choice(len(records), MOST, replace=False)
        records = [records[position] for position in sorted(chosen)]
    looks = []
    for start in range(0, len(records), TOGETHER):
        some = records[start : start + TOGETHER]
        for face, record in zip(load_faces(prepared, some), some, strict=True):
            looks.append(look_of(face, record.frame))
    return looks


def like(
    face: NDArray[np.uint8], looks: Sequence[Look], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A face (S, S, 3) uint8 RGB with one of the looks.

    Args:
        face: not changed.
        looks: of which one is drawn.
        rng: draws it, and the noise.
    """
    wanted = looks[int(rng.integers(len(looks)))]
    light, chroma = _split(face)
    own = look_of(face)
    blurred = _blurred(light, wanted.sharpness)
    gain = _gain(wanted.contrast, float(blurred.std()))
    shown = (blurred - blurred.mean()) * gain + wanted.light
    missing = max(wanted.noise**2 - _noise(shown) ** 2, 0.0) ** 0.5
    shown = shown + rng.normal(0, 1, shown.shape) * missing
    if wanted.colour < GREY:
        chroma = np.zeros_like(chroma)
    elif own.colour >= GREY:
        spread = chroma - np.array(own.tint)
        chroma = spread * _gain(wanted.colour, own.colour) + np.array(wanted.tint)
    return _cropped(_joined(shown, chroma), wanted.frame)


def _cropped(face: NDArray[np.uint8], frame: tuple[float, ...] | None) -> NDArray[np.uint8]:
    """A face of which nothing is known beyond a photo's frame: the photo's edge is repeated."""
    if frame is None:
        return face
    corner, right, below = np.array(frame).reshape(3, 2)
    across, down = right - corner, below - corner
    rows, columns = np.indices(face.shape[:2])
    places = np.stack([columns, rows], axis=-1) + 0.5
    along = (places - corner) @ across / (across @ across)
    along_down = (places - corner) @ down / (down @ down)
    beyond = (np.abs(along - 0.5) > 0.5) | (np.abs(along_down - 0.5) > 0.5)
    inside = (
        corner
        + along.clip(0, 1)[..., np.newaxis] * across
        + along_down.clip(0, 1)[..., np.newaxis] * down
    )
    repeated = resample(face, inside, interpolation=cv2.INTER_LINEAR)
    return np.where(beyond[..., np.newaxis], repeated, face)


def _split(face: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luminance (S, S), 0 to 255, and chroma (S, S, 2) around 0."""
    parts = cv2.cvtColor(face, cv2.COLOR_RGB2YCrCb).astype(np.float64)
    return parts[..., 0], parts[..., 1:] - 128


def _joined(light: NDArray[np.float64], chroma: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The face of a luminance and a chroma; values that cannot be are cut off."""
    parts = np.concatenate([light[..., np.newaxis], chroma + 128], axis=-1)
    whole = np.clip(np.rint(parts), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_YCrCb2RGB), np.uint8)


def _gain(wanted: float, own: float) -> float:
    return float(np.clip(wanted / max(own, LEAST), 1 / MOST_GAIN, MOST_GAIN))


def _sharpness(light: NDArray[np.float64]) -> float:
    """Fineness of the edges of the whole face; 0 where nothing is seen."""
    (found,) = edge_fineness(light, [Box(0, 0, *light.shape)])
    return found


def _noise(light: NDArray[np.float64]) -> float:
    """Standard deviation of the noise: half of the pixels, those of least detail, are asked."""
    detail = np.abs(cv2.filter2D(light, cv2.CV_64F, NOISE_KERNEL))[1:-1, 1:-1]
    # The kernel's values have a norm of 6; the median of |a normal variable| is 0.6745.
    return float(np.median(detail) / (6 * 0.6745))


def _blurred(light: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    """The luminance, blurred until its edges are no finer than wanted."""
    if _sharpness(light) <= sharpness:
        return light
    low, high = 0.0, MOST_BLUR
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _sharpness(_gaussian(light, middle)) > sharpness:
            low = middle
        else:
            high = middle
    return _gaussian(light, high)


def _gaussian(light: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(light, (0, 0), deviation), np.float64)
