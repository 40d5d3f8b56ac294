"""The classes of a set from the labels of a collection."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression

__all__ = [
    "class_order",
    "classes_of",
    "expression_called",
    "notes_on_classes",
    "parse_mapping",
    "words_of",
]

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
OTHER_LANGUAGES: Mapping[Expression, str] = {
    Expression.ANGRY: "wut wütend ärger verärgert ira enojo enojado enfado colère 生气 愤怒 憤怒",
    Expression.CONTEMPTUOUS: "verachtung verächtlich desprecio mépris 轻蔑 蔑视 輕蔑",
    Expression.DISGUSTED: "ekel angeekelt asco asqueado dégoût 厌恶 厭惡 恶心",
    Expression.FEARFUL: "angst ängstlich furcht miedo peur 害怕 恐惧 恐懼",
    Expression.HAPPY: "freude fröhlich glücklich alegría alegria feliz joie 高兴 高興 开心 快乐",
    Expression.NEUTRAL: "neutro neutre 中性 平静 无表情",
    Expression.SAD: "trauer traurig tristeza triste tristesse 悲伤 悲傷 难过 伤心",
    Expression.SURPRISED: "überraschung überrascht sorpresa sorprendido 惊讶 驚訝 吃惊",
}
"""Their names in German, Spanish, French and Chinese, in lower case."""
MOST_NAMED = 8
"""How many labels a note names."""
GENERAL_WORDS = {
    *("class", "emotion", "emotions", "expression", "expressions", "face", "faces"),
    *("image", "images", "img", "photo", "photos", "people", "person"),
}
"""Words beside the name of a class that say nothing."""

_EXPRESSIONS = {
    name: expression
    for expression in Expression
    for name in (*NAMES[expression], *OTHER_LANGUAGES[expression].split())
}
_BETWEEN = re.compile(r"[\W\d_]+")


def expression_called(name: str) -> Expression | None:
    """The one of the eight classes that a usual name stands for; None where it stands for none.

    Numbers and general words may stand around it: ``3_happy`` and ``Happy faces`` are happy.
    """
    plain = unicodedata.normalize("NFC", name).strip().casefold()
    if plain in _EXPRESSIONS:
        return _EXPRESSIONS[plain]
    words = [word for word in words_of(plain) if word not in GENERAL_WORDS]
    return _EXPRESSIONS.get(words[0]) if len(words) == 1 and len(words[0]) > 2 else None


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case, without digits and signs."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return [word for word in _BETWEEN.split(plain) if word]


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


def notes_on_classes(classes: Mapping[str, str], mapping: Mapping[str, str]) -> list[str]:
    """Sentences on labels that are no usual names: what they were taken for, and which stay.

    Args:
        classes: label to class, as :func:`classes_of` gives it.
        mapping: what somebody said of them; these labels need no sentence.
    """
    usual = {name for names in NAMES.values() for name in names}
    others = [
        label
        for label in classes
        if label not in mapping and label.casefold() not in usual and not label.isdecimal()
    ]
    taken = [f"'{name}' as {classes[name]}" for name in others if classes[name] != name]
    own = [name for name in others if classes[name] == name]
    notes = []
    if taken:
        notes.append(f"taken: {_some(taken)}; decide otherwise with --map or --keep-names")
    if own:
        notes.append(
            f"{_some(own)}: none of the eight expressions is called so, and each is a class of its "
            f"own; --map '{own[0]}=happy' gives one the name of another class"
        )
    return notes


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def class_order(classes: Iterable[str]) -> tuple[str, ...]:
    """Every class once: those of the eight in the order of `Expression`, then others by name."""
    found = set(classes)
    eight = [str(expression) for expression in Expression if expression in found]
    return (*eight, *sorted(found - set(eight)))
