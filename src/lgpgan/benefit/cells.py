"""Cells of the experiment: a condition, a number of real people and a seed.

A finished cell is a JSON file with the probabilities of every face that was read, from which all
figures are taken anew when results are written. It is trained again only when it is damaged. A cell
that was trained or tested on other faces, or by another recipe, is replaced only when that is asked
for. Where a way of using synthetic faces is to be found (:mod:`lgpgan.benefit.search`), its trials
are cells, too, which read held-out people of the real set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from lgpgan.benefit.conditions import Condition
from lgpgan.benefit.search import FOLDS
from lgpgan.counts import people_text

__all__ = ["CELL_FORMAT", "Cell", "FinishedCell", "cells_of"]

CELL_FORMAT = 3
"""Version of a finished cell's file; those of others are trained anew.

2 knew its faces by pixels and labels, but not by people, nor by what networks said of them.
"""


@dataclass(frozen=True)
class Cell:
    """One training: a condition, a number of real people, and a seed.

    Attributes:
        condition: which faces it is trained on, and how.
        people: of how many people the real faces are; 0 where that plays no part.
        seed: seed of the people drawn, the weights and the draws.
        fold: in a trial, the part of the real people that is held out and read; None for a cell
            that reads the test set.
    """

    condition: Condition
    people: int
    seed: int
    fold: int | None = None

    @property
    def name(self) -> str:
        """The name of its file."""
        held_out = "" if self.fold is None else f"-fold{self.fold}of{FOLDS}"
        return f"{self.condition.name}-{self.people}-{self.seed}{held_out}"

    @property
    def title(self) -> str:
        """The title in reports."""
        of = f", {people_text(self.people)}" if self.people else ""
        held_out = "" if self.fold is None else f", trial {self.fold + 1} of {FOLDS}"
        return f"{self.condition.title}{of}, seed {self.seed}{held_out}"


@checked_dataclass(frozen=True, config=ConfigDict(extra="ignore", allow_inf_nan=False))
class FinishedCell:
    """The outcome of a cell.

    Attributes:
        format: version of the file's format.
        made_of: SHA-256 of all that the outcome depends on.
        real_faces: how many it had.
        synthetic_faces: how many it had.
        probabilities: probabilities of every face that was read, a number a class.
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
