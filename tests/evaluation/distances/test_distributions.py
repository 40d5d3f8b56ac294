"""A distance and its floor: equal numbers, one reference, people kept together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.distributions import Sample, distance_and_floor
from lgpgan.evaluation.distances.statistics import (
    frechet_distance,
    frechet_statistic,
    kernel_distance,
    kernel_statistic,
)
from lgpgan.evaluation.resampling import jackknife


def people(count: int, each: int = 4) -> list[str]:
    return [str(row // each) for row in range(count)]


def features(count: int, *, seed: int, shift: float = 0.0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(shift, 1.0, (count, 24))


REFERENCE = features(50, seed=0)


class TestSample:
    def test_needs_one_name_an_image(self) -> None:
        with pytest.raises(InputError, match="3 images but the names of 2"):
            Sample(features(3, seed=0), ["a", "b"])

    def test_subsample_keeps_names_with_their_images(self) -> None:
        sample = Sample(np.arange(40.0).reshape(20, 2), people(20, each=1))
        part = sample.subsample(8, seed=0)
        assert [str(int(row[0]) // 2) for row in part.features] == list(part.people)
        assert len(set(part.people)) == 8
        assert list(part.people) == sorted(part.people, key=int)
        assert list(sample.subsample(8, seed=0).people) == list(part.people)
        assert list(sample.subsample(8, seed=1).people) != list(part.people)

    def test_all_of_it_is_itself(self) -> None:
        sample = Sample(features(6, seed=0), people(6))
        assert sample.subsample(6, seed=0) is sample


class TestDistanceAndFloor:
    def test_of_equal_numbers_is_the_distance_of_all(self) -> None:
        outputs, held_out = features(32, seed=1, shift=0.5), features(32, seed=2)
        result = distance_and_floor(
            REFERENCE, Sample(outputs, people(32)), Sample(held_out, people(32))
        )
        assert result.value.value == frechet_distance(REFERENCE, outputs)
        assert result.floor.value == frechet_distance(REFERENCE, held_out)
        assert (result.count, result.reference_count) == (32, 50)
        assert result.value == jackknife(frechet_statistic(REFERENCE, outputs), people(32))

    def test_takes_the_distance_asked_for(self) -> None:
        outputs, held_out = features(32, seed=1, shift=0.5), features(32, seed=2)
        result = distance_and_floor(
            REFERENCE,
            Sample(outputs, people(32)),
            Sample(held_out, people(32)),
            distance=kernel_statistic,
        )
        assert result.value.value == kernel_distance(REFERENCE, outputs)
        assert result.floor.value == kernel_distance(REFERENCE, held_out)

    @pytest.mark.parametrize(("outputs", "held_out"), [(200, 24), (24, 200)])
    def test_unequal_numbers_are_matched(self, outputs: int, held_out: int) -> None:
        result = distance_and_floor(
            REFERENCE,
            Sample(features(outputs, seed=1), people(outputs)),
            Sample(features(held_out, seed=2), people(held_out)),
        )
        assert result.count == 24
        # Both are of one distribution: unmatched, the larger set would come out far lower.
        assert result.value.value == pytest.approx(result.floor.value, rel=0.2)
        of_all = frechet_distance(REFERENCE, features(200, seed=1))
        assert result.value.value > 1.3 * of_all

    def test_intervals_tell_worse_from_real_and_real_from_real_not(self) -> None:
        held_out = Sample(features(60, seed=2), people(60))

        def ends(shift: float) -> tuple[tuple[float, float], tuple[float, float]]:
            outputs = Sample(features(60, seed=3, shift=shift), people(60))
            result = distance_and_floor(REFERENCE, outputs, held_out)
            assert result.value.interval is not None
            assert result.floor.interval is not None
            return result.value.interval, result.floor.interval

        value, floor = ends(1.0)
        assert floor[1] < value[0]
        value, floor = ends(0.0)
        assert max(value[0], floor[0]) < min(value[1], floor[1])

    def test_level_and_people_decide_the_width(self) -> None:
        generator = np.random.default_rng(5)
        persons = np.repeat(generator.normal(size=(15, 24)), 4, axis=0)
        outputs = persons + 0.1 * generator.normal(size=(60, 24))

        def width(names: list[str], level: float) -> float:
            sample = Sample(outputs, names)
            result = distance_and_floor(REFERENCE, sample, sample, level=level)
            assert result.value.interval is not None
            return float(np.ptp(result.value.interval))

        by_people = width(people(60), 0.95)
        assert width(people(60), 0.5) < by_people / 2
        assert width([""] * 60, 0.95) < by_people / 1.3

    def test_too_few_images(self) -> None:
        one, many = Sample(features(1, seed=0), ["a"]), Sample(features(9, seed=0), people(9))
        with pytest.raises(InputError, match="two images"):
            distance_and_floor(REFERENCE, one, many)
