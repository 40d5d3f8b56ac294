from __future__ import annotations

import errno

import pytest

from lgpgan.errors import (
    DestinationError,
    DiskFullError,
    InputError,
    LgpganError,
    MissingPartError,
    UnforeseenError,
    explained,
    failure_of_one,
)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (InputError("so it is."), InputError, "so it is."),
        (OSError(errno.ENOSPC, "No space left"), DiskFullError, "the disk is full"),
        (MemoryError(), LgpganError, "memory ran out"),
        (RuntimeError("std::bad_alloc"), LgpganError, "memory ran out"),
        (RecursionError(), LgpganError, "nested too deeply"),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "x.png"),
            LgpganError,
            r"x\.png cannot be used \(File name too long\)",
        ),
        (ZeroDivisionError("oh"), UnforeseenError, r"ZeroDivisionError: oh.*--debug"),
    ],
)
def test_whatever_is_raised_becomes_a_sentence(
    error: Exception, kind: type[LgpganError], said: str
) -> None:
    told = explained(error)
    assert type(told) is kind
    with pytest.raises(kind, match=said):
        raise told
    assert told is error or told.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        DestinationError("gone."),
        DiskFullError("full."),
        MissingPartError("missing."),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
    ],
)
def test_what_concerns_all_stops_all(error: Exception) -> None:
    with pytest.raises(LgpganError) as raised:
        failure_of_one(error)
    assert type(raised.value) is type(explained(error))


def test_what_concerns_one_is_given_back() -> None:
    assert str(failure_of_one(InputError("no face."))) == "no face."
    assert isinstance(failure_of_one(ZeroDivisionError()), UnforeseenError)


def test_no_test_has_an_input_that_nobody_foresaw(unforeseen: list[str]) -> None:
    """Every test fails that is left with something in this list."""
    explained(ZeroDivisionError("meant"))
    assert unforeseen == []
    explained(ValueError("not meant"))
    (said,) = unforeseen
    assert "this should not have happened (ValueError: not meant)" in said
    unforeseen.clear()
