"""Progress bars: for people at a terminal only, with a rate where there is a unit."""

from __future__ import annotations

import pytest
from rich.progress import Progress

from lgpgan.cli.progress import RateColumn, progress_bar


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("working", unit="photos") as advance:
        advance(1, 2, "")
    assert capsys.readouterr().err == ""


def test_what_was_done_before_does_not_count() -> None:
    """A build that goes on after 1,000 photos has not done them in its first second."""
    now = 0.0
    column = RateColumn("photos")
    progress = Progress(column, get_time=lambda: now)
    task = progress.add_task("working", total=None)
    progress.update(task, completed=1000, total=1100)
    assert column.render(progress.tasks[0]).plain == ""
    for done in range(1, 11):
        now = done / 2
        progress.update(task, completed=1000 + done)
    assert column.render(progress.tasks[0]).plain == "2.0 photos/s"
    assert progress.tasks[0].time_remaining == 45
    assert RateColumn("").render(progress.tasks[0]).plain == ""


def test_a_name_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a name like markup had colours, and one in brackets with a slash was an error."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    with progress_bar("working") as advance:
        advance(1, 2, "[red]a[/nope]\x1b]0;title\x07")
    shown = capsys.readouterr().err
    assert "[red]a[/nope]\\x1b]0;title\\x07" in shown
    assert "\x1b]0;" not in shown
