"""The rows of a comparison: methods with their presets, LGP-GAN without its parts, baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from lgpgan.datasets.labelled import FAINTEST
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TRAIN
from lgpgan.errors import InputError
from lgpgan.evaluation.subjects import BASELINES
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan.ablation import Part
from lgpgan.methods.registry import METHODS
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset

__all__ = ["ABLATIONS", "PUBLISHED", "TABLE_IV", "Row", "find_rows", "row_of_run", "usual_rows"]

WITHOUT = "-without-"
OBJECTIVES = {"narrow": "", "paper": "", "studio": ", exact pairs"}
PARTS = {
    "local": "local generators",
    "masks": "masks",
    "flow": "flow",
    "pairs": "the paired loss",
}
STUDIO_BASELINE = "studio"
STUDIO = f"{StudioConfig.method}/{StudioConfig.preset}"
TABLE_IV = (
    *BASELINES,
    "stargan/narrow",
    "attgan/narrow",
    "ganimation/narrow",
    "lgp-gan/narrow",
    STUDIO,
)
"""Baselines, the paper's rows in its order, and LGP-GAN on exact pairs."""
PUBLISHED = ("identity", "stargan/paper", "attgan/paper", "ganimation/paper", "lgp-gan/paper")
"""The paper's rows in its order, each as published, and the baseline that does nothing."""
ABLATIONS = (STUDIO, *(f"{STUDIO}{WITHOUT}{part}" for part in get_args(Part)))
"""LGP-GAN on exact pairs, whole and without each of its parts."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: ``METHOD/PRESET``, for LGP-GAN on pairs ``…-without-PART``; or a baseline's name.
        title: its name in tables.
        config: options of its runs, apart from their length and seed; None for a baseline.
    """

    name: str
    title: str
    config: TrainingConfig | None

    @property
    def file_name(self) -> str:
        """The name, with the signs that a file name can hold."""
        return self.name.replace("/", "-")

    @property
    def sees_pairs(self) -> bool:
        """Whether its runs learn from exact pairs of renders."""
        return self.config is not None and self.config.sees_pairs

    def sees_units(self, prepared: PreparedSet) -> bool:
        """Whether its runs are told the exact action units of every face of a set."""
        return self.config is not None and self.config.learns_units and prepared.knows_units

    def sees_faint(self, prepared: PreparedSet) -> bool:
        """Whether its runs are shown faces with little of their class, where a set has some."""
        faint = any(record.intensity < FAINTEST for record in prepared.split(TRAIN))
        return self.config is not None and self.config.learns_units and faint

    def check(self, prepared: PreparedSet) -> None:
        """Make sure that the row can be computed on a set.

        Raises:
            InputError: when the set lacks what it needs.
        """
        if self.sees_pairs and not prepared.has_pairs:
            raise InputError(
                f"the row '{self.name}' learns from exact pairs, and {prepared.folder} has none; "
                "leave the row out, or make a set with 'lgpgan studio'."
            )
        unknown = [name for name in prepared.classes if name not in list(Expression)]
        if self.name == STUDIO_BASELINE and unknown:
            raise InputError(
                f"the row '{self.name}' draws the classes {', '.join(Expression)}, and not "
                f"'{unknown[0]}'; leave the row out."
            )
        if self.config is not None:
            try:
                self.config.shape_for(prepared)
            except InputError as error:
                raise InputError(f"the row '{self.name}' cannot be trained: {error}") from error


def find_rows(names: Sequence[str]) -> list[Row]:
    """The rows of these names, in their order.

    Args:
        names: ``METHOD/PRESET``; ``METHOD`` for its default preset; for LGP-GAN on pairs
            ``…-without-PART``; or a baseline.

    Raises:
        InputError: when a name is not known, or is given twice.
    """
    rows = [_find(name) for name in names]
    found = [row.name for row in rows]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the row '{twice}' is named twice; name each row once.")
    return rows


def usual_rows(
    prepared: PreparedSet, notice: Callable[[str], None] = lambda sentence: None
) -> list[Row]:
    """The rows of :data:`TABLE_IV` that can be computed on a set.

    Args:
        prepared: the set.
        notice: called with the reason for each row that is left out.
    """
    rows = []
    for row in find_rows(TABLE_IV):
        try:
            row.check(prepared)
        except InputError as error:
            notice(str(error))
        else:
            rows.append(row)
    return rows


def row_of_run(config: TrainingConfig) -> Row:
    """The row that a run with these options belongs to."""
    without = [part for part in PARTS if part in getattr(config, "without", ())]
    name = f"{config.method}/{config.preset}" + "".join(f"{WITHOUT}{part}" for part in without)
    return replace(_find(name), config=config)


def _find(name: str) -> Row:
    if name in BASELINES:
        return Row(name, BASELINES[name], None)
    whole, *missing = name.split(WITHOUT)
    method, _, preset = whole.partition("/")
    if method not in METHODS:
        raise InputError(
            f"there is no row '{name}'; a row is METHOD/PRESET with one of the methods "
            f"{', '.join(METHODS)}, or one of the baselines {', '.join(BASELINES)}."
        )
    config = find_preset(method, preset or None)
    title = f"{METHODS[method].title}{OBJECTIVES[config.preset]}"
    full_name = f"{method}/{config.preset}"
    if missing:
        try:
            config = config.leaving_out(missing)
        except InputError:
            raise InputError(
                f"there is no row '{name}'; the parts that {STUDIO} can be trained without are "
                f"{', '.join(PARTS)}."
            ) from None
        parts = [part for part in PARTS if part in missing]
        title += f", without {' and '.join(PARTS[part] for part in parts)}"
        full_name += "".join(f"{WITHOUT}{part}" for part in parts)
    return Row(full_name, title, config)
