"""What new faces are drawn from: the same for the same seed, and nobody who was kept out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lgpgan.augmentation.drawing import FAINT, SECOND_SHARE, SourcePool, draw
from lgpgan.augmentation.options import AugmentationOptions, Range
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from small_set import Entry, write_small_set

LABELS = tuple(str(expression) for expression in Expression)
OPTIONS = AugmentationOptions(per_class=1, sources="any")


def test_nobody_who_was_kept_out_is_a_source(people: PreparedSet) -> None:
    pool = SourcePool(people, "any")
    drawn = [draw(pool, LABELS, OPTIONS, "angry", number, 0) for number in range(200)]
    assert {face.source.person for face in drawn} == {"ann", "ben"}
    assert len(pool) == 4
    assert len(SourcePool(people, "neutral")) == 3


def test_nobody_is_given_what_they_show(people: PreparedSet) -> None:
    pool = SourcePool(people, "any")
    for wanted in LABELS:
        drawn = [draw(pool, LABELS, OPTIONS, wanted, number, 0) for number in range(30)]
        assert wanted not in {face.source.expression for face in drawn}
    assert pool.people_for("neutral") == ["ann"]  # Ben shows nothing else
    assert SourcePool(people, "neutral").people_for("neutral") == ["ann", "ben"]


def test_neutral_faces_are_drawn_anew_from_neutral_ones(people: PreparedSet) -> None:
    pool = SourcePool(people, "neutral")
    options = AugmentationOptions(per_class=1)
    drawn = [draw(pool, LABELS, options, "neutral", number, 0) for number in range(50)]
    assert all(face.is_redrawn and face.shares == {"neutral": 1.0} for face in drawn)
    strengths = [share for face in drawn for share in face.shown.values()]
    assert all(list(face.shown) != ["neutral"] for face in drawn)
    assert 0 <= min(strengths) < 0.03
    assert 0.12 < max(strengths) <= FAINT
    happy = draw(pool, LABELS, options, "happy", 0, 0)
    assert not happy.is_redrawn
    assert happy.shown == happy.shares


def test_groups_are_as_likely_as_one_another(tmp_path: Path) -> None:
    """Of five women and a man every second face is of the man, give or take 5 deviations of 7."""
    women = [
        Entry(who, "neutral", "train", who, (("gender", "female"),))
        for who in ("ann", "cat", "dan", "eve", "fay")
    ]
    man = [Entry("ben", "neutral", "train", "ben", (("gender", "male"),))]
    prepared = write_small_set(tmp_path / "groups", women + man)
    pool = SourcePool(prepared, "neutral", "gender")
    drawn = [draw(pool, LABELS, OPTIONS, "sad", number, 0) for number in range(200)]
    assert abs(Counter(face.source.person for face in drawn)["ben"] - 100) < 35
    with pytest.raises(InputError, match="does not say the ethnicity of anybody"):
        SourcePool(prepared, "neutral", "ethnicity")


def test_people_are_as_likely_as_one_another(people: PreparedSet) -> None:
    """Ann has three faces, Ben one: of 400 draws each has 200, give or take 5 deviations of 10."""
    pool = SourcePool(people, "any")
    drawn = [draw(pool, LABELS, OPTIONS, "sad", number, 0) for number in range(400)]
    assert abs(Counter(face.source.person for face in drawn)["ben"] - 200) < 50


def test_all_attempts_at_a_face_are_of_one_person(people: PreparedSet) -> None:
    """So that people whom a recogniser reads badly are not replaced by others."""
    pool = SourcePool(people, "any")
    seen = set()
    for number in range(20):
        drawn = [draw(pool, LABELS, OPTIONS, "sad", number, attempt) for attempt in range(10)]
        (person,) = {face.source.person for face in drawn}
        assert len({tuple(face.shares.items()) for face in drawn}) > 5  # drawn anew all the same
        seen.add(person)
    assert seen == {"ann", "ben"}


def test_draws_depend_on_their_key_alone(people: PreparedSet) -> None:
    pool = SourcePool(people, "any")

    def drawn(number: int, attempt: int, seed: int) -> tuple[str, dict[str, float]]:
        options = AugmentationOptions(per_class=1, sources="any", seed=seed)
        face = draw(pool, LABELS, options, "happy", number, attempt)
        return face.source.file_name, dict(face.shares)

    assert drawn(3, 1, 0) == drawn(3, 1, 0)
    assert len({str(drawn(*key)) for key in ((3, 1, 0), (3, 2, 0), (4, 1, 0), (3, 1, 1))}) == 4


def test_intensities_are_in_range(people: PreparedSet) -> None:
    options = AugmentationOptions(per_class=1, intensity=Range(0.7, 0.9))
    pool = SourcePool(people, "neutral")
    shares = [draw(pool, LABELS, options, "sad", number, 0).shares for number in range(200)]
    strengths = [share["sad"] for share in shares]
    assert 0.7 <= min(strengths) < 0.72
    assert 0.88 < max(strengths) <= 0.9
    assert all(set(share) == {"sad"} for share in shares)


def test_mixtures_show_their_class_more(people: PreparedSet) -> None:
    options = AugmentationOptions(per_class=1, intensity=Range(1.0, 1.0), mixtures=0.5)
    pool = SourcePool(people, "neutral")
    drawn = [draw(pool, LABELS, options, "sad", number, 0) for number in range(200)]
    mixtures = [face for face in drawn if face.is_mixture]
    assert abs(len(mixtures) - 100) < 36  # 5 deviations
    others = set()
    for face in mixtures:
        (other,) = face.shares.keys() - {"sad"}
        others.add(other)
        assert SECOND_SHARE[0] <= face.shares[other] <= SECOND_SHARE[1]
        assert face.shares["sad"] + face.shares[other] == pytest.approx(1)
    assert others == set(LABELS) - {"sad", "neutral"}
