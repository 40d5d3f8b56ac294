"""Drawing and leaving out people, against closed forms and in a small simulation."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.statistics import frechet_statistic
from lgpgan.evaluation.resampling import (
    FEWEST_PEOPLE,
    Rows,
    Statistic,
    bootstrap,
    interval,
    jackknife,
    resampled,
)

PEOPLE = ["anna", "ben", "anna", "", "cleo", "", "ben", "anna"]


def mean_of(values: NDArray[np.float64]) -> Statistic:
    return lambda rows: float(values[rows].mean())


class TestResampled:
    def test_people_come_with_all_their_images(self) -> None:
        for rows in resampled(PEOPLE, 50, seed=0):
            times = Counter(rows.tolist())
            assert times[0] == times[2] == times[7]
            assert times[1] == times[6]
            # anna, ben, cleo and two unknown ones: five are drawn
            assert times[0] + times[1] + times[3] + times[4] + times[5] == 5

    def test_images_without_a_person_are_drawn_singly(self) -> None:
        draws = [Counter(rows.tolist()) for rows in resampled(PEOPLE, 50, seed=0)]
        assert any(times[3] != times[5] for times in draws)

    def test_everybody_is_drawn_equally_often(self) -> None:
        counts = np.bincount(np.concatenate(list(resampled(["a", "b", "b", "c"], 3000, seed=1))))
        np.testing.assert_allclose(counts / 3000, 1, atol=0.06)

    def test_the_seed_decides(self) -> None:
        first, again, other = ([*resampled(PEOPLE, 5, seed=seed)] for seed in (3, 3, 4))
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
        assert any(a.tolist() != b.tolist() for a, b in zip(first, other, strict=True))

    def test_no_images(self) -> None:
        with pytest.raises(InputError, match="no images"):
            next(resampled([], 1, seed=0))


class TestInterval:
    def test_cuts_off_both_ends(self) -> None:
        values = np.random.default_rng(0).permutation(101)
        assert interval(values) == pytest.approx((2.5, 97.5))
        assert interval(values, level=0.5) == pytest.approx((25, 75))


class TestBootstrap:
    def test_of_a_mean_is_as_wide_as_theory_says(self) -> None:
        values = np.random.default_rng(0).normal(size=200)
        estimate = bootstrap(mean_of(values), [""] * 200, draws=2000)
        assert estimate.value == values.mean()
        assert estimate.interval is not None
        reach = 1.96 * values.std() / np.sqrt(200)
        np.testing.assert_allclose(
            np.subtract(estimate.interval, values.mean()), [-reach, reach], rtol=0.1
        )

    def test_copies_of_a_person_add_nothing(self) -> None:
        values = np.random.default_rng(0).normal(size=30)
        people = [str(number) for number in range(30)]
        singly = bootstrap(mean_of(values), people)
        fourfold = bootstrap(mean_of(np.tile(values, 4)), people * 4)
        assert singly.interval is not None
        assert fourfold.interval == pytest.approx(singly.interval)

    def test_stays_within_the_range_of_the_figure(self) -> None:
        right = np.array([1.0] * 9 + [0.0])
        estimate = bootstrap(mean_of(right), [""] * 10)
        assert estimate.interval is not None
        assert 0 <= estimate.interval[0] < 0.9 < estimate.interval[1] <= 1

    @pytest.mark.parametrize("people", [1, 2, 5])
    def test_few_people_have_no_interval(self, people: int) -> None:
        """Of two people who were read alike it was [1, 1], as if that were known."""
        estimate = bootstrap(mean_of(np.ones(2 * people)), [str(n) for n in range(people)] * 2)
        assert (estimate.value, estimate.interval, estimate.people) == (1, None, people)

    def test_six_people_have_one(self) -> None:
        estimate = bootstrap(mean_of(np.arange(6.0)), list("abcdef"))
        assert estimate.people == FEWEST_PEOPLE == 6
        assert estimate.interval is not None


class TestJackknife:
    def test_of_a_mean_is_students_interval(self) -> None:
        values = np.array([1.0, 2.0, 4.0, 8.0, 9.5, 9.0])
        estimate = jackknife(mean_of(values), [""] * 6)
        expected = stats.t.interval(0.95, 5, loc=values.mean(), scale=stats.sem(values))
        assert estimate.value == values.mean()
        assert estimate.interval == pytest.approx(expected)

    def test_of_people_is_students_interval_of_their_means(self) -> None:
        values = np.arange(12.0) ** 2
        people = list("abcdef") * 2
        means = values.reshape(2, 6).mean(axis=0)
        expected = stats.t.interval(0.9, 5, loc=means.mean(), scale=stats.sem(means))
        assert jackknife(mean_of(values), people, level=0.9).interval == pytest.approx(expected)

    def test_people_with_unequal_numbers_of_images(self) -> None:
        # n = 8: a has three images of 4, five others one image of 0 each. The mean is 1.5; without
        # a it is 0, without one of the others 12/7. The pseudo-values are 8/3 · 1.5 = 4 and
        # 8 · 1.5 − 7 · 12/7 = 0, their weighted mean is 1.5. The variance is
        # (2.5² · 3/5 + 5 · 1.5² / 7) / 6; Student's t of five degrees is 2.5706.
        estimate = jackknife(mean_of(np.array([4.0] * 3 + [0.0] * 5)), list("aaabcdef"))
        reach = 2.570582 * ((2.5**2 * 3 / 5 + 5 * 1.5**2 / 7) / 6) ** 0.5
        assert estimate.interval == pytest.approx((1.5 - reach, 1.5 + reach))
        assert estimate.people == 6

    def test_it_ends_at_the_least_value_that_there_is(self) -> None:
        """Regression: intervals of FID reached below 0."""
        values = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 6.0])
        estimate = jackknife(mean_of(values), [""] * 6, lowest=0.0)
        assert estimate.interval is not None
        assert estimate.interval[0] == 0
        whole = jackknife(mean_of(values), [""] * 6).interval
        assert whole is not None
        assert whole[0] < 0
        assert whole[1] == estimate.interval[1]

    def test_bias_of_few_images_does_not_widen_it(self) -> None:
        sizes = [1, 2, 3, 4, 5, 6]
        people = [str(size) for size in sizes for _ in range(size)]
        estimate = jackknife(lambda rows: 7 + 3 / len(rows), people)
        assert estimate.value == 7 + 3 / 21
        assert estimate.interval == pytest.approx((7 + 3 / 21, 7 + 3 / 21))

    def test_blocks_of_people_tell_nearly_as_much(self) -> None:
        values = np.random.default_rng(0).normal(size=600)
        asked: list[Rows] = []

        def statistic(rows: Rows) -> float:
            asked.append(rows)
            return float(values[rows].mean())

        people = [str(row // 2) for row in range(600)]
        blocked = jackknife(statistic, people, blocks=50)
        assert len(asked) == 51
        assert {len(rows) for rows in asked[1:]} == {588}
        for rows in asked[1:]:
            assert {people[row] for row in rows}.isdisjoint(
                {people[row] for row in np.setdiff1d(np.arange(600), rows)}
            )
        single = jackknife(statistic, people, blocks=300)
        assert blocked.interval is not None
        assert single.interval is not None
        assert np.ptp(blocked.interval) == pytest.approx(np.ptp(single.interval), rel=0.25)

    @pytest.mark.parametrize("people", [1, 2, 5])
    def test_few_people_have_no_interval(self, people: int) -> None:
        estimate = jackknife(mean_of(np.arange(people)), [str(n) for n in range(people)])
        assert (estimate.interval, estimate.people) == (None, people)

    def test_a_figure_that_needs_more_images_than_are_left_has_no_interval(self) -> None:
        def spread(rows: Rows) -> float:
            if len(rows) < 6:
                raise InputError("six images are needed.")
            return float(np.ptp(rows))

        estimate = jackknife(spread, list("abcdef"))
        assert (estimate.value, estimate.interval, estimate.people) == (5.0, None, 6)
        with pytest.raises(InputError, match="six images"):
            jackknife(spread, ["anna"])

    def test_no_images(self) -> None:
        with pytest.raises(InputError, match="no images"):
            jackknife(mean_of(np.array([])), [])

    def test_holds_the_true_frechet_distance_where_the_bootstrap_does_not(self) -> None:
        generator = np.random.default_rng(0)
        people = [str(row // 5) for row in range(60)]

        def sample(count: int) -> NDArray[np.float64]:
            persons = generator.normal(size=(count, 1, 40))
            return (persons + generator.normal(size=(count, 5, 40))).reshape(-1, 40)

        reference = sample(40)
        statistics = [frechet_statistic(reference, sample(12)) for _ in range(60)]
        truth = np.mean([statistic(np.arange(60)) for statistic in statistics])

        def covered(low: float, high: float) -> bool:
            return low <= truth <= high

        held = [jackknife(statistic, people).interval for statistic in statistics]
        drawn = [bootstrap(statistic, people, draws=40).interval for statistic in statistics[:10]]
        assert sum(covered(*ends) for ends in held if ends) >= 0.9 * len(held)
        assert not any(covered(*ends) for ends in drawn if ends)
