"""The options of augmentation, and the augmentation of light and colours.

Source and target of a pair are always varied alike. So the flow between them stays exact, and the
networks learn to keep the light and colours of a photo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.alignment import TEMPLATE_SIZE

__all__ = ["Augmentation", "recolour"]

Value = TypeVar("Value")
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", hide_input_in_errors=True))
class Augmentation:
    """How pairs are varied: source and target alike.

    Attributes:
        photo_sources: share of pairs whose source shows what the original photo shows; the
            others' is any of its faces.
        blended_targets: share of pairs whose target shows two classes, at once or one above the
            nose and another below it, where the set has such faces.
        unit_targets: share of pairs whose target shows single action units on top of a class, where
            the set has such faces and the networks are told of them.
        unchanged: share of pairs whose target is their source, of a single class, so that a face
            that shows what is asked for stays as it is.
        gain: standard deviation of the brightness factor.
        tint: standard deviation of each colour's factor.
        gamma: standard deviation of the logarithm of the gamma.
        scale: standard deviation of the size.
        rotation: standard deviation, in radians.
        shift: standard deviation, in pixels.
        side_light: share of pairs lit from one side, softly or so that the other side is dark.
        cast: share of pairs with a warm or cool cast of colour.
        contrast: share of pairs with clearly less contrast, or a little more.
        pale: share of pairs with little colour.
        grey: share of pairs without colour.
        blur: share of pairs that are blurred a little.
        low_resolution: share of pairs that show fewer pixels, by a factor of 1.5 to 4.
        noise: share of pairs with a sensor's noise.
        jpeg: share of pairs that went through JPEG, at a quality of 30 to 90.
        glasses: share of pairs with glasses.
        fringe: share of pairs with hair over the forehead and brows.
        side_hair: share of pairs with long hair beside the cheeks, on one side or both.
        hat: share of pairs with a hat.
        held: share of pairs with a microphone or fingers beside the mouth.
        make_up: share of pairs with make-up: lipstick, eye shadow, lined lids, blush.
        beard: share of pairs with stubble, a beard or a moustache.
        exchanged: share of pairs that show the skin and eyes of somebody else on their shape.
        darker: share of pairs whose skin is darker, but not their eyes and teeth.
        balance: how evenly groups of people (gender, ethnicity, younger or older than 30) are
            drawn: 0 draws every photo as often, 1 every group.
        region_jitter: most pixels by which the mouth region moves up or down.
    """

    photo_sources: Share = 0.5
    blended_targets: Share = 0.3
    unit_targets: Share = 0.25
    unchanged: Share = 0.1
    gain: float = 0.15
    tint: float = 0.06
    gamma: float = 0.15
    scale: float = 0.05
    rotation: float = 0.05
    shift: float = 1.5
    side_light: Share = 0.1
    cast: Share = 0.05
    contrast: Share = 0.05
    pale: Share = 0.05
    grey: Share = 0.05
    blur: Share = 0.15
    low_resolution: Share = 0.05
    noise: Share = 0.05
    jpeg: Share = 0.06
    glasses: Share = 0.07
    fringe: Share = 0.05
    side_hair: Share = 0.04
    hat: Share = 0.03
    held: Share = 0.015
    make_up: Share = 0.04
    beard: Share = 0.04
    exchanged: Share = 0.35
    darker: Share = 0.12
    balance: Share = 0.5
    region_jitter: int = 2


class _Appearance(NamedTuple, Generic[Value]):
    """Light, colour and sharpness of a pair, or of B pairs, (B, C, 1, 1) each.

    Attributes:
        gamma: exponent.
        gain: (3,) factor of each colour.
        light: (3,) unit vector towards the light: x to the right, y down, z to the camera.
        hardness: exponent of the shading; 0 lights all alike.
        contrast: factor of the distance from middle grey.
        paleness: 0 keeps the colours, 1 leaves grey.
        blur: strength, 0 to 1.
    """

    gamma: Value
    gain: Value
    light: Value
    hardness: Value
    contrast: Value
    paleness: Value
    blur: Value


def _draw_appearance(options: Augmentation, rng: np.random.Generator) -> _Appearance[ArrayLike]:
    gamma = np.exp(rng.normal(0, options.gamma))
    gain = np.clip(rng.normal(1, options.gain), 0.6, 1.3) * rng.normal(1, options.tint, 3)
    if rng.random() < options.cast:
        warmth = rng.choice([-1, 1]) * rng.uniform(0.08, 0.25)
        gain = gain * [1 + warmth, 1 + rng.normal(0, 0.03), 1 - warmth]
    round_it, from_camera = rng.uniform(-np.pi, np.pi), rng.uniform(np.pi / 4, np.pi / 2)
    sideways = np.sin(from_camera)
    light = np.array(
        [sideways * np.cos(round_it), sideways * np.sin(round_it), np.cos(from_camera)]
    )
    hardness = rng.uniform(0.4, 1.6) * (rng.random() < options.side_light)
    contrast = rng.uniform(0.6, 1.2) if rng.random() < options.contrast else 1.0
    paleness = rng.uniform(0.3, 0.8) * (rng.random() < options.pale)
    if rng.random() < options.grey:
        paleness = 1.0
    blur = rng.uniform(0, 1) * (rng.random() < options.blur)
    return _Appearance(gamma, gain, light, hardness, contrast, paleness, blur)


def recolour(
    batch: PairBatch, options: Augmentation, generators: Sequence[np.random.Generator]
) -> PairBatch:
    """Change light, colour and sharpness of pairs.

    Args:
        batch: B pairs.
        options: shares and strengths.
        generators: one for each pair, for its appearance.

    Returns:
        The pairs; all but the pictures unchanged.
    """
    drawn = [_draw_appearance(options, rng) for rng in generators]
    appearance = _Appearance(*(_column(np.array(values)) for values in zip(*drawn, strict=True)))
    factor = appearance.gain * _shading(appearance.light, appearance.hardness)
    source, target = (
        _recolour(image, appearance, factor) for image in (batch.source, batch.target)
    )
    return batch._replace(source=source, target=target)


def _recolour(image: Tensor, appearance: _Appearance[Tensor], factor: Tensor) -> Tensor:
    unit = (image + 1) / 2  # 0 to 1
    unit = unit.clamp(1e-3, 1).pow(appearance.gamma) * factor
    unit = 0.5 + appearance.contrast * (unit - 0.5)
    unit = unit + appearance.paleness * (unit.mean(1, keepdim=True) - unit)
    some = appearance.blur.flatten() > 0  # few, and blurring takes longer than all the rest
    blurred = F.avg_pool2d(F.pad(unit[some], (1, 1, 1, 1), mode="reflect"), 3, 1)
    unit[some] += appearance.blur[some] * (blurred - unit[some])
    return (unit * 2 - 1).clamp(-1, 1)


def _column(values: NDArray[np.float64]) -> Tensor:
    """(B,) or (B, C) → float32 (B, C, 1, 1), to be spread over pictures."""
    return torch.from_numpy(values.astype(np.float32)).reshape(len(values), -1, 1, 1)


def _shading(light: Tensor, hardness: Tensor) -> Tensor:
    """Factor (B, 1, 128, 128) of the brightness of a smooth hill in the light of a lamp.

    Every face is lit as this hill. Its true shape would light a smile and a neutral face in two
    ways, and the source would no longer have the target's colours. The shading is half Lambert, so
    the dark side is never black. The brightest place is a little brighter than before, as a camera
    would expose it.
    """
    steepness = 1.2  # slope at the picture's edge: a cheek's is about 1
    along = (torch.arange(TEMPLATE_SIZE) + 0.5) * (2 / TEMPLATE_SIZE) - 1
    rows, columns = torch.meshgrid(along, along, indexing="ij")
    normals = torch.stack([columns * steepness, rows * steepness, torch.ones_like(rows)])
    normals = F.normalize(normals, dim=0)
    towards = (light * normals).sum(1, keepdim=True)  # (B, 1, 128, 128)
    shade = ((1 + towards) / 2).clamp_min(1e-3).pow(hardness)
    return 1.1 ** hardness.clamp_max(1) * shade / shade.amax((2, 3), keepdim=True)
