"""Light and cameras other than a studio's: what photos of faces look like where people take them.

Source and target get the same light and the same camera, so that the exact flow keeps its meaning
and an edit keeps its photo's look. Noise is the source's: the target has it where the source is
read, moved along, as a generator that only moves pixels would leave it; what the source does not
show cannot have the photo's noise, and has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Camera", "photograph"]

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Camera:
    """In what share of the pairs the light or the camera is not a studio's, kind by kind.

    Attributes:
        side_light: light from one side, at most so strong that one cheek is three times the other.
        cast: light of a colour, warm or cold.
        pale: colours paler or, seldom, stronger.
        contrast: more of it or less.
        coarse: a low resolution: 1.5 to 4 times too few pixels.
        compressed: JPEG, quality 25 to 90.
        noise: noise, up to a standard deviation of 3.5 % of white.
    """

    side_light: float = 0.25
    cast: float = 0.15
    pale: float = 0.15
    contrast: float = 0.15
    coarse: float = 0.12
    compressed: float = 0.2
    noise: float = 0.15


def photograph(
    options: Camera,
    rng: np.random.Generator,
    source: NDArray[np.float32],
    target: NDArray[np.float32],
    flow: NDArray[np.float32],
    visible: NDArray[np.float32],
) -> None:
    """Take both pictures of a pair with another camera, in place.

    Args:
        options: in what share of the cases.
        rng: of the draws.
        source: (3, H, W), −1 to 1.
        target: the same.
        flow: (2, H, W) pixels, from the target to the source.
        visible: (H, W), 1 where the source shows the target.
    """
    happens = {kind: rng.random() < share for kind, share in vars(options).items()}
    if not any(happens.values()):
        return
    pictures: list[NDArray[Any]] = [
        np.ascontiguousarray(picture.transpose(1, 2, 0)) / 2 + 0.5 for picture in (source, target)
    ]
    if happens["side_light"]:
        light = _side_light(pictures[0].shape[0], rng)[..., None]
        pictures = [picture * light for picture in pictures]
    if happens["cast"]:
        warm, green = rng.normal(0, 0.12), rng.normal(0, 0.04)
        tint = np.array([1 + warm, 1 + green, 1 - warm], np.float32)
        pictures = [picture * tint for picture in pictures]
    if happens["pale"]:
        strength = np.float32(rng.uniform(0.3, 1.25))
        pictures = [
            (grey := (picture @ LUMINANCE)[..., None]) + strength * (picture - grey)
            for picture in pictures
        ]
    if happens["contrast"]:
        strength, middle = np.float32(rng.uniform(0.65, 1.3)), np.float32(pictures[0].mean())
        pictures = [middle + strength * (picture - middle) for picture in pictures]
    if happens["coarse"]:
        factor = rng.uniform(1.5, 4.0)
        pictures = [_coarsened(picture, factor) for picture in pictures]
    if happens["noise"]:
        noise = _noise(pictures[0].shape, rng)
        moved = _moved(noise, flow) * visible[..., None]
        pictures = [pictures[0] + noise, pictures[1] + moved]
    if happens["compressed"]:
        quality = int(rng.integers(25, 91))
        pictures = [_compressed(picture, quality) for picture in pictures]
    for picture, made in zip((source, target), pictures, strict=True):
        picture[...] = np.clip(made, 0, 1).transpose(2, 0, 1) * 2 - 1


def _side_light(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Factor (S, S): as on a globe lit from the side, or from above or below, with a soft edge."""
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.5)
    places = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    along = np.cos(angle) * places[None, :] + np.sin(angle) * places[:, None]
    softness = rng.uniform(0.4, 1.2)
    return np.asarray(1 + strength * np.tanh(along / softness) / np.tanh(1 / softness), np.float32)


def _coarsened(picture: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    size = picture.shape[0]
    small = max(8, round(size / factor))
    coarse = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise (H, W, 3), the grain of one pixel or somewhat more, in colour or not."""
    noise = rng.normal(0, rng.uniform(0.008, 0.035), shape).astype(np.float32)
    if rng.random() < 0.5:
        noise = np.repeat(noise.mean(axis=2, keepdims=True), 3, axis=2) * np.float32(1.7)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * np.float32(1.6)
    return np.asarray(noise, np.float32)


def _moved(values: NDArray[np.float32], flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values (H, W, 3) of the source as the target has them."""
    rows, columns = np.indices(values.shape[:2], dtype=np.float32)
    read = cv2.remap(
        values, columns + flow[0], rows + flow[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(read, np.float32)


def _compressed(picture: NDArray[np.float32], quality: int) -> NDArray[np.float32]:
    pixels = np.rint(np.clip(picture[..., ::-1], 0, 1) * 255).astype(np.uint8)
    _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.float32)
    return np.asarray(back[..., ::-1] / np.float32(255))
