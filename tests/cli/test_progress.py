"""Progress bars: for people at a terminal only, with a rate where there is a unit."""

from __future__ import annotations

import io
import sys

import pytest

from lgpgan.cli.progress import progress_bar


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    def last(self) -> str:
        """What stands in the line now."""
        return self.getvalue().rpartition("\r")[2]


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that stderr goes to; made in the test, since pytest lays its own before it."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("working", unit="photos") as advance:
        advance(1, 2, "")
    assert capsys.readouterr().err == ""


def test_what_was_done_before_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that goes on after 1,000 photos has not done them in its first second."""
    screen = terminal(monkeypatch)
    now = 0.0
    monkeypatch.setattr("tqdm.std.time", lambda: now)
    with progress_bar("working", unit="photos") as advance:
        advance(1000, 1100, "a.jpg")
        assert "1000/1100" in screen.last()
        assert "photos/s" in screen.last()
        assert "0.00 photos/s" not in screen.last()
        for done in range(1, 11):
            now = done / 2
            advance(1000 + done, 1100, "b.jpg")
        assert "1010/1100 [00:05<00:45, 2.00 photos/s], b.jpg" in screen.last()
    assert screen.last().strip() == ""  # it leaves nothing behind


def test_a_word_on_the_state_is_shown_though_nothing_more_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = terminal(monkeypatch)
    with progress_bar("working") as advance:
        advance(0, 2, "frame 1")
        advance(0, 2, "frame 2")
        assert "frame 2" in screen.last()
        assert "/s" not in screen.last()


def test_the_next_part_of_the_work_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = terminal(monkeypatch)
    with progress_bar("working", unit="faces") as advance:
        advance(9, 9, "")
        advance(1, 3, "")
        assert "1/3" in screen.last()
