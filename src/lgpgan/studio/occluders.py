"""What stands in front of a face and does not move with its expression: glasses, hair, hats, hands.

Each is drawn alike into the source and the target of a pair, and flow and visibility are set to
what is then true: under it nothing moves, and what it hides in the source is not to be seen there.
Shapes are in eye distances about the middle between the eyes, x along the line through them, y
down: cheeks end near ±1.2, brows lie near −0.3, the chin near 1.8, and the picture ends at ±1.68
to the sides, at −1.1 and at 2.26.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import Face
from lgpgan.faces.alignment import MOUTH, TEMPLATE_SIZE, TEMPLES, eye_centres, resample
from lgpgan.studio.augmentation import Augmentation

__all__ = [
    "ANCHORS",
    "FINER",
    "SHIFT",
    "anchor_points",
    "cover",
    "draw_occluders",
    "hair_colour",
    "occlude",
    "subpixels",
]

ANCHORS = ("right eye", "left eye", "right temple", "left temple", "mouth")
"""What occluders are placed by, in the order of :func:`anchor_points`."""
COVERED = 0.4
"""From this opacity on a pixel shows the occluder, which stays where it is, and not the face.

Below a half, because a strand of hair or a frame thinner than a pixel is seen better than the
smooth skin around it.
"""
ALIKE = 0.25
"""Opacities that differ by more are no longer the same picture."""
FINER = 4
"""Occluders and paint are drawn at so many times the resolution, for their edges' sake."""
SHIFT = 3
"""Binary places after the point of the coordinates that OpenCV draws at."""

HAIR = np.array(
    [
        [0.07, 0.06, 0.06],
        [0.16, 0.11, 0.08],
        [0.29, 0.19, 0.12],
        [0.45, 0.31, 0.19],
        [0.66, 0.52, 0.34],
        [0.43, 0.21, 0.11],
        [0.52, 0.51, 0.50],
    ]
)
"""Colours of hair, where the photo does not show any: black, browns, blonde, red, grey."""
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

Points = NDArray[np.float64]
"""(..., 2) in eye distances."""
Colour = NDArray[np.float64]
"""(3,) RGB, 0 to 1."""
Layer = NDArray[np.float32]
"""(128, 128, 4) RGB times opacity, and opacity; 0 to 1."""


def anchor_points(faces: Sequence[Face]) -> NDArray[np.float64]:
    """Where :data:`ANCHORS` are in faces, (N, 5, 2) in pixels of the template."""
    points = [
        [
            *eye_centres(face.landmarks),
            *face.landmarks[TEMPLES],
            face.landmarks[MOUTH].mean(axis=0),
        ]
        for face in faces
    ]
    return np.array(points, np.float64)


def occlude(
    batch: PairBatch,
    anchors: NDArray[np.floating],
    options: Augmentation,
    generators: Sequence[np.random.Generator],
) -> PairBatch:
    """Put something in front of some of the faces.

    Args:
        batch: B pairs.
        anchors: (B, 5, 2) of the sources, as :func:`anchor_points` gives them; mirrored or not.
        options: shares.
        generators: one a pair, which everything random is drawn from.

    Returns:
        The pairs, those that nothing was put in front of unchanged.
    """
    sources, targets = batch.source.clone(), batch.target.clone()
    flows, visibles = batch.flow.clone(), batch.visible.clone()
    for number, rng in enumerate(generators):
        layer = draw_occluders(sources[number].numpy(), anchors[number], options, rng)
        if layer is None:
            continue
        _composite(sources[number].numpy(), layer)
        _composite(targets[number].numpy(), layer)
        cover(flows[number].numpy(), visibles[number, 0].numpy(), layer[..., 3])
    return batch._replace(source=sources, target=targets, flow=flows, visible=visibles)


