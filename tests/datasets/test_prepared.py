"""The prepared set on disk: written, read back, refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tracemalloc
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest

import lgpgan
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import BlendedFace, Record, read_face
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression


def record(name: str = "a", split: str = "train", **changes: object) -> Record:
    values: dict[str, object] = {
        "file_name": f"{split}/happy/{name}.png",
        "person": f"london-{name}",
        "photo": f"london-{name}_0",
        "expression": Expression.HAPPY,
        "intensity": 0.85,
        "action_units": {6: 0.8, 12: 0.85},
        "landmarks": np.array([(float(i), i / 4) for i in range(68)]),
        "split": split,
        "source": "Someone — a set (2017)",
        "licence": "CC-BY-4.0",
    }
    return Record(**(values | changes))  # type: ignore[arg-type]


def write(
    folder: Path,
    records: Sequence[Record],
    classes: Sequence[str] = tuple(Expression),
    **details: object,
) -> PreparedSet:
    for one in records:
        file = folder / one.file_name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(one.file_name.encode())
    return write_prepared_set(folder, records, size=128, details=details, classes=classes)


def test_a_record_survives_its_line() -> None:
    full = record(age=31.5, gender="female", ethnicity="ünknown", photographed=Expression.SAD)
    assert Record.from_json(full.to_json()) == full
    assert "\n" not in full.to_json()
    bare = record()
    assert Record.from_json(bare.to_json()) == bare
    cropped = record(cut=0.2, frame=(0.0, 0.0, 100.0, 0.0, 0.0, 90.0))
    assert Record.from_json(cropped.to_json()) == cropped
    for frame in ((0.0,) * 5, (0.0,) * 5 + (float("nan"),)):
        with pytest.raises(ValueError, match="corners of a photo are not six numbers"):
            Record.from_json(record(frame=frame).to_json())
    assert not {"age", "gender", "ethnicity"} & json.loads(bare.to_json()).keys()


def test_records_are_equal_when_the_same_is_said_of_them() -> None:
    """Landmarks became an array, which a dataclass cannot compare."""
    moved = record().landmarks.copy()
    moved[67, 1] += 0.01
    assert record() == record(landmarks=record().landmarks.copy())
    assert record() != record(landmarks=moved)
    assert record() != record(intensity=0.5)
    assert record() != record().to_json()


def test_landmarks_come_back_to_the_last_bit() -> None:
    points = np.random.default_rng(0).uniform(-20, 276, (68, 2)).round(2)
    read = Record.from_json(record(landmarks=points).to_json())
    assert read.landmarks.dtype == np.float64
    np.testing.assert_array_equal(read.landmarks, points)


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


def test_the_hash_is_that_of_sets_made_before(tmp_path: Path) -> None:
    """Written by lgpgan when landmarks were lists and the metadata was made as a whole."""
    written = write(tmp_path, [record("b"), record("a", "test", age=31.5, action_units=None)])
    assert written.content_hash == (
        "d63fe2f0688c90f8a401b30e683c30c1e9cead208f888700a08738f94d67d977"
    )
    checksums = (tmp_path / "SHA256SUMS").read_bytes()
    assert hashlib.sha256(checksums).hexdigest() == (
        "a559284374477712d6b108255e7c203f1adaf54e322e495e42aadc1289a31e39"
    )


def test_a_face_that_is_missing_leaves_the_set_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, [record("a")])
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(FileNotFoundError):
        write_prepared_set(tmp_path, [record("a"), record("b")], size=128, details={})
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_the_metadata_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    """Its lines were all made first: what they took grew with the photos."""
    long = record(source="Someone. " * 1000)
    write(tmp_path, [long])
    tracemalloc.start()
    write_prepared_set(tmp_path, repeat(long, 500), size=128, details={})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (tmp_path / "metadata.jsonl").stat().st_size / 2


def test_a_record_takes_little_memory(tmp_path: Path) -> None:
    """It took 9 kB, as each landmark was a tuple of two Python numbers."""
    write(tmp_path, [record(source="Someone. " * 30)])
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text(metadata.read_text(encoding="utf-8") * 1000, encoding="utf-8")
    (tmp_path / "SHA256SUMS").unlink()
    tracemalloc.start()
    read = PreparedSet.load(tmp_path)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(read.records) < 2000


def test_a_set_may_have_other_classes(tmp_path: Path) -> None:
    """``from_json`` knew the eight classes alone, though DESIGN lets a set have any."""
    records = [record("a", expression="bored"), record("b", expression="happy")]
    write(tmp_path, records, classes=("happy", "bored"))
    read = PreparedSet.load(tmp_path)
    assert read.classes == ("happy", "bored")
    assert read.classes[0] is Expression.HAPPY
    assert [one.expression for one in read.records] == ["bored", "happy"]
    assert read.description["counts"] == {"train": {"happy": 1, "bored": 1}}


def test_a_class_that_is_not_the_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.png is of the class 'bored'.*map it to one of them"):
        write(tmp_path, [record("a", expression="bored")])
    write(tmp_path, [record("b")])
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace('"expression": "happy"', '"expression": "x"'))
    with pytest.raises(InputError, match=r"b\.png is of the class 'x'"):
        PreparedSet.load(tmp_path)


def test_what_only_renders_know_may_be_absent() -> None:
    photograph = record(action_units=None, gaze="left", camera="090")
    values = json.loads(photograph.to_json())
    assert "action_units" not in values
    assert (values["gaze"], values["camera"]) == ("left", "090")
    assert Record.from_json(photograph.to_json()) == photograph


def test_the_lines_of_studio_sets_stay_as_they_are() -> None:
    """The shipped weights record the hash of such lines: no byte of them may change."""
    one = dataclasses.replace(record(age=31.5), landmarks=np.array([(0.5, 1.25)]))
    assert one.to_json() == (
        '{"file_name": "train/happy/a.png", "person": "london-a", "photo": "london-a_0", '
        '"expression": "happy", "intensity": 0.85, "action_units": {"6": 0.8, "12": 0.85}, '
        '"landmarks": [[0.5, 1.25]], "split": "train", "photographed": "neutral", '
        '"source": "Someone — a set (2017)", "licence": "CC-BY-4.0", "age": 31.5}'
    )


def test_an_unchanged_set_is_verified(tmp_path: Path) -> None:
    written = write(tmp_path, [record("a"), record("b")])
    checksums = PreparedSet.load(tmp_path).verify()
    assert checksums.keys() == {one.file_name for one in written.records}
    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert f"{checksums['train/happy/a.png']}  train/happy/a.png" in lines


def test_the_first_changed_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, [record("a"), record("b"), record("c")])
    read = PreparedSet.load(tmp_path)
    (tmp_path / "train/happy/c.png").unlink()
    with pytest.raises(InputError, match=r"c\.png cannot be read \(No such file.*restore it"):
        read.verify()
    (tmp_path / "train/happy/b.png").write_bytes(b"another picture")
    with pytest.raises(InputError, match=r"b\.png was changed since the set was made"):
        read.verify()
    with (tmp_path / "metadata.jsonl").open("a") as metadata:
        metadata.write("\n")
    with pytest.raises(InputError, match=r"metadata\.jsonl was changed"):
        read.verify()


def test_a_face_is_only_read_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, [record("a"), record("b"), record("c")])
    read = PreparedSet.load(tmp_path)
    a, b, c = read.records
    assert read.face(a) == a.file_name.encode()
    (tmp_path / b.file_name).write_bytes(b"another picture")
    with pytest.raises(InputError, match=r"b\.png was changed since .*restore it, or prepare"):
        read.face(b)
    (tmp_path / c.file_name).unlink()
    with pytest.raises(InputError, match=r"c\.png cannot be read \(No such file"):
        read.face(c)


def test_changed_metadata_are_not_loaded(tmp_path: Path) -> None:
    """A label changed by hand was trained on, under the hash of the set as it had been."""
    write(tmp_path, [record("a")])
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace('"intensity": 0.85', '"intensity": 0.95'))
    with pytest.raises(InputError, match=r"metadata\.jsonl was changed since the set was made"):
        PreparedSet.load(tmp_path)
    (tmp_path / "SHA256SUMS").unlink()  # as in sets of an early lgpgan
    assert PreparedSet.load(tmp_path).records[0].intensity == 0.95


def test_a_change_is_found_without_the_checksums(tmp_path: Path) -> None:
    """Sets made before ``SHA256SUMS`` was written have the content hash alone."""
    write(tmp_path, [record("a"), record("b")])
    (tmp_path / "SHA256SUMS").unlink()
    read = PreparedSet.load(tmp_path)
    assert len(read.verify()) == 2
    (tmp_path / "train/happy/b.png").write_bytes(b"another picture")
    with pytest.raises(InputError, match=r"does not have the hash that dataset\.json records"):
        read.verify()


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


@pytest.mark.parametrize(
    ("file", "good", "bad"),
    [
        ("dataset.json", '"size": 128', '"size": null'),  # TypeError, when the size was asked for
        ("dataset.json", '"size": 128,', ""),  # KeyError, likewise
        ("dataset.json", '"content_hash"', '"hash"'),
        ("dataset.json", '"angry"', "5"),
        ("metadata.jsonl", '{"6": 0.8, "12": 0.85}', "[12]"),  # AttributeError
        ("metadata.jsonl", '{"6": 0.8, "12": 0.85}', '{"6": 1' + "0" * 400 + "}"),  # OverflowError
        ("metadata.jsonl", '{"6": 0.8, "12": 0.85}', "[" * 100_000),  # RecursionError
        ("metadata.jsonl", '"train/happy/a.png"', "7"),  # TypeError, when the face was read
    ],
)
def test_values_of_the_wrong_kind_are_refused(
    tmp_path: Path, file: str, good: str, bad: str
) -> None:
    """Found by fuzzing: they ended in Python's own errors, some long after the set was loaded."""
    write(tmp_path, [record()])
    (tmp_path / "SHA256SUMS").unlink()
    text = (tmp_path / file).read_text()
    assert good in text
    (tmp_path / file).write_text(text.replace(good, bad))
    with pytest.raises(InputError, match=r"is damaged .*; prepare it again"):
        PreparedSet.load(tmp_path)


