"""From sets on disk to results: what there is to do, doing it, and what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_sides import QUICK
from numpy.typing import NDArray

from lgpgan.benefit import descriptions, loading
from lgpgan.benefit.output import about_copies
from lgpgan.benefit.prove import Options, Sets, plan_proof, prove
from lgpgan.benefit.uses import CANDIDATES, HEAD_CANDIDATES
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from small_set import PEOPLE, Entry, everybody, write_small_set

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
    with pytest.raises(
        InputError, match=r"another recipe or .* \(5 of 5 cells were\).*--overwrite"
    ):
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


def made_of_nobodys_faces(real: PreparedSet, folder: Path) -> PreparedSet:
    """New faces of a set that names nobody, as 'lgpgan augment' makes them."""
    entries = [
        Entry("", name, "train", photo=record.file_name)
        for record in real.split("train")
        for name in CLASSES
    ]
    made = write_small_set(folder, entries, CLASSES)
    about = {**made.description, "augmentation": {"data": real.content_hash}}
    return replace(made, description=about)


def test_a_face_without_a_name_is_of_the_person_that_it_was_made_from(tmp_path: Path) -> None:
    """Regression: trials of 'auto' were trained on synthetic faces of the people they read.

    Neither side named anybody, so that the two faces of a person had two names.
    """
    nobody = [Entry("", name, "train") for name in CLASSES * 4]
    real = write_small_set(tmp_path / "real", nobody, CLASSES)
    kept = everybody("dan", split="test", classes=CLASSES)
    test = write_small_set(tmp_path / "test", kept, CLASSES)
    made = made_of_nobodys_faces(real, tmp_path / "made")
    told: list[str] = []
    options = replace(OPTIONS, people="8", uses=["auto"], candidates=["mixed"])
    sets = Sets(real, [made], test)
    plan = plan_proof(sets, tmp_path / "cells", options, notice=told.append)
    assert told == [f"8 faces of {real.folder} name nobody; each counts as a person."]
    for trial in plan.trials:
        faces = plan.proof.faces(trial)
        assert faces.synthetic is not None
        assert len(faces.synthetic) == 2 * (8 - len(faces.judged))
        assert not set(faces.synthetic.people) & set(faces.judged.people)


def test_made_of_people_who_are_tested_on_and_have_no_name(tmp_path: Path) -> None:
    """Regression: such a set was trained on as if it were of others."""
    nobody = [Entry("", name, "train") for name in CLASSES]
    test = write_small_set(tmp_path / "test", nobody, CLASSES)
    made = made_of_nobodys_faces(test, tmp_path / "made")
    sets = Sets(sets_in(tmp_path).real, [made], test)
    with pytest.raises(InputError, match="made and test share test-"):
        plan_proof(sets, tmp_path / "cells", OPTIONS)


def test_a_copy_that_was_changed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: only pictures that are the same to the last bit were found on both sides."""
    found = iter([[(0, 1, 0.97), (0, 2, 0.96)], []])  # of the real set, and of the synthetic one
    monkeypatch.setattr(loading, "copies_across", lambda ones, others: next(found))
    told: list[str] = []
    out, options = tmp_path / "out", replace(OPTIONS, people="2", seeds=1)
    plan = plan_proof(sets_in(tmp_path), out / "cells", options, notice=told.append)
    assert told == [about_copies(tmp_path / "real", 1)]
    prove(plan, out)
    assert "nearly the same as a picture that is tested on" in (out / "results.md").read_text()
    counts = [one["near_copies"] for one in json.loads((out / "results.json").read_text())["sets"]]
    assert counts == [1, 0, 0]


def test_other_names_are_told_of_where_a_use_is_searched(tmp_path: Path) -> None:
    """Regression: nothing said that trials may have seen the people whom they read."""
    told: list[str] = []
    options = replace(OPTIONS, uses=["auto"])
    plan_proof(sets_in(tmp_path), tmp_path / "cells", options, notice=told.append)
    (sentence,) = told
    assert sentence.startswith(f"It cannot be told whether {tmp_path / 'made'} shows people of")


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


