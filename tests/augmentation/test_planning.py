"""How many faces of which classes: counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lgpgan.augmentation.drawing import SourcePool
from lgpgan.augmentation.options import AugmentationOptions
from lgpgan.augmentation.planning import Plan, plan_for
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from small_set import Entry, write_small_set

LABELS = tuple(str(expression) for expression in Expression)


def planned(prepared: PreparedSet, labels: tuple[str, ...] = LABELS, **options: Any) -> Plan:
    wanted = AugmentationOptions(**options)
    return plan_for(prepared, SourcePool(prepared, wanted.sources), labels, wanted)


def test_so_many_of_every_class(people: PreparedSet) -> None:
    """Neutral was left out, and with it whoever trained on the new faces lost a class."""
    plan = planned(people, per_class=5)
    assert list(plan.counts) == list(LABELS)
    assert set(plan.counts.values()) == {5}
    assert plan.total == 40
    assert plan.notes == []


def test_a_class_that_all_show_already_is_left_out_with_a_note(tmp_path: Path) -> None:
    entries = [Entry("ann", "happy", "train")]
    prepared = write_small_set(tmp_path / "one", entries, ["happy", "neutral"])
    plan = planned(prepared, per_class=5, sources="any", classes=["all"])
    assert "happy" not in plan.counts
    assert plan.notes == (
        ["No 'happy' was made: There is no face that could be made 'happy': all show it already."]
    )


def test_balance_fills_up_to_the_largest_class(people: PreparedSet) -> None:
    """Three neutral faces and a happy one are in ``train``; those kept out do not count."""
    assert planned(people, balance=True, classes=["happy", "sad"]).counts == {"happy": 2, "sad": 3}
    both = planned(people, balance=True, per_class=10, sources="any", classes=["neutral", "happy"])
    assert both.counts == {"happy": 12, "neutral": 10}


def test_the_sets_own_classes_are_made(tmp_path: Path) -> None:
    entries = [Entry("ann", name, "train") for name in ("happy", "neutral")]
    prepared = write_small_set(tmp_path / "two", entries, ["happy", "neutral"])
    assert planned(prepared, per_class=2, sources="any").counts == {"happy": 2, "neutral": 2}
    assert planned(prepared, per_class=2, sources="any", classes=["all"]).counts.keys() == {*LABELS}


def test_a_set_of_neutral_faces_gets_all_that_the_method_knows(tmp_path: Path) -> None:
    prepared = write_small_set(tmp_path / "one", [Entry("ann", "neutral", "train")], ["neutral"])
    assert len(planned(prepared, per_class=2).counts) == 8


def test_a_class_that_the_method_does_not_know(people: PreparedSet) -> None:
    sentence = "the method does not know the class 'angry', only neutral, sad; name those"
    with pytest.raises(InputError, match=sentence):
        planned(people, ("neutral", "sad"), per_class=1)
    with pytest.raises(InputError, match="does not know the class 'bored'"):
        planned(people, per_class=1, classes=["bored"])
    assert planned(people, ("neutral", "sad"), per_class=1, classes=["sad"]).counts == {"sad": 1}


def test_a_class_that_was_named_and_has_no_source(tmp_path: Path) -> None:
    prepared = write_small_set(tmp_path / "one", [Entry("ann", "happy", "train")], ["happy"])
    with pytest.raises(InputError, match=r"could be made 'happy'.*leave that class out"):
        planned(prepared, per_class=1, sources="any", classes=["happy"])


def test_no_neutral_face(people: PreparedSet) -> None:
    records = [record for record in people.records if record.expression != "neutral"]
    with pytest.raises(InputError, match=r"no neutral face .* add --from any"):
        planned(replace(people, records=records), per_class=1)


def test_a_balanced_set(tmp_path: Path) -> None:
    entries = [Entry("ann", str(name), "train") for name in Expression]
    prepared = write_small_set(tmp_path / "all", entries)
    with pytest.raises(InputError, match=r"nothing to be made: .*--per-class"):
        planned(prepared, balance=True)


def test_mixtures_need_the_eight(people: PreparedSet) -> None:
    with pytest.raises(InputError, match="mixtures need a method that knows the eight"):
        planned(people, ("neutral", "sad"), per_class=1, classes=["sad"], mixtures=0.1)


def test_classes_that_would_share_a_folder(people: PreparedSet) -> None:
    labels = ("a/b", "a_b", "neutral")
    with pytest.raises(InputError, match="classes 'a/b' and 'a_b' would share a folder"):
        planned(people, labels, per_class=1, classes=["all"])
