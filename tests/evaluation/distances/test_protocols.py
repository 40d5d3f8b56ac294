"""FID, KID and inception score under every protocol."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.evaluation.distances.distributions import Sample
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.distances.protocols import RealFeatures, published_distances
from lgpgan.evaluation.distances.statistics import (
    frechet_distance,
    inception_score,
    kernel_distance,
)


class FewFeatures(InceptionExtractor):
    """Not FID's network, but a linear classifier of three classes."""

    def __init__(self) -> None:
        pass

    def probabilities(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        powers = np.exp(features)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def features(count: int, *, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(count, 3))


def sample(rows: NDArray[np.float64], each: int = 2) -> Sample:
    return Sample(rows, [f"person {row // each}" for row in range(len(rows))])


REAL = RealFeatures(features(30), sample(features(20, seed=2)), features(6, seed=3))
MADE = sample(features(80, seed=1) * 2, each=8)
OWN = np.arange(80) % 8 == 0


def test_the_plain_names_are_of_all_outputs_against_all_real_faces() -> None:
    """Regression: outputs were cut to the number of faces kept out, here 20 of 80."""
    found, problems = published_distances(FewFeatures(), REAL, MADE, OWN)
    assert problems == []
    everyone = np.concatenate([features(30), features(20, seed=2), features(6, seed=3)])
    for key, distance in (("fid", frechet_distance), ("kid", kernel_distance)):
        figure = found[key]
        assert figure["value"] == pytest.approx(distance(everyone, MADE.features))
        assert (figure["count"], figure["reference_count"]) == (80, 56)
        assert figure["mode"] == "all outputs against all real faces"
        assert figure["interval"][0] < figure["value"] < figure["interval"][1]
        assert "floor" not in figure


def test_where_something_is_chosen_no_test_face_is_among_the_real_ones() -> None:
    """Regression: figures of validation people were taken against the test faces, too."""
    real = RealFeatures(REAL.trained_on, REAL.held_out, None)
    figure = published_distances(FewFeatures(), real, MADE, OWN)[0]["fid"]
    assert figure["reference_count"] == 50
    assert figure["mode"] == "all outputs against all real faces but those of the test"


def test_against_the_faces_kept_out_and_without_own_class() -> None:
    found, _ = published_distances(FewFeatures(), REAL, MADE, OWN)
    held_out, others = REAL.held_out.features, MADE.features[~OWN]
    assert found["fid_held_out"]["value"] == pytest.approx(
        frechet_distance(held_out, MADE.features)
    )
    figure = found["fid_held_out_without_own"]
    assert figure["value"] == pytest.approx(frechet_distance(held_out, others))
    assert (figure["count"], figure["reference_count"]) == (70, 20)
    assert found["fid_without_own"]["value"] == pytest.approx(
        frechet_distance(REAL.everyone, others)
    )


def test_at_equal_numbers_real_faces_give_a_floor() -> None:
    found, _ = published_distances(FewFeatures(), REAL, MADE, OWN)
    for key, distance in (("fid_equal", frechet_distance), ("kid_equal", kernel_distance)):
        figure = found[key]
        floor = distance(REAL.trained_on, REAL.held_out.features)
        assert figure["floor"] == pytest.approx(floor)
        assert (figure["count"], figure["reference_count"]) == (20, 30)
        assert figure["value"] > figure["floor"]


def test_the_score_in_ten_parts_and_in_one() -> None:
    found, _ = published_distances(FewFeatures(), REAL, MADE, OWN)
    rows = FewFeatures().probabilities(MADE.features)
    assert found["inception_score_whole"]["value"] == pytest.approx(inception_score(rows))
    shuffled = rows[np.argsort(np.random.default_rng(0).permutation(80))]
    figure = found["inception_score"]
    assert figure["value"] == pytest.approx(inception_score(shuffled, splits=10))
    assert figure["value"] < found["inception_score_whole"]["value"]
    assert (figure["better"], figure["count"]) == ("higher", 80)
    assert found["inception_score_without_own"]["count"] == 70
    equal = found["inception_score_equal"]
    real = FewFeatures().probabilities(REAL.held_out.features)
    assert equal["floor"] == pytest.approx(inception_score(real))
    assert equal["count"] == 20


def test_every_figure_has_its_name() -> None:
    found, _ = published_distances(FewFeatures(), REAL, MADE, OWN)
    ends = ("", "_without_own", "_held_out", "_held_out_without_own", "_equal")
    scores = ("", "_without_own", "_whole", "_whole_without_own", "_equal")
    assert list(found) == [
        *(f"fid{end}" for end in ends),
        *(f"kid{end}" for end in ends),
        *(f"inception_score{end}" for end in scores),
    ]


def test_what_lacks_images_is_told_and_the_rest_is_there() -> None:
    few = sample(features(4, seed=1))
    own = np.array([True, False, False, False])
    found, problems = published_distances(FewFeatures(), REAL, few, own)
    assert "fid" in found
    assert "inception_score_whole" in found
    assert problems == [
        "There is no inception score (all outputs, in 10 parts): "
        "4 images cannot be scored in 10 splits.",
        "There is no inception score (all outputs but those asked for the class of their input, "
        "in 10 parts): 3 images cannot be scored in 10 splits.",
    ]
