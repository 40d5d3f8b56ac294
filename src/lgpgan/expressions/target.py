"""What a face is to be given: expressions, alone or mixed, for eyes and mouth, at a strength.

Action units can be added to them, or to neutral.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.expressions.action_units import (
    ACTION_UNITS,
    SHOWN_UNITS,
    blendshapes_of,
    parse_unit,
)
from lgpgan.expressions.expression import (
    MAXIMUM_INTENSITY,
    RECIPES,
    Expression,
    find_class,
    mixture_vector,
)

__all__ = ["Mixture", "Target", "Units", "Wanted", "intensity_mark"]

Wanted = str | Expression | Mapping[str, float] | Mapping[Expression, float]
"""One expression, ``happy``; several, ``happy=0.6,surprised=0.4``; or the same as a mapping."""

Units = str | Mapping[int, float] | Mapping[str, float]
"""Action units with their intensities: ``AU4=0.5,AU12``, or a mapping of numbers or names."""

ROUNDING = 1e-6
"""By how much shares may pass the limit, for sums that only rounding carries beyond it."""


@dataclass(frozen=True)
class Mixture:
    """Expressions that a face, or a half of it, shows at once.

    Attributes:
        shares: each class with its share, in the order of the label vector. Neutral is not among
            them: its share is what the others leave to 1.
    """

    shares: tuple[tuple[str, float], ...] = ()

    @classmethod
    def parse(cls, wanted: Wanted, classes: Sequence[str] = tuple(Expression)) -> Mixture:
        """Make a mixture of a name, of names with shares, or of a mapping.

        Args:
            wanted: what is asked for.
            classes: those that can be asked for, in the order of the label vector.

        Raises:
            InputError: for an unknown name, a share that is none, or one of neutral that the others
                do not leave.
        """
        if isinstance(wanted, str):
            shares = dict(_read_share(part, classes) for part in wanted.split(","))
            if len(shares) < wanted.count(",") + 1:
                raise InputError(f"'{wanted}' names an expression twice; name each once.")
        else:
            shares = {find_class(name, classes): _number(share) for name, share in wanted.items()}
            if not shares:
                raise InputError("a mixture needs one expression at least.")
            if len(shares) < len(wanted):
                raise InputError("the mixture names an expression twice; name each once.")
        for name, share in shares.items():
            if not (math.isfinite(share) and share > 0):
                raise InputError(
                    f"the share {share:g} of '{name}' is out of range; choose one above 0."
                )
        total = sum(shares.values())
        if Expression.NEUTRAL in shares and total > 1 + ROUNDING:
            raise InputError(
                f"the shares come to {total:.3g} with that of neutral, which is only what the "
                "others leave to 1; lower them, or leave neutral out."
            )
        return cls(
            tuple(
                (name, shares[name])
                for name in classes
                if name in shares and name != Expression.NEUTRAL
            )
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
            str(name) if share == 1 else f"{name}-{_percent(share)}" for name, share in self.shares
        )

    def label(
        self, intensity: float = 1.0, classes: Sequence[str] = tuple(Expression)
    ) -> NDArray[np.float32]:
        """The label vector (N,) float32 at an intensity, for networks of N classes."""
        return mixture_vector({name: share * intensity for name, share in self.shares}, classes)


def _percent(share: float) -> str:
    return f"{share * 100:g}"


def _number(share: object) -> float:
    try:
        return float(share)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(f"the share {share!r} is no number; choose one above 0.") from None


def _read_share(text: str, classes: Sequence[str]) -> tuple[str, float]:
    name, given, share = text.partition("=")
    try:
        return find_class(name, classes), float(share) if given else 1.0
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
        intensity: 0 neutral, 1 the expressions and action units themselves; at most so much that
            the shares of a half come to 1.3, and an action unit to 1.
        units: number and intensity, 0 to 1, of action units on top of that, by ascending number.
    """

    eyes: Mixture
    mouth: Mixture
    intensity: float = 1.0
    units: tuple[tuple[int, float], ...] = ()

    @classmethod
    def parse(
        cls,
        to: Wanted | None = None,
        *,
        eyes: Wanted | None = None,
        mouth: Wanted | None = None,
        units: Units | None = None,
        intensity: float = 1.0,
        classes: Sequence[str] = tuple(Expression),
        known_units: Sequence[int] = tuple(ACTION_UNITS),
    ) -> Target:
        """Make a target of names.

        Args:
            to: the expression of each half that is not named itself; neutral if None.
            eyes: that of the upper half.
            mouth: that of the lower half.
            units: action units on top of that, with their intensities from 0 to 1.
            intensity: 0 neutral, 1 what was asked for itself.
            classes: those that can be asked for: the eight, unless the weights know others.
                :meth:`lgpgan.Editor.target` fills in those of its weights.
            known_units: numbers of the action units that a message offers where an unknown one is
                named.

        Raises:
            InputError: for an unknown name or action unit, nothing named at all, or a share or
                intensity out of range.
        """
        if to is None and eyes is None and mouth is None and not units:
            raise InputError("no expression was named, and no action unit.")
        added = _read_units(units, known_units)
        default = Mixture() if to is None else Mixture.parse(to, classes)
        above = default if eyes is None else Mixture.parse(eyes, classes)
        below = default if mouth is None else Mixture.parse(mouth, classes)
        return cls(above, below, units=added).at(intensity)

    def at(self, intensity: float) -> Target:
        """The same target at another intensity.

        Raises:
            InputError: when it is out of range.
        """
        if not 0 <= intensity <= MAXIMUM_INTENSITY:
            raise InputError(
                f"the intensity {intensity:g} is out of range; choose one from 0 to "
                f"{MAXIMUM_INTENSITY:g}."
            )
        for half in (self.eyes, self.mouth):
            if half.total * intensity > MAXIMUM_INTENSITY + ROUNDING:
                raise InputError(
                    f"'{half.name}' comes to {half.total * intensity:.3g} in all; lower its shares "
                    f"or the intensity, to {MAXIMUM_INTENSITY:g} at most."
                )
        for number, of_unit in self.units:
            if of_unit * intensity > 1 + ROUNDING:
                raise InputError(
                    f"AU{number} comes to {of_unit * intensity:.3g}, and 1 is all there is; lower "
                    "it or the intensity."
                )
        return replace(self, intensity=float(intensity))

    def weights_above(self) -> dict[str, float]:
        """Blendshape weights of the upper half: those of the expressions' recipes, and of units.

        Classes that have no recipe, which only other weights know, count for nothing.
        """
        return self._weights(self.eyes)

    def weights_below(self) -> dict[str, float]:
        """The same of the lower half."""
        return self._weights(self.mouth)

    def _weights(self, half: Mixture) -> dict[str, float]:
        total: dict[str, float] = {}
        for name, share in half.shares:
            recipe = RECIPES[Expression(name)] if name in RECIPES else {}
            for blendshape, weight in recipe.items():
                total[blendshape] = total.get(blendshape, 0.0) + weight * share * self.intensity
        units = {number: of_unit * self.intensity for number, of_unit in self.units}
        shown = {number: of_unit for number, of_unit in units.items() if number in SHOWN_UNITS}
        for blendshape, weight in blendshapes_of(shown).items():
            total[blendshape] = max(total.get(blendshape, 0.0), weight)
        return total

    def check_known(self, classes: Sequence[str], units: Sequence[int]) -> None:
        """Make sure that weights can be asked for it.

        Args:
            classes: those that the weights know.
            units: numbers of the action units that they know.

        Raises:
            InputError: when they do not know a class or an action unit of it, or when a half is to
                be neutral and they do not know neutral.
        """
        for half in (self.eyes, self.mouth):
            for name, _ in half.shares:
                find_class(name, classes)
            if not half.shares and Expression.NEUTRAL not in classes:
                raise InputError(
                    "these weights do not know the class 'neutral', which is what a half of the "
                    "face shows where no expression is named for it; name one for both halves, of "
                    f"{', '.join(classes)}."
                )
        for number, _ in self.units:
            if number not in units:
                known = f"only {', '.join(f'AU{unit}' for unit in units)}" if units else "none"
                raise InputError(f"these weights do not know AU{number}; they know {known}.")

    @property
    def strongest(self) -> float:
        """The highest intensity that can be asked for."""
        total = max(self.eyes.total, self.mouth.total, 1.0)
        return min([MAXIMUM_INTENSITY / total, *(1 / of_unit for _, of_unit in self.units)])

    @property
    def name(self) -> str:
        """``happy``, or ``eyes-fearful_mouth-happy`` where the halves differ.

        With action units ``happy_AU4-50+AU45`` (percent), or these alone where that is all.
        """
        if self.eyes == self.mouth:
            shown = self.mouth.name
        else:
            shown = f"eyes-{self.eyes.name}_mouth-{self.mouth.name}"
        if not self.units:
            return shown
        added = "+".join(
            f"AU{number}" if of_unit == 1 else f"AU{number}-{_percent(of_unit)}"
            for number, of_unit in self.units
        )
        return f"{shown}_{added}" if self.eyes.shares or self.mouth.shares else added

    @property
    def file_name(self) -> str:
        """What files that show it are called: the name, with any intensity but 1.

        ``happy``, or ``happy_intensity-50`` (percent). Characters that have a meaning in a path
        are replaced.
        """
        return re.sub(r"[^\w.+-]", "-", self.name) + intensity_mark(self.intensity)

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


def intensity_mark(intensity: float) -> str:
    """The end of the name of a file that shows something at an intensity; empty for 1."""
    return "" if intensity == 1 else f"_intensity-{_percent(intensity)}"


def _read_units(units: Units | None, known: Sequence[int]) -> tuple[tuple[int, float], ...]:
    """Action units by ascending number; one at 0 is none."""
    if not units:
        return ()
    if isinstance(units, str):
        read = [parse_unit(part, known) for part in units.split(",")]
    else:
        read = [parse_unit(f"{number}={intensity}", known) for number, intensity in units.items()]
    for number, _ in read:
        if sum(number == other for other, _ in read) > 1:
            raise InputError(f"AU{number} is named twice; name each action unit once.")
    return tuple(sorted((number, intensity) for number, intensity in read if intensity > 0))
