from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from lgpgan.training.interruption import deferred_interruption


@pytest.fixture(autouse=True)
def _handler_restored() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    after = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    assert after is signal.default_int_handler


def test_the_first_interruption_is_only_noted() -> None:
    with deferred_interruption() as interruption:
        assert not interruption.requested
        signal.raise_signal(signal.SIGINT)
        assert interruption.requested


def test_the_second_one_interrupts() -> None:
    with deferred_interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_everything_is_as_before() -> None:
    with pytest.raises(ValueError, match="other"), deferred_interruption():
        raise ValueError("other")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferred_interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        assert not interruption.requested
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_programs_own_handler_stays() -> None:
    seen = []

    def own(number: int, _: FrameType | None) -> None:
        seen.append(number)

    signal.signal(signal.SIGINT, own)
    with deferred_interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        assert not interruption.requested
    assert seen == [signal.SIGINT]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_other_threads_have_no_handlers() -> None:
    entered = []

    def work() -> None:
        with deferred_interruption() as interruption:
            entered.append(interruption.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [False]
