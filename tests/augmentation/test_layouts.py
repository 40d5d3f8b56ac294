"""Every layout read back by what it is meant for."""

from __future__ import annotations

import csv
import json
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lgpgan.augmentation import layouts
from lgpgan.augmentation.layouts import LabelledFace, check_layout, labelled_faces, lay_out
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import BlendedFace, Record
from lgpgan.errors import MissingPartError
from lgpgan.expressions.expression import Expression
from small_set import landmarks_of, made_up_face

CLASSES = ["happy", "sad"]


@pytest.fixture
def made(tmp_path: Path) -> PreparedSet:
    """Two sad faces and a happy one, which is a mixture, as ``lgpgan augment`` leaves them."""
    folder = tmp_path / "made"
    common: dict[str, Any] = {
        "person": "ann",
        "photo": "train/neutral/000.png",
        "action_units": None,
        "landmarks": landmarks_of(0),
        "split": "train",
        "source": "Nobody",
        "licence": "CC0",
    }
    shares = {Expression.SAD: 0.3, Expression.HAPPY: 0.6}
    faces: list[Record | BlendedFace] = [
        BlendedFace(file_name="train/happy/happy-000000.png", eyes=shares, mouth=shares, **common),
        Record(
            file_name="train/sad/sad-000000.png",
            expression=Expression.SAD,
            intensity=0.7,
            **common | {"age": 31.0, "gender": "female"},
        ),
        Record(
            file_name="train/sad/sad-000001.png", expression=Expression.SAD, intensity=1.1, **common
        ),
    ]
    for number, face in enumerate(faces):
        path = folder / face.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(made_up_face("ann", number)).save(path)
    return write_prepared_set(folder, faces, size=128, details={}, classes=CLASSES)


def test_what_trainers_are_told(made: PreparedSet) -> None:
    mixture, sad, _ = labelled_faces(made)
    assert mixture == LabelledFace(
        file_name="train/happy/happy-000000.png",
        label="happy",
        intensity=0.6,
        second_label="sad",
        second_intensity=0.3,
        person="ann",
        made_from="train/neutral/000.png",
        made_from_label="neutral",
        synthetic=True,
        source="Nobody",
        licence="CC0",
        age=None,
        gender=None,
        ethnicity=None,
        action_units={},
    )
    assert mixture.caption == "happy 0.60 + sad 0.30"
    assert sad.caption == "sad 0.70"
    assert (sad.label, sad.intensity, sad.second_label, sad.age) == ("sad", 0.7, None, 31.0)


def test_imagefolder_without_its_reader(made: PreparedSet) -> None:
    (path,) = lay_out(made, "imagefolder")
    assert path == made.folder / "train/metadata.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["file_name"] for line in lines] == [
        "happy/happy-000000.png",
        "sad/sad-000000.png",
        "sad/sad-000001.png",
    ]
    assert all((path.parent / line["file_name"]).is_file() for line in lines)
    assert len({tuple(line) for line in lines}) == 1  # the same columns everywhere


@pytest.fixture
def load_dataset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    return lambda *where, **more: datasets.load_dataset(
        *where, cache_dir=str(tmp_path / "cache"), **more
    )


@pytest.mark.filterwarnings("ignore")
def test_imagefolder_as_hugging_face_reads_it(made: PreparedSet, load_dataset: Any) -> None:
    lay_out(made, "imagefolder")
    (made.folder / "README.md").write_text("---\nlicense: other\n---\n# Faces\n")
    (made.folder / "report").mkdir()
    Image.new("RGB", (8, 8)).save(made.folder / "report/sheet.png")
    for loaded in (
        load_dataset("imagefolder", data_dir=str(made.folder)),
        load_dataset(str(made.folder)),
    ):
        assert list(loaded) == ["train"]
        rows = loaded["train"]
        assert rows["label"][:] == ["happy", "sad", "sad"]
        assert rows["intensity"][:] == [0.6, 0.7, 1.1]
        assert rows["second_label"][:] == ["sad", None, None]
        picture = np.asarray(rows[0]["image"])
        np.testing.assert_array_equal(picture, made_up_face("ann", 0))


