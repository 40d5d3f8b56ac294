"""The progress of a training: a bar at a terminal, lines in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lgpgan.cli import terminal
from lgpgan.cli.progress import progress_bar
from lgpgan.training.machines import is_first_process
from lgpgan.training.observer import Observer, TrainingProgress, TrainingReport
from lgpgan.training.plan import duration

__all__ = ["say", "watch_training"]

QUIET_SECONDS = 60.0
"""Longest time without a line."""


def say(sentence: str) -> None:
    """Write a line to stderr, in the first process of a run alone."""
    if is_first_process():
        terminal.say(sentence)


@contextmanager
def watch_training() -> Iterator[Observer]:
    """Show a bar while the body runs; where stderr is no terminal, write lines in its place."""
    with progress_bar("training") as advance:
        if not sys.stderr.isatty():
            lines = TrainingLines()
            yield Observer(lines.progress, lines.report, _warn)
            return

        def show(state: TrainingProgress) -> None:
            advance(
                state.images, state.total, f"{state.images_per_second:.0f} images/s{_error(state)}"
            )

        yield Observer(progress=show, notice=_warn)


class TrainingLines:
    """Writes a line at every report, and at least every minute.

    Args:
        clock: seconds, as :func:`time.monotonic` counts them.
        write: writes a line.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], None] = say,
    ) -> None:
        self._clock = clock
        self._write = write
        self._started = clock()
        self._written = -QUIET_SECONDS + self._started

    def report(self, report: TrainingReport) -> None:
        """A line with the losses."""
        losses = f"D {report.discriminator_loss:.3g}, G {report.generator_loss:.3g}"
        self._line(report.progress, f", losses {losses}")

    def progress(self, state: TrainingProgress) -> None:
        """A line, if the last one is a minute old."""
        if self._clock() - self._written >= QUIET_SECONDS:
            self._line(state, "")

    def _line(self, state: TrainingProgress, losses: str) -> None:
        now = self._clock()
        self._written = now
        self._write(
            f"after {duration(now - self._started)}: {state.images:,} of {state.total:,} images, "
            f"{state.images_per_second:.1f} images/s{losses}{_error(state)}; about "
            f"{duration(state.seconds_left)} left"
        )


def _error(state: TrainingProgress) -> str:
    return "" if state.error_ratio is None else f", error {state.error_ratio:.3f}"


def _warn(sentence: str) -> None:
    say(f"warning: {sentence}")
