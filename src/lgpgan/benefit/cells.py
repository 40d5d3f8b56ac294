"""Cells of the experiment: a condition, a number of real people and a seed.

A finished cell is a JSON file with the probabilities of every test face, from which all figures are
taken anew when results are written. It is trained again only when it is damaged. A cell that was
trained or tested on other faces, or by another recipe, is replaced only when that is asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from lgpgan.benefit.conditions import Condition
from lgpgan.benefit.recogniser import Recipe, classes_read, train_recogniser
from lgpgan.benefit.sides import Side, check_apart, people_in_order
from lgpgan.counts import people_text
from lgpgan.errors import InputError
from lgpgan.files import regular_file, write_text

__all__ = ["Cell", "FinishedCell", "Proof", "cells_of"]

CELL_FORMAT = 1
DIGITS = 5
"""Kept of a probability."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and its total."""


@dataclass(frozen=True)
class Cell:
    """One training: a condition, a number of real people, and a seed.

    Attributes:
        condition: which faces it is trained on.
        people: of how many people the real faces are; 0 where that plays no part.
        seed: seed of the people drawn, the weights and the draws.
    """

    condition: Condition
    people: int
    seed: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.condition.name}-{self.people}-{self.seed}"

    @property
    def title(self) -> str:
        """The title in reports."""
        of = f", {people_text(self.people)}" if self.people else ""
        return f"{self.condition.title}{of}, seed {self.seed}"


@checked_dataclass(frozen=True, config=ConfigDict(extra="ignore", allow_inf_nan=False))
class FinishedCell:
    """The outcome of a cell.

    Attributes:
        format: version of the file's format.
        made_of: SHA-256 of all that the outcome depends on.
        real_faces: how many it had.
        synthetic_faces: how many it had.
        probabilities: probabilities of every test face, a number a class.
    """

    format: int
    made_of: str
    real_faces: int
    synthetic_faces: int
    probabilities: Sequence[Sequence[float]]

    def read(self) -> NDArray[np.float64]:
        """Probabilities (N, classes)."""
        return np.array(self.probabilities, np.float64)


def cells_of(
    conditions: Sequence[Condition], counts: Sequence[int], seeds: int, *, same_people: bool
) -> list[Cell]:
    """Every cell, in the order in which they are trained: all of a seed before the next.

    Args:
        conditions: the rows.
        counts: counts of real people.
        seeds: how many.
        same_people: whether synthetic faces are those of the people drawn, so that a condition
            without real faces depends on who that is.
    """
    return [
        Cell(condition, count, seed)
        for seed in range(seeds)
        for condition in conditions
        for count in (counts if condition.real or same_people else [0])
    ]


class Proof:
    """Trains and tests all cells of an experiment.

    Args:
        real: the real faces that are trained on.
        synthetic: sets by name.
        test: the real faces that are tested on.
        classes: the classes that all sets have, in the order of the labels.
        recipe: training options of every recogniser.
        finished: folder of the finished cells.
        same_people: train on synthetic faces of the people drawn only.
        device: where networks run.
        progress: told where the training stands, in steps.

    Raises:
        InputError: when somebody, or a picture, is on both sides.
    """

    def __init__(
        self,
        real: Side,
        synthetic: Mapping[str, Side],
        test: Side,
        classes: Sequence[str],
        recipe: Recipe,
        finished: Path,
        *,
        same_people: bool = False,
        device: str = "cpu",
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        check_apart([real, *synthetic.values()], test)
        if same_people:
            _check_same_people(real, synthetic)
        self.real = real
        self.synthetic = synthetic
        self.test = test
        self.classes = tuple(classes)
        self.recipe = recipe
        self.finished = finished
        self.same_people = same_people
        self.device = device
        self.progress = progress

    def path(self, cell: Cell) -> Path:
        """File of a finished cell."""
        return self.finished / f"{cell.name}.json"

    def pending(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells that are not finished."""
        return [cell for cell in cells if self.read(cell) is None]

    def read(self, cell: Cell) -> FinishedCell | None:
        """The outcome of a cell; None where it is not finished, or was made of something else."""
        found = self._file(cell)
        if found is None or found.made_of != self._made_of(cell):
            return None
        return found if found.read().shape == (len(self.test), len(self.classes)) else None

    def foreign(self, cells: Sequence[Cell]) -> list[Path]:
        """Files of finished cells that were made of other faces, labels or recipes."""
        found = [(cell, self._file(cell)) for cell in cells]
        return [
            self.path(cell)
            for cell, file in found
            if file is not None and file.made_of != self._made_of(cell)
        ]

    def _file(self, cell: Cell) -> FinishedCell | None:
        """The file of a cell; None where there is none, or it is damaged."""
        try:
            content = regular_file(self.path(cell)).read_bytes()
            found = TypeAdapter(FinishedCell).validate_json(content)
        except (InputError, OSError, ValidationError):
            return None
        return found if found.format == CELL_FORMAT else None

    def complete(self, cells: Sequence[Cell]) -> None:
        """Train and test all cells that are not finished, and keep each as soon as it is finished.

        Raises:
            TrainingError: when a loss is no number.
            LgpganError: when a file cannot be written.
            KeyboardInterrupt: when it was stopped; finished cells are kept.
        """
        pending = self.pending(cells)
        total = len(pending) * self.recipe.steps
        for number, cell in enumerate(pending):
            before = number * self.recipe.steps

            def tell(step: int, before: int = before, title: str = cell.title) -> None:
                self.progress(f"steps; {title}", before + step, total)

            self._complete(cell, tell)

    def _complete(self, cell: Cell, progress: Callable[[int], None]) -> None:
        real, synthetic = self.training(cell)
        network = train_recogniser(
            real,
            synthetic,
            len(self.classes),
            self.recipe,
            classical=cell.condition.classical,
            seed=cell.seed,
            device=self.device,
            progress=progress,
        )
        probabilities = classes_read(network, self.test, device=self.device)
        result = FinishedCell(
            format=CELL_FORMAT,
            made_of=self._made_of(cell),
            real_faces=0 if real is None else len(real),
            synthetic_faces=0 if synthetic is None else len(synthetic),
            probabilities=probabilities.round(DIGITS).tolist(),
        )
        write_text(self.path(cell), json.dumps(asdict(result)) + "\n")

    def training(self, cell: Cell) -> tuple[Side | None, Side | None]:
        """The real and the synthetic faces of a cell; None where it has none of a kind."""
        condition = cell.condition
        people = people_in_order(self.real, cell.seed)[: cell.people]
        synthetic = self.synthetic.get(condition.synthetic)
        if synthetic is not None and self.same_people:
            synthetic = synthetic.of(people)
        return self.real.of(people) if condition.real else None, synthetic

    def _made_of(self, cell: Cell) -> str:
        """SHA-256 of all that the outcome depends on: faces, labels, recipe."""
        real, synthetic = self.training(cell)
        sides = [side and side.fingerprint for side in (real, synthetic, self.test)]
        parts: list[Any] = [sides, self.classes, asdict(self.recipe)]
        parts += [cell.condition.classical, cell.seed]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _check_same_people(real: Side, synthetic: Mapping[str, Side]) -> None:
    """Make sure that there are synthetic faces of everybody.

    Raises:
        InputError: naming a set and somebody whom it lacks.
    """
    for name, side in synthetic.items():
        absent = sorted(set(real.everyone) - set(side.everyone))
        if absent:
            raise InputError(
                f"{name} has no faces of {absent[0]}, so it cannot be cut down to the people drawn "
                f"({len(absent)} of {len(real.everyone)} are not in it); leave --same-people out."
            )
