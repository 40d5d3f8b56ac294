"""``lgpgan augment`` from end to end: what it writes, what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.cli.application import run
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from small_set import Entry, write_small_set

GATES = [
    word for gate in ("no face", "other person", "not read") for word in ("--without-gate", gate)
]
"""Those that made-up faces cannot pass."""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    entries = [Entry("ann", "neutral", "train"), Entry("ben", "happy", "train")]
    return write_small_set(tmp_path / "people", entries).folder


def command(people: Path, dest: Path, weights: Path, *more: str) -> list[str]:
    words = ["augment", str(people), str(dest), "--method", str(weights), "--jobs", "1"]
    return [*words, "--change", "0", *GATES, *more]


def test_everything_is_written(
    people: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path / "more"
    wanted = ["--per-class", "2", "--to", "sad", "--to", "happy", "--intensity", "0.9..1.1"]
    assert run(command(people, dest, weights, *wanted)) == 0
    told = capsys.readouterr()
    names = ["", "train/metadata.jsonl", "README.md", "report/sheet.png"]
    assert told.out.splitlines() == [str(dest / name) for name in names]
    assert told.err.splitlines() == [
        "4 faces; rejected 0",
        "note: The gate 'no face' is left out as asked.",
        "note: The gate 'not read' is left out as asked.",
        "note: The gate 'other person' is left out as asked.",
    ]
    made = PreparedSet.load(dest)
    assert made.classes == ("happy", "sad")
    assert all(0.9 <= record.intensity <= 1.1 for record in made.records)
    assert {record.photographed for record in made.records} == {"neutral"}


def test_another_layout_of_the_same_faces(people: Path, weights: Path, tmp_path: Path) -> None:
    """Nothing is made again; what the other layout's readers need is added."""
    dest = tmp_path / "more"
    for layout in ("csv", "webdataset"):
        wanted = ["--per-class", "1", "--to", "sad", "--write-as", layout]
        assert run(command(people, dest, weights, *wanted)) == 0
    assert (dest / "labels.csv").exists()
    assert (dest / "shards/train-000000.tar").exists()
    assert not (dest / "train/metadata.jsonl").exists()


def test_faces_of_several_sets(
    people: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    further = write_small_set(
        tmp_path / "further", [Entry("cat", "neutral", "train"), Entry("ann", "happy", "train")]
    ).folder
    dest = tmp_path / "more"
    wanted = ["--per-class", "12", "--to", "sad", "--also-from", str(further)]
    assert run(command(people, dest, weights, *wanted)) == 0
    assert "note: People of several sets have the same name, as 'ann'" in capsys.readouterr().err
    assert {record.person for record in PreparedSet.load(dest).records} == {"ann", "cat"}


def test_the_look_of_the_set_that_they_are_for(people: Path, weights: Path, tmp_path: Path) -> None:
    """Its faces are grey levels, dark ones: new faces become so, and nothing else changes."""
    dark = write_small_set(tmp_path / "dark", [Entry("cat", "angry", "train")]).folder
    plain, made = tmp_path / "plain", tmp_path / "made"
    wanted = ["--per-class", "3", "--to", "sad", "--to", "neutral"]
    assert run(command(people, plain, weights, *wanted)) == 0
    assert run(command(people, made, weights, *wanted, "--like-set", str(dark))) == 0
    one, other = PreparedSet.load(plain), PreparedSet.load(made)
    assert [r.file_name for r in one.records] == [r.file_name for r in other.records]
    assert [r.intensity for r in one.records] == [r.intensity for r in other.records]
    shown = load_faces(other, other.records)
    wanted_light = load_faces(PreparedSet.load(dark), PreparedSet.load(dark).records).mean()
    assert (
        abs(shown.mean() - wanted_light)
        < 12
        < abs(load_faces(one, one.records).mean() - wanted_light)
    )
    assert "light, contrast, colours, blur, noise and crop" in (made / "README.md").read_text()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "say how many faces are wanted"),
        (["--per-class", "1", "--intensity", "2"], "out of range"),
        (["--per-class", "1", "--to", "bored"], "does not know the class 'bored'"),
        (["--per-class", "1", "--balance-by", "gender"], "does not say the gender of anybody"),
        (["--per-class", "1", "--like-set", "nowhere"], "nowhere is not a prepared set"),
        (["--per-class", "1", "--without-gate", "ugly"], "no gate 'ugly'"),
        (["--per-class", "1", "--method", "nowhere"], "no weights at nowhere"),
        (["--per-class", "1", "--face-model", "FaceXModel"], "add --method studio"),
    ],
)
def test_wrong_usage_is_a_sentence(
    people: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    sentence: str,
) -> None:
    dest = tmp_path / "more"
    assert run(command(people, dest, weights, *more)) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not dest.exists()


def test_a_folder_that_is_something_else(
    people: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/diary.txt").write_text("dear diary")
    assert run(command(people, tmp_path / "mine", weights, "--per-class", "1")) == 2
    assert "already holds something else" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["diary.txt"]


def test_the_studio_needs_a_3d_face(
    people: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "cache"))
    words = command(people, tmp_path / "more", weights, "--per-class", "1")
    assert run([*words, "--method", "studio"]) != 0
    assert "get the folder FaceXModel" in capsys.readouterr().err
    assert not (tmp_path / "more").exists()


def test_real_faces_pass_the_gates(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The weights that come with lgpgan on two neutral photos: smiles that are smiles."""
    faces = tmp_path / "faces"
    for number, photo in enumerate(sorted(shared.glob("data/london_neutral/*.jpg"))[:2]):
        folder = faces / "neutral" / f"person{number}"
        folder.mkdir(parents=True)
        (folder / "photo.jpg").symlink_to(photo)
    dest = tmp_path / "more"
    words = ["augment", str(faces), str(dest), "--layout", "folders", "--per-class", "3"]
    assert run([*words, "--to", "happy", "--intensity", "1", "--jobs", "1"]) == 0
    assert "\n3 faces; rejected " in capsys.readouterr().err  # after a note on links
    made = PreparedSet.load(dest)
    assert {record.person for record in made.records} <= {"person0", "person1"}
    assert (tmp_path / "more-faces/dataset.json").exists()
