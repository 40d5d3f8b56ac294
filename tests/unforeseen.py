"""A test fails where its input ended in "this should not have happened".

Tests that mean it raise ``ZeroDivisionError``, which nothing else raises. Processes that a test
starts are not looked into, but what they send back is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lgpgan.errors import LgpganError, UnforeseenError


@pytest.fixture(autouse=True)
def unforeseen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What should not have happened during a test; it fails where anything is left in this list."""
    met: list[str] = []

    def note(self: UnforeseenError, *told: object) -> None:
        LgpganError.__init__(self, *told)
        met.extend(str(one) for one in told if ZeroDivisionError.__name__ not in str(one))

    monkeypatch.setattr(UnforeseenError, "__init__", note)
    yield met
    assert met == []
