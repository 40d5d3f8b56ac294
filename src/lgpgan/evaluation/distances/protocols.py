"""FID, KID and inception score as papers take them, each under the name of its protocol.

A published figure is worth as much as what is known of how it was taken. The published code of
papers on expression synthesis compares all outputs with all real faces. It is the first protocol
here, and its figures have the plain names. Real faces that were edited are among these real faces,
so outputs that change nothing score well. Where validation people are edited, to choose something
by the figures, test faces are not among the real ones. Other protocols compare with the faces kept
out alone, leave out the outputs that were asked for the class of their own input, or compare at
equal numbers, where real faces give a floor. ``docs/evaluating.md`` shows in a simulation how far
the number of images alone moves a Fréchet distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.splits import TEST, VALIDATION
from lgpgan.errors import InputError
from lgpgan.evaluation.distances.distributions import (
    DistanceTo,
    Sample,
    distance_and_floor,
    lowest,
)
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.distances.statistics import (
    frechet_statistic,
    inception_score,
    kernel_statistic,
)
from lgpgan.evaluation.resampling import Estimate, Rows, Statistic, jackknife

__all__ = ["EQUAL", "INCEPTION_SCORE", "PROTOCOL", "RealFeatures", "published_distances"]

PROTOCOL: Mapping[str, int] = {TEST: 2, VALIDATION: 3}
"""Number of the rules by which figures of a split are taken, which finished figures remember.

