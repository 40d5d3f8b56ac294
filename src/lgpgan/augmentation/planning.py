"""How many new faces of which classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lgpgan.augmentation.drawing import SourcePool
from lgpgan.augmentation.options import AugmentationOptions
from lgpgan.datasets.building import plain_name
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression

__all__ = ["ALL", "Plan", "plan_for"]

ALL = "all"
"""In place of the classes that are wanted: every one that the method knows."""


@dataclass(frozen=True)
class Plan:
    """The number of new faces of each class.

    Attributes:
        counts: class to the number of new faces, in the order of the method's labels.
        notes: sentences on classes that were asked for without being named, and cannot be made.
    """

    counts: Mapping[str, int]
    notes: Sequence[str] = ()

    @property
    def total(self) -> int:
        """Number of new faces."""
        return sum(self.counts.values())


def plan_for(
    prepared: PreparedSet, pool: SourcePool, labels: Sequence[str], options: AugmentationOptions
) -> Plan:
    """Decide how many faces of which classes are made.

    Args:
        prepared: the set that is enlarged; its split ``train`` is what ``balance`` counts.
        pool: the faces that new ones may be made from.
        labels: the classes that the method knows.
        options: the options.

    Raises:
        InputError: when the method does not know a class, or mixes none; when there is no face to
            make a class from that was named, two classes would share a folder, or there is nothing
            to be made at all.
    """
    wanted = _wanted(prepared, labels, options)
    if options.mixtures and tuple(labels) != tuple(Expression):
        raise InputError("mixtures need a method that knows the eight expressions and no others.")
    if not len(pool):
        raise InputError(
            f"{prepared.folder} has no neutral face in its split 'train' to make others from; add "
            "--from any."
        )
    counts: dict[str, int] = {}
    notes: list[str] = []
    for name, count in _counts(prepared, wanted, options).items():
        if count and not pool.people_for(name):
            sentence = f"there is no face that could be made '{name}': all show it already"
            if name in options.classes:
                raise InputError(f"{sentence}; add --from any, or leave that class out.")
            notes.append(f"No '{name}' was made: {sentence[0].upper()}{sentence[1:]}.")
        elif count:
            counts[name] = count
    if not counts:
        raise InputError(
            f"there is nothing to be made: {prepared.folder} is balanced, or no class is left; ask "
            "for more with --per-class, or name classes with --to."
        )
    _check_folders(counts)
    return Plan(counts, notes)


def _wanted(
    prepared: PreparedSet, labels: Sequence[str], options: AugmentationOptions
) -> list[str]:
    """The classes that are wanted, in the order of the method's labels."""
    own = [str(name) for name in prepared.classes]
    if ALL in options.classes or (not options.classes and set(own) <= {Expression.NEUTRAL}):
        return [str(name) for name in labels]
    chosen = options.classes or own
    for name in chosen:
        if name not in labels:
            raise InputError(
                f"the method does not know the class '{name}', only {', '.join(labels)}; name "
                "those that are wanted with --to, or train a method on that class."
            )
    return [str(name) for name in labels if name in chosen]


def _check_folders(classes: Iterable[str]) -> None:
    """Refuse classes whose folders would have one name."""
    seen: dict[str, str] = {}
    for name in classes:
        other = seen.setdefault(plain_name(name).casefold(), name)
        if other != name:
            raise InputError(
                f"the classes '{other}' and '{name}' would share a folder; name one of them "
                "otherwise, with --map, when the set is prepared."
            )


def _counts(
    prepared: PreparedSet, wanted: Sequence[str], options: AugmentationOptions
) -> dict[str, int]:
    """How many new faces of each class."""
    counts = dict.fromkeys(wanted, options.per_class)
    if options.balance:
        present = Counter(str(record.expression) for record in prepared.split("train"))
        largest = max(present.values())
        for name in wanted:
            counts[name] += largest - present[name]
    return counts
