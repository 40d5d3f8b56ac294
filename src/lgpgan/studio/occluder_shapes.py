"""The shapes of occluders: glasses, hair, hats, a microphone, fingers.

All are in eye distances, as :mod:`lgpgan.studio.easel` says.
"""

from __future__ import annotations

import numpy as np

from lgpgan.studio.easel import Easel, Points

__all__ = ["draw_fringe", "draw_glasses", "draw_hat", "draw_held", "draw_side_hair"]

FRAMES = np.array(
    [
        [0.05, 0.05, 0.05],
        [0.17, 0.11, 0.08],
        [0.33, 0.20, 0.11],
        [0.30, 0.31, 0.33],
        [0.55, 0.45, 0.28],
        [0.10, 0.13, 0.25],
        [0.36, 0.09, 0.10],
    ]
)
"""Colours of glasses: black, browns, steel, gold, blue, red."""
LENSES = np.array([[0.08, 0.08, 0.09], [0.24, 0.15, 0.08], [0.10, 0.15, 0.22]])
"""Colours of tinted lenses: grey, brown, blue."""


def draw_glasses(easel: Easel, rng: np.random.Generator) -> None:
    """Two lenses, perhaps tinted, dark or shiny, in a full or half frame, and its arms."""
    half = np.array([rng.uniform(0.34, 0.44), rng.uniform(0.23, 0.36)])
    middle = np.array([rng.uniform(0.5, 0.54), rng.uniform(0.0, 0.1)])
    lens = middle + half * _rounded(rng.uniform(0.35, 0.9))
    colour, thickness = rng.choice(FRAMES), rng.uniform(0.03, 0.08)
    dark, tinted = rng.random(2) < [0.08, 0.35]
    opacity = rng.uniform(0.6, 0.95) if dark else rng.uniform(0.08, 0.3) * tinted
    tint = rng.choice(LENSES)
    shine = rng.uniform(0.1, 0.35) if rng.random() < 0.35 else 0.0
    place, lean = rng.uniform(-0.6, 0.4), rng.uniform(-0.4, 0.4)
    rim = lens
    if rng.random() < 0.25:  # no rim below
        from_below = np.roll(lens, -len(lens) // 4, axis=0)
        rim = from_below[from_below[:, 1] < middle[1] + rng.uniform(-0.2, 0.5) * half[1]]
    arm = np.array([middle + half * [0.9, -0.5], [easel.width, middle[1] - 0.12]])
    for side in (-1, 1):
        mirror = np.array([side, 1])
        easel.veil(lens * mirror, tint, opacity)
        if shine and not dark:
            easel.veil(_band(lens * mirror, place, lean), np.ones(3), shine)
        easel.line(rim * mirror, thickness, colour, closed=rim is lens)
        easel.line(arm * mirror, thickness * 1.2, colour * 0.8, closed=False)
    inner = middle[0] - half[0]
    across = np.linspace(-1, 1, 9)
    bridge = np.stack([across * inner, middle[1] - 0.06 - 0.05 * (1 - across**2)], 1)
    easel.line(bridge, thickness, colour, closed=False)


def _rounded(power: float) -> Points:
    """Outline (64, 2) of a form from −1 to 1: a circle at 1, the nearer to 0 the squarer."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)
    outline: Points = np.sign(circle) * np.abs(circle) ** power
    return outline


def _band(outline: Points, place: float, lean: float) -> Points:
    """The part of an outline's area that a slanting band crosses: a window's reflection."""
    low, high = outline.min(0), outline.max(0)
    relative = 2 * (outline - low) / (high - low) - 1
    along = np.clip(relative[:, 0] + lean * relative[:, 1], place, place + 0.45)
    relative[:, 0] = along - lean * relative[:, 1]
    inside = low + (0.85 * relative + 1) / 2 * (high - low)
    return np.asarray(inside)


def draw_fringe(easel: Easel, rng: np.random.Generator) -> None:
    """Hair that falls from above the picture onto forehead and brows: a few strands or many."""
    number = int(np.exp(rng.uniform(np.log(12), np.log(220))))
    spread = rng.uniform(0.5, 1.0) * easel.width
    middle = rng.uniform(-0.35, 0.35) * (number < 60)
    sweep = rng.uniform(-0.7, 0.7)
    root = np.stack([rng.uniform(-spread, spread, number) + middle, np.full(number, -1.4)], 1)
    length = rng.uniform(0.85, 1.3) + 0.15 * np.abs(root[:, 0]) + rng.normal(0, 0.08, number)
    tip = root + np.stack([sweep + rng.normal(0, 0.08, number), length], 1)
    _draw_strands(easel, root, tip, bend=0.3 * sweep, thickness=0.06, taper=0.6, rng=rng)


def draw_side_hair(easel: Easel, rng: np.random.Generator) -> None:
    """Long hair before the edges of the cheeks, on one side or both."""
    sides = [(-1,), (1,), (-1, 1), (-1, 1)][rng.integers(4)]
    inner, wave = rng.uniform(0.85, 1.05) * easel.width, rng.uniform(0, 0.06)
    number = int(rng.integers(120, 200))
    for side in sides:
        outwards = rng.uniform(0, 1, number) ** 1.3
        root = np.stack([inner * 0.75 + outwards * 0.7, np.full(number, -1.4)], 1)
        tip = np.stack([inner + outwards * 0.75, rng.uniform(1.6, 3.0, number)], 1)
        tip[:, 0] += rng.normal(0, 0.05, number)
        mirror = np.array([side, 1])
        _draw_strands(
            easel,
            root * mirror,
            tip * mirror,
            bend=side * rng.uniform(0.05, 0.3),
            thickness=0.075,
            taper=0.35,
            wave=wave,
            rng=rng,
        )


def _draw_strands(
    easel: Easel,
    root: Points,
    tip: Points,
    *,
    bend: float,
    thickness: float,
    taper: float,
    wave: float = 0.0,
    rng: np.random.Generator,
) -> None:
    """Strands of hair from roots (N, 2) to tips (N, 2), each with a lightness of its own.

    Args:
        easel: what they are painted on.
        root: where they begin.
        tip: where they end.
        bend: how far their middle lies beside the straight line, in x.
        thickness: of the mean strand.
        taper: exponent of the thickness along the strand; 0 leaves it alike.
        wave: how far it swings to both sides, in x.
        rng: of thickness, bend and lightness.
    """
    number = len(root)
    control = (root + tip) / 2
    control[:, 0] += bend + rng.normal(0, 0.04, number)
    along = np.linspace(0, 1, 12)[:, None, None]
    spine = (1 - along) ** 2 * root + 2 * along * (1 - along) * control + along**2 * tip
    phase = 0.3 * root[:, 0] + rng.normal(0, 0.04, number)  # neighbours swing together
    turns = 2 * np.pi * (rng.uniform(1, 2.5) * along[..., 0] + phase)
    spine[..., 0] += wave * np.sin(turns)
    direction = np.gradient(spine, axis=0)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    across = direction[..., ::-1] * [-0.5, 0.5] * thickness * rng.uniform(0.4, 1.6, (number, 1))
    across = across * (1 - along) ** taper
    outline = np.concatenate([spine + across, (spine - across)[::-1]])  # (24, N, 2)
    lightness = np.exp(rng.normal(0, 0.13, number))
    for strand, light in zip(outline.transpose(1, 0, 2), lightness, strict=True):
        easel.fill(strand, easel.hair * light)


def draw_hat(easel: Easel, rng: np.random.Generator) -> None:
    """A knitted cap, a cap with a peak, or a hat with a brim, and the shadow below it."""
    colour = rng.uniform(0.08, 0.75) * (1 - rng.uniform(0, 0.5) * rng.uniform(0, 1, 3))
    kind = rng.choice(["knitted", "peaked", "brimmed"])
    low, width = rng.uniform(-0.72, -0.48), 1.12 * easel.width
    x = np.linspace(-1, 1, 33)
    bend = 0.0 if kind == "brimmed" else 0.22  # a brim's own line hides the crown's
    edge = np.stack([x * width, low + bend * x**2], 1)
    for part in np.linspace(1, 0.3, 8):  # rounded: darker to the sides
        crown = np.stack([x * width * part, low + bend * (x * part) ** 2], 1)
        top = 0.9 * width * part * np.array([[1, 0], [-1, 0]]) - [0, 2]
        easel.fill(np.concatenate([crown, top]), colour * (1.15 - 0.4 * part**2))
    if kind == "knitted":
        for place in np.arange(-width, width, 0.09):
            rib = np.array([[0.9 * place, -2], [place, low + bend * (place / width) ** 2]])
            easel.line(rib, 0.02, colour * 0.75, closed=False)
        easel.line(edge * [0.96, 1] - [0, 0.32], 0.03, colour * 0.65, closed=False)
    else:
        reach = 0.95 * width if kind == "peaked" else 1.9
        arch = 0.2 if kind == "peaked" else rng.uniform(-0.1, 0.15)
        lower = np.stack([x * reach, low + 0.06 + arch * x**2], 1)
        upper = np.stack([x * reach, low - 0.18 + (arch + 0.18) * x**2], 1)
        easel.fill(np.concatenate([lower, upper[::-1]]), colour * 0.7)
        easel.line(lower, 0.03, colour * 0.5, closed=False)
        edge = lower
    depth, darkness = rng.uniform(0.1, 0.45), rng.uniform(0.1, 0.3)
    within = edge[np.abs(edge[:, 0]) < easel.width]
    for step in np.linspace(1, 0.1, 10):  # the deepest first, each next one darker
        shadow = np.concatenate([within, within[::-1] + np.array([0, depth * step])])
        easel.veil(shadow, np.zeros(3), darkness * (1.1 - step))


def draw_held(easel: Easel, rng: np.random.Generator) -> None:
    """A microphone or fingers that reach from below to beside the mouth."""
    side = rng.choice([-1, 1])
    place = easel.mouth + np.array([side * rng.uniform(0.3, 0.5), rng.uniform(0.2, 0.45)])
    foot = np.array([side * rng.uniform(0.5, 1.3), 2.6])
    if rng.random() < 0.5:
        colour, radius = np.full(3, rng.uniform(0.08, 0.3)), rng.uniform(0.2, 0.3)
        easel.line(np.array([place, foot]), 1.2 * radius, colour * 0.6, closed=False)
        for size in np.linspace(1, 0.2, 8):  # a ball, lit from above
            ball = place - [0, 0.3 * radius * (1 - size)] + radius * size * _rounded(1)
            easel.fill(ball, colour * (1.5 - 0.7 * size))
        return
    towards = (place - foot) / np.linalg.norm(place - foot)
    beside = np.array([-towards[1], towards[0]]) * 0.21
    for number in rng.permutation(4):
        tip = place + beside * side * number - towards * rng.uniform(0, 0.2)
        finger = np.array([tip, tip - towards * 0.55, foot + beside * side * number])
        for size in np.linspace(0.23, 0.1, 6):  # rounded: dark at the edges
            easel.line(finger, size, easel.skin * (1.25 - 2 * size), closed=False)
