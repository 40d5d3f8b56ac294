"""All distances between sets on the features of an extractor, each with its floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.distributions import DistanceTo, Sample, distance_and_floor
from lgpgan.evaluation.distances.features import FeatureExtractor, MetricName
from lgpgan.evaluation.distances.statistics import frechet_statistic, kernel_statistic
from lgpgan.evaluation.resampling import Estimate

__all__ = ["distances_of"]


def distances_of(
    extractor: FeatureExtractor,
    reference: NDArray[np.float64],
    outputs: Sample,
    held_out: Sample,
) -> tuple[dict[str, Any], list[str]]:
    """Fréchet and kernel distance at equal numbers, each with its floor.

    Of FID's network see :func:`lgpgan.evaluation.distances.protocols.published_distances`.

    Args:
        extractor: the extractor of the features.
        reference: (M, D) of real images.
        outputs: features of the outputs of a method.
        held_out: features of real images that are not in the reference.

    Returns:
        The metrics by their keys, as ``evaluation.json`` holds them; and a sentence for each that
        could not be taken, for want of images.
    """
    take: dict[MetricName, Callable[[], Mapping[str, Any]]] = {
        extractor.frechet: lambda: _distance(reference, outputs, held_out, frechet_statistic),
        extractor.kernel: lambda: _distance(reference, outputs, held_out, kernel_statistic),
    }
    found: dict[str, Any] = {}
    problems = []
    for name, metric in take.items():
        try:
            found[name.key] = {"title": name.title, **metric()}
        except InputError as error:
            problems.append(f"There is no {name.title}: {error}")
    return found, problems


def _distance(
    reference: NDArray[np.float64], outputs: Sample, held_out: Sample, distance: DistanceTo
) -> Mapping[str, Any]:
    """To the reference: of outputs, and of as many real faces."""
    compared = distance_and_floor(reference, outputs, held_out, distance=distance)
    return {
        "better": "lower",
        **_beside(compared.value, compared.floor),
        "count": compared.count,
        "reference_count": compared.reference_count,
    }


def _beside(value: Estimate, floor: Estimate) -> Mapping[str, Any]:
    """A figure of outputs and that of real faces."""
    return {
        "value": value.value,
        "interval": value.interval,
        "floor": floor.value,
        "floor_interval": floor.interval,
        "people": value.people,
        "floor_people": floor.people,
    }
