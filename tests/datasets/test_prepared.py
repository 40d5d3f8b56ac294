"""The prepared set on disk: written, read back, refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import lgpgan
from lgpgan.datasets.prepared import PreparedSet, Record, write_prepared_set
from lgpgan.errors import InputError
from lgpgan.expressions import Expression


def record(name: str = "a", split: str = "train", **changes: object) -> Record:
    values: dict[str, object] = {
        "file_name": f"{split}/happy/{name}.png",
        "person": f"london-{name}",
        "photo": f"london-{name}_0",
        "expression": Expression.HAPPY,
        "intensity": 0.85,
        "action_units": {6: 0.8, 12: 0.85},
        "landmarks": [(float(i), i / 4) for i in range(68)],
        "split": split,
        "source": "Someone — a set (2017)",
        "licence": "CC-BY-4.0",
    }
    return Record(**(values | changes))  # type: ignore[arg-type]


def write(folder: Path, records: Sequence[Record], **details: object) -> PreparedSet:
    for one in records:
        file = folder / one.file_name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(one.file_name.encode())
    return write_prepared_set(folder, records, size=128, details=details)


def test_a_record_survives_its_line() -> None:
    full = record(age=31.5, gender="female", ethnicity="ünknown", photographed=Expression.SAD)
    assert Record.from_json(full.to_json()) == full
    assert "\n" not in full.to_json()
    bare = record()
    assert Record.from_json(bare.to_json()) == bare
    assert not {"age", "gender", "ethnicity"} & json.loads(bare.to_json()).keys()


def test_lines_written_before_photos_could_show_an_expression_still_read() -> None:
    """A line without ``photographed`` raised KeyError, though neutral is its default."""
    values = json.loads(record().to_json())
    del values["photographed"]
    assert Record.from_json(json.dumps(values)) == record()


def test_a_set_survives_the_disk(tmp_path: Path) -> None:
    records = [record("b"), record("c", "test"), record("a", expression=Expression.ANGRY)]
    written = write(tmp_path, records, studio={"takes": 4})
    read = PreparedSet.load(tmp_path)
    assert list(read.records) == list(written.records)
    assert sorted(read.records, key=str) == sorted(records, key=str)
    assert read.description == written.description
    assert read.size == 128
    assert read.content_hash == written.content_hash
    assert read.folder == tmp_path


def test_the_splits_are_the_records_own(tmp_path: Path) -> None:
    write(tmp_path, [record("b"), record("a"), record("c", "test")])
    read = PreparedSet.load(tmp_path)
    assert [one.person for one in read.split("train")] == ["london-a", "london-b"]
    assert [one.person for one in read.split("test")] == ["london-c"]
    assert read.split("validation") == []


def test_the_layout_is_that_of_imagefolder(tmp_path: Path) -> None:
    write(tmp_path, [record("a"), record("b", "test")])
    lines = (tmp_path / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    for line in lines:
        values = json.loads(line)
        assert (tmp_path / values["file_name"]).is_file()
        assert values["expression"] == "happy"
        assert values["action_units"] == {"6": 0.8, "12": 0.85}
        assert len(values["landmarks"]) == 68


def test_the_description_says_what_the_set_is(tmp_path: Path) -> None:
    records = [
        record("a"),
        record("b", person="london-a"),
        record("c", expression=Expression.SAD, source="Another set"),
        record("d", "test", source=""),
    ]
    write(tmp_path, records, studio={"seed": 3})
    description = json.loads((tmp_path / "dataset.json").read_text(encoding="utf-8"))
    assert description["counts"] == {"train": {"happy": 2, "sad": 1}, "test": {"happy": 1}}
    assert description["people"] == 3
    assert description["citations"] == ["Another set", "Someone — a set (2017)"]
    assert description["classes"] == [str(expression) for expression in Expression]
    assert description["template"] == {
        "size": 128,
        "eye_distance": 38.0,
        "eye_midpoint": [64.0, 42.0],
        "pixel_centre": 0.5,
    }
    assert description["studio"] == {"seed": 3}
    assert description["lgpgan"] == lgpgan.__version__


def test_the_hash_is_of_faces_and_metadata(tmp_path: Path) -> None:
    records = [record("a"), record("b")]
    first = write(tmp_path, records).content_hash
    assert write(tmp_path, records[::-1], studio="other").content_hash == first
    changed = dataclasses.replace(records[0], intensity=0.5)
    assert write(tmp_path, [changed, records[1]]).content_hash != first
    (tmp_path / records[1].file_name).write_bytes(b"another picture")
    assert write(tmp_path, records).content_hash != first


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not a prepared set .* lgpgan studio PHOTOS DEST"):
        PreparedSet.load(tmp_path)
    with pytest.raises(InputError, match="not a prepared set"):
        PreparedSet.load(tmp_path / "nowhere")
    write(tmp_path, [record()])
    (tmp_path / "dataset.json").unlink()
    with pytest.raises(InputError, match="not a prepared set"):
        PreparedSet.load(tmp_path)


def test_another_versions_set_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [record()])
    file = tmp_path / "dataset.json"
    description = json.loads(file.read_text())
    file.write_text(json.dumps(description | {"format": 99}))
    with pytest.raises(InputError, match="another version of lgpgan; prepare it again"):
        PreparedSet.load(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("metadata.jsonl", '{"file_name": "a.png"}\n'),
        ("metadata.jsonl", '{"file_name": "a.pn'),
        ("metadata.jsonl", "[]\n"),
        ("metadata.jsonl", "\xff"),
        ("dataset.json", '{"format": 1, "si'),
        ("dataset.json", "[1]"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(tmp_path: Path, file: str, content: str) -> None:
    """They ended in a KeyError or a JSONDecodeError."""
    write(tmp_path, [record()])
    (tmp_path / file).write_text(content)
    with pytest.raises(InputError, match=r"damaged .*; prepare it again"):
        PreparedSet.load(tmp_path)
