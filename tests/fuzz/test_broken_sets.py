"""Broken prepared sets are refused with lgpgan's own errors."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from damage import ALTERATIONS, altered, damaged, share
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import (
    CHECKSUMS,
    DESCRIPTION,
    METADATA,
    PreparedSet,
    write_prepared_set,
)
from lgpgan.datasets.records import BlendedFace
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from small_set import Entry, write_small_set


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of a face that says all that can be said of one, and of a mixture."""
    folder = tmp_path_factory.mktemp("sets") / "small"
    everything: dict[str, Any] = {
        "blendshapes": {"jawOpen": 0.25},
        "licence": "CC0",
        "age": 30.0,
        "gender": "f",
        "turn": (10.0, -5.0),
        "frame": (0.0, 0.0, 100.0, 0.0, 0.0, 90.0),
    }
    entries = [
        Entry("ann", "happy", "train"),
        Entry("ben", "sad", details=tuple(everything.items())),
    ]
    prepared = write_small_set(folder, entries)
    faces = [replace(face, action_units={12: 0.5}) for face in prepared.records]
    mixed = BlendedFace(
        **{name: getattr(faces[0], name) for name in ("person", "photo", "split", "landmarks")},
        action_units=None,
        file_name=faces[1].file_name,
        eyes={Expression.HAPPY: 0.5},
        mouth={Expression.SAD: 0.5},
    )
    write_prepared_set(folder, [faces[0], mixed], size=128, details={})
    (folder / CHECKSUMS).unlink()  # else every change is refused before it is looked at
    return folder


def read(folder: Path) -> None:
    """Everything that others read of a set; what is wrong with it is an ``InputError``."""
    try:
        prepared = PreparedSet.load(folder)
        load_faces(prepared, [*prepared.records, *prepared.blended])
        assert all(isinstance(name, str) for name in prepared.classes)
        assert isinstance(prepared.content_hash, str)
        prepared.verify()
    except InputError as error:
        sentence = str(error)
    else:
        sentence = "it was read."
    assert sentence.endswith((".", "DEST"))


def broken_copy(source: Path, folder: Path, name: str, content: bytes) -> Path:
    """The set with another content of one of its files."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


@share(1.5)
@given(drawn=st.data(), name=st.sampled_from((DESCRIPTION, METADATA)))
def test_other_values(small_set: Path, tmp_path: Path, drawn: Any, name: str) -> None:
    lines = [(small_set / name).read_text()]
    if name == METADATA:
        lines = lines[0].splitlines()
    at = drawn.draw(st.integers(0, len(lines) - 1))
    lines[at] = json.dumps(altered(json.loads(lines[at]), drawn.draw(ALTERATIONS)))
    read(broken_copy(small_set, tmp_path / "set", name, "\n".join(lines).encode()))


@share(1)
@given(drawn=st.data(), number=st.integers(0, 3))
def test_other_bytes(small_set: Path, tmp_path: Path, drawn: Any, number: int) -> None:
    files = sorted(path for path in small_set.rglob("*") if path.is_file())
    whole = files[number].read_bytes()
    content = drawn.draw(damaged([whole]))
    name = str(files[number].relative_to(small_set))
    read(broken_copy(small_set, tmp_path / "set", name, content))


@share(0.3)
@given(content=st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_broken_checksums(small_set: Path, tmp_path: Path, content: bytes) -> None:
    read(broken_copy(small_set, tmp_path / "set", CHECKSUMS, content))
