"""Progress bars on stderr: for people at a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["progress_bar"]

Advance = Callable[[int, int, str], None]
"""Called with what is done, the total, and a word on the state."""


@contextmanager
def progress_bar(title: str) -> Iterator[Advance]:
    """Show a bar while the body runs; nothing where stderr is not a terminal."""
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
        TextColumn("{task.fields[state]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None, state="")

        def advance(done: int, total: int, state: str) -> None:
            progress.update(task, completed=done, total=total, state=state)

        yield advance
