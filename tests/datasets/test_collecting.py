"""From a collection on disk to its photos, each with its class and its split."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from collections_on_disk import touch
from lgpgan.datasets.collecting import Collection, CollectionOptions, collect
from lgpgan.errors import InputError


def of_files(folder: Path, *names: str, **options: object) -> Collection:
    touch(folder, *names)
    return collect(folder, CollectionOptions(**options))  # type: ignore[arg-type]


def faces(people: int = 10, classes: tuple[str, ...] = ("joy", "Wut")) -> list[str]:
    return [f"{name}/p{person}/1.jpg" for name in classes for person in range(people)]


def test_labels_become_classes_and_people_are_kept_apart(tmp_path: Path) -> None:
    found = of_files(tmp_path, *faces(), mapping={"Wut": "angry"})
    assert (found.layout.name, found.because) == ("folders", "its photos lie in folders: Wut, joy")
    assert {entry.label for entry in found.entries} == {"happy", "angry"}
    test = [entry for entry in found.entries if entry.split == "test"]
    assert len(test) == 2
    assert len({entry.person for entry in test}) == 1


def test_images_are_split_on_request(tmp_path: Path) -> None:
    found = of_files(tmp_path, *faces(), split="image", test_share=0.3)
    assert Counter(entry.split for entry in found.entries) == {"train": 14, "test": 6}


def test_nobody_is_kept_out_but_those_the_collection_keeps_out(tmp_path: Path) -> None:
    """Nor need it be known who they are."""
    found = of_files(tmp_path / "none", *faces(), split="keep", test_share=0.3)
    assert Counter(entry.split for entry in found.entries) == {"train": 20}
    files = [f"{split}/{file}" for split in ("train", "val") for file in faces(3)]
    found = of_files(tmp_path / "own", *files, split="keep")
    assert Counter(entry.split for entry in found.entries) == {"train": 6, "test": 6}


def test_the_collections_own_splits_are_kept_unless_others_are_asked_for(tmp_path: Path) -> None:
    files = [f"{split}/{file}" for split in ("train", "val") for file in faces(3)]
    found = of_files(tmp_path, *files)
    assert Counter(entry.split for entry in found.entries) == {"train": 6, "test": 6}
    drawn = of_files(tmp_path, split="image", test_share=0.25)
    assert Counter(entry.split for entry in drawn.entries) == {"train": 9, "test": 3}


def test_people_that_are_not_known_cannot_be_kept_apart(tmp_path: Path) -> None:
    files = [f"{name}/{number}.jpg" for name in ("joy", "sad") for number in range(10)]
    for split in ("auto", "person"):
        with pytest.raises(InputError, match=r"not known who is on joy/0\.jpg.*--split image"):
            of_files(tmp_path, *files, split=split)
    assert len(of_files(tmp_path, split="image").entries) == 20


def test_one_person_cannot_be_kept_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all photos show one person"):
        of_files(tmp_path, *faces(people=1))
    assert len(of_files(tmp_path, test_share=0.0).entries) == 2


def test_classes_may_be_left_out(tmp_path: Path) -> None:
    found = of_files(tmp_path, *faces(classes=("joy", "sad", "bored")), leave_out=("bored",))
    assert {entry.label for entry in found.entries} == {"happy", "sad"}
    with pytest.raises(InputError, match="no class 'joy' to leave out of bored, happy, sad"):
        of_files(tmp_path, leave_out=("joy",))


def test_what_is_left_does_not_change_sides(tmp_path: Path) -> None:
    """Left out after the draw: a set that was begun with the class can be gone on with."""
    files = faces(classes=("joy", "sad", "bored"))
    every = of_files(tmp_path, *files, split="image", test_share=0.3)
    fewer = of_files(tmp_path, split="image", test_share=0.3, leave_out=("bored",))
    kept = [entry for entry in every.entries if entry.label != "bored"]
    assert list(fewer.entries) == kept


def test_a_layout_may_be_named(tmp_path: Path) -> None:
    rafd = [f"Rafd090_{n:02}_Caucasian_male_sad_frontal.jpg" for n in range(10)]
    named = of_files(tmp_path, *(f"{n % 2}/{name}" for n, name in enumerate(rafd)), layout="rafd")
    assert (named.layout.name, named.because) == ("rafd", "")
    with pytest.raises(InputError, match="no photo that is labelled as KDEF labels them"):
        of_files(tmp_path, layout="kdef")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "rafdd"}, "no layout 'rafdd'"),
        ({"split": "age"}, "no split 'age'; choose one of auto, person, image"),
        ({"mapping": {"fun": "happy"}}, "'fun' is mapped to 'happy', but there is no such label"),
        ({"test_share": 2.0}, "from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        of_files(tmp_path, *faces(), **options)


def test_a_prepared_set_is_not_prepared_again(tmp_path: Path) -> None:
    """Its folders train, test and report were taken for classes."""
    with pytest.raises(InputError, match="is a prepared set already; add --check"):
        of_files(tmp_path, "train/happy/1.png", "report/x.png", "metadata.jsonl", "dataset.json")


def test_what_was_for_validation_is_the_test_where_there_is_no_other(tmp_path: Path) -> None:
    touch(tmp_path, "train/happy/1.jpg", "val/happy/2.jpg", "val/happy/3.jpg")
    collection = collect(tmp_path, CollectionOptions())
    assert sorted(entry.split for entry in collection.entries) == ["test", "test", "train"]
    touch(tmp_path, "test/happy/4.jpg")
    collection = collect(tmp_path, CollectionOptions())
    found = sorted(entry.split for entry in collection.entries)
    assert found == ["test", "train", "validation", "validation"]
