"""Pairs of rows of a matrix that lie close together, and the groups that such pairs make.

All pairs are compared, block by block, by matrix products: 30,000 rows of 128 numbers take seconds
and little memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups", "close_pairs"]

ROWS, COLUMNS = 1024, 8192
"""How many rows are compared with how many others at a time: 32 MB of distances."""


def close_pairs(
    vectors: NDArray[np.floating], distance: float
) -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]]:
    """Pairs of rows whose Euclidean distance is below a limit, every pair once.

    Args:
        vectors: (N, D).
        distance: the limit.

    Yields:
        The rows of a few pairs, (P,) each; the first is above the second in the matrix.
    """
    values = vectors.astype(np.float32)
    squares = (values**2).sum(axis=1)
    limit = np.float32(distance**2)
    for top in range(0, len(values), ROWS):
        rows = slice(top, top + ROWS)
        for left in range(top, len(values), COLUMNS):
            columns = slice(left, left + COLUMNS)
            apart = squares[rows, None] + squares[None, columns]
            apart -= 2 * (values[rows] @ values[columns].T)
            first, second = np.nonzero(apart < limit)
            first, second = first + top, second + left
            once = first < second
            yield first[once], second[once]


class Groups:
    """Items that are joined pair by pair: what is joined to one item is joined to all of its group.

    Args:
        count: number of the items; each is alone at first.
    """

    def __init__(self, count: int) -> None:
        self._above = np.arange(count)

    def join(self, first: NDArray[np.int_], second: NDArray[np.int_]) -> None:
        """Join the items of pairs, (P,) each."""
        above = self._above
        while len(first):
            first, second = self._tops(first), self._tops(second)
            apart = first != second
            first, second = first[apart], second[apart]
            np.minimum.at(above, np.maximum(first, second), np.minimum(first, second))

    def numbers(self) -> NDArray[np.int_]:
        """The group (N,) of every item: the number of its first item."""
        return self._tops(np.arange(len(self._above)))

    def _tops(self, items: NDArray[np.int_]) -> NDArray[np.int_]:
        """The first item of the group of each of some items."""
        tops = self._above[items]
        while not np.array_equal(higher := self._above[tops], tops):
            tops = higher
        self._above[items] = tops
        return tops
