"""Choosing a use: on people held out in turn, and never by a chance difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_sides import QUICK, make_side

from lgpgan.benefit import proof as proof_module
from lgpgan.benefit.cells import Cell
from lgpgan.benefit.conditions import CLASSICAL, Condition
from lgpgan.benefit.proof import Proof
from lgpgan.benefit.search import choose, fold_of, too_few
from lgpgan.benefit.uses import AUTO

PEOPLE = tuple(f"person{number}" for number in range(7))
AUTO_ROW = Condition(real=True, classical=True, synthetic="gan", use=AUTO)
CELL = Cell(AUTO_ROW, 7, 0)


def proof_at(folder: Path, **changes: object) -> Proof:
    """Seven people, of whom there are synthetic faces too, and two who are tested on."""
    return Proof(
        make_side(*PEOPLE, seed=1),
        {"gan": make_side(*PEOPLE, "made", name="gan", seed=2)},
        make_side("dan", "eve", name="kept", seed=3),
        ("happy", "neutral"),
        replace(QUICK, steps=2),
        folder,
        candidates=("mixed", "none"),
    )


def test_everybody_is_held_out_once_with_all_their_faces() -> None:
    side = make_side(*PEOPLE)
    parts = fold_of(side.people, side.labels, 0)
    of_person = {
        who: {int(p) for p, one in zip(parts, side.people, strict=True) if one == who}
        for who in PEOPLE
    }
    assert all(len(found) == 1 for found in of_person.values())
    assert sorted(Counter(part for (part,) in of_person.values()).values()) == [2, 2, 3]
    others = [fold_of(side.people, side.labels, seed) for seed in range(1, 4)]
    assert any(not np.array_equal(parts, other) for other in others)


@pytest.mark.parametrize("seed", range(4))
def test_every_part_shows_every_class_where_that_can_be(seed: int) -> None:
    """Regression: people were dealt by the class of their first face alone.

    All begin with class 0 here; three also show class 1, three others class 2.
    """
    people = [f"p{number}" for number in range(12)]
    further = ["p1", "p4", "p7", "p2", "p5", "p8"]
    labels = np.array([0] * 12 + [1, 1, 1, 2, 2, 2], np.int64)
    parts = fold_of([*people, *further], labels, seed)
    for part in range(3):
        assert set(labels[parts == part]) == {0, 1, 2}
    assert np.bincount(parts[:12]).tolist() == [4, 4, 4]


def test_no_trial_is_trained_on_a_person_that_it_reads(tmp_path: Path) -> None:
    """Synthetic faces of a person who is held out are left out, too."""
    proof = proof_at(tmp_path)
    trials = proof.trials([CELL])
    assert len(trials) == 6
    read: Counter[str] = Counter()
    for trial in trials:
        faces = proof.faces(trial)
        assert faces.real is not None
        trained = {*faces.real.people, *(faces.synthetic.people if faces.synthetic else ())}
        assert not trained & set(faces.judged.people)
        assert not trained & {"dan", "eve"}
        read.update(faces.judged.everyone)
    assert read == dict.fromkeys(PEOPLE, 2)  # once with each of two candidates


def test_a_use_is_found_kept_and_trained(tmp_path: Path) -> None:
    proof = proof_at(tmp_path)
    assert proof.choice(CELL) is None
    assert proof.foreign([CELL]) == []
    proof.complete([CELL])
    choice = proof.choice(CELL)
    assert choice is not None
    assert choice.accuracies.keys() == {"mixed", "none"}
    assert (choice.faces, choice.people) == (14, 7)
    assert proof.use_of(CELL) == choice.use
    assert proof.read(CELL) is not None
    assert not proof.pending(proof.trials([CELL]))
    # Without synthetic faces a trial is of no set, so several sets share it.
    assert (tmp_path / f"{Cell(CLASSICAL, 7, 0, 1).name}.json").exists()


def test_cells_of_an_earlier_version_are_named(tmp_path: Path) -> None:
    """Regression: they were trained again as if they had never been there."""
    proof = proof_at(tmp_path)
    proof.path(CELL).parent.mkdir(parents=True, exist_ok=True)
    proof.path(CELL).write_text(
        '{"format": 2, "made_of": "a", "real_faces": 1, "synthetic_faces": 0, "probabilities": []}'
    )
    assert proof.read(CELL) is None
    assert proof.foreign([CELL]) == [proof.path(CELL)]


def test_a_search_that_was_stopped_goes_on(tmp_path: Path) -> None:
    told: list[int] = []

    def stop(what: str, done: int, total: int) -> None:
        told.append(done)
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proof_at(tmp_path).complete([CELL], progress=stop)
    again = proof_at(tmp_path)
    assert len(again.pending(again.trials([CELL]))) == 4
    again.complete([CELL])
    assert again.read(CELL) is not None


def test_a_cell_knows_who_read_its_synthetic_faces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: with one recogniser more, cells trained by what others had read were kept."""
    proof = proof_at(tmp_path)
    soft = replace(CELL, condition=replace(AUTO_ROW, use="soft"))
    mixed = replace(CELL, condition=replace(AUTO_ROW, use="mixed"))
    proof.synthetic["gan"] = replace(proof.synthetic["gan"], read=np.full((16, 2), 0.5))
    monkeypatch.setattr(proof_module, "made_with", lambda name: f"{name} fer")
    proof.complete([soft, mixed])
    again = proof_at(tmp_path)
    monkeypatch.setattr(proof_module, "made_with", lambda name: f"{name} fer face-api")
    assert again.read(soft) is None
    assert again.foreign([soft]) == [again.path(soft)]
    assert again.read(mixed) is not None  # asks nobody


def test_of_few_people_nothing_is_tried(tmp_path: Path) -> None:
    cell = replace(CELL, people=5)
    proof = proof_at(tmp_path)
    assert proof.trials([cell]) == []
    assert proof.choice(cell) == too_few(5, ("mixed", "none"))
    assert proof.use_of(cell) == "mixed"
    assert "at least 6 people are needed" in too_few(5, ("mixed",)).why


def test_the_first_is_kept_unless_another_is_clearly_better() -> None:
    people = [f"p{number}" for number in range(20)]
    usual = np.arange(20) < 10
    little, much = np.arange(20) < 11, np.arange(20) < 16
    assert choose({"a": usual, "b": little}, people).use == "a"
    assert "No other one" in choose({"a": usual, "b": little}, people).why
    found = choose({"a": usual, "b": little, "c": much}, people)
    assert found.use == "c"
    assert found.accuracies == {"a": 0.5, "b": 0.55, "c": 0.8}
    assert (
        choose({"a": much, "b": usual}, people).why == "None of the others read more faces right."
    )


def test_faces_of_one_person_are_not_independent() -> None:
    """Six more faces are much of 20 people, and nothing of one person among three."""
    usual, better = np.arange(20) < 10, np.arange(20) < 16
    one = ["ann"] * 10 + ["ben"] * 6 + ["cat"] * 4
    assert choose({"a": usual, "b": better}, [str(n) for n in range(20)]).use == "b"
    assert choose({"a": usual, "b": better}, one).use == "a"
