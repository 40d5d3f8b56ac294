"""The classes of a set from the labels of a collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression

__all__ = ["class_order", "classes_of", "expression_called", "parse_mapping"]

NAMES: Mapping[Expression, tuple[str, ...]] = {
    Expression.ANGRY: ("angry", "anger", "an"),
    Expression.CONTEMPTUOUS: ("contemptuous", "contempt", "co"),
    Expression.DISGUSTED: ("disgusted", "disgust", "di"),
    Expression.FEARFUL: ("fearful", "fear", "afraid", "scared", "af", "fe"),
    Expression.HAPPY: ("happy", "happiness", "joy", "ha"),
    Expression.NEUTRAL: ("neutral", "ne"),
    Expression.SAD: ("sad", "sadness", "sa"),
    Expression.SURPRISED: ("surprised", "surprise", "suprise", "su"),
}
"""Usual names of the eight classes, in lower case."""

_EXPRESSIONS = {name: expression for expression, names in NAMES.items() for name in names}


def expression_called(name: str) -> Expression | None:
    """The one of the eight classes that a usual name stands for; None where it stands for none."""
    return _EXPRESSIONS.get(name.strip().casefold())


def parse_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """The mapping that pairs such as ``joyful=happy`` write down.

    Raises:
        InputError: when one is not a pair, or maps a name for the second time.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        old, sign, new = (part.strip() for part in pair.partition("="))
        if not (old and sign and new):
            raise InputError(f"'{pair}' maps nothing; write OLD=NEW, as in joyful=happy.")
        if old in mapping:
            raise InputError(f"'{old}' is mapped to '{mapping[old]}' and to '{new}'; choose one.")
        mapping[old] = new
    return mapping


def classes_of(
    labels: Iterable[str], mapping: Mapping[str, str], *, keep_names: bool = False
) -> dict[str, str]:
    """The class of every label.

    The mapping counts first. Then, unless ``keep_names``, a label that is a usual name of one of
    the eight classes becomes that class. Every other label is a class of its own.

    Args:
        labels: as the collection names them.
        mapping: label to class.
        keep_names: do not look for the eight classes.

    Raises:
        InputError: when the mapping names a label that the collection does not have.
    """
    labels = set(labels)
    unknown = sorted(mapping.keys() - labels)
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is mapped to '{mapping[unknown[0]]}', but there is no such label; "
            f"there are {', '.join(sorted(labels))}."
        )
    usual = {} if keep_names else {label: expression_called(label) for label in labels}
    return {label: str(mapping.get(label) or usual.get(label) or label) for label in sorted(labels)}


def class_order(classes: Iterable[str]) -> tuple[str, ...]:
    """Every class once: those of the eight in the order of `Expression`, then others by name."""
    found = set(classes)
    eight = [str(expression) for expression in Expression if expression in found]
    return (*eight, *sorted(found - set(eight)))
