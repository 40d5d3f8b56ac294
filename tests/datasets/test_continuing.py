"""Sets that were begun and are continued: what is done, and what is to be done again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from lgpgan.datasets import building
from lgpgan.datasets.building import (
    claim,
    digest_of_photo,
    pending,
    read_result,
    write_result,
)
from lgpgan.errors import InputError

SETTINGS = "settings.json"


@dataclass(frozen=True)
class OnePhoto:
    path: Path


@pytest.fixture
def photo(tmp_path: Path) -> OnePhoto:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a photo")
    return OnePhoto(path)


@pytest.fixture
def begun(tmp_path: Path, photo: OnePhoto) -> Path:
    """A set in which the photo is done."""
    folder = tmp_path / "set"
    claim(folder, SETTINGS, {"size": 128})
    (folder / "a.png").write_bytes(b"its face")
    write_result(
        folder, "a", {"records": [json.dumps({"file_name": "a.png"})]}, digest_of_photo(photo.path)
    )
    return folder


def test_what_is_done_stays_done(begun: Path, photo: OnePhoto) -> None:
    os.utime(photo.path, (0, 0))
    assert pending(begun, {"a": photo}) == []
    assert (begun / "a.png").exists()


def test_a_photo_that_was_replaced_is_worked_on_again(begun: Path, photo: OnePhoto) -> None:
    """Regression: the face of the earlier photo stayed in the set under the label of the new."""
    photo.path.write_bytes(b"another")
    assert pending(begun, {"a": photo}) == [("a", photo)]
    assert not (begun / "a.png").exists()
    assert read_result(begun, "a") == {}


def test_a_photo_that_is_gone_stays_done(begun: Path, photo: OnePhoto) -> None:
    photo.path.unlink()
    assert pending(begun, {"a": photo}) == []


def test_a_set_of_an_earlier_version_goes_on(begun: Path, photo: OnePhoto) -> None:
    write_result(begun, "a", {"records": [json.dumps({"file_name": "a.png"})]})
    photo.path.write_bytes(b"another")
    assert pending(begun, {"a": photo}) == []


def test_nothing_outside_of_the_set_is_removed(begun: Path, photo: OnePhoto) -> None:
    outside = begun.parent / "mine.png"
    outside.write_bytes(b"mine")
    write_result(
        begun,
        "a",
        {"records": [json.dumps({"file_name": "../mine.png"})]},
        digest_of_photo(photo.path),
    )
    photo.path.write_bytes(b"another")
    assert pending(begun, {"a": photo}) == [("a", photo)]
    assert outside.exists()


def test_what_is_refused_loses_nothing(begun: Path, photo: OnePhoto) -> None:
    def refuse(name: str, entry: OnePhoto | None, result: object) -> None:
        raise InputError(f"{name} is of another list.")

    photo.path.write_bytes(b"another")
    with pytest.raises(InputError, match="a is of another list"):
        pending(begun, {"a": photo}, refuse)
    assert (begun / "a.png").exists()
    assert read_result(begun, "a")


def test_every_result_is_read_once(
    begun: Path, photo: OnePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: those of a set that was continued were read once more to compare its list."""
    read: list[str] = []

    def counted(folder: Path, name: str) -> object:
        read.append(name)
        return read_result(folder, name)

    monkeypatch.setattr(building, "read_result", counted)
    pending(begun, {"a": photo}, lambda name, entry, result: None)
    assert read == ["a"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_result_is_no_result(begun: Path, photo: OnePhoto, content: bytes) -> None:
    """Regression: it ended in "this should not have happened (JSONDecodeError)"."""
    (begun / ".done" / "a.json").write_bytes(content)
    assert pending(begun, {"a": photo}) == [("a", photo)]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_damaged_settings_are_those_of_another_set(begun: Path, content: bytes) -> None:
    """Regression: they ended in "this should not have happened (JSONDecodeError)"."""
    (begun / SETTINGS).write_bytes(content)
    with pytest.raises(InputError, match="was begun with other options"):
        claim(begun, SETTINGS, {"size": 128})