def cover(
    flow: NDArray[np.float32], visible: NDArray[np.float32], opacity: NDArray[np.float32]
) -> None:
    """Set flow and visibility, in place, to what they are behind the same thing in both pictures.

    What shows it stays where it is and is visible. Elsewhere the source shows the target where it
    is covered as much there: through a tinted lens both are.

    Args:
        flow: (2, 128, 128) pixels.
        visible: (128, 128), 0 to 1.
        opacity: (128, 128), 0 to 1.
    """
    rows, columns = np.indices(opacity.shape) + 0.5
    there = np.stack([columns + flow[0], rows + flow[1]], -1)
    in_source = resample(opacity, there, interpolation=cv2.INTER_LINEAR)
    visible[np.abs(in_source - opacity) > ALIKE] = 0
    covered = opacity > COVERED
    flow[:, covered] = 0
    visible[covered] = 1


def draw_occluders(
    image: NDArray[np.float32],
    anchors: NDArray[np.floating],
    options: Augmentation,
    rng: np.random.Generator,
) -> Layer | None:
    """Draw what stands in front of a face.

    Args:
        image: (3, 128, 128) of the face, −1 to 1, for the colours of skin and hair.
        anchors: (5, 2) of it.
        options: shares.
        rng: what everything random is drawn from.

    Returns:
        The layer, or None where nothing is.
    """
    kinds = (
        (_draw_side_hair, options.side_hair),
        (_draw_fringe, options.fringe),
        (_draw_glasses, options.glasses),
        (_draw_hat, options.hat),
        (_draw_held, options.held),
    )
    chosen = rng.random(len(kinds)) < [share for _, share in kinds]
    if not chosen.any():
        return None
    easel = _Easel(image, anchors, rng)  # painted from the hindmost to the foremost
    for (draw, _), wanted in zip(kinds, chosen, strict=True):
        if wanted:
            draw(easel, rng)
    return easel.layer(softness=rng.uniform(0.35, 0.7))


