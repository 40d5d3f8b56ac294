"""Progress bars on stderr: for people at a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

__all__ = ["progress_bar"]

Advance = Callable[[int, int, str], None]
"""Called with what is done, the total, and a word on the state."""


@contextmanager
def progress_bar(title: str, *, unit: str = "") -> Iterator[Advance]:
    """Show a bar with the time left while the body runs; nothing where stderr is not a terminal.

    What was done before the bar began counts neither for the rate nor for the time left.

    Args:
        title: what is being done.
        unit: what is counted, if the bar shall say how many are done a second.
    """
    if not sys.stderr.isatty():
        yield lambda done, total, state: None
        return
    rate = ",{rate_fmt}" if unit else ""
    counts = "{n_fmt}/{total_fmt} [{elapsed}<{remaining}" + rate + "]"
    bar: tqdm[object] | None = None

    def advance(done: int, total: int, state: str) -> None:
        nonlocal bar
        if bar is not None and done < bar.n:  # the next part of the work
            bar.close()
            bar = None
        if bar is None:
            bar = tqdm(
                desc=title,
                initial=done,
                total=total,
                unit=f" {unit}",
                bar_format="{desc} |{bar:40}| " + counts + "{postfix}",
                leave=False,
                dynamic_ncols=True,
            )
        bar.total = total
        bar.set_postfix_str(state, refresh=False)
        if done > bar.n:
            bar.update(done - bar.n)  # which draws a few times a second
        else:
            bar.refresh()

    try:
        yield advance
    finally:
        if bar is not None:
            bar.close()