Figures of different rules are not compared. 1 compared as many outputs as there are faces kept out,
whatever the figure. 2 is what stands here. 3 is the same without test faces among the real ones;
these were there at first.
"""
INCEPTION_SCORE = "inception_score"
EQUAL = "_equal"
"""End of the keys of figures at equal numbers."""
SPLITS = 10
"""Parts in which an inception score is usually taken (Salimans et al. 2016)."""
LOWEST_SCORE = 1.0
"""Inception score of images that a classifier cannot tell apart."""

ALL = "all outputs"
OTHERS = "all outputs but those asked for the class of their input"
TO_ALL = "against all real faces"
TO_ALL_BUT_TEST = "against all real faces but those of the test"
TO_KEPT_OUT = "against the real faces kept out"
AT_EQUAL_NUMBERS = "as many outputs as real faces kept out"


@dataclass(frozen=True)
class RealFeatures:
    """Features of the real faces of a set.

    Attributes:
        trained_on: (M, D) of the split ``train``.
        held_out: of the faces that were edited.
        others: (K, D) of all further faces, those of the remaining split; None where these are
            test faces, which nothing may be chosen by.
    """

    trained_on: NDArray[np.float64]
    held_out: Sample
    others: NDArray[np.float64] | None

    @property
    def everyone(self) -> NDArray[np.float64]:
        """(M + S + K, D) of all that may be compared with."""
        parts = (self.trained_on, self.held_out.features, self.others)
        return np.concatenate([part for part in parts if part is not None])

    @property
    def called(self) -> str:
        """What :attr:`everyone` is, in the name of a protocol."""
        return TO_ALL if self.others is not None else TO_ALL_BUT_TEST


def published_distances(
    extractor: InceptionExtractor,
    real: RealFeatures,
    outputs: Sample,
    own_class: NDArray[np.bool_],
) -> tuple[dict[str, Any], list[str]]:
    """FID, KID and inception score under every protocol.

    Args:
        extractor: FID's network.
        real: features of real faces.
        outputs: features of the N outputs.
        own_class: (N,) whether an output was asked for the class of its input.

    Returns:
        The figures by their keys, as ``evaluation.json`` holds them; and a sentence for each that
        could not be taken, for want of images.
    """
    found: dict[str, Any] = {}
    problems = []
    for key, title, mode, take in _figures(extractor, real, outputs, own_class):
        try:
            found[key] = {"title": f"{title}, {mode}", "mode": mode, **take()}
        except InputError as error:
            problems.append(f"There is no {title} ({mode}): {error}")
    return found, problems


_Figure = tuple[str, str, str, Callable[[], Mapping[str, Any]]]


def _figures(
    extractor: InceptionExtractor,
    real: RealFeatures,
    outputs: Sample,
    own_class: NDArray[np.bool_],
) -> Iterator[_Figure]:
    """Key, title, protocol and how it is worked out, of every figure."""
    others = outputs.chosen(~own_class)
    for name, statistic in (
        (extractor.frechet, frechet_statistic),
        (extractor.kernel, kernel_statistic),
    ):
        for end, to, reference in (
            ("", real.called, real.everyone),
            ("_held_out", TO_KEPT_OUT, real.held_out.features),
        ):
            for further, which, sample in (("", ALL, outputs), ("_without_own", OTHERS, others)):
                yield (
                    f"{name.key}{end}{further}",
                    name.title,
                    f"{which} {to}",
                    _distance(statistic, reference, sample),
                )
        yield (
            f"{name.key}{EQUAL}",
            name.title,
            f"{AT_EQUAL_NUMBERS}, against those trained on",
            _with_floor(statistic, real, outputs),
        )
    for end, splits in (("", SPLITS), ("_whole", 1)):
        parts = f"in {splits} parts" if splits > 1 else "in one part"
        for further, which, sample in (("", ALL, outputs), ("_without_own", OTHERS, others)):
            yield (
                f"{INCEPTION_SCORE}{end}{further}",
                "inception score",
                f"{which}, {parts}",
                _score(extractor, sample, splits),
            )
    yield (
        f"{INCEPTION_SCORE}{EQUAL}",
        "inception score",
        f"{AT_EQUAL_NUMBERS}, in one part",
        _score_with_floor(extractor, outputs, real.held_out),
    )


def _distance(
    distance: DistanceTo, reference: NDArray[np.float64], sample: Sample
) -> Callable[[], Mapping[str, Any]]:
    def take() -> Mapping[str, Any]:
        statistic = distance(reference, sample.features)
        taken = jackknife(statistic, sample.people, lowest=lowest(distance))
        return {"better": "lower", **_beside(taken), **_counts(sample, len(reference))}

    return take


def _with_floor(
    distance: DistanceTo, real: RealFeatures, outputs: Sample
) -> Callable[[], Mapping[str, Any]]:
    def take() -> Mapping[str, Any]:
        both = distance_and_floor(real.trained_on, outputs, real.held_out, distance=distance)
        return {
            "better": "lower",
            **_beside(both.value, both.floor),
            "count": both.count,
            "reference_count": both.reference_count,
        }

    return take


def _score(
    extractor: InceptionExtractor, sample: Sample, splits: int
) -> Callable[[], Mapping[str, Any]]:
    def take() -> Mapping[str, Any]:
        statistic = _score_of(extractor, sample, splits)
        taken = jackknife(statistic, sample.people, lowest=LOWEST_SCORE)
        return {"better": "higher", **_beside(taken), **_counts(sample, 0)}

    return take


def _score_with_floor(
    extractor: InceptionExtractor, outputs: Sample, held_out: Sample
) -> Callable[[], Mapping[str, Any]]:
    def take() -> Mapping[str, Any]:
        count = min(len(outputs.people), len(held_out.people))
        value, floor = (
            jackknife(_score_of(extractor, sample, 1), sample.people, lowest=LOWEST_SCORE)
            for sample in (outputs.subsample(count, 0), held_out.subsample(count, 0))
        )
        return {"better": "higher", **_beside(value, floor), "count": count, "reference_count": 0}

    return take


def _score_of(extractor: InceptionExtractor, sample: Sample, splits: int) -> Statistic:
    """The score of any images, which are put into the parts in an order drawn once for all."""
    rows = extractor.probabilities(sample.features)
    place = np.random.default_rng(0).permutation(len(rows))

    def score(chosen: Rows) -> float:
        return inception_score(rows[chosen[np.argsort(place[chosen])]], splits=splits)

    return score


def _counts(sample: Sample, references: int) -> Mapping[str, int]:
    return {"count": len(sample.people), "reference_count": references}


def _beside(value: Estimate, floor: Estimate | None = None) -> Mapping[str, Any]:
    """A figure of outputs and, where there is such a thing, that of real faces."""
    taken: dict[str, Any] = {
        "value": value.value,
        "interval": value.interval,
        "people": value.people,
    }
    if floor is not None:
        taken |= {
            "floor": floor.value,
            "floor_interval": floor.interval,
            "floor_people": floor.people,
        }
    return taken
