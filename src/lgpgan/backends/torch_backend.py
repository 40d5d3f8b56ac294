"""The generators in torch: on any of its devices, for every method, whatever its shape."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.backends.backend import ChangeArrays, Faces, InsideArrays
from lgpgan.methods.weights import LoadedMethod
from lgpgan.methods.weights_info import WeightsInfo
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place

__all__ = ["TorchBackend"]


class TorchBackend:
    """Runs generators as they were trained.

    Args:
        method: the loaded weights.
        device: where they are.
    """

    name = "torch"
    notes: tuple[str, ...] = ()

    def __init__(self, method: LoadedMethod, *, device: str = "cpu") -> None:
        self._generator = method.generator
        self._device = usable_device(device)
        self.info: WeightsInfo = method.info

    @torch.inference_mode()
    def change(self, faces: Faces) -> ChangeArrays:
        """What the generators do to faces, in one batch."""
        image, mouth, eyes, top = (place(torch.from_numpy(part), self._device) for part in faces)
        apart = not np.array_equal(faces.eyes, faces.mouth)
        made = self._generator(image, mouth, top, eyes if apart else None)
        change = made.change
        flow, keep, colour = map(_array, (change.flow_or_zero(), change.keep, change.colour))
        inside = change.inside
        return ChangeArrays(
            flow,
            keep,
            colour,
            inside and InsideArrays(_array(inside.flow), _array(inside.lit)),
            None if change.shade is None else _array(change.shade),
        )


def _array(part: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = part.float().cpu().numpy()
    return array
