"""Figures of recognisers, with values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.benefit.figures import (
    FIGURES,
    accuracy,
    calibration_error,
    confusion,
    difference,
    macro_f1,
    measured,
)

READ = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.3, 0.7, 0.0], [0.2, 0.8, 0.0]])
"""Read as 0, 0, 1, 1."""
TRUE = np.array([0, 1, 1, 0])


def test_accuracy_counts_what_is_read_right() -> None:
    assert accuracy(READ, TRUE) == 0.5


def test_confusion_has_a_line_a_true_class() -> None:
    assert confusion(READ, TRUE).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_macro_f1_counts_classes_alike_and_passes_over_absent_ones() -> None:
    # Read 0, 0, 1, 1 of 0, 0, 0, 1: F1 of class 0 is 4 / 5, of class 1 2 / 3.
    assert macro_f1(READ, np.array([0, 0, 0, 1])) == pytest.approx((4 / 5 + 2 / 3) / 2)


def test_macro_f1_of_a_class_that_is_there_and_never_read_is_nothing() -> None:
    # Class 0 has 2 / 4 · ... : read twice, there once, right once: 2 / 3; class 2 has 0.
    assert macro_f1(READ, np.array([0, 2, 1, 1])) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_calibration_error_is_the_gap_of_each_bin_by_its_faces() -> None:
    # Bins of 1/15: 0.9, 0.6, 0.7 and 0.8 are apart; right, wrong, right, wrong.
    gaps = (1 - 0.9) + 0.6 + (1 - 0.7) + 0.8
    assert calibration_error(READ, TRUE) == pytest.approx(gaps / 4)


def test_within_a_bin_too_sure_and_too_unsure_make_up_for_each_other() -> None:
    sure = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(sure, np.array([0, 0, 0, 1])) == pytest.approx(0)
    assert calibration_error(sure, np.array([0, 0, 1, 1])) == pytest.approx(0.25)


def test_certainty_falls_into_the_last_bin() -> None:
    assert calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0


def test_intervals_are_by_people() -> None:
    # Three of six people are always read right, the others never.
    read = np.array([[1.0, 0.0]] * 60)
    labels = np.repeat([0, 1], 30)
    people = [name for name in "abcdef" for _ in range(10)]
    found = measured(FIGURES["accuracy"], read, labels, people)
    assert (found.value, found.count, found.people) == (0.5, 60, 6)
    assert found.interval is not None
    assert found.interval[1] - found.interval[0] > 0.5  # by faces it would be 0.25


def test_a_difference_is_of_the_same_people() -> None:
    # One recogniser is right where the other is, and on one more face of everybody.
    labels = np.zeros(12, np.int64)
    right, wrong = [1.0, 0.0], [0.0, 1.0]
    theirs = np.array([right, wrong, wrong, wrong, *[right, wrong] * 4])
    ours = np.array([right, right, wrong, right, *[right, right] * 4])
    people = list("aabbccddeeff")
    found = difference(FIGURES["accuracy"], ours, theirs, labels, people)
    assert found.value == pytest.approx(0.5)
    assert found.interval == pytest.approx((0.5, 0.5))
