"""Faces of a set that are nearly the same picture: copies that were saved, scaled or lit anew.

Where one of them is in ``train`` and the other in ``test``, figures on ``test`` speak of a face
that was seen in training.

Two faces are compared on the template, twice. First by a perceptual hash: the face in grey at 16×16
pixels, without its coarse light and shade, as 256 numbers of length 1. Faces whose hashes correlate
by :data:`HASH_CORRELATION` or more are compared again at 64×64, where they must correlate by
:data:`CORRELATION`. On 244 London and Canada photos, copies as JPEG of quality 40, brighter by 18
levels, darker by 40 %, with noise, or down to 40 pixels correlated by 0.965 to 1. Two people
correlated by 0.80 at most. A person's neutral and smiling photos of one sitting correlated by 0.85
(median), and 6 % of these pairs by 0.95 or more: smiles that can hardly be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.close_pairs import close_pairs
from lgpgan.datasets.face_readings import Reading, read_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.datasets.tables import write_table

__all__ = ["NearDuplicate", "copies_across", "near_duplicates", "write_near_duplicates"]

HASH_SIDE, HASH_BLUR, HASH_CORRELATION = 16, 2.0, 0.93
SIDE, BLUR, CORRELATION = 64, 4.0, 0.95
"""Side in pixels, standard deviation of the blur that is taken off, least correlation."""
COMPARED = 512
"""Pairs that are compared at 64×64 at a time."""


@dataclass(frozen=True)
class NearDuplicate:
    """Two faces of a set that are nearly the same picture.

    Attributes:
        first: one of them; that of training, where the other is not.
        second: the other.
        correlation: of the two, without coarse light and shade; 1 for the same picture.
    """

    first: Record
    second: Record
    correlation: float

    @property
    def across(self) -> bool:
        """Whether they are in different splits."""
        return self.first.split != self.second.split


def near_duplicates(
    prepared: PreparedSet,
    *,
    processes: int | None = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[NearDuplicate]:
    """Find the faces of a set that are nearly the same picture.

    Of every face the one that is most like it is told, in each split. Renders of one photo are not
    compared with each other.

    Args:
        prepared: the set.
        processes: how many read its faces; as many as there are cores if None.
        progress: called with the faces read and their total.

    Returns:
        Those across splits first, the others after them, by their file names.

    Raises:
        InputError: when a face is missing or damaged.
        LgpganError: when one of the processes was killed.
    """
    records = prepared.records
    if not records:
        return []
    faces = _grey_faces(prepared, processes, progress)
    hashes = _hashes(faces)
    splits = sorted({record.split for record in records})
    split = np.array([splits.index(record.split) for record in records])
    photos = np.unique([record.photo for record in records], return_inverse=True)[1]
    best = np.zeros((len(records), len(splits)))
    partner = np.zeros(best.shape, int)
    distance = np.sqrt(2 - 2 * HASH_CORRELATION)  # of two vectors of length 1
    for first, second, correlation in _confirmed(faces, photos, close_pairs(hashes, distance)):
        order = np.argsort(correlation)
        for one, other in ((first[order], second[order]), (second[order], first[order])):
            places = one, split[other]
            better = correlation[order] > best[places]
            # Of several others of one face the last one stays, which is the most like it.
            best[one[better], split[other][better]] = correlation[order][better]
            partner[one[better], split[other][better]] = other[better]
    pairs = {
        tuple(sorted((int(face), int(partner[face, place])))): float(best[face, place])
        for face, place in zip(*np.nonzero(best), strict=True)
    }
    found = [_told(records[one], records[other], value) for (one, other), value in pairs.items()]
    return sorted(
        found, key=lambda pair: (not pair.across, pair.first.file_name, pair.second.file_name)
    )


def copies_across(
    ones: NDArray[np.uint8], others: NDArray[np.uint8]
) -> list[tuple[int, int, float]]:
    """Faces of two sets that are nearly the same picture.

    Args:
        ones: (N, S, S, 3) uint8 RGB, aligned.
        others: (M, S, S, 3), aligned alike.

    Returns:
        Position of the one and of the other, and how much they correlate, in their order.
    """
    if not (len(ones) and len(others)):
        return []
    faces = np.concatenate([_grey(ones), _grey(others)])
    hashes = _hashes(faces)
    of_ones, of_others = hashes[: len(ones)], hashes[len(ones) :]

    def candidates() -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]]:
        for start in range(0, len(ones), COMPARED):
            near = of_ones[start : start + COMPARED] @ of_others.T >= HASH_CORRELATION
            first, second = np.nonzero(near)
            yield first + start, second + len(ones)

    kinds = np.repeat([0, 1], [len(ones), len(others)])
    return [
        (int(one), int(other) - len(ones), float(value))
        for found in _confirmed(faces, kinds, candidates())
        for one, other, value in zip(*found, strict=True)
    ]


def write_near_duplicates(path: Path, pairs: Sequence[NearDuplicate]) -> None:
    """Write a CSV with a row a pair: both files, their splits, classes and people.

    Raises:
        OSError: when it cannot be written.
    """
    names = ("file", "split", "class", "person")
    write_table(
        path,
        (*names, *(f"other_{name}" for name in names), "correlation"),
        ((*_row(pair.first), *_row(pair.second), f"{pair.correlation:.3f}") for pair in pairs),
    )


def _row(record: Record) -> tuple[str, str, str, str]:
    return record.file_name, record.split, record.expression, record.person


def _told(one: Record, other: Record, correlation: float) -> NearDuplicate:
    """The pair, that of training first."""
    first, second = sorted((one, other), key=lambda face: (face.split != "train", face.file_name))
    return NearDuplicate(first, second, correlation)


def _confirmed(
    faces: NDArray[np.uint8],
    photos: NDArray[np.int_],
    candidates: Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]],
) -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.float64]]]:
    """Of pairs with similar hashes those that are nearly the same picture, and how much they are.

    Args:
        faces: (N, 64, 64) uint8.
        photos: (N,) number of the photo that each was made from.
        candidates: the pairs, a few at a time.
    """
    for all_first, all_second in candidates:
        apart = photos[all_first] != photos[all_second]
        all_first, all_second = all_first[apart], all_second[apart]
        for start in range(0, len(all_first), COMPARED):
            first, second = (rows[start : start + COMPARED] for rows in (all_first, all_second))
            values = (_without_shade(faces[rows], BLUR) for rows in (first, second))
            correlation = np.einsum("nk,nk->n", *values)
            same = correlation >= CORRELATION
            yield first[same], second[same], correlation[same].astype(np.float64)


def _hashes(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Perceptual hashes (N, 256) of faces (N, 64, 64), each of length 1."""
    return _without_shade(np.stack([_reduced(face, HASH_SIDE) for face in faces]), HASH_BLUR)


def _without_shade(faces: NDArray[np.uint8], blur: float) -> NDArray[np.float32]:
    """Faces (N, S, S) as vectors (N, S²) of mean 0 and length 1, without coarse light and shade."""
    values = faces.astype(np.float32)
    for face in values:
        face -= cv2.GaussianBlur(face, (0, 0), blur)
    flat = values.reshape(len(values), -1)
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(length, 1e-6), np.float32)


def _grey_faces(
    prepared: PreparedSet, processes: int | None, progress: Callable[[int, int], None]
) -> NDArray[np.uint8]:
    """The faces (N, 64, 64) of a set, in grey."""
    faces = np.empty((len(prepared.records), SIDE, SIDE), np.uint8)
    done = 0
    for read in read_faces(
        prepared, prepared.records, _reading_grey, processes=processes, progress=progress
    ):
        faces[done : done + len(read)] = read
        done += len(read)
    return faces


def _reading_grey() -> Reading:
    return _grey


def _grey(faces: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Faces (N, S, S, 3) as (N, 64, 64) in grey."""
    grey = (np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8) for face in faces)
    return np.stack([_reduced(face, SIDE) for face in grey])


def _reduced(face: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A face (S, S) at a smaller size, each pixel the mean of those that it stands for."""
    return np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
