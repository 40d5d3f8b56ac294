"""The gates that a new face must pass.

A face is rejected when it is too near its source, is no face, is not read as asked for, or shows
another person. Each gate judges only what the gates before it let through, so a face is counted by
its first reason. A gate whose network is not installed is left out, and a note says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lgpgan.augmentation.options import GateLimits
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.aligned_faces import DETECTOR_BOX, ENLARGEMENT, enlarge, find_landmarks
from lgpgan.evaluation.changes import region_differences
from lgpgan.evaluation.identity import IdentityEmbedder, identity_distances
from lgpgan.expressions.expression import Expression
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.recognisers.contempt import read_contempt
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import Recogniser, available_recognisers

__all__ = ["GATES", "Candidates", "Gate", "Gates"]


@dataclass(frozen=True)
class Candidates:
    """N new faces to judge.

    Attributes:
        faces: (N, 128, 128, 3) uint8 RGB.
        sources: the source of each, of the same shape.
        mouth_top: (N,) first row of each mouth region.
        shares: what each is to show: class to intensity.
        from_neutral: (N,) bool, whether its source is neutral.
        redrawn: (N,) bool, whether it is to show what its source shows already.
    """

    faces: NDArray[np.uint8]
    sources: NDArray[np.uint8]
    mouth_top: NDArray[np.int64]
    shares: Sequence[Mapping[str, float]]
    from_neutral: NDArray[np.bool_]
    redrawn: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.faces)

    def only(self, chosen: NDArray[np.intp]) -> Candidates:
        """The candidates at some positions."""
        return Candidates(
            self.faces[chosen],
            self.sources[chosen],
            self.mouth_top[chosen],
            [self.shares[position] for position in chosen],
            self.from_neutral[chosen],
            self.redrawn[chosen],
        )


class Gate(Protocol):
    """A condition that a new face must meet."""

    @property
    def tools(self) -> list[str]:
        """Names of the networks it uses, where these may differ from machine to machine."""
        return []

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        """Whether each of N faces passes, (N,); a face's answer does not depend on the others."""
        ...


class ChangeGate(Gate):
    """Passes faces that differ from their source in the eye or the mouth region.

    Faces that are to show what their source shows already pass.

    Args:
        limits: ``change`` counts.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._least = limits.change

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        """See :class:`Gate`."""
        apart = region_differences(candidates.faces, candidates.sources, candidates.mouth_top)
        return candidates.redrawn | (np.maximum(apart.eyes, apart.mouth) >= self._least)


class FaceGate(Gate):
    """Passes faces that are found at the place of the alignment.

    dlib's detector alone finds a third of the faces that were aligned from tight crops, as their
    surroundings repeat the crop's border; with the further looks nine tenths pass.

    Args:
        limits: ``overlap`` counts.

    Raises:
        MissingPartError: when the detector is not installed.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._least = limits.overlap
        DlibDetector().boxes(np.zeros((80, 80, 3), np.uint8))  # which says what is missing
        self._detector = PatientDetector()

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        """See :class:`Gate`."""
        return np.array([self._overlap(face) >= self._least for face in candidates.faces], bool)

    def _overlap(self, face: NDArray[np.uint8]) -> float:
        boxes = np.array(self._detector.boxes(enlarge(face))).reshape(-1, 4) / ENLARGEMENT
        return max((_overlap(box, np.array(DETECTOR_BOX)) for box in boxes), default=0.0)


