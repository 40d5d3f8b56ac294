"""The conditions that are compared: which faces a recogniser is trained on, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lgpgan.benefit.uses import AUTO, DEFAULT, PLAIN, find_use
from lgpgan.counts import people_text
from lgpgan.errors import InputError

__all__ = ["CLASSICAL", "REAL", "Condition", "conditions_with", "people_counts"]

NAME_OF_REAL, NAME_OF_CLASSICAL = "real", "classical"
"""What stands for real faces, and for classical augmentation, in names of conditions."""


@dataclass(frozen=True)
class Condition:
    """A condition: one row of the result.

    Attributes:
        real: whether real faces are trained on.
        classical: whether faces are varied as is usual.
        synthetic: name of the synthetic set that is trained on; empty for none.
        use: how it is used beside real faces, a name of :mod:`lgpgan.benefit.uses`.
    """

    real: bool
    classical: bool = False
    synthetic: str = ""
    use: str = DEFAULT

    @property
    def name(self) -> str:
        """As ``real+classical+SET``, and ``real+classical+SET+pretrained``."""
        parts = (
            self.real and NAME_OF_REAL,
            self.classical and NAME_OF_CLASSICAL,
            self.synthetic,
            self.use != DEFAULT and self.use,
        )
        return "+".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """The title in reports."""
        if not self.real:
            return f"{self.synthetic} alone"
        varied = self.classical and (self.use == AUTO or find_use(self.use).varied)
        parts = ("real", varied and "classical augmentation", self.synthetic)
        title = " + ".join(part for part in parts if part)
        if self.use != DEFAULT:
            return f"{title}, {self.use}"
        return title if "+" in self.name else f"{title} alone"


REAL = Condition(real=True)
CLASSICAL = Condition(real=True, classical=True)
"""The conditions that the others are held against."""


def conditions_with(synthetic: Sequence[str], uses: Sequence[str] = (DEFAULT,)) -> list[Condition]:
    """All conditions: two without synthetic faces, and some with each synthetic set.

    With a set these are: real and it, used in the first way that is named; real and it varied
    classically, for every use; and it alone.

    Args:
        synthetic: names of the synthetic sets.
        uses: names of the ways in which they are used beside varied real faces.

    Raises:
        InputError: when two sets have the same name, or one that stands for something else; when
            there is no such use, or none is named.
    """
    if not uses:
        raise InputError(f"name one use of synthetic faces or more, as {DEFAULT}.")
    uses = [use if use == AUTO else find_use(use).name for use in uses]
    for name in synthetic:
        if synthetic.count(name) > 1 or name in (NAME_OF_REAL, NAME_OF_CLASSICAL):
            raise InputError(
                f"a synthetic set may not be called '{name}' here: results tell sets apart by the "
                "names of their folders; rename it."
            )
    found = [REAL, CLASSICAL]
    first = next((use.removesuffix(PLAIN) for use in uses if use != AUTO), DEFAULT)
    for name in synthetic:
        found.append(Condition(real=True, synthetic=name, use=first))
        found += [
            Condition(real=True, classical=True, synthetic=name, use=use)
            for use in dict.fromkeys(uses)
            if use != first + PLAIN  # which is the row before
        ]
        found.append(Condition(real=False, synthetic=name))
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
