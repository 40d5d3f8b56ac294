"""Options of augmentation: number of faces, classes, strengths, and the limits of the gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from lgpgan.choices import check_choice
from lgpgan.errors import InputError
from lgpgan.evaluation.identity import SAME_PERSON
from lgpgan.expressions.expression import MAXIMUM_INTENSITY

__all__ = ["AugmentationOptions", "BalanceBy", "GateLimits", "Groups", "Range", "Sources"]

Sources = Literal["neutral", "any"]
"""Which faces new ones are made from: neutral ones, or those of every class."""


Groups = Literal["gender", "ethnicity"]
"""By what people are told apart."""
BalanceBy = Literal["", "gender", "ethnicity"]
"""By what groups are drawn equally often; empty where all people are."""


@dataclass(frozen=True)
class Range:
    """A range of intensities, drawn from uniformly.

    Attributes:
        low: the weakest; 1 is the class itself.
        high: the strongest.
    """

    low: float = 0.5
    high: float = 1.2

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read ``0.5..1.2``, or one number.

        Raises:
            InputError: when it is neither, or out of range.
        """
        low, dots, high = text.partition("..")
        try:
            found = cls(float(low), float(high if dots else low))
        except ValueError:
            raise InputError(f"'{text}' is no range of intensities; write 0.5..1.2.") from None
        if not 0 < found.low <= found.high <= MAXIMUM_INTENSITY:
            raise InputError(
                f"the intensities {text} are out of range; choose them above 0 and up to "
                f"{MAXIMUM_INTENSITY:g}, the weaker one first."
            )
        return found


@dataclass(frozen=True, kw_only=True)
class GateLimits:
    """The limits of the gates. A face that fails one is rejected and counted.

    Attributes:
        change: least mean absolute difference to its source in the eye or the mouth region, faces
            being −1 to 1; below it the face is its source over again.
        overlap: least overlap (intersection over union) of the face that is found with
            the place where the alignment has it, 0 to 1.
        identity: greatest distance of dlib's descriptors of the face and its source.
        agreement: least probability of what was asked for, by the recogniser that is surest of it.
        left_out: names of gates that are not wanted.
    """

    change: float = 0.02
    overlap: float = 0.5
    identity: float = SAME_PERSON
    agreement: float = 0.3
    left_out: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, most in (("change", 2.0), ("overlap", 1.0), ("agreement", 1.0)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise InputError(
                    f"the limit {value:g} of '{name}' is out of range; choose one from 0 to "
                    f"{most:g}."
                )
        if not (math.isfinite(self.identity) and self.identity > 0):
            raise InputError(
                f"the limit {self.identity:g} of 'identity' is out of range; choose one above 0 "
                f"({SAME_PERSON:g} is the same person)."
            )


@dataclass(frozen=True, kw_only=True)
class AugmentationOptions:
    """The options of an augmentation.

    Attributes:
        per_class: new faces of every class.
        balance: so many more of each class that all are as many as the largest in the set.
        classes: those wanted; by default those of the set, or, where it holds nothing but neutral
            faces, all that the method knows.
        intensity: how strong.
        mixtures: share of the new faces that show a second expression as well, 0 to 1.
        sources: the faces that new ones are made from.
        balance_by: property of people of whose groups each is drawn equally often; empty where all
            people are drawn equally often.
        attempts: how often a face is drawn anew that does not pass the gates, the first time
            included.
        seed: seed of every draw.
        limits: limits of the gates.
    """

    per_class: int = 0
    balance: bool = False
    classes: Sequence[str] = ()
    intensity: Range = field(default_factory=Range)
    mixtures: float = 0.0
    sources: Sources = "neutral"
    balance_by: BalanceBy = ""
    attempts: int = 8
    seed: int = 0
    limits: GateLimits = field(default_factory=GateLimits)

    def __post_init__(self) -> None:
        check_choice(self.sources, Sources, "kind of source")
        check_choice(self.balance_by, BalanceBy, "property of people")
        if self.per_class < 0:
            raise InputError(f"{self.per_class} faces of a class cannot be made; ask for some.")
        if not (self.per_class or self.balance):
            raise InputError(
                "say how many faces are wanted: --per-class 500, or --balance, or both."
            )
        if not 0 <= self.mixtures <= 1:
            raise InputError(f"the share of mixtures is from 0 to 1, not {self.mixtures:g}.")
        if self.attempts < 1:
            raise InputError(f"{self.attempts} attempts make no face; allow one at least.")
        if self.seed < 0:
            raise InputError(f"the seed {self.seed} is below 0; choose a whole number from 0.")