def test_a_class_that_a_synthetic_set_lacks_stays_in_and_is_told_of(tmp_path: Path) -> None:
    """Neutral was dropped from the whole comparison without a word."""
    sets = sets_in(tmp_path)
    happy = write_small_set(tmp_path / "smiles", [Entry("cat", "happy", "train")], ["happy"])
    told: list[str] = []
    sets = replace(sets, synthetic=[happy])
    plan = plan_proof(sets, tmp_path / "cells", OPTIONS, notice=told.append)
    assert plan.proof.classes == CLASSES
    assert told == [
        f"{happy.folder} shows no neutral; that is learnt from real faces alone, and not at all "
        "where there are none."
    ]


def test_uses_that_need_pictures_are_refused_for_a_linear_layer(tmp_path: Path) -> None:
    head = replace(OPTIONS, recipe=replace(OPTIONS.recipe, recogniser="fer"))
    for options in (
        replace(head, uses=["cutmix"]),
        replace(head, uses=["auto"], candidates=["apart"]),
    ):
        with pytest.raises(InputError, match="needs a recogniser that is trained on pictures"):
            plan_proof(sets_in(tmp_path / str(id(options))), tmp_path / "cells", options)


def test_what_is_tried_depends_on_what_is_trained() -> None:
    head = replace(OPTIONS, recipe=replace(OPTIONS.recipe, recogniser="fer"))
    assert OPTIONS.tried == CANDIDATES
    assert head.tried == HEAD_CANDIDATES
    assert replace(head, candidates=["mixed"]).tried == ["mixed"]


def test_a_linear_layer_and_what_recognisers_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are made of the faces of every set, kept, and given to the cells."""

    def grey(faces: NDArray[np.uint8]) -> NDArray[np.floating]:
        return faces.mean(axis=(1, 2))

    def read(faces: NDArray[np.uint8]) -> NDArray[np.floating]:
        return np.full((len(faces), 8), 1 / 8)

    describers = {"fer": lambda: grey, "read": lambda: read}
    monkeypatch.setattr(descriptions, "DESCRIBERS", describers)
    recipe = replace(OPTIONS.recipe, recogniser="fer")
    options = Options(recipe, people="2", seeds=1, uses=["soft"])
    plan = plan_proof(sets_in(tmp_path), tmp_path / "out/cells", options)
    prove(plan, tmp_path / "out")
    real, made, test = plan.proof.real, plan.proof.synthetic["made"], plan.proof.test
    assert real.descriptions is not None
    assert real.descriptions.shape == (4, 5, 3)
    assert test.descriptions is not None
    assert test.descriptions.shape == (4, 1, 3)
    assert made.read is not None
    assert made.read.tolist() == [[0.5, 0.5]] * 2
    assert len(list((tmp_path / "out/descriptions").iterdir())) == 4
    text = (tmp_path / "out/results.md").read_text()
    assert "a linear layer on what fer's recogniser" in text
    assert "'soft' means half synthetic, labelled half by what recognisers read" in text


def test_the_use_that_is_found_is_reported(tmp_path: Path) -> None:
    people = everybody(*PEOPLE[1:], split="train", classes=CLASSES)
    train = write_small_set(tmp_path / "train", people, CLASSES)
    made = write_small_set(tmp_path / "made", people, CLASSES)
    nobody = everybody("", split="test", classes=CLASSES)
    kept = write_small_set(tmp_path / "kept", nobody, CLASSES)
    options = replace(OPTIONS, people="2,6", seeds=1, uses=["auto"], candidates=["mixed", "none"])
    out = tmp_path / "out"
    plan = plan_proof(Sets(train, [made], kept), out / "cells", options)
    assert len(plan.trials) == 6
    assert "To find the use of synthetic faces, mixed, none are" in plan.lines()[-1]
    prove(plan, out)
    found = json.loads((out / "results.json").read_text())
    assert [one["cell"] for one in found["choices"]] == [
        "real+classical+made+auto-2-0",
        "real+classical+made+auto-6-0",
    ]
    few, many = found["choices"]
    assert few["use"] == "mixed"
    assert "nobody can be held out" in few["why"]
    assert many["accuracies"].keys() == {"mixed", "none"}
    assert found["trials"] == 6
    text = (out / "results.md").read_text()
    assert "## The use that was found" in text
    assert "## Against real faces with classical augmentation" in text
    assert "found with 6 more recognisers" in text
    assert "The use that was found" in (out / "report.html").read_text()
