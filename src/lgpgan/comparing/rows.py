"""The rows of a comparison: methods with their presets, LGP-GAN without its parts, baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from lgpgan.errors import InputError
from lgpgan.evaluation.subjects import BASELINES
from lgpgan.methods.lgpgan.ablation import Part
from lgpgan.methods.registry import METHODS
from lgpgan.training.config import TrainingConfig
from lgpgan.training.presets import StudioConfig, find_preset

__all__ = ["ABLATIONS", "TABLE_IV", "Row", "find_rows"]

WITHOUT = "-without-"
OBJECTIVES = {"narrow": "", "paper": "", "studio": ", exact pairs"}
PARTS = {
    "local": "local generators",
    "masks": "masks",
    "flow": "flow",
    "pairs": "the paired loss",
}
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
ABLATIONS = (STUDIO, *(f"{STUDIO}{WITHOUT}{part}" for part in get_args(Part)))
"""LGP-GAN on exact pairs, whole and without each of its parts."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: ``METHOD/PRESET``, for LGP-GAN on pairs ``…-without-PART``; or a baseline's.
        title: in tables.
        config: options of its runs, but for their length and seed; None for a baseline.
    """

    name: str
    title: str
    config: TrainingConfig | None

    @property
    def file_name(self) -> str:
        """The name, as a file can have it."""
        return self.name.replace("/", "-")

    @property
    def sees_pairs(self) -> bool:
        """Whether its runs learn from exact pairs."""
        return isinstance(self.config, StudioConfig)


def find_rows(names: Sequence[str]) -> list[Row]:
    """The rows of these names, each once.

    Raises:
        InputError: when there is none of a name, or one is named twice.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the row '{twice}' is named twice.")
    return [_find(name) for name in names]


def _find(name: str) -> Row:
    if name in BASELINES:
        return Row(name, BASELINES[name], None)
    whole, *missing = name.split(WITHOUT)
    method, _, preset = whole.partition("/")
    kind = find_preset(method, preset or None)
    title = f"{METHODS[method].title}{OBJECTIVES[kind.preset]}"
    full_name = f"{method}/{kind.preset}"
    config = kind()
    if missing:
        parts = tuple(part for part in get_args(Part) if part in missing)
        if len(parts) < len(missing) or not isinstance(config, StudioConfig):
            raise InputError(
                f"there is no row '{name}'; the parts that {STUDIO} can be trained without are "
                f"{', '.join(PARTS)}."
            )
        config = replace(config, without=parts)
        title += f", without {' and '.join(PARTS[part] for part in parts)}"
        full_name += "".join(f"{WITHOUT}{part}" for part in parts)
    return Row(full_name, title, config)
