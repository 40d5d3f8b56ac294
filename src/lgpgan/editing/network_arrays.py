"""A face as an input of the networks, and their outputs as changes to paste."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.backends.backend import ChangeArrays, Faces
from lgpgan.expressions.action_units import EYE_UNITS, unit_vector
from lgpgan.expressions.target import Target
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.inside_change import InsideChange
from lgpgan.methods.weights_info import WeightsInfo

__all__ = ["face_changes", "wanted"]


def wanted(
    aligned: NDArray[np.uint8], mouth_top: int, targets: Sequence[Target], info: WeightsInfo
) -> Faces:
    """An aligned face once for each target, as the networks take it.

    Args:
        aligned: the face, (128, 128, 3) RGB.
        mouth_top: first row of its mouth region.
        targets: what it is to show.
        info: what the weights say of themselves: their classes and action units, in order.

    Raises:
        InputError: when the weights do not know a class or an action unit of a target.
    """
    for target in targets:
        target.check_known(info.labels, info.offered_units)
    count = len(targets)
    planes = aligned.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    added = np.array([_unit_intensities(target, info.units) for target in targets], np.float32)
    mouth = [target.mouth.label(target.intensity, info.labels) for target in targets]
    eyes = [target.eyes.label(target.intensity, info.labels) for target in targets]
    return Faces(
        image=np.repeat(planes[None], count, axis=0),
        mouth=np.concatenate([mouth, added], axis=1),
        eyes=np.concatenate([eyes, added], axis=1),
        mouth_top=np.full(count, mouth_top, np.int64),
    )


def _unit_intensities(target: Target, units: Sequence[int]) -> tuple[float, ...]:
    """Intensities of a target's action units, in the order of those that networks are told.

    Lids and gaze are drawn without them: networks that know some of these units are not asked.
    """
    asked = {
        number: intensity * target.intensity
        for number, intensity in target.units
        if number not in EYE_UNITS
    }
    return unit_vector(asked, units)


def face_changes(change: ChangeArrays, mouth_top: int) -> list[FaceChange]:
    """Changes of one face as they are pasted, one a target.

    Args:
        change: what the networks made of the face, once for each target.
        mouth_top: first row of its mouth region.
    """

    def pixels(part: NDArray[np.float32]) -> NDArray[np.float32]:
        return part.transpose(0, 2, 3, 1)

    flow, keep, inside = pixels(change.flow), pixels(change.keep), change.inside
    colour = (pixels(change.colour) + (1 - keep)) * 127.5  # −1..1 to 0..255, both times 1 − keep
    if inside is None:
        insides: list[InsideChange | None] = [None] * len(flow)
    else:
        lit = pixels(inside.lit) * 127.5  # counted from black already
        insides = [
            InsideChange(*of_target, mouth_top)
            for of_target in zip(pixels(inside.flow), lit, strict=True)
        ]
    shades = (
        [None] * len(flow)
        if change.shade is None
        else list(np.repeat(pixels(change.shade), 3, axis=-1))
    )
    return [
        FaceChange(*of_target)
        for of_target in zip(flow, keep[..., 0], colour, insides, shades, strict=True)
    ]
