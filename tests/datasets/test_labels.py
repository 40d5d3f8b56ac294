"""From the names that collections give expressions to the classes of a set."""

from __future__ import annotations

import pytest

from lgpgan.datasets.labels import (
    class_order,
    classes_of,
    expression_called,
    notes_on_classes,
    parse_mapping,
)
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (Expression.ANGRY, "angry Anger AN"),
        (Expression.CONTEMPTUOUS, "contempt contemptuous"),
        (Expression.DISGUSTED, "disgust DI"),
        (Expression.FEARFUL, "fear afraid AF"),
        (Expression.HAPPY, "happiness HA joy"),
        (Expression.NEUTRAL, "Neutral NE"),
        (Expression.SAD, "sadness SA"),
        (Expression.SURPRISED, "surprise SU"),
    ],
)
def test_the_eight_classes_have_many_names(expression: Expression, names: str) -> None:
    assert set(classes_of(names.split(), {}).values()) == {str(expression)}


@pytest.mark.parametrize(
    ("label", "expression"),
    [
        ("w\u00fctend", "angry"),
        ("wu\u0308tend", "angry"),  # as an archive made on a Mac spells it
        ("Tristeza", "sad"),
        ("高兴", "happy"),
        ("3_happy", "happy"),
        ("Happy faces", "happy"),
        ("03. an", None),
        ("happy_surprised", None),
        ("AU12", None),
        ("7", None),
    ],
)
def test_names_in_other_languages_and_with_words_around(label: str, expression: str | None) -> None:
    assert expression_called(label) == expression


def test_what_a_label_was_taken_for_is_told() -> None:
    """Regression: folders of people became classes, and nothing was said."""
    labels = ["anger", "3_happy", "Freude", "ann", "7"]
    taken, own = notes_on_classes(classes_of(labels, {}), {})
    assert "'3_happy' as happy, 'Freude' as happy; decide otherwise with --map" in taken
    assert own.startswith("ann: none of the eight expressions is called so")
    assert notes_on_classes({"ann": "happy", "SA": "sad"}, {"ann": "happy"}) == []


def test_other_labels_are_classes_of_their_own() -> None:
    assert classes_of(["Bored", "anger"], {}) == {"Bored": "Bored", "anger": "angry"}
    assert classes_of(["anger"], {}, keep_names=True) == {"anger": "anger"}


def test_a_mapping_comes_first() -> None:
    mapping = parse_mapping(["anger = furious", "0=happy"])
    assert classes_of(["anger", "0", "sad"], mapping) == {
        "anger": "furious",
        "0": "happy",
        "sad": "sad",
    }


def test_a_label_that_is_not_there_cannot_be_mapped() -> None:
    with pytest.raises(
        InputError, match=r"'joyfull' is mapped to 'happy', .*there are joyful, sad"
    ):
        classes_of(["joyful", "sad"], {"joyfull": "happy"})


@pytest.mark.parametrize("pair", ["joyful", "=happy", "joyful=", "="])
def test_half_a_mapping_is_refused(pair: str) -> None:
    with pytest.raises(InputError, match="maps nothing; write OLD=NEW"):
        parse_mapping([pair])


def test_a_label_is_mapped_once() -> None:
    with pytest.raises(InputError, match="'a' is mapped to 'b' and to 'c'"):
        parse_mapping(["a=b", "a=c"])


def test_classes_come_in_the_order_of_the_label_vector() -> None:
    assert class_order(["sad", "bored", "angry", "sad", "able"]) == (
        "angry",
        "sad",
        "able",
        "bored",
    )
