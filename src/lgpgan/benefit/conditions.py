"""The conditions that are compared: which faces a recogniser is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lgpgan.counts import people_text
from lgpgan.errors import InputError

__all__ = ["REAL", "Condition", "conditions_with", "people_counts"]

REAL = "real"
"""Name of the condition that the others are held against."""
CLASSICAL = "classical"


@dataclass(frozen=True)
class Condition:
    """A condition: one row of the result.

    Attributes:
        real: whether real faces are trained on.
        classical: whether faces are varied as is usual.
        synthetic: name of the synthetic set that is trained on; empty for none.
    """

    real: bool
    classical: bool = False
    synthetic: str = ""

    @property
    def name(self) -> str:
        """As ``real+classical+SET``."""
        parts = (self.real and REAL, self.classical and CLASSICAL, self.synthetic)
        return "+".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """The title in reports."""
        if not self.real:
            return f"{self.synthetic} alone"
        parts = ("real", self.classical and "classical augmentation", self.synthetic)
        return " + ".join(part for part in parts if part) + ("" if "+" in self.name else " alone")


def conditions_with(synthetic: Sequence[str]) -> list[Condition]:
    """All conditions: two without synthetic faces, and three with each synthetic set.

    With a set these are: real and it, real and it varied classically, and it alone.

    Args:
        synthetic: names of the synthetic sets.

    Raises:
        InputError: when two have the same name, or one that stands for something else.
    """
    for name in synthetic:
        if synthetic.count(name) > 1 or name in (REAL, CLASSICAL):
            raise InputError(
                f"a synthetic set may not be called '{name}' here: results tell sets apart by the "
                "names of their folders; rename it."
            )
    found = [Condition(real=True), Condition(real=True, classical=True)]
    for name in synthetic:
        found += [
            Condition(real=True, synthetic=name),
            Condition(real=True, classical=True, synthetic=name),
            Condition(real=False, synthetic=name),
        ]
    return found


def people_counts(text: str, total: int, *, shares: bool) -> list[int]:
    """How many people the real set is cut down to, smallest first.

    Args:
        text: numbers with commas between; shares of 1, or counts of people, or ``all``.
        total: number of people in the real set.
        shares: whether the numbers are shares.

    Raises:
        InputError: when one is no number, or no such part of the set.
    """
    counts = set()
    for part in (part.strip() for part in text.split(",")):
        if part == "all":
            counts.add(total)
            continue
        try:
            number = float(part) if shares else int(part)
        except ValueError:
            raise InputError(
                f"'{part}' is no size of the real set; write "
                + ("shares, as in 0.05,0.1,0.25,1." if shares else "counts, as in 1,2,4,8,all.")
            ) from None
        if shares and not 0 < number <= 1:
            raise InputError(f"a share of the real people is above 0 and at most 1, not {part}.")
        if not shares and not 1 <= number <= total:
            raise InputError(f"the real set has {people_text(total)}; {part} cannot be drawn.")
        counts.add(max(1, round(number * total)) if shares else int(number))
    return sorted(counts)
