"""Which weights file a user means: one rule for every command and class."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.errors import InputError
from lgpgan.methods.weights import load_method
from lgpgan.methods.weights_info import default_weights, open_weights, weights_of


def test_names_of_weights(tmp_path: Path) -> None:
    assert weights_of(None) == weights_of("default") == default_weights()
    assert weights_of(tmp_path) == weights_of(str(tmp_path)) == tmp_path / "weights.safetensors"
    assert weights_of("mine.safetensors") == Path("mine.safetensors")


def test_whoever_reads_weights_reads_those_of_a_run(tmp_path: Path, weights: Path) -> None:
    """A warm start and doctor took files only, where edit took a run's folder as well."""
    (tmp_path / "weights.safetensors").write_bytes(weights.read_bytes())
    assert open_weights(tmp_path, framework="np").path == tmp_path / "weights.safetensors"
    assert load_method(tmp_path).info == load_method(weights).info


def test_a_folder_that_holds_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there are no weights at .*weights\.safetensors"):
        load_method(tmp_path)
