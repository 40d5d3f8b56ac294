"""Broken weights and checkpoints are refused with lgpgan's own errors."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_run import CONFIG, SHAPE

from damage import ALTERATIONS, altered, damaged, share
from lgpgan.errors import InputError
from lgpgan.methods.weights import load_method
from lgpgan.training.state import TrainingState

CPU = torch.device("cpu")


class Whole:
    """A file's bytes, which hypothesis would else print: megabytes, of which it warns."""

    def __init__(self, data: bytes) -> None:
        self.data = data


@pytest.fixture(scope="module")
def whole_weights(weights: Path) -> Whole:
    return Whole(weights.read_bytes())


def attempt(read: Callable[[], object]) -> None:
    """Read; what is wrong is an ``InputError`` of one sentence."""
    try:
        read()
    except InputError as error:
        sentence = str(error)
    else:
        sentence = "it was read."
    assert sentence.endswith(".")


@share(0.5)
@given(drawn=st.data())
def test_weights_of_other_bytes(whole_weights: Whole, tmp_path: Path, drawn: Any) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(drawn.draw(damaged([whole_weights.data])))
    attempt(lambda: load_method(path))


@share(0.5)
@given(alteration=ALTERATIONS)
def test_weights_that_say_something_else(
    whole_weights: Whole, tmp_path: Path, alteration: tuple[int, int, Any]
) -> None:
    path = tmp_path / "weights.safetensors"
    whole = whole_weights.data
    (length,) = struct.unpack_from("<Q", whole)
    header = json.loads(whole[8 : 8 + length])
    described = altered(json.loads(header["__metadata__"]["lgpgan"]), alteration)
    header["__metadata__"]["lgpgan"] = json.dumps(described)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + whole[8 + length :])
    attempt(lambda: load_method(path))


@pytest.fixture(scope="module")
def whole_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    path = tmp_path_factory.mktemp("run") / "checkpoint.pt"
    TrainingState(CONFIG, SHAPE, "hash", CPU).save(path)
    return Whole(path.read_bytes())


@share(0.3)
@given(drawn=st.data())
def test_checkpoints_of_other_bytes(whole_checkpoint: Whole, tmp_path: Path, drawn: Any) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(drawn.draw(damaged([whole_checkpoint.data])))
    attempt(lambda: TrainingState.load(path, "hash", CPU))
