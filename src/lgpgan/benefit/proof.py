"""Training and testing all cells of an experiment, here or in several processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from lgpgan.benefit.cells import CELL_FORMAT, Cell, FinishedCell
from lgpgan.benefit.conditions import CLASSICAL
from lgpgan.benefit.descriptions import READ, made_with
from lgpgan.benefit.recipe import Recipe, usual_of
from lgpgan.benefit.recogniser import classes_read, train_recogniser
from lgpgan.benefit.search import FEWEST_TO_SEARCH, FOLDS, Choice, choose, fold_of, too_few
from lgpgan.benefit.sides import Side, check_apart, people_in_order
from lgpgan.benefit.uses import AUTO, CANDIDATES, NONE, find_use
from lgpgan.errors import InputError
from lgpgan.files import regular_file, write_text
from lgpgan.networks.device import one_thread
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work

__all__ = ["Faces", "Proof"]

DIGITS = 5
"""Kept of a probability."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and its total."""


@dataclass(frozen=True)
class Faces:
    """The faces of a cell.

    Attributes:
        real: real faces to train on; None for none.
        synthetic: synthetic ones; None for none.
        judged: the faces that are read.
    """

    real: Side | None
    synthetic: Side | None
    judged: Side


class Proof:
    """Trains and tests all cells of an experiment.

    Args:
        real: the real faces that are trained on.
        synthetic: sets by name.
        test: the real faces that are tested on.
        classes: the classes that all real sets have, in the order of the labels.
        recipe: training options of every recogniser.
        finished: folder of the finished cells.
        same_people: train on synthetic faces of the people drawn only.
        candidates: ways of using synthetic faces that ``auto`` chooses among.
        device: where networks run.

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
        candidates: Sequence[str] = CANDIDATES,
        device: str = "cpu",
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
        self.candidates = tuple(dict.fromkeys(find_use(name).name for name in candidates))
        self.device = device

    def path(self, cell: Cell) -> Path:
        """File of a finished cell."""
        return self.finished / f"{cell.name}.json"

    def trials(self, cells: Sequence[Cell]) -> list[Cell]:
        """The trials that cells need whose use is to be found, each once."""
        found = [
            trial
            for cell in cells
            if cell.condition.use == AUTO and cell.people >= FEWEST_TO_SEARCH
            for of_use in self._trials_of(cell).values()
            for trial in of_use
        ]
        return list(dict.fromkeys(found))

    def pending(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells that are not finished."""
        return [cell for cell in cells if self.read(cell) is None]

    def read(self, cell: Cell) -> FinishedCell | None:
        """The outcome of a cell; None where it is not finished, or was made of something else."""
        found = self._file(cell)
        if found is None or found.made_of != self._made_of(cell) or found.format != CELL_FORMAT:
            return None
        shape = (len(self.judged(cell)), len(self.classes))
        return found if found.read().shape == shape else None

    def foreign(self, cells: Sequence[Cell]) -> list[Path]:
        """Files of finished cells that were made of other faces, labels or recipes, or otherwise.

        A cell whose use is still to be found is none of them, unless an earlier version of lgpgan
        made it.
        """
        found = [(cell, self._file(cell)) for cell in cells]
        return [
            self.path(cell)
            for cell, file in found
            if file is not None
            and (file.format != CELL_FORMAT or self._made_of(cell) not in (None, file.made_of))
        ]

    def _file(self, cell: Cell) -> FinishedCell | None:
        """The file of a cell; None where there is none, or it is damaged."""
        try:
            content = regular_file(self.path(cell)).read_bytes()
            return TypeAdapter(FinishedCell).validate_json(content)
        except (InputError, OSError, ValidationError):
            return None

    def complete(
        self,
        cells: Sequence[Cell],
        *,
        processes: int = 1,
        engine: Engine = work,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        """Train and test all cells that are not finished, and keep each as soon as it is finished.

        Every cell is trained in one thread: its file is the same whatever the number of processes.

        Args:
            cells: all; the trials that they need are done first.
            processes: how many train.
            engine: spreads the cells over them.
            progress: told where the training stands, in steps.

        Raises:
            TrainingError: when a loss is no number.
            LgpganError: when a file cannot be written, or a process was killed.
            KeyboardInterrupt: when it was stopped; finished cells are kept.
        """
        self._complete("trials", self.trials(cells), processes, engine, progress)
        self._complete("cells", cells, processes, engine, progress)

    def _complete(
        self,
        title: str,
        cells: Sequence[Cell],
        processes: int,
        engine: Engine,
        progress: Progress,
    ) -> None:
        pending = self.pending(cells)
        if not pending:
            return
        processes = min(processes, len(pending))
        here = engine is work and processes == 1
        steps = self.recipe.steps
        done = 0

        def tell(what: str, step: int) -> None:
            progress(what, done * steps + step, len(pending) * steps)

        start = partial(_Trainer, self, tell if here else _silent)
        advice = "use fewer --jobs, and run the same command again: it goes on where it was"
        for _ in engine(pending, start, processes, advice=advice):
            done += 1
            if not here:
                tell(f"steps; {title}: {done} of {len(pending)}", 0)

    def train(self, cell: Cell, tell: Callable[[str, int], None]) -> None:
        """Train and test a cell, and keep it.

        Args:
            cell: any whose use is known.
            tell: told what is trained, and the steps made.
        """
        faces = self.faces(cell)
        use = find_use(self.use_of(cell))
        with one_thread():
            network = train_recogniser(
                faces.real,
                faces.synthetic,
                len(self.classes),
                self.recipe,
                use=use,
                classical=cell.condition.classical and use.varied,
                seed=cell.seed,
                device=self.device,
                progress=partial(tell, f"steps; {cell.title}"),
            )
            probabilities = classes_read(network, faces.judged, device=self.device)
        made_of = self._made_of(cell)
        assert made_of is not None
        result = FinishedCell(
            format=CELL_FORMAT,
            made_of=made_of,
            real_faces=0 if faces.real is None else len(faces.real),
            synthetic_faces=0 if faces.synthetic is None else len(faces.synthetic),
            probabilities=probabilities.round(DIGITS).tolist(),
        )
        write_text(self.path(cell), json.dumps(asdict(result)) + "\n")

    def faces(self, cell: Cell) -> Faces:
        """The faces of a cell. In a trial no face of a held-out person is trained on."""
        condition = cell.condition
        people = self._people(cell)
        real = self.real.of(people)
        synthetic = self.synthetic.get(condition.synthetic)
        if synthetic is not None and self.same_people:
            synthetic = synthetic.of(people)
        judged = self.judged(cell)
        if cell.fold is not None:
            real = real.without(judged.people)
            synthetic = synthetic and synthetic.without(judged.people)
        return Faces(real if condition.real else None, synthetic, judged)

    def judged(self, cell: Cell) -> Side:
        """The faces that are read: the test set's, or in a trial those of the held-out people."""
        if cell.fold is None:
            return self.test
        return self.real.of(self._held_out(cell))

    def _held_out(self, cell: Cell) -> list[str]:
        """The people whom a trial reads, each once."""
        wanted = set(self._people(cell))
        rows = [row for row, who in enumerate(self.real.people) if who in wanted]
        people = [self.real.people[row] for row in rows]
        parts = fold_of(people, self.real.labels[rows], cell.seed)
        held_out = (who for who, part in zip(people, parts, strict=True) if part == cell.fold)
        return list(dict.fromkeys(held_out))

    def use_of(self, cell: Cell) -> str:
        """The name of the use of a cell: its own, or what was found.

        Raises:
            InputError: when it is to be found and its trials are not finished.
        """
        if cell.condition.use != AUTO:
            return cell.condition.use
        choice = self.choice(cell)
        if choice is None:
            raise InputError(f"the trials of {cell.title} are not finished.")
        return choice.use

    def choice(self, cell: Cell) -> Choice | None:
        """What is chosen for a cell whose use is to be found; None before its trials."""
        if cell.people < FEWEST_TO_SEARCH:
            return too_few(cell.people, self.candidates)
        right: dict[str, NDArray[np.bool_]] = {}
        people: list[str] = []
        for use, trials in self._trials_of(cell).items():
            found = [(self.judged(trial), self.read(trial)) for trial in trials]
            if any(read is None for _, read in found):
                return None
            right[use] = np.concatenate(
                [read.read().argmax(1) == side.labels for side, read in found if read is not None]
            )
            people = [who for side, _ in found for who in side.people]
        return choose(right, people)

    def _trials_of(self, cell: Cell) -> dict[str, list[Cell]]:
        """Every candidate, and its trials. Without synthetic faces these are of no set."""
        return {
            use: [
                Cell(
                    CLASSICAL if use == NONE else replace(cell.condition, use=use),
                    cell.people,
                    cell.seed,
                    fold,
                )
                for fold in range(FOLDS)
            ]
            for use in self.candidates
        }

    @cached_property
    def _readers(self) -> str:
        """What reads synthetic faces for the uses that need it."""
        return made_with(READ)

    def _people(self, cell: Cell) -> list[str]:
        return people_in_order(self.real, cell.seed)[: cell.people]

    def _made_of(self, cell: Cell) -> str | None:
        """SHA-256 of all that the outcome depends on: faces, labels, people, recipe, use.

        None where the use is still to be found.
        """
        if cell.condition.use == AUTO and self.choice(cell) is None:
            return None
        synthetic = self.synthetic.get(cell.condition.synthetic)
        sides = [
            self.real.fingerprint if cell.condition.real else "",
            synthetic.fingerprint if synthetic is not None else "",
            self.test.fingerprint if cell.fold is None else "",
        ]
        who = self._people(cell) if cell.condition.real or self.same_people else []
        held_out = [] if cell.fold is None else self._held_out(cell)
        use = self.use_of(cell)
        parts: list[Any] = [sides, who, held_out, self.classes, asdict(self.recipe)]
        parts += [cell.condition.classical, use, cell.seed]
        if usual_of(self.recipe.recogniser).frozen:
            parts.append(made_with(self.recipe.recogniser))
        if find_use(use).reads:
            parts.append(self._readers)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class _Trainer:
    """Trains cells; one a process.

    Args:
        proof: whose cells they are.
        tell: told what is trained, and the steps made.
    """

    def __init__(self, proof: Proof, tell: Callable[[str, int], None]) -> None:
        self.proof = proof
        self.tell = tell

    def __call__(self, cell: Cell) -> None:
        """Train and test a cell, and keep it."""
        self.proof.train(cell, self.tell)


def _silent(what: str, step: int) -> None:
    """Tell nobody: steps in other processes are counted by the cell."""


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