def test_checksums_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """Found by fuzzing: a UnicodeDecodeError."""
    write(tmp_path, [record()])
    (tmp_path / "SHA256SUMS").write_bytes(b"\x80")
    with pytest.raises(InputError, match=r"SHA256SUMS is damaged .*; prepare the set again"):
        PreparedSet.load(tmp_path)


@pytest.mark.parametrize("last", ["[67.0]", "[67.0, null]", "[67.0, NaN]", "[1, 2], [3, 4]"])
def test_landmarks_that_are_not_68_pairs_are_refused(tmp_path: Path, last: str) -> None:
    write(tmp_path, [record()])
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace("[67.0, 16.75]", last))
    with pytest.raises(InputError, match=r"is damaged .*; prepare it again"):
        PreparedSet.load(tmp_path)


def test_a_line_that_does_not_say_who_it_is_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [record()])
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace('"person": "london-a", ', ""))
    with pytest.raises(InputError, match=r"is damaged .*person.*; prepare it again"):
        PreparedSet.load(tmp_path)


@pytest.mark.parametrize("same", [True, False])
def test_a_blended_face_survives_its_line(same: bool) -> None:
    whole = record()
    values = {name: getattr(whole, name) for name in ("person", "photo", "landmarks", "split")}
    eyes = {Expression.HAPPY: 0.5, Expression.SURPRISED: 0.25}
    face = BlendedFace(
        file_name="train/blended/a_0.png",
        action_units={12: 0.5},
        blendshapes={"mouthSmile_L": 0.5},
        eyes=eyes,
        mouth=eyes if same else {},
        variant="laughing" if same else None,
        **values,
    )
    read = read_face(face.to_json())
    assert read == face
    assert isinstance(read, BlendedFace)
    assert read.eyes == eyes
    assert all(isinstance(name, Expression) for name in read.eyes)
    assert ("mixture" in json.loads(face.to_json())) is same
    with pytest.raises(ValueError, match="not of one class"):
        Record.from_json(face.to_json())


def test_faces_of_no_single_class_are_kept_apart(tmp_path: Path) -> None:
    one, shown = record("a"), {Expression.SAD: 1.0}
    values = {name: getattr(one, name) for name in ("person", "photo", "landmarks", "split")}
    blended = BlendedFace(
        file_name="train/blended/a_0.png", action_units={}, eyes=shown, mouth={}, **values
    )
    write(tmp_path, [one])
    (tmp_path / "train/blended").mkdir(parents=True)
    (tmp_path / blended.file_name).write_bytes(b"a picture")
    write_prepared_set(tmp_path, [one, blended], size=128, details={})
    read = PreparedSet.load(tmp_path)
    assert read.split("train") == [one]
    assert read.blended_split("train") == [blended]
    assert not read.blended_split("test")
    assert read.description["blended"] == {"train": 1}
    assert read.description["counts"] == {"train": {"happy": 1}}
    assert read.verify().keys() == {one.file_name, blended.file_name}
