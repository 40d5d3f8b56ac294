"""What a training writes where stderr is no terminal."""

from __future__ import annotations

import re

from lgpgan.cli.training_lines import TrainingLines
from lgpgan.training.observer import TrainingProgress, TrainingReport


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_line_comes_with_every_report_and_after_a_silent_minute() -> None:
    """Where stderr was a file it showed nothing for hours."""
    clock, lines = Clock(), list[str]()
    told = TrainingLines(clock, lines.append)
    seen = []
    for step in range(1, 31):
        clock.now += 10
        told.progress(TrainingProgress(8 * step, 800, 0.8, None))
        seen.append(len(lines))
    assert seen[0] == 1  # after the first step
    assert seen[5] == 1
    assert seen[6] == 2
    assert seen[-1] == 5
    told.report(
        TrainingReport(TrainingProgress(248, 800, 0.8, 0.5), {"D/a": 1, "G/b": 2, "G/c": 3})
    )
    assert re.fullmatch(
        r"after 5 minutes: 248 of 800 images, 0.8 images/s, losses D 1, G 5, error 0.500; "
        r"about 12 minutes left",
        lines[-1],
    )
