"""Broken files of exact flow are refused: compiled loops would read whatever memory holds."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from damage import share
from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet
from lgpgan.face3d.correspondence import Correspondence

REFUSED = (OSError, ValueError)
NAMES = [field.name for field in fields(Correspondence)]


@pytest.fixture(scope="module")
def whole(studio_set: PreparedSet) -> Path:
    return next((studio_set.folder / CORRESPONDENCE).glob("first_0.npz"))


def attempt(path: Path) -> None:
    """Read, and use what could be read: every number must refer to something."""
    try:
        loaded = Correspondence.load(path)
    except REFUSED:
        return
    faces = len(loaded.triangle)
    for source, target in {(0, faces - 1), (faces - 1, 0)} if faces else ():
        flow, visible = loaded.flow(source, target)
        assert np.isfinite(flow).all()
        assert ((visible == 0) | (visible == 1)).all()
        loaded.places_inside(target)


@share(0.3)
@given(seed=st.integers(0, 2**32 - 1))
def test_other_bytes(whole: Path, tmp_path: Path, seed: int) -> None:
    """Damaged by a number, since hypothesis prints what it draws: a quarter of a megabyte."""
    draw = np.random.default_rng(seed)
    data = bytearray(whole.read_bytes())
    for place in draw.integers(len(data), size=draw.integers(1, 9)):
        data[place] = draw.integers(256)
    if draw.random() < 0.3:
        del data[draw.integers(len(data)) :]
    path = tmp_path / "broken.npz"
    path.write_bytes(data)
    attempt(path)


def altered(array: NDArray[Any], how: str, seed: int) -> NDArray[Any] | None:
    """An array of another shape, type or with other values; None leaves it out."""
    draw = np.random.default_rng(seed)
    if how == "cut":
        return array[: draw.integers(len(array) + 1)]
    if how == "flat":
        return array.reshape(-1)
    if how == "type":
        return array.astype(draw.choice(["int64", "float32", "uint8", "bool"]))
    if how == "values":
        limit = np.iinfo(array.dtype)
        other = array.copy()
        other.reshape(-1)[draw.integers(array.size, size=9)] = draw.integers(limit.min, limit.max)
        return other
    return None


@share(0.3)
@given(
    name=st.sampled_from(NAMES),
    how=st.sampled_from(["cut", "flat", "type", "values", "left out"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_other_arrays(whole: Path, tmp_path: Path, name: str, how: str, seed: int) -> None:
    with np.load(whole) as arrays:
        contents = dict(arrays)
    changed = altered(contents.pop(name), how, seed)
    path = tmp_path / "broken.npz"
    np.savez(path, **contents, **({} if changed is None else {name: changed}))
    attempt(path)


def test_a_number_that_refers_to_nothing_is_refused(whole: Path, tmp_path: Path) -> None:
    """It was looked up in memory that belongs to something else."""
    with np.load(whole) as arrays:
        contents = dict(arrays)
    contents["triangles"][0, 0] = len(contents["inside"])
    np.savez(tmp_path / "broken.npz", **contents)
    with pytest.raises(ValueError, match="is missing"):
        Correspondence.load(tmp_path / "broken.npz")
