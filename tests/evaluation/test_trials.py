"""Which faces are asked for what, and which real faces stand beside an output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.trials import RealFaces, Trials
from small_set import Entry, everybody, made_up_face, write_small_set

TWO_CLASSES = ("happy", "neutral")


def trials_of(folder: Path, entries: Sequence[Entry], **options: object) -> Trials:
    classes = options.pop("classes", TWO_CLASSES)
    exact = options.pop("exact", False)
    return Trials.of(write_small_set(folder, entries, classes, exact=exact), **options)


class TestRealFaces:
    def test_are_those_of_the_split_in_their_order(self, tmp_path: Path) -> None:
        entries = [Entry("ann", "happy", "train"), Entry("ben", "neutral"), Entry("cat", "happy")]
        real = RealFaces.of(write_small_set(tmp_path, entries, TWO_CLASSES), "test")
        assert len(real) == 2
        assert (real.people, real.shown) == (["ben", "cat"], ["neutral", "happy"])
        np.testing.assert_array_equal(real.faces[0], made_up_face("ben", 1))
        # Mouths at rows 85 and 84, regions of 48 rows centred 4 below them.
        assert real.mouth_top.tolist() == [65, 64]
        assert real.landmarks.shape == (2, 68, 2)

    def test_a_split_without_faces_is_told(self, tmp_path: Path) -> None:
        prepared = write_small_set(tmp_path, [Entry("ann", "happy", "train")], TWO_CLASSES)
        with pytest.raises(InputError, match="no faces in its split 'test'; evaluation compares"):
            RealFaces.of(prepared, "test")

    def test_only_first_takes_of_a_studio_set_count(self, studio_set: PreparedSet) -> None:
        real = RealFaces.of(studio_set, "test")
        assert len(studio_set.split("test")) == 16
        assert len(real) == 8
        assert len({record.photo for record in real.records}) == 1

    def test_finds_the_photos_face_before_the_persons(self, tmp_path: Path) -> None:
        entries = [
            Entry("ann", "neutral", photo="a"),
            Entry("ann", "happy", photo="a"),
            Entry("ann", "happy", photo="b"),
            Entry("ben", "neutral", photo="c"),
        ]
        real = RealFaces.of(write_small_set(tmp_path, entries, TWO_CLASSES), "test")
        assert real.find(0, "happy") == 1
        assert real.find(2, "neutral") == 0  # another photo's
        assert real.find(2, "neutral", of_photo=True) == -1
        assert real.find(3, "happy") == -1  # others' smiles are none of Ben's
        assert real.find(3, "neutral") == 3

    def test_nobody_known_is_not_one_person(self, tmp_path: Path) -> None:
        entries = [Entry("", "neutral"), Entry("", "happy")]
        real = RealFaces.of(write_small_set(tmp_path, entries, TWO_CLASSES), "test")
        assert real.find(0, "happy") == -1

    def test_a_set_is_known_by_what_its_faces_are(self, tmp_path: Path) -> None:
        entries = everybody("ann", "ben", split="test", classes=TWO_CLASSES)
        one = RealFaces.of(write_small_set(tmp_path / "one", entries, TWO_CLASSES), "test")
        other = replace(one, faces=one.faces + np.uint8(1))
        assert one.names_hash == other.names_hash
        fewer = RealFaces.of(write_small_set(tmp_path / "two", entries[1:], TWO_CLASSES), "test")
        assert fewer.names_hash != one.names_hash


class TestTrials:
    def test_every_face_is_asked_for_every_class_its_own_included(self, tmp_path: Path) -> None:
        entries = [Entry("ann", "happy"), Entry("ben", "neutral"), Entry("cat", "happy", "train")]
        trials = trials_of(tmp_path, entries)
        assert len(trials) == 4
        assert trials.source.tolist() == [0, 0, 1, 1]
        assert list(trials.targets) == ["happy", "neutral"] * 2
        assert trials.sources == ["happy", "happy", "neutral", "neutral"]
        assert trials.people == ["ann", "ann", "ben", "ben"]

    def test_in_renders_of_a_photo_the_exact_target_is_known(self, tmp_path: Path) -> None:
        entries = everybody("ann", "ben", split="test", classes=TWO_CLASSES)
        trials = trials_of(tmp_path, entries, exact=True)
        # Rows: Ann happy, Ann neutral, Ben happy, Ben neutral.
        assert trials.exact.tolist() == [0, 1, 0, 1, 2, 3, 2, 3]
        assert trials.alike.tolist() == trials.exact.tolist()
        assert trials.neutral.tolist() == [1, 1, 3, 3]

    def test_in_photos_it_is_not_but_faces_of_the_person_are(self, tmp_path: Path) -> None:
        entries = [Entry("ann", "happy"), Entry("ann", "neutral"), Entry("ben", "happy")]
        trials = trials_of(tmp_path, entries)
        assert trials.exact.tolist() == [-1] * 6
        assert trials.alike.tolist() == [0, 1, 0, 1, 2, -1]
        assert trials.neutral.tolist() == [1, 1, -1]

    def test_sources_may_be_of_one_class(self, tmp_path: Path) -> None:
        entries = [Entry("ann", "happy"), Entry("ann", "neutral")]
        trials = trials_of(tmp_path, entries, sources="neutral")
        assert trials.source.tolist() == [1, 1]
        assert len(trials.real) == 2  # the smile is still there to compare with

    def test_a_class_that_nobody_shows_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no face of the class 'sad'.* it has happy, neutral"):
            trials_of(tmp_path, [Entry("ann", "happy"), Entry("ben", "neutral")], sources="sad")

    def test_fewer_faces_are_always_the_same_ones(self, tmp_path: Path) -> None:
        people = ("ann", "ben", "cat", "dan", "eve", "fay")
        prepared = write_small_set(tmp_path, [Entry(who, "happy") for who in people], TWO_CLASSES)
        few, again = (Trials.of(prepared, count=3) for _ in range(2))
        assert len(set(few.source.tolist())) == 3
        assert few.source.tolist() == again.source.tolist() == sorted(few.source.tolist())
        assert len(few) == 6
        assert Trials.of(prepared, count=100).source.tolist() == Trials.of(prepared).source.tolist()
        with pytest.raises(InputError, match="at least one face"):
            Trials.of(prepared, count=0)

    def test_groups_by_what_is_known(self, tmp_path: Path) -> None:
        entries = [
            Entry("ann", "happy", details=(("age", 24.5), ("gender", "female"))),
            Entry("ben", "happy", details=(("age", 25.0),)),
            Entry("cat", "happy", details=(("age", 44.0),)),
            Entry("dan", "neutral", details=(("age", 45.0),)),
            Entry("eve", "neutral"),
        ]
        groups = trials_of(tmp_path, entries).groups()
        assert groups.keys() == {"target", "source", "gender", "age"}
        assert groups["target"][:2] == ["happy", "neutral"]
        assert groups["source"][::2] == ["happy"] * 3 + ["neutral"] * 2
        assert groups["gender"][::2] == ["female"] + ["not known"] * 4
        bands = ["under 25", "25 to 34", "35 to 44", "45 and over", "not known"]
        assert groups["age"][::2] == bands


class TestSplits:
    ENTRIES = (Entry("ann", "happy"), Entry("ben", "happy", "validation"), Entry("cat", "neutral"))

    def test_people_to_choose_by_are_edited_where_asked_for(self, tmp_path: Path) -> None:
        prepared = write_small_set(tmp_path, self.ENTRIES, TWO_CLASSES)
        assert prepared.chosen_on == "validation"
        assert set(Trials.of(prepared).people) == {"ann", "cat"}
        assert set(Trials.of(prepared, split="validation").people) == {"ben"}

    def test_those_trained_on_are_never_judged(self, tmp_path: Path) -> None:
        prepared = write_small_set(tmp_path, self.ENTRIES, TWO_CLASSES)
        with pytest.raises(InputError, match="no split 'train'; choose one of validation, test"):
            Trials.of(prepared, split="train")

    def test_older_sets_are_chosen_on_their_test_people(self, tmp_path: Path) -> None:
        prepared = write_small_set(tmp_path, [Entry("ann", "happy")], TWO_CLASSES)
        assert prepared.chosen_on == "test"
