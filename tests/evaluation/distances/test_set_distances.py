"""Distances of an extractor's features, under its names; too few images are told, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import FakeExtractor
from lgpgan.evaluation.distances.distributions import Sample
from lgpgan.evaluation.distances.set_distances import distances_of
from lgpgan.evaluation.distances.statistics import frechet_distance, kernel_distance


def features(count: int, *, dimensions: int = 3, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(count, dimensions))


def sample(rows: NDArray[np.float64], each: int = 2) -> Sample:
    return Sample(rows, [f"person {row // each}" for row in range(len(rows))])


def test_both_distances_beside_their_floors() -> None:
    reference, made, real = features(30), features(20, seed=1) + 1, features(20, seed=2)
    found, problems = distances_of(FakeExtractor(), reference, sample(made), sample(real))
    assert problems == []
    assert found.keys() == {"frechet_mobilenet", "kernel_mobilenet"}
    frechet, kernel = found["frechet_mobilenet"], found["kernel_mobilenet"]
    assert frechet["title"] == "Fréchet MobileNetV2 distance"
    assert frechet["value"] == frechet_distance(reference, made)
    assert frechet["floor"] == frechet_distance(reference, real)
    assert kernel["value"] == kernel_distance(reference, made)
    assert kernel["floor"] == kernel_distance(reference, real)
    for metric in (frechet, kernel):
        assert metric["better"] == "lower"
        assert metric["value"] > metric["floor"]
        assert metric["interval"][0] < metric["value"] < metric["interval"][1]
        assert (metric["count"], metric["reference_count"]) == (20, 30)


def test_more_outputs_than_real_faces_are_compared_at_equal_numbers() -> None:
    made, real = sample(features(40, seed=1)), sample(features(10, seed=2))
    found, _ = distances_of(FakeExtractor(), features(30), made, real)
    assert found["frechet_mobilenet"]["count"] == 10


@pytest.mark.parametrize(("reference", "made", "each"), [(1, 8, 2), (30, 1, 1)])
def test_too_few_images_are_told_for_each_metric(reference: int, made: int, each: int) -> None:
    outputs = sample(features(made, seed=1), each)
    found, problems = distances_of(FakeExtractor(), features(reference), outputs, outputs)
    assert found == {}
    assert len(problems) == 2
    assert problems[0].startswith("There is no Fréchet MobileNetV2 distance: ")
    assert problems[1].startswith("There is no kernel MobileNetV2 distance: ")
    assert all("two images or more" in sentence for sentence in problems)


def test_two_images_are_enough_for_a_distance_but_for_no_interval() -> None:
    made = sample(features(2, seed=1), each=1)
    found, problems = distances_of(FakeExtractor(), features(30), made, made)
    assert problems == []
    assert found["frechet_mobilenet"]["value"] == frechet_distance(features(30), made.features)
    assert found["frechet_mobilenet"]["interval"] is None
