"""Who is trained on and who is tested on, and that nobody is both."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_sides import make_side

from lgpgan.benefit.sides import (
    check_apart,
    chosen,
    load_side,
    people_in_order,
    read_classes,
    shared_classes,
)
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from small_set import Entry, everybody, made_up_face, write_small_set

CLASSES = ("happy", "neutral")


def test_a_side_holds_the_faces_of_its_classes_made_smaller(tmp_path: Path) -> None:
    entries = everybody("ann", split="train", classes=("happy", "neutral", "sad"))
    prepared = write_small_set(tmp_path / "set", entries)
    side = load_side(prepared, prepared.records, CLASSES, 64)
    assert side.faces.shape == (2, 64, 64, 3)
    assert side.labels.tolist() == [0, 1]
    assert side.people == ["ann", "ann"]
    whole = made_up_face("ann", 4).astype(float)  # happy, of the eight
    assert np.abs(side.faces[0] - whole.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))).max() <= 0.5


def test_a_face_that_names_nobody_is_a_person_of_its_own(tmp_path: Path) -> None:
    entries = [Entry("", "happy"), Entry("", "neutral"), Entry("ann", "happy")]
    prepared = write_small_set(tmp_path / "set", entries)
    side = load_side(prepared, prepared.records, CLASSES, 32)
    assert len(side.everyone) == 3
    assert side.unnamed == 2


def test_the_split_is_taken_where_there_is_one(tmp_path: Path) -> None:
    both = write_small_set(
        tmp_path / "both", everybody("ann", split="train") + everybody("ben", split="test")
    )
    assert {record.person for record in chosen(both, "train", 0.5)} == {"ann"}
    one = write_small_set(tmp_path / "one", everybody("cat", split="train"))
    assert {record.person for record in chosen(one, "test", 0.5)} == {"cat"}


def test_weak_faces_are_left_out(tmp_path: Path) -> None:
    prepared = write_small_set(tmp_path / "set", [Entry("ann", "happy"), Entry("ann", "neutral")])
    weak = replace(prepared.records[0], intensity=0.3)
    prepared = replace(prepared, records=[weak, prepared.records[1]])
    assert chosen(prepared, "test", 0.5) == [prepared.records[1]]
    with pytest.raises(InputError, match="no face with a class and an intensity of 2 or more"):
        chosen(prepared, "test", 2)


def test_classes_are_those_of_all_real_sets(tmp_path: Path) -> None:
    """A synthetic set without neutral dropped neutral from the whole comparison."""
    full = write_small_set(tmp_path / "full", everybody("ann", split="train")).records
    few = [face for face in full if face.expression in ("neutral", "happy", "sad")]
    happy = [face for face in few if face.expression == "happy"]
    shared = shared_classes({"real": full, "test": few}, {"made": happy})
    assert shared == ("happy", "neutral", "sad")
    with pytest.raises(InputError, match=r"share 1 class, .* needs two .* test has happy"):
        shared_classes({"real": full, "test": happy}, {"made": few})
    angry = [face for face in full if face.expression == "angry"]
    with pytest.raises(InputError, match="share no classes that made has"):
        shared_classes({"real": few, "test": few}, {"made": angry})


def test_one_class_under_two_names_is_refused(tmp_path: Path) -> None:
    """It was dropped as if the sets did not share it."""
    full = write_small_set(tmp_path / "full", everybody("ann", split="train")).records
    for other in ("Happy ", "joy"):
        renamed = [replace(face, expression=other) for face in full if face.expression == "happy"]
        named = re.escape(f"real calls 'happy' what made calls '{other}'")
        with pytest.raises(InputError, match=named):
            shared_classes({"real": full, "test": full}, {"made": renamed})


def test_what_recognisers_read_is_of_the_sides_classes() -> None:
    """Of a class that no recogniser knows a face counts as read as it is labelled."""
    side = replace(make_side("ann"), labels=np.array([0, 1]))
    read = np.zeros((2, 8))
    read[:, [list(Expression).index(Expression.HAPPY), 0]] = (0.2, 0.6)
    read[:, list(Expression).index(Expression.SAD)] = 0.2
    found = read_classes(read, side, ("happy", "sad"))
    assert found.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert read_classes(read, side, ("happy", "bored")).tolist() == [[1, 0], [0, 1]]


def test_people_on_both_sides_are_named() -> None:
    training = [make_side("ann", seed=1), make_side("ben", "cat", name="made", seed=2)]
    check_apart(training, make_side("dan", name="kept", seed=3))
    with pytest.raises(InputError, match="made and kept share ben, cat: who is tested on may not"):
        check_apart(training, make_side("cat", "ben", "dan", name="kept", seed=3))


def test_only_some_of_many_are_named() -> None:
    crowd = [f"person{number}" for number in range(9)]
    with pytest.raises(InputError, match=r"share person0, .* person4 and 4 others"):
        check_apart([make_side(*crowd, seed=1)], make_side(*crowd, name="kept", seed=2))


def test_a_picture_on_both_sides_is_found_under_any_name() -> None:
    with pytest.raises(InputError, match=r"4 pictures of set are in kept too, .* of ann"):
        check_apart([make_side("ann", "ben")], make_side("cat", "dan", name="kept"))


def test_a_larger_draw_holds_a_smaller_one_and_seeds_differ() -> None:
    people = [f"person{number}" for number in range(20)]
    real = make_side(*people)
    order = people_in_order(real, 3)
    assert sorted(order) == sorted(people)
    assert order == people_in_order(real, 3)
    assert order != people_in_order(real, 4)


def test_those_who_bring_a_class_come_first() -> None:
    # Only the last of twenty people shows class 1, with class 0 beside it.
    people = [f"person{number}" for number in range(20)]
    real = make_side(*people)
    labels = np.zeros_like(real.labels)
    labels[-1] = 1
    for seed in range(5):
        assert people[-1] in people_in_order(replace(real, labels=labels), seed)[:2]


def test_the_faces_of_some_people() -> None:
    real = make_side("ann", "ben", "cat", copies=2)
    some = real.of(["cat", "ann"])
    assert some.people == ["ann"] * 4 + ["cat"] * 4
    assert np.array_equal(some.faces, real.faces[[0, 1, 2, 3, 8, 9, 10, 11]])
    assert some.fingerprint != real.fingerprint
    assert real.of(["ann", "ben", "cat"]).fingerprint == real.fingerprint


def test_people_are_part_of_a_fingerprint() -> None:
    """Regression: a cell of a set whose people were named anew was taken for finished."""
    real = make_side("ann", "ben")
    renamed = replace(real, people=["ann"] * len(real))
    assert renamed.fingerprint != real.fingerprint