class IdentityGate(Gate):
    """Passes faces that dlib takes for the person of their source.

    Args:
        limits: ``identity`` counts.

    Raises:
        MissingPartError: when dlib's network is not installed.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._most = limits.identity
        self._embedder = IdentityEmbedder()
        self._of_sources: dict[bytes, NDArray[np.float64]] = {}

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        """See :class:`Gate`."""
        made = self._embed(candidates.faces)
        sources = np.concatenate([self._of_source(face) for face in candidates.sources])
        return identity_distances(made, sources) <= self._most

    def _embed(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Descriptors (N, 128) of N faces."""
        return self._embedder.embed_faces(faces, find_landmarks(faces))

    def _of_source(self, face: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Descriptor (1, 128) of a source, kept: many faces are made from one."""
        key = hashlib.sha256(face.tobytes()).digest()
        if key not in self._of_sources:
            self._of_sources[key] = self._embed(face[np.newaxis])
        return self._of_sources[key]


class ExpressionGate(Gate):
    """Passes faces in which at least one recogniser reads what was asked for.

    Of a mixture the probabilities of its classes are added up. Contempt, which no recogniser knows,
    is read from the landmarks (:mod:`lgpgan.recognisers.contempt`) where the source is neutral.
    Other classes that no recogniser knows pass unread.

    Args:
        limits: ``agreement`` counts.
        recognisers: the recognisers to ask; all that are installed if None.

    Raises:
        MissingPartError: when there is none.
    """

    def __init__(self, limits: GateLimits, recognisers: Sequence[Recogniser] | None = None) -> None:
        self._least = limits.agreement
        self.missing: tuple[str, ...] = ()
        if recognisers is None:
            found = available_recognisers()
            recognisers, self.missing = found.available, tuple(found.missing.values())
            if not recognisers:
                raise MissingPartError(" ".join(self.missing))
        self.recognisers = recognisers

    @property
    def tools(self) -> list[str]:
        """Names of the recognisers."""
        return [recogniser.name for recogniser in self.recognisers]

    @property
    def known(self) -> frozenset[str]:
        """The classes that one of the recognisers knows."""
        return frozenset(str(name) for who in self.recognisers for name in who.recognised)

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        """See :class:`Gate`."""
        passes = self._read(candidates)
        strongest = np.array([max(shares, key=shares.__getitem__) for shares in candidates.shares])
        passes[~np.isin(strongest, list(self.known))] = True
        (contempt,) = np.nonzero((strongest == Expression.CONTEMPTUOUS) & candidates.from_neutral)
        if contempt.size:
            passes[contempt] = read_contempt(
                find_landmarks(candidates.faces[contempt]),
                find_landmarks(candidates.sources[contempt]),
            ).contemptuous
        return passes

    def _read(self, candidates: Candidates) -> NDArray[np.bool_]:
        """Whether the surest recogniser is sure enough of each face, (N,)."""
        tight = tight_crop(candidates.faces)
        surest = np.zeros(len(candidates))
        for recogniser in self.recognisers:
            known = {str(name) for name in recogniser.recognised}
            read = recogniser.probabilities(tight)
            found = [
                sum(row[Expression(name).position] for name in known.intersection(shares))
                for row, shares in zip(read, candidates.shares, strict=True)
            ]
            surest = np.maximum(surest, found)
        return np.asarray(surest >= self._least, bool)


GATES: Mapping[str, Callable[[GateLimits], Gate]] = {
    "too near": ChangeGate,
    "no face": FaceGate,
    "not read": ExpressionGate,
    "other person": IdentityGate,
}
"""Every gate by the reason for which it rejects a face, in the order in which they are passed.

A face takes 0.2, 17, 6 and 67 ms on one core; making it takes 20.
"""


@dataclass(frozen=True)
class Gates:
    """All gates that are wanted and installed.

    Attributes:
        in_use: each by its reason, in the order in which they are passed.
        missing: reason to the sentence that says how to get the gate's tool.
        left_out: reasons of those that are not wanted.
    """

    in_use: Mapping[str, Gate]
    missing: Mapping[str, str] = field(default_factory=dict)
    left_out: Sequence[str] = ()

    @classmethod
    def load(cls, limits: GateLimits) -> Gates:
        """Load the gates that are wanted and whose networks are installed.

        Raises:
            InputError: when one is to be left out that there is not.
        """
        unknown = sorted(set(limits.left_out) - GATES.keys())
        if unknown:
            raise InputError(
                f"there is no gate '{unknown[0]}' to leave out; there are {', '.join(GATES)}."
            )
        in_use: dict[str, Gate] = {}
        missing: dict[str, str] = {}
        for reason, load in GATES.items():
            if reason in limits.left_out:
                continue
            try:
                in_use[reason] = load(limits)
            except MissingPartError as error:
                missing[reason] = str(error)
        return cls(in_use, missing, tuple(name for name in GATES if name in limits.left_out))

    def notes(self, classes: Sequence[str]) -> list[str]:
        """Sentences on classes whose faces are not judged by some gate."""
        notes = [f"The gate '{reason}' is left out as asked." for reason in self.left_out]
        notes += [
            f"The gate '{reason}' is left out: {sentence}"
            for reason, sentence in self.missing.items()
        ]
        for gate in self.in_use.values():
            if isinstance(gate, ExpressionGate):
                notes += [f"One recogniser less is asked: {sentence}" for sentence in gate.missing]
                notes += [
                    f"No recogniser here knows '{name}': its faces passed unread."
                    for name in classes
                    if name not in gate.known | {Expression.CONTEMPTUOUS}
                ]
                if Expression.CONTEMPTUOUS in classes:
                    notes.append(
                        "No recogniser knows contempt: it was read from the mouth's corners where "
                        "the source is neutral, and passed unread elsewhere."
                    )
        return notes

    def judge(self, candidates: Candidates) -> list[str]:
        """Why each of N faces is rejected; empty for those that pass."""
        verdicts = [""] * len(candidates)
        left = np.arange(len(candidates))
        for reason, gate in self.in_use.items():
            if not left.size:
                break
            passes = gate(candidates.only(left))
            for position in left[~passes]:
                verdicts[position] = reason
            left = left[passes]
        return verdicts


def _overlap(box: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Intersection over union of two boxes: left, top, right, bottom."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    shared = float(np.prod(np.clip(sides, 0, None)))
    areas = float(np.prod(box[2:] - box[:2]) + np.prod(other[2:] - other[:2]))
    return shared / (areas - shared)
