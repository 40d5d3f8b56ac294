"""A trained method as an editor of aligned faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.datasets.faces import mouth_tops, to_pixels, to_signed
from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import check_faces
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.faces.alignment import MOUTH
from lgpgan.methods.weights import LoadedMethod
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place

__all__ = ["MethodEditor"]

BATCH = 8
"""Faces that go through the generators at once; on a CPU more are no faster."""


class MethodEditor(FaceEditor):
    """Runs the generators of a method on aligned faces, at intensity 1.

    Args:
        method: the loaded weights.
        device: where they are.
    """

    def __init__(self, method: LoadedMethod, *, device: str | torch.device = "cpu") -> None:
        self._method = method
        self._device = usable_device(device)

    @torch.inference_mode()
    def __call__(
        self,
        faces: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        sources: Sequence[str],
        targets: Sequence[str],
    ) -> NDArray[np.uint8]:
        """Edit faces in small batches.

        Raises:
            InputError: when ``faces`` is of another shape or type, or the weights do not know a
                class.
        """
        check_faces(faces)
        known = self._method.info.labels
        unknown = sorted(set(targets) - set(known))
        if unknown:
            raise InputError(
                f"these weights do not know the class '{unknown[0]}', only {', '.join(known)}; "
                "evaluate them on a set of the same classes."
            )
        wanted = torch.tensor([known.index(target) for target in targets], dtype=torch.long)
        labels = torch.eye(len(known))[wanted]
        tops = mouth_tops(torch.from_numpy(landmarks[:, MOUTH, 1].mean(axis=1)))
        edited = np.empty_like(faces)
        for start in range(0, len(faces), BATCH):
            rows = slice(start, start + BATCH)
            image, label, top = (
                place(part, self._device)
                for part in (to_signed(faces[rows]), labels[rows], tops[rows])
            )
            made = self._method.generator(image, label, top).output
            edited[rows] = to_pixels(made)
        return edited
