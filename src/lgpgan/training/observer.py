"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Observer", "Pace", "TrainingProgress", "TrainingReport"]

NEWEST_STEP = 0.02
"""Weight of the last step in the pace of a run, once it has made as many steps as that takes."""


class Pace:
    """How fast a run goes: the mean time of an image over the last steps.

    It is a mean of times and not of rates, as steps that move the generators take several times as
    long as others.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._seconds = 0.0

    def add(self, images: int, seconds: float) -> None:
        """Count a step of so many images that took so many seconds."""
        self._steps += 1
        weight = max(NEWEST_STEP, 1 / self._steps)
        self._seconds += weight * (seconds / images - self._seconds)

    @property
    def images_per_second(self) -> float:
        """Images a second; 0 before the first step."""
        return 1 / self._seconds if self._seconds else 0.0


@dataclass(frozen=True)
class TrainingProgress:
    """Where a run stands.

    Attributes:
        images: images seen so far.
        total: images of the whole run.
        images_per_second: the rate of the last steps.
        error_ratio: error of the last validation, divided by that of doing nothing; None before
            the first one that measures it.
    """

    images: int
    total: int
    images_per_second: float
    error_ratio: float | None

    @property
    def seconds_left(self) -> float:
        """Estimate from the rate of the last steps."""
        return max(0, self.total - self.images) / max(self.images_per_second, 1e-9)


@dataclass(frozen=True)
class TrainingReport:
    """What is written to the statistics at a report.

    Attributes:
        progress: where the run stands.
        values: means of the loss terms since the last report, and diagnostics, by name.
    """

    progress: TrainingProgress
    values: Mapping[str, float]

    @property
    def discriminator_loss(self) -> float:
        """Sum of the discriminators' terms."""
        return self._loss("D/")

    @property
    def generator_loss(self) -> float:
        """Sum of the generators' terms."""
        return self._loss("G/")

    def _loss(self, side: str) -> float:
        return sum(value for name, value in self.values.items() if name.startswith(side))


@dataclass(frozen=True)
class Observer:
    """Functions that a run calls, in its first process alone.

    Attributes:
        progress: called after every step.
        report: called after a step whose statistics were written.
        notice: called with a sentence when training does not seem to go well, or does not follow
            an option.
    """

    progress: Callable[[TrainingProgress], None] = lambda _: None
    report: Callable[[TrainingReport], None] = lambda _: None
    notice: Callable[[str], None] = lambda _: None
