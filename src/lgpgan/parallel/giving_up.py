"""Long work that nobody wants any more is given up between two of its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["GivenUpError", "go_on", "unless"]


class GivenUpError(Exception):
    """Nobody wants the work any more."""


_unwanted: ContextVar[Callable[[], bool] | None] = ContextVar("_unwanted", default=None)


@contextmanager
def unless(unwanted: Callable[[], bool]) -> Iterator[None]:
    """Give up the work within, in this thread, once nobody wants it any more.

    Args:
        unwanted: whether that is so; asked between two steps.
    """
    token = _unwanted.set(unwanted)
    try:
        yield
    finally:
        _unwanted.reset(token)


def go_on() -> None:
    """Go on with the next step; called by whatever takes many of them.

    Raises:
        GivenUpError: when nobody wants the work any more.
    """
    unwanted = _unwanted.get()
    if unwanted is not None and unwanted():
        raise GivenUpError
