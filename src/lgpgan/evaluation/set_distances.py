"""Every distance between sets that an extractor's features allow, each beside its floor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.distances import frechet_statistic, inception_score, kernel_statistic
from lgpgan.evaluation.distributions import Sample, distance_and_floor
from lgpgan.evaluation.features import FeatureExtractor
from lgpgan.evaluation.inception import InceptionExtractor
from lgpgan.evaluation.resampling import Estimate, jackknife

__all__ = ["distances_of"]


def distances_of(
    extractor: FeatureExtractor,
    reference: NDArray[np.float64],
    outputs: Sample,
    held_out: Sample,
) -> dict[str, Any]:
    """Fréchet and kernel distance, and the inception score where the network is FID's.

    Args:
        extractor: whose features they are.
        reference: (M, D) of real images.
        outputs: of a method.
        held_out: of real images that are not in the reference.

    Returns:
        As ``evaluation.json`` holds them, by the metric's key.

    Raises:
        InputError: when there are too few images.
    """
    found: dict[str, Any] = {}
    for name, distance in (
        (extractor.frechet, frechet_statistic),
        (extractor.kernel, kernel_statistic),
    ):
        compared = distance_and_floor(reference, outputs, held_out, distance=distance)
        found[name.key] = {
            "title": name.title,
            "better": "lower",
            **_beside(compared.value, compared.floor),
            "count": compared.count,
            "reference_count": compared.reference_count,
        }
    return found | _inception_score(extractor, outputs, held_out)


def _beside(value: Estimate, floor: Estimate) -> dict[str, Any]:
    return {
        "value": value.value,
        "interval": value.interval,
        "floor": floor.value,
        "floor_interval": floor.interval,
    }


def _inception_score(
    extractor: FeatureExtractor, outputs: Sample, held_out: Sample
) -> dict[str, Any]:
    """The inception score of outputs and of equally many real faces, where it can be had."""
    if not isinstance(extractor, InceptionExtractor):
        return {}
    count = min(len(outputs.people), len(held_out.people))

    def score(sample: Sample) -> Estimate:
        rows = extractor.probabilities(sample.features)
        return jackknife(lambda chosen: inception_score(rows[chosen]), sample.people)

    value, floor = (score(sample.subsample(count, 0)) for sample in (outputs, held_out))
    return {
        "inception_score": {
            "title": "inception score",
            "better": "higher",
            **_beside(value, floor),
            "count": count,
            "reference_count": 0,
        }
    }
