"""One set of several: all faces to train on, with their people, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.datasets.joining import join_sets, shared_people
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from small_set import Entry, write_small_set


@pytest.fixture
def sets(tmp_path: Path) -> list[PreparedSet]:
    one = [Entry("ann", "happy", "train"), Entry("", "neutral", "train"), Entry("cat", "sad")]
    other = [Entry("ann", "neutral", "train"), Entry("ben", "angry", "train")]
    return [
        write_small_set(tmp_path / "one", one, ["happy", "neutral", "sad"]),
        write_small_set(tmp_path / "other", other, ["angry", "neutral"]),
    ]


def test_faces_to_train_on_are_joined_with_their_people(
    sets: list[PreparedSet], tmp_path: Path
) -> None:
    joined = join_sets(sets, tmp_path / "joined")
    assert [(face.file_name, face.expression) for face in joined.records] == [
        ("train/1/000.png", "happy"),
        ("train/1/001.png", "neutral"),
        ("train/2/000.png", "neutral"),
        ("train/2/001.png", "angry"),
    ]
    assert joined.classes == ("angry", "happy", "neutral", "sad")
    nobody = sets[0].person_of(sets[0].records[2])
    assert nobody.startswith("one-")
    assert [face.person for face in joined.records] == ["ann", nobody, "ann", "ben"]
    assert shared_people(sets) == ["ann"]
    first = next(face for face in sets[1].records if face.person == "ben")
    assert joined.face(joined.records[3]) == sets[1].face(first)
    joined.verify()


def test_it_is_made_once(sets: list[PreparedSet], tmp_path: Path) -> None:
    made = join_sets(sets, tmp_path / "joined")
    assert join_sets(sets, tmp_path / "joined").content_hash == made.content_hash
    with pytest.raises(InputError, match="holds another set"):
        join_sets(sets[::-1], tmp_path / "joined")


def test_sets_that_do_not_go_together(sets: list[PreparedSet], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="named twice"):
        join_sets([sets[0], sets[0]], tmp_path / "joined")
    kept_out = write_small_set(tmp_path / "kept", [Entry("dan", "happy")])
    with pytest.raises(InputError, match="has no face in its split 'train'"):
        join_sets([sets[0], kept_out], tmp_path / "joined")
    large = PreparedSet(
        sets[1].folder, sets[1].records, {**sets[1].description, "size": 256, "content_hash": "1"}
    )
    with pytest.raises(InputError, match=r"faces of 256 pixels and .* of 128"):
        join_sets([sets[0], large], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()
