"""What a face is to be given: expressions, alone or mixed, for eyes and mouth, at a strength."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.expressions import MAXIMUM_INTENSITY, Expression, mixture_vector

__all__ = ["Mixture", "Target", "Wanted"]

Wanted = str | Expression | Mapping[str, float] | Mapping[Expression, float]
"""One expression, ``happy``; several, ``happy=0.6,surprised=0.4``; or the same as a mapping."""

ROUNDING = 1e-6
"""By how much shares may pass the limit, for sums that only rounding carries beyond it."""


@dataclass(frozen=True)
class Mixture:
    """Expressions that a face, or a half of it, shows at once.

    Attributes:
        shares: each expression with its share, in the order of the label vector; neutral, which is
            what is left to 1, is not among them.
    """

    shares: tuple[tuple[Expression, float], ...] = ()

    @classmethod
    def parse(cls, wanted: Wanted) -> Mixture:
        """Make a mixture of a name, of names with shares, or of a mapping.

        Raises:
            InputError: for an unknown name, a share that is none, or one of neutral that the others
                do not leave.
        """
        if isinstance(wanted, str):
            shares = dict(_read_share(part) for part in wanted.split(","))
            if len(shares) < wanted.count(",") + 1:
                raise InputError(f"'{wanted}' names an expression twice; name each once.")
        else:
            shares = {Expression.parse(name): _number(share) for name, share in wanted.items()}
            if not shares:
                raise InputError("a mixture needs one expression at least.")
            if len(shares) < len(wanted):
                raise InputError("the mixture names an expression twice; name each once.")
        for expression, share in shares.items():
            if not (math.isfinite(share) and share > 0):
                raise InputError(
                    f"the share {share:g} of '{expression}' is out of range; choose one above 0."
                )
        total = sum(shares.values())
        if Expression.NEUTRAL in shares and total > 1 + ROUNDING:
            raise InputError(
                f"the shares come to {total:.3g} with that of neutral, which is only what the "
                "others leave to 1; lower them, or leave neutral out."
            )
        return cls(
            tuple((e, shares[e]) for e in Expression if e in shares and e is not Expression.NEUTRAL)
        )

    @property
    def total(self) -> float:
        """Sum of the shares."""
        return sum(share for _, share in self.shares)

    @property
    def name(self) -> str:
        """``happy``, ``happy-50``, ``happy-60+surprised-40`` (percent), or ``neutral``."""
        if not self.shares:
            return str(Expression.NEUTRAL)
        return "+".join(
            str(expression) if share == 1 else f"{expression}-{share * 100:.3g}"
            for expression, share in self.shares
        )

    def label(self, intensity: float = 1.0) -> NDArray[np.float32]:
        """The label vector (8,) float32 at an intensity."""
        return mixture_vector({expression: share * intensity for expression, share in self.shares})


def _number(share: object) -> float:
    try:
        return float(share)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(f"the share {share!r} is no number; choose one above 0.") from None


def _read_share(text: str) -> tuple[Expression, float]:
    name, given, share = text.partition("=")
    try:
        return Expression.parse(name), float(share) if given else 1.0
    except ValueError:
        raise InputError(
            f"'{text.strip()}' is no expression with its share; write it as happy=0.6."
        ) from None


@dataclass(frozen=True)
class Target:
    """The expression to give a face.

    Attributes:
        eyes: of the upper half, eyes and brows.
        mouth: of the lower half.
        intensity: 0 neutral, 1 the expressions themselves; at most so much that the shares of a
            half come to 1.3.
    """

    eyes: Mixture
    mouth: Mixture
    intensity: float = 1.0

    @classmethod
    def parse(
        cls,
        to: Wanted | None = None,
        *,
        eyes: Wanted | None = None,
        mouth: Wanted | None = None,
        intensity: float = 1.0,
    ) -> Target:
        """Make a target of names: ``to`` holds for the half that is not named.

        Raises:
            InputError: for an unknown name, no name at all, or a share or intensity out of range.
        """
        if not 0 <= intensity <= MAXIMUM_INTENSITY:
            raise InputError(
                f"the intensity {intensity:g} is out of range; choose one from 0 to "
                f"{MAXIMUM_INTENSITY:g}."
            )
        if to is None and eyes is None and mouth is None:
            raise InputError("no expression was named.")
        default = Mixture() if to is None else Mixture.parse(to)
        above = default if eyes is None else Mixture.parse(eyes)
        below = default if mouth is None else Mixture.parse(mouth)
        for half in (above, below):
            if half.total * intensity > MAXIMUM_INTENSITY + ROUNDING:
                raise InputError(
                    f"'{half.name}' comes to {half.total * intensity:.3g} in all; lower its shares "
                    f"or the intensity, to {MAXIMUM_INTENSITY:g} at most."
                )
        return cls(above, below, float(intensity))

    def at(self, intensity: float) -> Target:
        """The same at another intensity.

        Raises:
            InputError: when it is out of range.
        """
        return Target.parse(
            eyes=_mapping(self.eyes), mouth=_mapping(self.mouth), intensity=intensity
        )

    @property
    def strongest(self) -> float:
        """The highest intensity that there is for it."""
        total = max(self.eyes.total, self.mouth.total, 1.0)
        return MAXIMUM_INTENSITY / total

    @property
    def name(self) -> str:
        """``happy``, or ``eyes-fearful_mouth-happy`` where the halves differ."""
        if self.eyes == self.mouth:
            return self.mouth.name
        return f"eyes-{self.eyes.name}_mouth-{self.mouth.name}"

    @property
    def caption(self) -> str:
        """The name, for people to read: ``eyes-fearful, mouth-happy``."""
        return self.name.replace("_", ", ")

    def describe(self) -> str:
        """A sentence for the metadata of what was made."""
        return (
            f"Facial expression changed to {self.caption} "
            f"(intensity {self.intensity:g}) by lgpgan: a synthetic image."
        )


def _mapping(mixture: Mixture) -> dict[Expression, float]:
    return dict(mixture.shares) or {Expression.NEUTRAL: 1.0}
