"""From several labels of one face, as its votes or its shares, to the one that counts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lgpgan.datasets.layouts.listing import LeftOut, Reason
from lgpgan.errors import InputError

__all__ = ["numbers_in", "several_labels", "shares_of", "strongest"]


def numbers_in(cells: Mapping[str, str]) -> dict[str, float]:
    """The votes or shares that cells hold; an empty cell is 0.

    Raises:
        InputError: when one is no number from 0.
    """
    numbers = {}
    for name, text in cells.items():
        try:
            number = float(text or 0)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            raise InputError(f"its column '{name}' holds '{text}', not a number from 0.")
        numbers[name] = number
    return numbers


def shares_of(votes: Mapping[str, float]) -> dict[str, float]:
    """The votes as shares whose sum is 1; those without any are left out."""
    total = sum(votes.values())
    return {name: round(count / total, 4) for name, count in votes.items() if count}


def strongest(votes: Mapping[str, float]) -> list[str]:
    """The labels with most votes: one, or several where they are tied; none without a vote."""
    most = max(votes.values(), default=0)
    return [name for name, count in votes.items() if count == most and most > 0]


def several_labels(labels: list[str]) -> LeftOut:
    """Why a face with several labels of the same strength is left out."""
    return LeftOut(
        Reason.SEVERAL_LABELS,
        f"it is labelled as {' and '.join(labels)}; mend the list, or add --soft-labels.",
    )
