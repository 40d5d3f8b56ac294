"""Faces described once by networks that stay as they are, and kept as files.

A linear layer on such descriptions is trained in a second, so every face is described at first: as
it is, and in a few variations. What the recognisers of expressions read in synthetic faces, which
some ways of using them need, is kept in the same way.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.benefit.variation import vary
from lgpgan.datasets.faces import load_faces, to_pixels, to_signed
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.distances.mobilenet import imagenet_range, pretrained_mobilenet
from lgpgan.files import regular_file, write_bytes
from lgpgan.networks.device import one_thread
from lgpgan.networks.memory_format import place, place_frozen, to_planes
from lgpgan.parallel.engine import Engine
from lgpgan.recognisers.face_api import FaceApiRecogniser
from lgpgan.recognisers.fer import FerRecogniser
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import available_recognisers

__all__ = ["DESCRIBERS", "READ", "Describer", "described", "made_with"]

VARIATIONS = 4
"""How often each face is described varied, beside as it is."""
TOGETHER = 64
"""Faces that a process describes at a time."""
LEAST = 1e-6
"""Below which a probability counts as this, before its logarithm is taken."""
READ = "read"
"""Name of the describer that says what recognisers read; (N, 1, 8)."""
Progress = Callable[[str, int, int], None]


class Describer(Protocol):
    """Describes aligned faces (N, 128, 128, 3) uint8 RGB by (N, F) numbers."""

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.floating]:
        """Describe faces; a face's numbers do not depend on the others."""
        ...


def _of_mobilenet() -> Describer:
    """MobileNetV2 on faces of 128 pixels, which takes a third of the time of the usual 224."""
    network = place_frozen(pretrained_mobilenet(), torch.device("cpu"))

    @torch.inference_mode()
    def describe(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        images = place(imagenet_range(to_planes(faces) / 255), torch.device("cpu"))
        rows: NDArray[np.float32] = network(images).numpy()
        return rows

    return describe


def _of_face_api() -> Describer:
    recogniser = FaceApiRecogniser()
    return lambda faces: recogniser.features(tight_crop(faces))


def _of_fer() -> Describer:
    recogniser = FerRecogniser()
    columns = [expression.position for expression in recogniser.recognised]
    return lambda faces: np.log(
        np.maximum(recogniser.probabilities(tight_crop(faces))[:, columns], LEAST)
    )


def _of_readers() -> Describer:
    """The mean of what all installed recognisers read, in the order of ``Expression``."""
    found = available_recognisers()
    if not found.available:
        raise MissingPartError(" ".join(found.missing.values()))
    return lambda faces: np.mean(
        [reader.probabilities(tight_crop(faces)) for reader in found.available], axis=0
    )


DESCRIBERS: Mapping[str, Callable[[], Describer]] = {
    "mobilenet-head": _of_mobilenet,
    "face-api": _of_face_api,
    "fer": _of_fer,
    READ: _of_readers,
}
"""What loads each describer; it raises MissingPartError where its parts are missing."""


def made_with(name: str) -> str:
    """What decides what a describer says of a face.

    Of the readers it names those that are installed: without one of them the mean is another.
    """
    if name != READ:
        return f"{name} {VARIATIONS}"
    return f"{name} {' '.join(reader.name for reader in available_recognisers().available)}"


def described(
    name: str,
    prepared: PreparedSet,
    records: Sequence[Record],
    folder: Path,
    *,
    varied: bool,
    processes: int,
    engine: Engine,
    progress: Progress,
) -> NDArray[np.float16]:
    """Descriptions (N, 1 + variations, F) of faces, the first of each of the face as it is.

    They are read where they were kept.

    Args:
        name: of the describer.
        prepared: the set.
        records: faces of it.
        folder: where descriptions are kept.
        varied: describe variations, too.
        processes: how many describe.
        engine: spreads the work over them.
        progress: told what is being described, how many faces are, and their total.

    Raises:
        MissingPartError: when the describer's parts are missing.
        InputError: when a face cannot be read.
        LgpganError: when a file cannot be written, or a process was killed.
    """
    names = "\n".join(record.file_name for record in records)
    made_of = f"{made_with(name)} {prepared.content_hash} {varied}\n{names}"
    path = folder / f"{name}-{hashlib.sha256(made_of.encode()).hexdigest()[:24]}.npy"
    kept = _kept(path, len(records))
    if kept is not None:
        return kept
    DESCRIBERS[name]()  # which says here what is missing
    jobs = [
        _Job(start, records[start : start + TOGETHER]) for start in range(0, len(records), TOGETHER)
    ]
    found = []
    title = f"faces; {prepared.folder.name} described by {name}"
    start = partial(_Describing, name, prepared, varied)
    advice = "use fewer --jobs, and run the same command again"
    for number, part in enumerate(engine(jobs, start, processes, advice=advice)):
        found.append(part)
        progress(title, min((number + 1) * TOGETHER, len(records)), len(records))
    whole = np.concatenate(found)
    content = io.BytesIO()
    np.save(content, whole, allow_pickle=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content.getvalue())
    return whole


def _kept(path: Path, faces: int) -> NDArray[np.float16] | None:
    """Descriptions that were kept; None where there are none, or the file is damaged."""
    try:
        found = np.load(regular_file(path), allow_pickle=False)
    except (OSError, ValueError, EOFError, InputError):
        return None
    usable = isinstance(found, np.ndarray) and found.ndim == 3 and found.dtype == np.float16
    return found if usable and len(found) == faces else None


class _Job(NamedTuple):
    """Faces that are described together.

    Attributes:
        start: position of the first; seed of the variations.
        records: the faces.
    """

    start: int
    records: Sequence[Record]


class _Describing:
    """Describes faces; one a process.

    Args:
        name: of the describer.
        prepared: the set.
        varied: describe variations, too.
    """

    def __init__(self, name: str, prepared: PreparedSet, varied: bool) -> None:
        self.prepared = prepared
        self.varied = varied
        self.describe = DESCRIBERS[name]()

    def __call__(self, job: _Job) -> NDArray[np.float16]:
        """Descriptions (N, 1 + variations, F)."""
        with one_thread():
            faces = load_faces(self.prepared, job.records)
            looks = [faces]
            if self.varied:
                generator = torch.Generator().manual_seed(job.start)
                signed = to_signed(faces)
                looks += [to_pixels(vary(signed, generator)) for _ in range(VARIATIONS)]
            return np.stack([self.describe(look) for look in looks], axis=1).astype(np.float16)
