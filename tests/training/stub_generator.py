"""A generator without networks, whose errors are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lgpgan.methods.lgpgan import LgpGan
from lgpgan.studio.pairs import StudioPairs


class Stub(nn.Module):
    """In the generator's place: the input, brighter by ``offset``."""

    def __init__(self, offset: float = 0.0) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.tensor(offset))

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> SimpleNamespace:
        assert len(image) == len(label) == len(mouth_top)
        assert len(image) % 8 == 0 or eye_label is not None
        return SimpleNamespace(output=image + self.offset)


def stub(offset: float = 0.0) -> LgpGan:
    return cast(LgpGan, Stub(offset))


def pixels(kept_out: StudioPairs, photo: int) -> NDArray[np.float64]:
    """(8, 128, 128, 3), −1 to 1."""
    start = kept_out.starts[photo]
    return np.asarray(kept_out.images[start : start + 8] / 127.5 - 1, np.float64)
