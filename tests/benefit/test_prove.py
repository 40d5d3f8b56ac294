"""From sets on disk to results: what there is to do, doing it, and what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from made_up_sides import QUICK

from lgpgan.benefit.prove import Options, Sets, plan_proof, prove
from lgpgan.errors import InputError
from small_set import Entry, everybody, write_small_set

CLASSES = ("happy", "neutral")
OPTIONS = Options(replace(QUICK, steps=2), people="1,2", seeds=2)


def sets_in(folder: Path, *, made_of: str = "cat") -> Sets:
    """Two people to train on and two to test on, each dark and bright, and renders of a third."""
    real = everybody("ann", "ben", split="train", classes=CLASSES)
    test = everybody("dan", "eve", split="test", classes=CLASSES)
    made = everybody(made_of, split="train", classes=CLASSES)
    both = write_small_set(folder / "real", real + test, CLASSES)
    return Sets(both, [write_small_set(folder / "made", made, CLASSES)], both)


def test_a_plan_says_what_there_is_to_do_and_writes_nothing(tmp_path: Path) -> None:
    sets = sets_in(tmp_path)
    plan = plan_proof(sets, tmp_path / "out" / "cells", OPTIONS)
    assert plan.lines()[:5] == [
        "classes: happy, neutral",
        f"real: {tmp_path / 'real'}, 4 faces of 2 people",
        f"synthetic: {tmp_path / 'made'}, 2 faces of 1 person",
        f"test: {tmp_path / 'real'}, 4 faces of 2 people",
        "0 of 18 cells are finished; each of the others makes 2 steps of 8 faces.",
    ]
    assert not (tmp_path / "out").exists()


def test_everything_is_written_and_a_second_time_the_same_without_training(tmp_path: Path) -> None:
    sets, out = sets_in(tmp_path), tmp_path / "out"
    _, files = prove(plan_proof(sets, out / "cells", OPTIONS), out, "lgpgan benefit …")
    assert {str(path.relative_to(out)) for path in files} == {
        "report.html",
        "results.md",
        "results.json",
        "figures/accuracy.png",
        "figures/accuracy.pdf",
    }
    before = {path: path.read_bytes() for path in files}
    plan = plan_proof(sets, out / "cells", OPTIONS)
    assert not plan.pending
    prove(plan, out, "lgpgan benefit …")
    assert {path: path.read_bytes() for path in files} == before

    found = json.loads((out / "results.json").read_text())
    assert found["classes"] == ["happy", "neutral"]
    assert [used["part"] for used in found["sets"]] == ["real", "synthetic", "test"]
    assert len(found["results"]) == 5 * 2
    first = found["results"][0]
    assert (first["condition"], first["people"], first["real_faces"]) == ("real", 1, 2)
    assert len(first["accuracy"]) == 2
    assert sum(map(sum, first["confusion"])) == 2 * 4
    assert "gain" not in first

    text = (out / "results.md").read_text()
    assert "lgpgan benefit …" in text
    assert "makes the same 2 optimiser steps of 8 faces" in text
    assert "| made alone |" in text
    page = (out / "report.html").read_text()
    assert 'data-plot="macro_f1"' in page
    assert "What this does not prove" in page


def test_cells_of_another_recipe_are_kept_unless_they_may_be_overwritten(tmp_path: Path) -> None:
    """They were trained anew without a word, and what they had been was lost."""
    sets, cells = sets_in(tmp_path), tmp_path / "out" / "cells"
    options = replace(OPTIONS, people="1", seeds=1)
    prove(plan_proof(sets, cells, options), tmp_path / "out")
    other = replace(options, recipe=replace(OPTIONS.recipe, steps=3))
    with pytest.raises(InputError, match=r"another recipe \(5 of 5 cells were\).*--overwrite"):
        plan_proof(sets, cells, other)
    assert len(plan_proof(sets, cells, other, overwrite=True).pending) == 5
    assert not plan_proof(sets, cells, options).pending


def test_groups_that_the_test_set_knows_are_told_apart(tmp_path: Path) -> None:
    sets, out = sets_in(tmp_path), tmp_path / "out"
    genders = (("dan", "male"), ("eve", "female"))
    test = [
        Entry(who, shown, "test", f"{who}_0", (("gender", gender),))
        for who, gender in genders
        for shown in CLASSES
    ]
    sets = replace(sets, test=write_small_set(tmp_path / "known", test, CLASSES))
    prove(plan_proof(sets, out / "cells", replace(OPTIONS, people="1", seeds=1)), out)
    (first, *_) = json.loads((out / "results.json").read_text())["results"]
    found = {(of["by"], of["name"]): of for of in first["groups"]}
    assert list(found) == [("gender", "female"), ("gender", "male")]
    assert (found["gender", "male"]["people"], found["gender", "male"]["faces"]) == (1, 2)
    shares = [of["accuracy"][0]["value"] for of in found.values()]
    assert sum(shares) / 2 == pytest.approx(first["accuracy"][0]["value"])
    text = (out / "results.md").read_text()
    assert text.count("| gender female (1 person, 2 faces) |") == 5  # a table a condition
    assert "Groups of fewer than 10 test people" in text
    assert "By group of the people tested on" in (out / "report.html").read_text()


def test_who_is_tested_on_is_not_trained_on(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="made and real share eve"):
        plan_proof(sets_in(tmp_path, made_of="eve"), tmp_path / "cells", OPTIONS)


def test_faces_of_nobody_are_told_of(tmp_path: Path) -> None:
    told: list[str] = []
    plan_proof(sets_in(tmp_path, made_of=""), tmp_path / "cells", OPTIONS, notice=told.append)
    assert told == [f"2 faces of {tmp_path / 'made'} name nobody; each counts as a person."]


def test_classes_that_few_people_do_not_show_are_told_of(tmp_path: Path) -> None:
    real = [Entry("ann", "happy", "train"), Entry("ben", "neutral", "train")]
    test = everybody("dan", split="test", classes=CLASSES)
    both = write_small_set(tmp_path / "few", real + test, CLASSES)
    told: list[str] = []
    sets = replace(sets_in(tmp_path), real=both, test=both)
    plan_proof(sets, tmp_path / "cells", replace(OPTIONS, seeds=8), notice=told.append)
    assert told == [
        "real faces of 1 person do not show happy, neutral with every seed; what is not shown "
        "cannot be learnt from them."
    ]


def test_a_synthetic_set_is_needed_and_a_seed(tmp_path: Path) -> None:
    sets = sets_in(tmp_path)
    with pytest.raises(InputError, match="one synthetic set or more"):
        plan_proof(replace(sets, synthetic=[]), tmp_path / "cells", OPTIONS)
    with pytest.raises(InputError, match="one seed"):
        plan_proof(sets, tmp_path / "cells", replace(OPTIONS, seeds=0))
