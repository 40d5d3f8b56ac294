from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lgpgan.backends.tracing import trace
from lgpgan.errors import LgpganError
from lgpgan.methods.change import WholeFaceSynthesis
from lgpgan.methods.face_generator import FaceGenerator


class Counting(FaceGenerator[WholeFaceSynthesis]):
    """Takes the number of faces for a constant, as ``len`` makes of it."""

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> WholeFaceSynthesis:
        return WholeFaceSynthesis.drawn(image * len(label))


def test_a_graph_for_one_number_of_faces_only_is_refused() -> None:
    """The picture of a mouth's inside was once repeated ``len(faces)`` times."""
    with pytest.raises(LgpganError, match="fixed number of faces"):
        trace(Counting(), 8)


def test_weights_keep_their_names() -> None:
    """A graph without weights finds them by these."""

    class Tinted(Counting):
        def __init__(self) -> None:
            super().__init__()
            self.tint = torch.nn.Conv2d(3, 3, 1)

        def forward(
            self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
        ) -> WholeFaceSynthesis:
            return WholeFaceSynthesis.drawn(self.tint(image))

    model = trace(Tinted(), 8)
    names = {tensor.name for tensor in model.graph.initializer}
    assert {"tint.weight", "tint.bias"} <= names
