from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from lgpgan.training.interruption import deferred_interruption


@pytest.fixture(autouse=True)
def _handlers_restored() -> Iterator[None]:
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    after = {number: signal.signal(number, handler) for number, handler in before.items()}
    assert after == usual


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


def test_sigterm_is_noted_however_often_it_comes() -> None:
    """A training that SLURM or Docker stopped ended at once, and its last hours were lost."""
    with deferred_interruption() as interruption:
        assert interruption.signal_number == signal.SIGINT
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        assert interruption.requested
        assert interruption.signal_number == signal.SIGTERM


@pytest.mark.parametrize(
    "order", [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)]
)
def test_torchrun_sends_sigterm_after_a_ctrl_c(order: tuple[signal.Signals, ...]) -> None:
    """One Ctrl-C and one SIGTERM are not a second Ctrl-C."""
    with deferred_interruption() as interruption:
        for number in order:
            signal.raise_signal(number)
        assert interruption.requested
        assert interruption.signal_number == order[0]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_sigterm_counts_where_ctrl_c_is_ignored() -> None:
    """As under nohup."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferred_interruption() as interruption:
        signal.raise_signal(signal.SIGTERM)
        assert interruption.requested
    signal.signal(signal.SIGINT, signal.default_int_handler)
