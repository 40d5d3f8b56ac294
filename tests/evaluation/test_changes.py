"""Differences by region, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.errors import InputError
from lgpgan.evaluation.changes import region_differences

GREY = np.full((1, 128, 128, 3), 100, np.uint8)
EYES, MOUTH, FACE = 48 * 96, 48 * 64, 128 * 128


def test_the_same_faces_do_not_differ() -> None:
    found = region_differences(GREY, GREY, np.array([64]))
    for values in (found.whole, found.eyes, found.mouth, found.outside):
        np.testing.assert_array_equal(values, [0.0])


def test_black_and_white_lie_two_apart() -> None:
    found = region_differences(GREY * 0, GREY * 0 + 255, np.array([64]))
    for values in (found.whole, found.eyes, found.mouth, found.outside):
        np.testing.assert_allclose(values, [2.0])


def test_a_change_counts_where_it_is() -> None:
    changed = np.repeat(GREY, 3, axis=0)
    changed[0, 14:62, 16:112] += 51  # 51 / 127.5 = 0.4
    changed[1, 70:118, 32:96] -= 51  # the direction does not matter
    changed[2, :8, :, 0] += 51  # one colour of three, above the eyes
    found = region_differences(changed, np.repeat(GREY, 3, axis=0), np.array([70, 70, 70]))
    np.testing.assert_allclose(found.eyes, [0.4, 0, 0])
    np.testing.assert_allclose(found.mouth, [0, 0.4, 0])
    outside = 0.4 / 3 * 8 * 128 / (FACE - EYES - MOUTH)
    np.testing.assert_allclose(found.outside, [0, 0, outside])
    whole = [0.4 * EYES / FACE, 0.4 * MOUTH / FACE, 0.4 / 3 * 8 / 128]
    np.testing.assert_allclose(found.whole, whole)


def test_regions_may_overlap() -> None:
    changed = GREY.copy()
    changed[0, 50:62, 32:96] += 51
    found = region_differences(changed, GREY, np.array([50]))
    np.testing.assert_allclose(found.eyes, 0.4 * 12 * 64 / EYES)
    np.testing.assert_allclose(found.mouth, 0.4 * 12 / 48)
    np.testing.assert_array_equal(found.outside, 0.0)


def test_bytes_do_not_wrap_and_order_does_not_matter() -> None:
    one, other = GREY * 0 + 250, GREY * 0 + 5
    there = region_differences(one, other, np.array([64])).whole
    np.testing.assert_allclose(there, 245 / 127.5)
    np.testing.assert_array_equal(there, region_differences(other, one, np.array([64])).whole)


def test_no_faces_have_no_differences() -> None:
    found = region_differences(GREY[:0], GREY[:0], np.zeros(0, int))
    assert found.whole.shape == found.outside.shape == (0,)


def test_refuses_stacks_that_do_not_match() -> None:
    with pytest.raises(InputError, match="1 faces cannot be compared with 2"):
        region_differences(GREY, np.repeat(GREY, 2, axis=0), np.array([64]))
    with pytest.raises(InputError, match="uint8"):
        region_differences(GREY, GREY / 255, np.array([64]))
    with pytest.raises(InputError, match="mouth regions"):
        region_differences(GREY, GREY, np.array([64, 64]))
