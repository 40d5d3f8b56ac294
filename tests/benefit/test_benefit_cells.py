"""Cells: what each is trained on, and that none is trained twice."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up_sides import QUICK, make_side

from lgpgan.benefit import proof as proof_module
from lgpgan.benefit.cells import Cell, cells_of
from lgpgan.benefit.conditions import Condition, conditions_with
from lgpgan.benefit.proof import Proof
from lgpgan.benefit.recogniser import train_recogniser
from lgpgan.benefit.sides import Side
from lgpgan.errors import InputError

REAL, GAN = Condition(real=True), Condition(real=False, synthetic="gan")
BOTH = Condition(real=True, synthetic="gan")
RECIPE = replace(QUICK, steps=2)
PEOPLE = ("ann", "ben", "cat")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Numbers of real and synthetic faces of every training."""
    found: list[tuple[int, int]] = []

    def train_and_note(real: Side | None, synthetic: Side | None, *rest: Any, **more: Any) -> Any:
        found.append((len(real or ()), len(synthetic or ())))
        return train_recogniser(real, synthetic, *rest, **more)

    monkeypatch.setattr(proof_module, "train_recogniser", train_and_note)
    return found


def proof_at(folder: Path, **changes: Any) -> Proof:
    parts: dict[str, Any] = {
        "real": make_side(*PEOPLE, seed=1),
        "synthetic": {"gan": make_side(*PEOPLE, name="gan", copies=4, seed=2)},
        "test": make_side("dan", "eve", name="kept", seed=3),
        "classes": ("happy", "neutral"),
        "recipe": RECIPE,
        "finished": folder,
    }
    return Proof(**(parts | changes))


def test_conditions_without_real_faces_are_trained_once_a_seed() -> None:
    cells = cells_of(conditions_with(["gan"]), [1, 3], 2, same_people=False)
    assert len(cells) == 2 * (4 * 2 + 1)
    assert [cell.people for cell in cells if cell.condition == GAN] == [0, 0]
    same = cells_of(conditions_with(["gan"]), [1, 3], 2, same_people=True)
    assert [cell.people for cell in same if cell.condition == GAN] == [1, 3, 1, 3]


def test_each_condition_has_its_faces(tmp_path: Path, trained: list[tuple[int, int]]) -> None:
    proof = proof_at(tmp_path)
    proof.complete([Cell(REAL, 2, 0), Cell(BOTH, 1, 0), Cell(GAN, 0, 0)])
    assert trained == [(4, 0), (2, 24), (0, 24)]


def test_synthetic_faces_of_the_people_drawn_only(
    tmp_path: Path, trained: list[tuple[int, int]]
) -> None:
    proof = proof_at(tmp_path, same_people=True)
    proof.complete([Cell(BOTH, 1, 0), Cell(GAN, 2, 0)])
    assert trained == [(2, 8), (0, 16)]
    faces = proof.faces(Cell(BOTH, 1, 0))
    assert faces.real is not None
    assert faces.synthetic is not None
    assert faces.real.everyone == faces.synthetic.everyone


def test_a_finished_cell_is_not_trained_again(
    tmp_path: Path, trained: list[tuple[int, int]]
) -> None:
    cells = [Cell(REAL, 1, 0), Cell(REAL, 3, 0)]
    proof_at(tmp_path).complete(cells[:1])
    again = proof_at(tmp_path)
    assert again.pending(cells) == cells[1:]
    again.complete(cells)
    assert trained == [(2, 0), (6, 0)]
    found = again.read(cells[0])
    assert found is not None
    assert found.read().shape == (4, 2)
    assert (found.real_faces, found.synthetic_faces) == (2, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"recipe": replace(RECIPE, steps=3)},
        {"real": make_side(*PEOPLE, seed=7)},
        {"test": make_side("dan", "eve", name="kept", seed=7)},
        {"classes": ("angry", "neutral")},
    ],
    ids=["recipe", "real", "test", "classes"],
)
def test_a_cell_made_of_something_else_is(tmp_path: Path, changes: dict[str, Any]) -> None:
    cells = [Cell(REAL, 3, 0)]
    proof_at(tmp_path).complete(cells)
    assert proof_at(tmp_path, **changes).pending(cells) == cells


