"""A named pipe in place of any file that is read is refused; once the program waited for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lgpgan.assets.cache import State, examine
from lgpgan.assets.registry import FER_MODEL
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.inspection import region_sheet
from lgpgan.datasets.layouts.pixel_rows import read_face
from lgpgan.datasets.prepared import CHECKSUMS, DESCRIPTION, METADATA, PreparedSet
from lgpgan.datasets.tables import read_header, read_table
from lgpgan.errors import InputError
from lgpgan.face3d.correspondence import Correspondence
from lgpgan.face3d.face_model import load_face_model
from lgpgan.methods.weights_info import open_weights
from lgpgan.photos.marks import read_provenance
from lgpgan.photos.reading import read_photo
from lgpgan.reporting.results_model import read_cells
from lgpgan.training.state import TrainingState
from lgpgan.training.statistics import read_statistics
from named_pipes import replace_by_pipe
from small_set import Entry, write_small_set

pytestmark = pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX's")

READERS: dict[str, Callable[[Path], object]] = {
    "photo.jpg": read_photo,
    "marked.gif": read_provenance,
    "table.csv": read_table,
    "fer2013.csv": lambda path: read_face(path, 0),
    "face.npz": load_face_model,
    "weights.safetensors": lambda path: open_weights(path, framework="np"),
    "cell.json": lambda path: read_cells(path.parent, [path.name]),
    "checkpoint.pt": lambda path: TrainingState.load(path, "hash", torch.device("cpu")),
}


@pytest.mark.parametrize("name", READERS)
def test_files_that_are_named(tmp_path: Path, name: str) -> None:
    path = replace_by_pipe(tmp_path / name)
    with pytest.raises(InputError):
        READERS[name](path)


def test_correspondences(tmp_path: Path) -> None:
    path = replace_by_pipe(tmp_path / "pairs.npz")
    with pytest.raises(ValueError, match="is not a regular file"):
        Correspondence.load(path)


def test_what_is_looked_at_only_is_passed_over(tmp_path: Path) -> None:
    path = replace_by_pipe(tmp_path / "pipe")
    assert read_header(path) == frozenset()
    assert read_statistics(path) == []


@pytest.mark.parametrize("name", [DESCRIPTION, METADATA, CHECKSUMS, "face"])
def test_files_of_a_set(tmp_path: Path, name: str) -> None:
    prepared = write_small_set(tmp_path / "set", [Entry("ann", "happy")])
    face = prepared.records[0].file_name
    replace_by_pipe(tmp_path / "set" / (face if name == "face" else name))

    def use() -> None:
        again = PreparedSet.load(tmp_path / "set")
        load_faces(again, again.records)

    with pytest.raises(InputError):
        use()
    if name == "face":
        with pytest.raises(InputError):
            region_sheet(prepared)


def test_files_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    (file,) = FER_MODEL.files
    replace_by_pipe(tmp_path / file.name)
    assert examine(FER_MODEL).state is State.DAMAGED
