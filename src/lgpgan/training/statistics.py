"""Statistics of a run: means since the last report, a file of JSON lines, and TensorBoard."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lgpgan.errors import InputError
from lgpgan.files import regular_file, replacing

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

__all__ = ["RunningMeans", "Statistics", "read_statistics"]

BOARD = "tensorboard"
"""Folder of TensorBoard's files, beside the statistics."""


class RunningMeans:
    """Means of named values over the steps since they were last taken.

    Names begin with the side that they belong to, as ``G/cycle``. The means are over the steps in
    which that side was updated; a value that such a step lacks (a lazy penalty) counts as 0 in it.
    Part of a run's state: a run that is stopped between two reports goes on with the mean it had.
    """

    def __init__(self) -> None:
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._steps: Counter[str] = Counter()

    def add(self, values: Mapping[str, float]) -> None:
        """Count one step."""
        for name, value in values.items():
            self._sums[name] += value
        self._steps.update({_side(name) for name in values})

    def take(self) -> dict[str, float]:
        """The means so far; counting starts anew."""
        means = {name: total / self._steps[_side(name)] for name, total in self._sums.items()}
        self._sums.clear()
        self._steps.clear()
        return means

    def state_dict(self) -> dict[str, Any]:
        """The means as plain numbers, for :meth:`load_state_dict`."""
        return {"sums": dict(self._sums), "steps": dict(self._steps)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._sums = defaultdict(float, state["sums"])
        self._steps = Counter(state["steps"])


def _side(name: str) -> str:
    return name.partition("/")[0]


class Statistics:
    """Writes one JSON object a line, in the order of the images seen, and TensorBoard's files.

    Args:
        path: the ``.jsonl`` file; it need not exist.
        board: write for TensorBoard, too, where it is installed.
    """

    def __init__(self, path: Path, *, board: bool = False) -> None:
        self.path = path
        self._wants_board = board
        self._board: SummaryWriter | None = None

    def write(self, images: int, seconds: float, values: Mapping[str, float]) -> None:
        """Add a line for the step that ended at ``images`` images, after so many seconds."""
        line = {"images": images, "seconds": round(seconds, 1), **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(name, value, images)
            self._board.flush()

    def rewind(self, images: int) -> None:
        """Drop lines of steps after ``images``, as these steps will be made again.

        A run that was killed leaves such lines, and perhaps half of a last one.
        """
        if self._wants_board:
            self._board = _open_board(self.path.parent / BOARD, images)
        if not self.path.is_file():
            return
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if _is_within(line, images)]
        if kept != lines:
            with replacing(self.path) as unfinished:
                unfinished.write_text("".join(kept), encoding="utf-8")


def read_statistics(path: Path) -> list[dict[str, float]]:
    """The lines of a run's statistics, up to the first that is damaged; none without the file."""
    lines: list[dict[str, float]] = []
    try:
        for line in regular_file(path).read_text(encoding="utf-8").splitlines():
            values = json.loads(line)
            lines.append({name: float(value) for name, value in values.items()})
    except (InputError, OSError, ValueError, TypeError, AttributeError):
        pass  # there is none, or a kill cut it short
    return lines


def _open_board(folder: Path, images: int) -> SummaryWriter | None:
    """TensorBoard's writer, which hides what lies beyond ``images``; None if not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=images)


def _is_within(line: str, images: int) -> bool:
    try:
        seen = json.loads(line)["images"]
    except (ValueError, TypeError, KeyError):
        return False
    return bool(line.endswith("\n") and seen <= images)
