"""Descriptions of faces: the same however they are made, kept, and made once."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.benefit import descriptions as module
from lgpgan.benefit.descriptions import VARIATIONS, Describer, described
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import MissingPartError
from lgpgan.parallel.processes import work
from small_set import everybody, made_up_face, write_small_set

CLASSES = ("happy", "neutral", "sad")
Described = Callable[..., NDArray[np.float16]]
calls: list[int] = []
"""Faces of every call of the describer."""


def mean_grey(faces: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Two numbers of each face: its mean, and that of its upper half."""
    calls.append(len(faces))
    return np.stack([faces.mean(axis=(1, 2, 3)), faces[:, :64].mean(axis=(1, 2, 3))], axis=1)


def load_mean_grey() -> Describer:
    return mean_grey


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PreparedSet:
    monkeypatch.setattr(module, "DESCRIBERS", {"grey": load_mean_grey})
    monkeypatch.setattr(module, "TOGETHER", 4)
    calls.clear()
    people = everybody("ann", "ben", split="train", classes=CLASSES)
    return write_small_set(tmp_path / "set", people, CLASSES)


@pytest.fixture
def describe(prepared: PreparedSet, tmp_path: Path) -> Described:
    def call(**changes: Any) -> NDArray[np.float16]:
        options: dict[str, Any] = {
            "varied": True,
            "processes": 1,
            "engine": work,
            "progress": lambda what, done, total: None,
        }
        records = prepared.records
        return described("grey", prepared, records, tmp_path / "kept", **(options | changes))

    return call


def test_faces_are_described_as_they_are_and_varied(describe: Described) -> None:
    told: list[tuple[int, int]] = []
    found = describe(progress=lambda what, done, total: told.append((done, total)))
    assert found.shape == (6, 1 + VARIATIONS, 2)
    assert found[0, 0, 0] == pytest.approx(made_up_face("ann", 0).mean(), rel=1e-3)
    assert len(np.unique(found[0, :, 0])) == 1 + VARIATIONS
    assert told == [(4, 6), (6, 6)]
    assert describe(varied=False).shape == (6, 1, 2)


def test_what_is_kept_is_not_described_again(describe: Described, tmp_path: Path) -> None:
    first = describe()
    before = len(calls)
    assert np.array_equal(describe(), first)
    assert len(calls) == before
    (kept,) = (tmp_path / "kept").glob("*.npy")
    kept.write_bytes(kept.read_bytes()[:-10])
    assert np.array_equal(describe(), first)
    assert len(calls) > before


def test_descriptions_are_the_same_from_other_processes(
    describe: Described, tmp_path: Path
) -> None:
    def scattered(
        jobs: Iterable[Any], start: Callable[[], Callable[[Any], Any]], processes: int, **_: Any
    ) -> Iterator[Any]:
        """Every job by a worker of its own, which came there as to another process."""
        for job in jobs:
            yield pickle.loads(pickle.dumps(start))()(pickle.loads(pickle.dumps(job)))

    first = describe()
    for kept in (tmp_path / "kept").glob("*.npy"):
        kept.unlink()
    assert np.array_equal(describe(engine=scattered), first)


def test_what_is_missing_is_said_before_anything_is_made(
    describe: Described, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Describer:
        raise MissingPartError("get it with lgpgan assets --fetch grey")

    monkeypatch.setattr(module, "DESCRIBERS", {"grey": missing})
    with pytest.raises(MissingPartError, match="--fetch grey"):
        describe()
    assert not (tmp_path / "kept").exists()
