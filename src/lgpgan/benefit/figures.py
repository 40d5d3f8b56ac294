"""How well a recogniser reads faces: accuracy, macro-F1, calibration and confusion.

Each is a pure function of probabilities and labels. Intervals are by people
(:mod:`lgpgan.evaluation.resampling`), for faces of one person are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.resampling import Rows, bootstrap
from lgpgan.reporting.results_model import Better, Reading

__all__ = [
    "FIGURES",
    "Figure",
    "Labels",
    "Probabilities",
    "accuracy",
    "calibration_error",
    "confusion",
    "difference",
    "macro_f1",
    "measured",
]

Probabilities = NDArray[np.float64]
"""(N, classes), each line summing to 1."""
Labels = NDArray[np.int64]
"""(N,), the true class of each face."""
BINS = 15
DRAWS = 500


@dataclass(frozen=True)
class Figure:
    """What is measured of a recogniser.

    Attributes:
        title: title in reports.
        better: which way is.
        about: a sentence on what it is.
        take: computes the figure from probabilities and labels.
    """

    title: str
    better: Better
    about: str
    take: Callable[[Probabilities, Labels], float]


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Share of faces whose likeliest class is the true one, 0 to 1."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def macro_f1(probabilities: Probabilities, labels: Labels) -> float:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN), 0 to 1.

    A class that is neither there nor read has none and is passed over, as in a draw of people of
    whom nobody shows it.
    """
    counts = confusion(probabilities, labels)
    right = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1)
    known = either > 0
    return float(np.mean(2 * right[known] / either[known]))


def calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Expected calibration error, 0 to 1 (Guo, Pleiss, Sun, Weinberger, ICML 2017, equation 3).

    The likeliest class's probability is put into 15 bins of equal width, (0, 1/15] and so on; the
    error is the mean, by faces, of the gap between a bin's mean probability and its accuracy.
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(sure * BINS).astype(np.intp) - 1, 0, BINS - 1)
    gap = np.bincount(bins, sure - right, minlength=BINS)
    return float(np.abs(gap).sum() / len(labels))


def confusion(probabilities: Probabilities, labels: Labels) -> NDArray[np.int64]:
    """Counts (classes, classes): a row for each true class, a column for each class read."""
    classes = probabilities.shape[1]
    places = labels * classes + probabilities.argmax(axis=1)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


FIGURES: Mapping[str, Figure] = {
    "accuracy": Figure("accuracy", "higher", "Share of test faces that are read right.", accuracy),
    "macro_f1": Figure(
        "macro-F1",
        "higher",
        "Mean of the classes' F1, each counting alike however many faces it has.",
        macro_f1,
    ),
    "calibration_error": Figure(
        "calibration error",
        "lower",
        "How far stated probability and accuracy lie apart (ECE, 15 bins); with few test faces it "
        "is above 0 even of a recogniser that states them perfectly.",
        calibration_error,
    ),
}


def measured(
    figure: Figure, probabilities: Probabilities, labels: Labels, people: Sequence[str]
) -> Reading:
    """A figure of a recogniser, with the interval that other test people would give."""
    found = bootstrap(
        lambda rows: figure.take(probabilities[rows], labels[rows]), people, draws=DRAWS
    )
    return Reading(found.value, found.interval, len(labels), found.people)


def difference(
    figure: Figure,
    ours: Probabilities,
    theirs: Probabilities,
    labels: Labels,
    people: Sequence[str],
) -> Reading:
    """The difference of a figure between two recognisers, on the same test people.

    The same people are drawn for both, so what makes some of them hard to read counts for neither.
    """

    def gap(rows: Rows) -> float:
        return figure.take(ours[rows], labels[rows]) - figure.take(theirs[rows], labels[rows])

    found = bootstrap(gap, people, draws=DRAWS)
    return Reading(found.value, found.interval, len(labels), found.people)
