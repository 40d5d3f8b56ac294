"""What hides a part of a face and does not move with its expression: glasses, hair, hats, hands.

Drawn alike on both pictures of a pair. Under an occluder the flow is 0, as nothing moves there; and
what of the target lies under it in the source is not visible in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import EYE_DISTANCE, EYE_MIDPOINT, TEMPLATE_SIZE

__all__ = ["Layer", "draw_occluder", "hide"]

FINENESS = 2
"""Layers are drawn this much larger than the template, then averaged."""
SIDE = TEMPLATE_SIZE * FINENESS
EYES = tuple((EYE_MIDPOINT[0] + s * EYE_DISTANCE / 2, EYE_MIDPOINT[1]) for s in (-1, 1))
"""Where the alignment puts the eyes: no occluder needs landmarks."""
FRAMES = ((18, 16, 15), (60, 42, 30), (110, 105, 100), (25, 30, 60), (90, 30, 30), (170, 140, 90))
HAIR = ((20, 16, 14), (52, 36, 26), (92, 66, 44), (160, 125, 80), (205, 175, 125), (150, 150, 150))
CLOTH = ((30, 30, 34), (70, 74, 84), (120, 30, 34), (30, 52, 94), (190, 184, 172), (72, 82, 58))
SKIN = ((224, 178, 150), (190, 138, 108), (140, 96, 72), (92, 60, 44))
SOLID = 0.5
"""From this opacity on, what shows is the occluder."""


class Layer(NamedTuple):
    """Something in front of a face.

    Attributes:
        colour: (128, 128, 3) float32, 0 to 1.
        alpha: (128, 128) float32, 0 to 1.
    """

    colour: NDArray[np.float32]
    alpha: NDArray[np.float32]


class _Canvas:
    """A layer while it is drawn, in template coordinates."""

    def __init__(self) -> None:
        self.colour = np.zeros((SIDE, SIDE, 3), np.float32)
        self.alpha = np.zeros((SIDE, SIDE), np.float32)

    def paint(self, mask: NDArray[np.uint8], colour: NDArray[np.floating], opacity: float) -> None:
        """Lay a colour, of all pixels (3,) or each (SIDE, SIDE, 3), over what is there."""
        over = mask.astype(np.float32) * np.float32(opacity / 255)
        total = over + self.alpha * (1 - over)
        share = (over / np.maximum(total, 1e-6))[..., None]
        self.colour += share * (np.asarray(colour, np.float32) / 255 - self.colour)
        self.alpha = total

    def layer(self) -> Layer:
        size = (TEMPLATE_SIZE, TEMPLATE_SIZE)
        weighted = np.dstack([self.colour * self.alpha[..., None], self.alpha])
        small = np.asarray(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), np.float32)
        colour = small[..., :3] / np.maximum(small[..., 3:], np.float32(1e-6))
        return Layer(np.asarray(colour, np.float32), small[..., 3])


def draw_occluder(rng: np.random.Generator) -> Layer:
    """One occluder, glasses in half of the cases."""
    names, shares = list(KINDS), np.array([share for _, share in KINDS.values()])
    draw, _ = KINDS[names[rng.choice(len(names), p=shares / shares.sum())]]
    canvas = _Canvas()
    draw(canvas, rng)
    return canvas.layer()


def hide(
    layer: Layer,
    source: NDArray[np.float32],
    target: NDArray[np.float32],
    flow: NDArray[np.float32],
    visible: NDArray[np.float32],
) -> None:
    """Put a layer in front of a pair, in place.

    Args:
        layer: what is in front.
        source: (3, 128, 128), −1 to 1.
        target: the same.
        flow: (2, 128, 128) pixels, from the target to the source.
        visible: (128, 128).
    """
    colour = layer.colour.transpose(2, 0, 1) * 2 - 1
    for picture in (source, target):
        picture += layer.alpha * (colour - picture)
    solid = layer.alpha > SOLID
    centres = np.arange(TEMPLATE_SIZE, dtype=np.float32)
    column = np.clip(np.rint(centres[None, :] + flow[0]), 0, TEMPLATE_SIZE - 1).astype(int)
    row = np.clip(np.rint(centres[:, None] + flow[1]), 0, TEMPLATE_SIZE - 1).astype(int)
    visible[solid[row, column]] = 0.0
    visible[solid] = 1.0
    flow[:, solid] = 0.0


def _pick(
    colours: tuple[tuple[int, int, int], ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """One of the colours, a little off."""
    chosen = np.array(colours[rng.integers(len(colours))], float)
    return np.clip(chosen * rng.uniform(0.8, 1.2) + rng.normal(0, 6, 3), 0, 255)


def _points(places: NDArray[np.floating]) -> NDArray[np.int32]:
    """Template coordinates (N, 2) as OpenCV wants them, with four binary digits."""
    binary: NDArray[np.int32] = np.rint(np.asarray(places) * FINENESS * 16).astype(np.int32)
    return binary


def _outline(
    centre: tuple[float, float], width: float, height: float, squareness: float
) -> NDArray[np.float64]:
    """A closed curve (64, 2) between an ellipse (2) and a rectangle (large)."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    x, y = np.cos(angle), np.sin(angle)
    radius = (np.abs(x) ** squareness + np.abs(y) ** squareness) ** (-1 / squareness)
    return np.stack([centre[0] + width * radius * x, centre[1] + height * radius * y], axis=1)