@pytest.mark.filterwarnings("ignore")
def test_parquet_as_hugging_face_reads_it(
    made: PreparedSet, load_dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "SHARD", 2)
    written = lay_out(made, "parquet")
    assert [path.name for path in written] == ["train-000000.parquet", "train-000001.parquet"]
    rows = load_dataset("parquet", data_dir=str(made.folder / "data"))["train"]
    assert rows["label"][:] == ["happy", "sad", "sad"]
    assert rows["age"][:] == [None, 31.0, None]
    np.testing.assert_array_equal(np.asarray(rows[2]["image"]), made_up_face("ann", 2))


def test_parquet_twice_is_the_same(made: PreparedSet) -> None:
    pytest.importorskip("pyarrow")
    (path,) = lay_out(made, "parquet")
    first = path.read_bytes()
    lay_out(made, "parquet")
    assert path.read_bytes() == first


def test_parquet_without_pyarrow_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPartError, match=r"pip install 'lgpgan\[parquet\]'"):
        check_layout("parquet")
    check_layout("webdataset")


def test_webdataset(made: PreparedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "SHARD", 2)
    written = lay_out(made, "webdataset")
    assert [path.name for path in written] == ["train-000000.tar", "train-000001.tar"]
    first = [path.read_bytes() for path in written]
    with tarfile.open(written[0]) as archive:
        assert archive.getnames() == [
            f"{key}.{suffix}"
            for key in ("happy-000000", "sad-000000")
            for suffix in ("png", "cls", "json")
        ]
        contents = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    assert contents["happy-000000.cls"] == b"0"
    assert contents["sad-000000.cls"] == b"1"
    assert contents["sad-000000.png"] == (made.folder / "train/sad/sad-000000.png").read_bytes()
    assert json.loads(contents["happy-000000.json"])["second_label"] == "sad"
    lay_out(made, "webdataset")
    assert [path.read_bytes() for path in written] == first


def test_csv(made: PreparedSet) -> None:
    (path,) = lay_out(made, "csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file_name"], row["label"], row["intensity"]) for row in rows] == [
        ("train/happy/happy-000000.png", "happy", "0.6"),
        ("train/sad/sad-000000.png", "sad", "0.7"),
        ("train/sad/sad-000001.png", "sad", "1.1"),
    ]
    assert rows[0]["age"] == ""


@pytest.mark.parametrize("layout", ["csv", "imagefolder"])
def test_action_units_that_are_known_are_columns(made: PreparedSet, layout: str) -> None:
    """A column a unit, 0 where it does not move, so that every face has the same columns."""
    units = [{6: 0.25, 12: 0.75}, {}]
    known = [replace(face, action_units=of) for face, of in zip(made.records, units, strict=True)]
    (path,) = lay_out(replace(made, records=known, blended=()), layout)
    with path.open(encoding="utf-8") as file:
        lines: Any = csv.DictReader(file) if layout == "csv" else map(json.loads, file)
        first, second = list(lines)
    assert (float(first["AU6"]), float(first["AU12"]), float(first["AU26"])) == (0.25, 0.75, 0)
    assert {float(second[name]) for name in second if name.startswith("AU")} == {0}
    assert first.keys() == second.keys()
    assert "action_units" not in first


def test_action_units_in_parquet(made: PreparedSet) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    known = [replace(face, action_units={12: 0.75}) for face in made.records]
    (path,) = lay_out(replace(made, records=known, blended=()), "parquet")
    table = parquet.read_table(path)
    assert table["AU12"].to_pylist() == [0.75, 0.75]
    assert str(table.schema.field("AU4").type) == "double"


def test_folders_are_there_already(made: PreparedSet) -> None:
    before = sorted(made.folder.rglob("*"))
    assert lay_out(made, "folders") == [made.folder / "train"]
    assert sorted(made.folder.rglob("*")) == before
