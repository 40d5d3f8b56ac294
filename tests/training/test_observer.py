"""How fast a run goes, as it is told."""

from __future__ import annotations

import pytest

from lgpgan.training.observer import Pace


@pytest.mark.parametrize("steps", [5, 200])
def test_the_pace_is_that_of_the_time_spent(steps: int) -> None:
    """Regression: it was a mean of rates, far above the rate where every fifth step is slow."""
    pace = Pace()
    assert pace.images_per_second == 0
    seconds = [11.0 if step % 5 == 4 else 2.0 for step in range(steps)]
    for one in seconds:
        pace.add(16, one)
    assert pace.images_per_second == pytest.approx(16 * steps / sum(seconds), rel=0.05)


def test_the_pace_follows_the_last_steps() -> None:
    pace = Pace()
    for _ in range(500):
        pace.add(8, 1.0)
    for _ in range(500):
        pace.add(8, 2.0)
    assert pace.images_per_second == pytest.approx(4, rel=0.01)