def test_another_synthetic_set_changes_no_cell_of_real_faces(tmp_path: Path) -> None:
    cells = [Cell(REAL, 3, 0), Cell(GAN, 0, 0)]
    proof_at(tmp_path).complete(cells)
    other = proof_at(tmp_path, synthetic={"gan": make_side("made", name="gan", seed=8)})
    assert other.pending(cells) == cells[1:]


@pytest.mark.parametrize("damage", ["", "{", '{"format": 1}'])
def test_a_damaged_cell_is_trained_again(tmp_path: Path, damage: str) -> None:
    cells = [Cell(REAL, 1, 0)]
    proof = proof_at(tmp_path)
    proof.complete(cells)
    proof.path(cells[0]).write_text(damage)
    assert proof.pending(cells) == cells


def test_what_was_stopped_keeps_its_finished_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [Cell(REAL, 1, 0), Cell(REAL, 2, 0)]
    proof = proof_at(tmp_path)

    def stop(what: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proof.complete(cells, progress=stop)
    assert proof_at(tmp_path).pending(cells) == cells[1:]


def test_progress_is_told_in_steps_of_what_is_left(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    cells = [Cell(REAL, 1, 0), Cell(REAL, 2, 0), Cell(GAN, 0, 1)]
    proof_at(tmp_path).complete(cells[:1])
    proof_at(tmp_path).complete(cells, progress=lambda *state: told.append(state))
    assert [(done, total) for _, done, total in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[0][0] == "steps; real alone, 2 people, seed 0"
    assert told[-1][0] == "steps; gan alone, seed 1"


def test_nobody_is_on_both_sides(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gan and kept share eve"):
        proof_at(tmp_path, synthetic={"gan": make_side("eve", name="gan", seed=4)})


def test_the_same_people_have_to_be_there(tmp_path: Path) -> None:
    some = {"gan": make_side("ann", "ben", name="gan", seed=4)}
    proof_at(tmp_path, synthetic=some)
    with pytest.raises(InputError, match=r"gan has no faces of cat, .* \(1 of 3 are not"):
        proof_at(tmp_path, synthetic=some, same_people=True)


def test_cells_are_the_same_from_other_processes(tmp_path: Path) -> None:
    """In one thread sums come out alike: with two threads the files differed in the last digit."""

    def scattered(
        jobs: Iterable[Cell], start: Callable[[], Callable[[Cell], None]], processes: int, **_: Any
    ) -> Iterator[None]:
        """Every cell by a worker of its own, which came there as to another process."""
        for job in reversed(list(jobs)):
            pickle.loads(pickle.dumps(start))()(job)
            yield

    told: list[tuple[str, int, int]] = []
    cells = [Cell(REAL, 1, 0), Cell(BOTH, 2, 0), Cell(GAN, 0, 0)]
    one, other = proof_at(tmp_path / "one"), proof_at(tmp_path / "other")
    one.complete(cells)
    other.complete(cells, processes=2, engine=scattered, progress=lambda *state: told.append(state))
    for cell in cells:
        assert one.path(cell).read_bytes() == other.path(cell).read_bytes()
    assert told == [(f"steps; cells: {n} of 3", 2 * n, 6) for n in (1, 2, 3)]


def test_a_use_without_variation_learns_what_faces_as_they_are_teach(tmp_path: Path) -> None:
    proof = proof_at(tmp_path)
    plain, as_they_are, varied = (
        Cell(Condition(True, classical, "gan", use), 3, 0)
        for classical, use in ((True, "mixed-plain"), (False, "mixed"), (True, "mixed"))
    )
    proof.complete([plain, as_they_are, varied])
    read = [proof.read(cell) for cell in (plain, as_they_are, varied)]
    assert all(read)
    learnt = [one.probabilities for one in read if one is not None]
    assert learnt[0] == learnt[1] != learnt[2]
