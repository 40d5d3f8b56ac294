"""Distances between two sets of features, and the inception score.

- Fréchet distance: Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: *GANs trained by a two
  time-scale update rule converge to a local Nash equilibrium*, NeurIPS 2017.
- Kernel distance: Bińkowski, Sutherland, Arbel, Gretton: *Demystifying MMD GANs*, ICLR 2018.
- Inception score: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen: *Improved techniques for
  training GANs*, NeurIPS 2016.

They are called FID, KID and IS only with the features or classes of the one network that these
papers use (:mod:`lgpgan.evaluation.distances.inception`). All is float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.resampling import Rows, Statistic

__all__ = [
    "frechet_distance",
    "frechet_statistic",
    "inception_score",
    "kernel_distance",
    "kernel_statistic",
]

Array = NDArray[np.float64]

_BLOCK = 1024
"""Rows of a kernel that are held at once."""


def frechet_distance(reference: ArrayLike, features: ArrayLike) -> float:
    """Fréchet distance of the normal distributions fitted to two sets of features.

    ``‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½)`` (Heusel et al. 2017, equation 6), with unbiased
    covariances (divided by N − 1). Its expected value falls with the number of images, so compare
    it only at equal numbers.

    Args:
        reference: (M, D).
        features: (N, D).

    Raises:
        InputError: when they are not two such arrays of finite numbers with two rows or more.
    """
    _, features = _checked(reference, features)
    return frechet_statistic(reference, features)(np.arange(len(features)))


def frechet_statistic(reference: ArrayLike, features: ArrayLike) -> Statistic:
    """The :func:`frechet_distance` from ``reference`` to any choice of rows of ``features``.

    What does not change with the choice is computed once. With X the centred features, divided by
    the root of N − 1, Σ = XᵀX, and the trace of ``(Σ₁ Σ₂)^½`` is the sum of the singular values of
    X₂ X₁ᵀ: exact, and small where there are fewer images than dimensions.

    Args:
        reference: (M, D).
        features: (N, D).

    Returns:
        A function of row indices.

    Raises:
        InputError: as for :func:`frechet_distance`.
    """
    reference, features = _checked(reference, features)
    centre = reference.mean(axis=0)
    factor = _compact(reference - centre) / np.sqrt(len(reference) - 1)
    spread = np.square(factor).sum()
    moved = features - centre
    # (N, ≤ N): any combination of its rows has the singular values of that of the rows of the
    # product (N, ≤ D).
    product = _compact(factor @ moved.T).T

    def distance(rows: Rows) -> float:
        if len(rows) < 2:
            raise InputError("a Fréchet distance needs two images or more on either side.")
        chosen = moved[rows]
        mean = chosen.mean(axis=0)
        own_spread = np.square(chosen - mean).sum() / (len(rows) - 1)
        mixed = product[rows] - product[rows].mean(axis=0)
        common = np.linalg.norm(mixed, "nuc") / np.sqrt(len(rows) - 1)
        return float(mean @ mean + spread + own_spread - 2 * common)

    return distance


def kernel_distance(reference: ArrayLike, features: ArrayLike) -> float:
    """Squared maximum mean discrepancy of two sets of features, unbiased.

    With the kernel ``k(x, y) = (x·y / D + 1)³`` (Bińkowski et al. 2018). Near 0, on either side,
    for two samples of one distribution, whatever their number. It is taken of the whole sets: the
    usual mean over random subsets of 1,000 has the same expected value, needs sets that large, and
    adds noise of its own.

    Args:
        reference: (M, D).
        features: (N, D).

    Raises:
        InputError: when they are not two such arrays of finite numbers with two rows or more.
    """
    _, features = _checked(reference, features)
    return kernel_statistic(reference, features)(np.arange(len(features)))


def kernel_statistic(reference: ArrayLike, features: ArrayLike) -> Statistic:
    """The :func:`kernel_distance` from ``reference`` to any choice of rows of ``features``.

    Holds N² numbers.

    Args:
        reference: (M, D).
        features: (N, D).

    Returns:
        A function of row indices.

    Raises:
        InputError: as for :func:`kernel_distance`.
    """
    reference, features = _checked(reference, features)
    blocks = [reference[start : start + _BLOCK] for start in range(0, len(reference), _BLOCK)]
    # In blocks, since a reference may be large.
    itself = sum(_kernel(block, block).trace() for block in blocks)
    total = sum(_kernel(block, reference).sum() for block in blocks)
    within_reference = (total - itself) / (len(reference) * (len(reference) - 1))
    between = sum(_kernel(features, block).sum(axis=1) for block in blocks) / len(reference)
    within = _kernel(features, features)

    def distance(rows: Rows) -> float:
        if len(rows) < 2:
            raise InputError("a kernel distance needs two images or more on either side.")
        pairs = within[np.ix_(rows, rows)].sum() - within[rows, rows].sum()
        own = pairs / (len(rows) * (len(rows) - 1))
        return float(within_reference + own - 2 * between[rows].mean())

    return distance


def inception_score(probabilities: ArrayLike, *, splits: int = 1) -> float:
    """Inception score: how sure a classifier is of each image, and how varied its answers are.

    ``exp(mean over x of KL(p(y|x) ‖ p(y)))`` (Salimans et al. 2016), from 1 (every image gets the
    same answer) to the number of classes. Their 50,000 images were scored in 10 splits, and the
    mean of those reported; a split can score no more than its number of images, so with a few
    hundred take them all at once.

    Args:
        probabilities: (N, classes), rows that sum to 1.
        splits: number of parts in which the images are scored, in their order.

    Returns:
        The mean over the splits.

    Raises:
        InputError: when there are fewer images than splits, or rows that are no probabilities.
    """
    rows = np.asarray(probabilities, np.float64)
    if rows.ndim != 2 or not (rows >= 0).all() or not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
        raise InputError(
            "an inception score needs class probabilities of shape (images, classes), each row"
            " summing to 1."
        )
    if not 1 <= splits <= len(rows):
        raise InputError(f"{len(rows)} images cannot be scored in {splits} splits.")
    ends = [split * len(rows) // splits for split in range(1, splits)]
    return float(np.mean([_score(part) for part in np.split(rows, ends)]))


def _checked(reference: ArrayLike, features: ArrayLike) -> tuple[Array, Array]:
    """Both as float64."""
    first, second = np.asarray(reference, np.float64), np.asarray(features, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise InputError(
            "a distance needs features of shapes (M, D) and (N, D), not"
            f" {first.shape} and {second.shape}."
        )
    if min(len(first), len(second)) < 2:
        raise InputError(
            "a distance needs two images or more on either side, not"
            f" {len(first)} and {len(second)}."
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("a distance needs features that are all finite numbers.")
    return first, second


def _compact(rows: Array) -> Array:
    """An array R with RᵀR = XᵀX and no more rows than columns, for X (N, D)."""
    if len(rows) <= rows.shape[1]:
        return rows
    # In this mode it returns one array, which numpy's annotations do not say.
    return np.asarray(np.linalg.qr(rows, mode="r"))


def _kernel(a: Array, b: Array) -> Array:
    """``(x·y / D + 1)³`` of rows (N, D) and (M, D): (N, M)."""
    product: Array = a @ b.T / a.shape[1] + 1
    return product**3


def _score(probabilities: Array) -> float:
    """The exponential of the mean divergence of rows from their mean."""
    mean = probabilities.mean(axis=0)
    # Where p is 0 its term is 0; where p is not, neither is the mean.
    ratio = np.divide(probabilities, mean, out=np.ones_like(probabilities), where=probabilities > 0)
    return float(np.exp((probabilities * np.log(ratio)).sum(axis=1).mean()))
