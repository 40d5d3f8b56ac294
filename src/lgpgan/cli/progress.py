"""Progress bars on stderr: for people at a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lgpgan.cli.terminal import printable

__all__ = ["progress_bar"]

Advance = Callable[[int, int, str], None]
"""Called with what is done, the total, and a word on the state."""


class RateColumn(ProgressColumn):
    """How much is done a second; what was done before the bar began does not count.

    Args:
        unit: what is counted; nothing is shown without.
    """

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def render(self, task: Task) -> Text:
        """The rate, once there is one."""
        if not self.unit or not task.speed:
            return Text()
        return Text(f"{task.speed:.1f} {self.unit}/s")


@contextmanager
def progress_bar(title: str, *, unit: str = "") -> Iterator[Advance]:
    """Show a bar with the time left while the body runs; nothing where stderr is not a terminal.

    Args:
        title: what is being done.
        unit: what is counted, if the bar shall say how many are done a second.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, state: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        RateColumn(unit),
        TextColumn("{task.fields[state]}", markup=False),  # names may look like it
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None, state="")

        def advance(done: int, total: int, state: str) -> None:
            progress.update(task, completed=done, total=total, state=printable(state))

        yield advance
