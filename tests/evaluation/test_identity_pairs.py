"""Pairs of pictures: who is paired with whom, and what the rates are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.identity_pairs import IdentityKept, PersonPairs, sample_person_pairs


def descriptors(*places: float) -> NDArray[np.float64]:
    """Descriptors on a line: distances are differences of places."""
    found = np.zeros((len(places), 128))
    found[:, 5] = places
    return found


def test_pairs_by_hand() -> None:
    """Ann at 0, 1, 3 (the last two with one expression), bo at 100, and someone unknown."""
    pictures = descriptors(0, 1, 3, 100, 5000)
    pairs = sample_person_pairs(
        pictures, ["ann", "ann", "ann", "bo", ""], ["sad", "happy", "happy", "sad", "sad"]
    )
    assert sorted(pairs.same) == [1, 3]
    assert set(pairs.other) == {97, 99, 100}


def test_all_pairs_of_two_people_are_as_likely() -> None:
    """Six pairs of ann (3 pictures) and bo (1), bo and cy (1), ann and cy: 3 + 1 + 3."""
    pictures = descriptors(0, 1, 3, 10, 40)
    people = ["ann", "bo", "ann", "cy", "ann"]
    order = [0, 3, 1, 4, 2]
    pairs = sample_person_pairs(pictures[order], people, ["sad"] * 5, count=14_000)
    distances, counts = np.unique(pairs.other, return_counts=True)
    assert distances.tolist() == [7, 9, 10, 30, 37, 39, 40]
    assert np.abs(counts - 2000).max() < 200
    assert pairs.same.size == 0  # each shows one expression only


def test_a_draw_is_repeated_by_its_seed() -> None:
    pictures = np.random.default_rng(0).normal(size=(40, 128))
    people = [str(i // 8) for i in range(40)]
    expressions = [str(i % 8) for i in range(40)]

    def draw(seed: int) -> PersonPairs:
        return sample_person_pairs(pictures, people, expressions, count=50, seed=seed)

    first, again, other = draw(0), draw(0), draw(1)
    assert len(first.same) == len(first.other) == 50
    assert len(set(first.same)) == 50  # none twice
    np.testing.assert_array_equal(first.same, again.same)
    np.testing.assert_array_equal(first.other, again.other)
    assert (first.same != other.same).any()
    assert (first.other != other.other).any()


def test_one_person_has_no_others() -> None:
    pairs = sample_person_pairs(descriptors(0, 1), ["ann", "ann"], ["sad", "happy"])
    assert pairs.same.tolist() == [1]
    assert pairs.other.size == 0
    kept = IdentityKept(np.array([0.2, 0.7]), pairs)
    assert kept.verification_rate == 0.5
    assert np.isnan(kept.false_acceptance_rate)
    assert np.isnan(kept.closer_than_others)


def test_rates_by_hand() -> None:
    pairs = PersonPairs(same=np.array([0.3]), other=np.array([0.9, 0.5, 0.7, 0.8]))
    kept = IdentityKept(np.array([0.1, 0.59, 0.6, 0.8]), pairs)
    assert kept.verification_rate == 0.5  # 0.6 itself is a stranger
    assert kept.false_acceptance_rate == 0.25
    # Of 4 × 4 comparisons: 4, 3, 3, and for 0.8 one and a tie.
    assert kept.closer_than_others == pytest.approx(11.5 / 16)


def test_refuses_what_does_not_belong_together() -> None:
    with pytest.raises(InputError, match="N people"):
        sample_person_pairs(descriptors(0, 1), ["ann"], ["sad", "sad"])
    with pytest.raises(InputError, match="128"):
        sample_person_pairs(np.zeros((1, 64)), ["ann"], ["sad"])
