"""All figures of an editor on a set: the core of ``lgpgan evaluate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lgpgan
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST, VALIDATION
from lgpgan.errors import InputError
from lgpgan.evaluation.distances.distributions import Sample
from lgpgan.evaluation.distances.features import FeatureExtractor, extract_features
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.distances.protocols import PROTOCOL, RealFeatures, published_distances
from lgpgan.evaluation.distances.set_distances import distances_of
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.figures import figures_of
from lgpgan.evaluation.identity import identity_distances
from lgpgan.evaluation.identity_pairs import IdentityKept, sample_person_pairs
from lgpgan.evaluation.judges import Judges, Readings, read_faces, read_features
from lgpgan.evaluation.measures import CONTEMPT, Measured
from lgpgan.evaluation.subjects import Subject
from lgpgan.evaluation.trials import RealFaces, Trials
from lgpgan.expressions.expression import Expression

__all__ = ["EVALUATION_FORMAT", "Evaluator"]

EVALUATION_FORMAT = 1
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many faces are done, and their total."""
BATCH = 64
"""Outputs that are made between two reports of progress."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""What is said of how distances of descriptors are distributed."""


class Evaluator:
    """Measures any number of editors on the same faces.

    What does not depend on the editor is computed once: above all, how real faces are read.

    Args:
        prepared: the set; faces kept out of training are edited. Distances between sets are to
            those of ``train``, or to all; never to test faces where others are edited.
        judges: the judges of the faces.
        sources: only faces of this class are edited; all if None.
        count: only so many faces are edited, drawn at random, always the same; all if None.
        split: whose faces are edited: ``test``, or ``validation`` where something is to be chosen.
        progress: told how far the work is.

    Raises:
        InputError: when no people are kept out, none shows the class, or a face is damaged.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        judges: Judges,
        *,
        sources: str | None = None,
        count: int | None = None,
        split: str = TEST,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self.prepared = prepared
        self.judges = judges
        self.progress = progress
        self.split = split
        self.trials = Trials.of(prepared, sources=sources, count=count, split=split)
        self._references: RealFaces | None = None
        self._others: dict[str, NDArray[np.float64]] = {}
        self._problems: list[str] = []
        try:
            self._references = RealFaces.of(prepared, "train")
        except InputError as error:
            self._problems.append(f"There are no distances between sets: {error}")

    def outputs(self, editor: FaceEditor) -> NDArray[np.uint8]:
        """The outputs of an editor for all trials: (N, 128, 128, 3) uint8.

        Raises:
            InputError: when the editor does not know a class of the set.
        """
        trials, real = self.trials, self.trials.real
        total, report = len(trials), self._report("editing")
        made = np.empty((total, *real.faces.shape[1:]), np.uint8)
        sources = trials.sources
        for start in range(0, total, BATCH):
            rows = slice(start, min(start + BATCH, total))
            chosen = trials.source[rows]
            made[rows] = editor(
                real.faces[chosen], real.landmarks[chosen], sources[rows], trials.targets[rows]
            )
            report(rows.stop, total)
        return made

    def judge(self, subject: Subject, made: NDArray[np.uint8]) -> dict[str, Any]:
        """All figures of an editor's outputs, in the form of ``evaluation.json``.

        Args:
            subject: the method or baseline.
            made: (N, 128, 128, 3) uint8, as from :meth:`outputs`.

        Raises:
            InputError: when ``made`` is of another shape or type.
        """
        trials, real = self.trials, self._real
        tops = trials.real.mouth_top[trials.source]
        read = read_faces(made, tops, self.judges, self._report("looking at outputs"))
        groups = trials.groups()
        distances, problems = self._distances(read)
        return {
            "format": EVALUATION_FORMAT,
            "protocol": PROTOCOL[self.split],
            "lgpgan": lgpgan.__version__,
            "subject": subject.to_json(),
            "data": self._about_data(),
            "measures": {
                measure.key: figures_of(measure, trials.people, groups)
                for measure in Measured(trials, self.judges.recognisers, real, made, read)
                if measure.is_known
            },
            "distances": distances,
            "identity": self._identity(read),
            "confusion": self._confusion(read),
            "missing": [*self.judges.missing, *self._not_told()],
            "problems": [
                *self.judges.problems,
                *self._problems,
                *self._absent_classes(),
                *problems,
            ],
        }

    @cached_property
    def _real(self) -> Readings:
        """What the judges say of the real faces kept out."""
        real = self.trials.real
        report = self._report("looking at real faces")
        return read_faces(real.faces, real.mouth_top, self.judges, report)

    @cached_property
    def _reference_features(self) -> Mapping[str, NDArray[np.float64]]:
        """Of the real faces that distances are taken to, by extractor; empty without any faces."""
        if self._references is None:
            return {}
        report = self._report("looking at faces trained on")
        return read_features(self._references.faces, self.judges, report)

    def _other_features(self, extractor: FeatureExtractor) -> NDArray[np.float64] | None:
        """(K, D) of the real faces that are neither trained on nor edited here.

        None where these are test faces: what is chosen by the figures may not have seen them.
        """
        if self.split != TEST:
            return None
        if extractor.name not in self._others:
            there = bool(self.prepared.split(VALIDATION))
            faces = RealFaces.of(self.prepared, VALIDATION).faces if there else ()
            report = self._report("looking at further real faces")
            self._others[extractor.name] = extract_features(extractor, faces, progress=report)
        return self._others[extractor.name]

    def _report(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)

    def _about_data(self) -> dict[str, Any]:
        description, real = self.prepared.description, self.trials.real
        return {
            "folder": str(self.prepared.folder),
            "content_hash": self.prepared.content_hash,
            "faces_hash": real.names_hash,
            "classes": [str(name) for name in self.prepared.classes],
            "people": len({person for person in self.trials.people if person}),
            "sources": len(set(self.trials.source.tolist())),
            "outputs": len(self.trials),
            "references": len(self._references or ()),
            "held_out": len(real),
            "split": self.split,
            "citations": list(description["citations"]),
        }

    def _distances(self, read: Readings) -> tuple[dict[str, Any], list[str]]:
        """Distances of the outputs to real images, and what went wrong."""
        found: dict[str, Any] = {}
        problems: list[str] = []
        for extractor in self.judges.extractors:
            name = extractor.name
            reference = self._reference_features.get(name)
            if reference is not None:
                outputs = Sample(read.features[name], self.trials.people)
                held_out = Sample(self._real.features[name], self.trials.real.people)
                if isinstance(extractor, InceptionExtractor):
                    distances, failed = published_distances(
                        extractor,
                        RealFeatures(reference, held_out, self._other_features(extractor)),
                        outputs,
                        np.equal(self.trials.sources, self.trials.targets),
                    )
                else:
                    distances, failed = distances_of(extractor, reference, outputs, held_out)
                found |= distances
                problems += failed
        return found, problems

    def _identity(self, read: Readings) -> dict[str, Any]:
        """How far outputs are from their inputs, beside what such distances mean in this set."""
        real = self.trials.real
        pairs = sample_person_pairs(self._real.descriptors, real.people, real.shown)
        edited = identity_distances(self._real.descriptors[self.trials.source], read.descriptors)
        kept = IdentityKept(edited, pairs)
        return {
            "quantiles": list(QUANTILES),
            "outputs": _quantiles(edited),
            "same_person": _quantiles(pairs.same),
            "other_people": _quantiles(pairs.other),
            "verification_rate": kept.verification_rate,
            "false_acceptance_rate": _number(kept.false_acceptance_rate),
            "closer_than_others": _number(kept.closer_than_others),
        }

    def _confusion(self, read: Readings) -> dict[str, Any]:
        """Counts of what each recogniser reads, by what was asked for, or is shown."""
        classes = [str(name) for name in self.prepared.classes]
        found = {}
        for recogniser in self.judges.recognisers:
            # In the usual order, so that what is right lies on the diagonal.
            known = [str(name) for name in Expression if name in recogniser.recognised]

            def count(
                asked: Sequence[str], named: NDArray[np.str_], known: Sequence[str] = known
            ) -> list[list[int]]:
                counted = Counter(zip(asked, named.tolist(), strict=True))
                return [[counted[row, column] for column in known] for row in classes]

            found[recogniser.name] = {
                "classes": known,
                "outputs": count(self.trials.targets, read.named[recogniser.name]),
                "real": count(self.trials.real.shown, self._real.named[recogniser.name]),
            }
        return found

    def _not_told(self) -> Iterator[str]:
        """Sentences on figures that this set has no room for, whatever is installed."""
        trials, classes = self.trials, set(self.trials.targets)
        if not (trials.exact >= 0).any():
            yield "The set has no exact targets, so there is no paired error."
        if not any(trials.people):
            yield (
                "The set does not say who is on its faces, so intervals take every face for "
                "another person's, and identity is not held against other people's."
            )
        if CONTEMPT in classes and not (trials.neutral[trials.source] >= 0).any():
            yield "Nobody kept out is shown neutral, too, so contempt cannot be read."
        for recogniser in self.judges.recognisers:
            if classes.isdisjoint(map(str, recogniser.recognised)):
                yield (
                    f"The recogniser '{recogniser.name}' knows none of the set's classes, so there "
                    "is no accuracy by it."
                )

    def _absent_classes(self) -> Iterator[str]:
        """Sentences on classes that a side of the comparison with real faces lacks."""
        sides = {
            "kept out": (self.trials.real, "sharpness, identity and the recognisers' accuracy")
        }
        if self._references is not None:
            sides["trained on"] = (self._references, "distances between sets")
        for side, (real, figures) in sides.items():
            shown = set(real.shown)
            for name in map(str, self.prepared.classes):
                if name not in shown:
                    yield (
                        f"No face of the people {side} shows the class '{name}', so {figures} lack "
                        "real faces of it."
                    )


def _quantiles(values: NDArray[np.float64]) -> list[float] | None:
    """Those of :data:`QUANTILES`; None of nothing."""
    return np.quantile(values, QUANTILES).tolist() if values.size else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