def hair_colour(picture: NDArray[np.floating], skin: Colour, rng: np.random.Generator) -> Colour:
    """The colour of a face's hair, or a likely one where the photo shows none.

    Args:
        picture: (128, 128, 3) of the face, 0 to 1.
        skin: colour of its cheeks.
        rng: of the lightness, and of the colour where the photo does not tell.
    """
    top = picture[: TEMPLATE_SIZE // 10].reshape(-1, 3)
    lightness = top.sum(1)
    hair = top[lightness <= np.quantile(lightness, 0.12)].mean(0)
    if hair.sum() > 0.65 * skin.sum():  # bald, or outside the picture
        darker = HAIR[HAIR.sum(1) < 0.65 * skin.sum()]
        hair = rng.choice(darker) if len(darker) else HAIR[0]
    return np.asarray(hair * rng.uniform(0.85, 1.15), np.float64)


def _composite(image: NDArray[np.float32], layer: Layer) -> None:
    """Put a layer over (3, 128, 128), −1 to 1, in place."""
    colour, opacity = layer[..., :3].transpose(2, 0, 1), layer[..., 3]
    image *= 1 - opacity
    image += 2 * colour - opacity


def subpixels(pixels: Points) -> NDArray[np.int32]:
    """Template pixels (N, 2) → what OpenCV draws at: :data:`FINER` times as many, in fractions."""
    return np.asarray(np.rint((pixels * FINER - 0.5) * 2**SHIFT), np.int32)


class _Easel:
    """Where the occluders of one face are painted, each over what was there before.

    Args:
        image: (3, 128, 128), −1 to 1.
        anchors: (5, 2).
        rng: of the hair's colour, where the photo does not tell.

    Attributes:
        width: x of the temples.
        mouth: its middle.
        skin: colour of the cheeks.
        hair: colour of the hair.
    """

    def __init__(
        self, image: NDArray[np.float32], anchors: NDArray[np.floating], rng: np.random.Generator
    ) -> None:
        right, left, *temples, mouth = anchors.astype(np.float64)
        if right[0] > left[0]:  # mirrored
            right, left = left, right
        across = left - right
        self._linear = np.stack([across, [-across[1], across[0]]], axis=1)
        self._middle = (right + left) / 2
        inverse = np.linalg.inv(self._linear)
        self.width = float(np.abs((temples - self._middle) @ inverse[0]).mean())
        self.mouth: Points = inverse @ (mouth - self._middle)
        self.skin, self.hair = self._colours(image, rng)
        side = TEMPLATE_SIZE * FINER
        self._opaque = np.zeros((side, side, 4), np.uint8)
        self._veil = np.zeros((side, side, 4), np.uint8)

    def _colours(
        self, image: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Colour, Colour]:
        picture = (image.transpose(1, 2, 0) + 1) / 2
        cheeks = self._pixels(np.array([[-0.5, 0.65], [0.5, 0.65]]))
        cheeks = np.clip(cheeks, 3, TEMPLATE_SIZE - 4).astype(int)
        skin = np.mean([picture[y - 3 : y + 4, x - 3 : x + 4] for x, y in cheeks], (0, 1, 2))
        return skin, hair_colour(picture, skin, rng)

    def _pixels(self, points: Points) -> Points:
        """Eye distances → pixels of the template."""
        pixels: Points = points @ self._linear.T + self._middle
        return pixels

    def _canvas(self, points: Points) -> NDArray[np.int32]:
        """Eye distances → what OpenCV draws at."""
        return subpixels(self._pixels(points))

    def fill(self, outline: Points, colour: Colour) -> None:
        """Paint an area (N, 2)."""
        cv2.fillPoly(self._opaque, [self._canvas(outline)], _bytes(colour, 1), cv2.LINE_8, SHIFT)

    def line(self, points: Points, thickness: float, colour: Colour, *, closed: bool) -> None:
        """Paint a line through (N, 2) points with round ends."""
        pixels = np.linalg.norm(self._linear[:, 0]) * FINER
        cv2.polylines(
            self._opaque,
            [self._canvas(points)],
            closed,
            _bytes(colour, 1),
            max(1, round(thickness * pixels)),
            cv2.LINE_8,
            SHIFT,
        )

    def veil(self, outline: Points, colour: Colour, opacity: float) -> None:
        """Put something see-through over an area (N, 2), behind all that is opaque.

        It takes the place of what was see-through there before.
        """
        cv2.fillPoly(
            self._veil, [self._canvas(outline)], _bytes(colour, opacity), cv2.LINE_8, SHIFT
        )

    def layer(self, *, softness: float) -> Layer:
        """What was painted; ``softness`` is the radius of the blur, in pixels of the template."""
        size = (TEMPLATE_SIZE, TEMPLATE_SIZE)
        opaque, veil = (
            cv2.resize(canvas, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            for canvas in (self._opaque, self._veil)
        )
        layer = opaque + veil * (1 - opaque[..., 3:])
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), softness), np.float32)


def _bytes(colour: Colour, opacity: float) -> list[float]:
    """RGB times opacity, and opacity, as 0 to 255."""
    painted = np.clip(np.append(colour, 1), 0, 1) * opacity * 255
    return [float(value) for value in np.rint(painted)]


def _draw_glasses(easel: _Easel, rng: np.random.Generator) -> None:
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


def _draw_fringe(easel: _Easel, rng: np.random.Generator) -> None:
    """Hair that falls from above the picture onto forehead and brows: a few strands or many."""
    number = int(np.exp(rng.uniform(np.log(12), np.log(220))))
    spread = rng.uniform(0.5, 1.0) * easel.width
    middle = rng.uniform(-0.35, 0.35) * (number < 60)
    sweep = rng.uniform(-0.7, 0.7)
    root = np.stack([rng.uniform(-spread, spread, number) + middle, np.full(number, -1.4)], 1)
    length = rng.uniform(0.85, 1.3) + 0.15 * np.abs(root[:, 0]) + rng.normal(0, 0.08, number)
    tip = root + np.stack([sweep + rng.normal(0, 0.08, number), length], 1)
    _draw_strands(easel, root, tip, bend=0.3 * sweep, thickness=0.06, taper=0.6, rng=rng)


def _draw_side_hair(easel: _Easel, rng: np.random.Generator) -> None:
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
    easel: _Easel,
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


def _draw_hat(easel: _Easel, rng: np.random.Generator) -> None:
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


def _draw_held(easel: _Easel, rng: np.random.Generator) -> None:
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
