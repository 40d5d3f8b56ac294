"""What is read off every face of a set: a few faces at a time, by this process or by several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.aligned_faces import read_aligned_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Face
from lgpgan.parallel.processes import number_of_processes, work

__all__ = ["Reading", "read_faces"]

AT_ONCE = 32
"""Faces that a process reads before it hands back what it read off them."""
FEW = 1000
"""Up to so many faces are read by this process alone: others would take longer to start."""
ADVICE = "run the same command again, with fewer --jobs"

Reading = Callable[[NDArray[np.uint8]], NDArray[Any]]
"""Takes faces (N, S, S, 3) uint8 RGB; gives back a row (N, …) for each."""


def read_faces(
    prepared: PreparedSet,
    faces: Sequence[Face],
    start: Callable[[], Reading],
    *,
    processes: int | None,
    progress: Callable[[int, int], None],
) -> Iterator[NDArray[Any]]:
    """Read something off some faces of a set.

    Args:
        prepared: the set.
        faces: those that are read.
        start: makes what reads them; called in every process, so it must be picklable.
        processes: how many; as many as there are cores if None.
        progress: called with the faces read and their total.

    Yields:
        What was read off the next few faces, a row each.

    Raises:
        InputError: when a face is missing or damaged.
        LgpganError: when one of the processes was killed.
    """
    names = [face.file_name for face in faces]
    parts = [names[first : first + AT_ONCE] for first in range(0, len(names), AT_ONCE)]
    many = number_of_processes(processes, "--jobs") if len(names) > FEW else 1
    done = 0
    start_reading = partial(_FileReader, prepared.folder, prepared.size, start)
    for rows in work(parts, start_reading, many, advice=ADVICE):
        done += len(rows)
        progress(done, len(names))
        yield rows


class _FileReader:
    """Reads the files of faces; one instance a process.

    Args:
        folder: the set's.
        size: side of its faces in pixels.
        start: makes what reads something off them.
    """

    def __init__(self, folder: Path, size: int, start: Callable[[], Reading]) -> None:
        self.folder = folder
        self.size = size
        self.reading = start()

    def __call__(self, names: Sequence[str]) -> NDArray[Any]:
        """What is read off the faces in the files of these names, a row each."""
        faces = [read_aligned_face(self.folder / name, self.size) for name in names]
        return self.reading(np.stack(faces))