def _stroke(places: NDArray[np.floating], thickness: float, *, closed: bool) -> NDArray[np.uint8]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    wide = max(1, round(thickness * FINENESS))
    cv2.polylines(mask, [_points(places)], closed, 255, wide, cv2.LINE_AA, shift=4)
    return mask


def _filled(places: NDArray[np.floating]) -> NDArray[np.uint8]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [_points(places)], 255, cv2.LINE_AA, shift=4)
    return mask


def _glasses(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Two lenses, sometimes dark or with a reflection, in a frame."""
    width, height = rng.uniform(13, 17.5), rng.uniform(9, 14)
    squareness, thickness = rng.uniform(2, 5), rng.uniform(0.7, 2.6)
    drop, frame = rng.uniform(0, 4), _pick(FRAMES, rng)
    dark = rng.random() < 0.12
    tint, opacity = (
        (_pick(FRAMES, rng), rng.uniform(0.6, 0.95)) if dark else ((235, 240, 245), 0.05)
    )
    apart = rng.uniform(0, 2.0)
    centres = [(x + s * apart, y + drop) for s, (x, y) in zip((-1, 1), EYES, strict=True)]
    shiny = rng.random() < 0.35
    slope, offset = rng.uniform(0.4, 1.2), rng.uniform(-6, 6)
    for centre in centres:
        lens = _outline(centre, width, height, squareness)
        inside = _filled(lens)
        canvas.paint(inside, np.array(tint), opacity)
        if shiny:
            x, y = centre[0] + offset, centre[1]
            band = np.array([(x - 20, y + 20 * slope), (x + 20, y - 20 * slope)])
            streak = _stroke(band, rng.uniform(2, 7), closed=False)
            canvas.paint(np.minimum(streak, inside), np.full(3, 255.0), rng.uniform(0.1, 0.4))
        canvas.paint(_stroke(lens, thickness, closed=True), frame, 1.0)
    (left, y), (right, _) = centres
    bridge = np.array(
        [(left + width, y - 1), ((left + right) / 2, y - rng.uniform(2, 4)), (right - width, y - 1)]
    )
    canvas.paint(_stroke(bridge, thickness, closed=False), frame, 1.0)
    for sign, (x, _) in zip((-1, 1), centres, strict=True):
        arm = np.array(
            [(x + sign * width, y - 2), (x + sign * (width + 12), y - rng.uniform(1, 4))]
        )
        canvas.paint(_stroke(arm, thickness, closed=False), frame, 1.0)


def _strands(
    canvas: _Canvas,
    rng: np.random.Generator,
    starts: NDArray[np.floating],
    ends: NDArray[np.floating],
) -> None:
    """Many thin hairs from the starts (N, 2) to the ends (N, 2), bent alike."""
    colour, bend = _pick(HAIR, rng), rng.normal(0, 4)
    for group in np.array_split(rng.permutation(len(starts)), 5):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        for start, end in zip(starts[group], ends[group], strict=True):
            t = np.linspace(0, 1, 6)[:, None]
            bow = np.array([bend, 0]) * (4 * t * (1 - t))
            hair = start + t * (end - start) + bow
            cv2.polylines(
                mask, [_points(hair)], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, shift=4
            )
        canvas.paint(mask, np.clip(colour * rng.uniform(0.65, 1.35), 0, 255), 0.95)


def _fringe(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Hair over the forehead, and sometimes over the brows."""
    count, reach = int(rng.integers(80, 260)), rng.uniform(24, 40)
    left, right = np.sort(rng.uniform(24, 104, 2))
    x = rng.uniform(left - 12, right + 12, count)
    starts = np.stack([64 + (x - 64) * 1.1, rng.uniform(-6, 4, count)], axis=1)
    lean = rng.normal(0, 8)
    ends = np.stack([x + lean + rng.normal(0, 2, count), reach + rng.normal(0, 4, count)], axis=1)
    _strands(canvas, rng, starts, ends)


def _long_hair(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Hair at one side of the face, or both."""
    sides = [s for s in (-1, 1) if rng.random() < 0.8] or [1]
    for sign in sides:
        count, inner = int(rng.integers(150, 350)), rng.uniform(38, 48)
        away = rng.uniform(inner, 66, count)
        starts = np.stack([64 + sign * away * 0.9, rng.uniform(-8, 10, count)], axis=1)
        drift = rng.normal(0, 3, count)
        ends = np.stack([64 + sign * (away + drift), rng.uniform(100, 140, count)], axis=1)
        _strands(canvas, rng, starts, ends)


def _hat(canvas: _Canvas, rng: np.random.Generator) -> None:
    """A brim over the forehead, darker towards its edge."""
    edge, sag = rng.uniform(10, 24), rng.uniform(-5, 8)
    x = np.linspace(-4, 132, 24)
    y = edge + sag * (1 - ((x - 64) / 64) ** 2) + rng.normal(0, 1)
    brim = np.concatenate([np.stack([x, y], axis=1), [(132, -4), (-4, -4)]])
    rows = np.linspace(1.15, 0.6, SIDE)[:, None, None]
    canvas.paint(
        _filled(brim), np.clip(_pick(CLOTH, rng) * rows, 0, 255) + np.zeros((1, SIDE, 1)), 1
    )


def _hand(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Something round in front of the chin or a cheek: a hand, a cup, a microphone."""
    colour = _pick(SKIN if rng.random() < 0.6 else CLOTH, rng)
    centre = (64 + rng.choice([-1, 1]) * rng.uniform(14, 44), rng.uniform(102, 124))
    size = rng.uniform(10, 20)
    blob = _outline(centre, size, size * rng.uniform(0.8, 1.6), rng.uniform(2, 3))
    across = np.linspace(-1, 1, SIDE)[None, :, None] * rng.uniform(-0.3, 0.3)
    shaded = np.clip(colour * (1 + across), 0, 255) + np.zeros((SIDE, 1, 1))
    soft = np.asarray(cv2.GaussianBlur(_filled(blob), (0, 0), 1.5), np.uint8)
    canvas.paint(soft, shaded, 1.0)


KINDS: Mapping[str, tuple[Callable[[_Canvas, np.random.Generator], None], float]] = {
    "glasses": (_glasses, 0.5),
    "fringe": (_fringe, 0.2),
    "long hair": (_long_hair, 0.1),
    "hat": (_hat, 0.1),
    "hand": (_hand, 0.1),
}
"""How each kind is drawn, and in what share of the cases."""
