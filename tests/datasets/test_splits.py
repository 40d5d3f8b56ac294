"""Splits by image, and splits of which one side is empty; splits by person: see the studio's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from lgpgan.datasets.splits import (
    SPLIT_NAMES,
    check_both_sides,
    in_usual_order,
    split_by_image,
    split_by_person,
)
from lgpgan.errors import InputError


@dataclass(frozen=True)
class Photo:
    number: int
    person: str = ""
    split: str = ""
    sequence: str = ""


PHOTOS = [Photo(number, f"p{number // 10}") for number in range(100)]


def kept_out(photos: list[Photo]) -> set[int]:
    return {photo.number for photo in photos if photo.split == "test"}


def test_a_tenth_of_the_images_is_kept_out_whoever_is_on_them() -> None:
    split = split_by_image(PHOTOS, test_share=0.1, seed=0)
    assert [photo.number for photo in split] == list(range(100))
    assert len(kept_out(split)) == 10
    people = {photo.person for photo in split if photo.split == "test"}
    assert len(people) > 1
    assert people <= {photo.person for photo in split if photo.split == "train"}


def test_the_draw_is_the_seeds() -> None:
    one, same, other = (split_by_image(PHOTOS, test_share=0.1, seed=s) for s in (3, 3, 4))
    assert one == same
    assert one != other


def test_a_split_that_is_given_stays() -> None:
    photos = [Photo(0, split="test"), Photo(1, split="train"), *PHOTOS[2:12]]
    for share in (0.0, 1.0):
        split = split_by_image(photos, test_share=share, seed=0)
        assert [photo.split for photo in split[:2]] == ["test", "train"]
        assert {photo.split for photo in split[2:]} == {"test" if share else "train"}


def test_a_person_in_two_splits_is_named() -> None:
    """Regression: the last one that was listed decided over the person's other photos."""
    photos = [Photo(0, "ann", "test"), Photo(1, "ben", "train"), Photo(2, "ann", "train")]
    named = "photos of ann are listed in the splits 'train' and 'test', and others in none"
    with pytest.raises(InputError, match=named):
        split_by_person([*photos, Photo(3, "ann")], test_share=0.5, seed=0)
    assert split_by_person(photos, test_share=0.5, seed=0) == photos  # 'prepare --check' tells


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_shares_are_checked(share: float) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        split_by_image(PHOTOS, test_share=share, seed=0)


def test_one_person_alone_cannot_be_kept_out() -> None:
    alone = split_by_person(PHOTOS[:10], test_share=0.1, seed=0)
    with pytest.raises(InputError, match=r"all photos show one person.*split by image"):
        check_both_sides(alone, test_share=0.1)
    check_both_sides(split_by_person(PHOTOS[:10], test_share=0, seed=0), test_share=0)
    check_both_sides(split_by_image(PHOTOS[:10], test_share=0.1, seed=0), test_share=0.1)


def test_a_share_that_keeps_nobody_out_is_refused() -> None:
    """A tenth of three people, rounded, is nobody: training would have had nothing to check on."""
    few = split_by_person(PHOTOS[:30], test_share=0.1, seed=0)
    with pytest.raises(InputError, match=r"0\.1 leaves no photo for test .*3 people"):
        check_both_sides(few, test_share=0.1)


def test_single_photos_are_not_called_one_person() -> None:
    """Regression: four photos of nobody known "all show one person", even split by image."""
    few = split_by_image(
        [replace(photo, person="") for photo in PHOTOS[:4]], test_share=0.1, seed=0
    )
    with pytest.raises(InputError, match=r"no photo for test \(there are no known people and 4 ph"):
        check_both_sides(few, test_share=0.1, by_image=True)


def test_frames_of_one_sequence_stay_together_where_images_are_drawn() -> None:
    """They were drawn one by one, so that nearly the same picture was in both splits."""
    frames = [Photo(n, "ann", sequence=f"s{n // 4}" if n < 80 else "") for n in range(100)]
    split = split_by_image(frames, test_share=0.25, seed=0)
    sides = [{photo.split for photo in split if photo.sequence == f"s{n}"} for n in range(20)]
    assert all(len(side) == 1 for side in sides)
    drawn = sum(side == {"test"} for side in sides)
    drawn += sum(photo.split == "test" for photo in split if not photo.sequence)
    assert drawn == 10  # a quarter of 20 sequences and 20 single photos


def test_a_sequence_follows_the_split_that_one_of_its_frames_has() -> None:
    frames = [Photo(0, split="test", sequence="a"), Photo(1, sequence="a"), Photo(2)]
    split = split_by_image(frames, test_share=0, seed=0)
    assert [photo.split for photo in split] == ["test", "test", "train"]


def splits(photos: list[Photo]) -> dict[str, set[str]]:
    return {name: {p.person for p in photos if p.split == name} for name in SPLIT_NAMES}


def test_people_for_validation_are_others_and_test_stays_what_it_was() -> None:
    """Regression: the best weights were chosen on the people that figures were reported on."""
    without = splits(split_by_person(PHOTOS, test_share=0.2, seed=0))
    found = splits(split_by_person(PHOTOS, test_share=0.2, seed=0, validation_share=0.2))
    assert {name: len(people) for name, people in found.items()} == {
        "train": 6,
        "validation": 2,
        "test": 2,
    }
    assert found["test"] == without["test"]
    assert found["train"] | found["validation"] == without["train"]


def test_somebody_is_left_to_train_on() -> None:
    found = splits(split_by_person(PHOTOS, test_share=0.2, seed=0, validation_share=1.0))
    assert len(found["train"]) == 1
    nobody = splits(split_by_person(PHOTOS, test_share=1.0, seed=0, validation_share=0.1))
    assert len(nobody["test"]) == 10


def test_images_for_validation() -> None:
    photos = split_by_image(PHOTOS, test_share=0.1, seed=0, validation_share=0.05)
    counts = [sum(photo.split == name for photo in photos) for name in SPLIT_NAMES]
    assert counts == [85, 5, 10]
    assert kept_out(photos) == kept_out(split_by_image(PHOTOS, test_share=0.1, seed=0))


def test_splits_have_a_usual_order() -> None:
    assert in_usual_order(["test", "train", "", "validation", "train"]) == [*SPLIT_NAMES, ""]
