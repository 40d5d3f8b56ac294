"""One editor on one set, with every figure that there is: the substance of ``lgpgan evaluate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lgpgan
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.distributions import Sample
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.figures import figures_of
from lgpgan.evaluation.identity import identity_distances
from lgpgan.evaluation.identity_pairs import IdentityKept, sample_person_pairs
from lgpgan.evaluation.judges import Judges, Readings, read_faces, read_features
from lgpgan.evaluation.measures import Measured
from lgpgan.evaluation.set_distances import distances_of
from lgpgan.evaluation.subjects import Subject
from lgpgan.evaluation.trials import RealFaces, Trials

__all__ = ["FORMAT", "Evaluator"]

FORMAT = 1
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many faces are done, and their total."""


class Evaluator:
    """Judges any number of editors on the same faces.

    What does not depend on the editor, how real faces are read above all, is worked out once.

    Args:
        prepared: the set; people of its split ``test`` are asked, those of ``train`` are the
            reference of distances between sets.
        judges: who looks at the faces.
        sources: only faces of this class are edited; all if None.
        progress: told how far the work is.

    Raises:
        InputError: when the set lacks a split, or the class.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        judges: Judges,
        *,
        sources: str | None = None,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self.prepared = prepared
        self.judges = judges
        self.progress = progress
        self.trials = Trials.of(prepared, sources=sources)
        self.references = RealFaces.of(prepared, "train")
        real = self.trials.real
        self._real = read_faces(
            real.faces, real.mouth_top, judges, self._report("looking at real faces")
        )
        self._reference_features = read_features(self.references.faces, judges)

    def outputs(self, editor: FaceEditor) -> NDArray[np.uint8]:
        """What an editor makes of every trial: (N, 128, 128, 3) uint8."""
        trials, real = self.trials, self.trials.real
        total, report = len(trials), self._report("editing")
        made = np.empty((total, *real.faces.shape[1:]), np.uint8)
        sources = trials.sources
        for start in range(0, total, 64):
            rows = slice(start, min(start + 64, total))
            chosen = trials.source[rows]
            made[rows] = editor(
                real.faces[chosen], real.landmarks[chosen], sources[rows], trials.targets[rows]
            )
            report(rows.stop, total)
        return made

    def judge(self, subject: Subject, made: NDArray[np.uint8]) -> dict[str, Any]:
        """Every figure of an editor's outputs, as ``evaluation.json`` holds them.

        Args:
            subject: whose they are.
            made: (N, 128, 128, 3) uint8, as from :meth:`outputs`.
        """
        trials, real = self.trials, self.trials.real
        tops = real.mouth_top[trials.source]
        read = read_faces(made, tops, self.judges, self._report("looking at outputs"))
        people = [real.people[row] for row in trials.source]
        groups = trials.groups()
        distances, problems = self._distances(read, people)
        return {
            "format": FORMAT,
            "lgpgan": lgpgan.__version__,
            "subject": subject.to_json(),
            "data": self._about_data(),
            "measures": {
                measure.key: figures_of(measure, people, groups)
                for measure in Measured(trials, self.judges.recognisers, self._real, made, read)
            },
            "distances": distances,
            "identity": self._identity(read),
            "confusion": self._confusion(read),
            "missing": [*self.judges.missing, *self._unknown()],
            "problems": [*self.judges.problems, *problems],
        }

    def _report(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)

    def _about_data(self) -> dict[str, Any]:
        description, real = self.prepared.description, self.trials.real
        return {
            "folder": str(self.prepared.folder),
            "content_hash": self.prepared.content_hash,
            "faces_hash": real.fingerprint,
            "classes": [str(name) for name in self.prepared.classes],
            "people": len(set(real.people)),
            "sources": len(set(self.trials.source.tolist())),
            "outputs": len(self.trials),
            "references": len(self.references),
            "held_out": len(real),
            "citations": list(description["citations"]),
        }

    def _distances(self, read: Readings, people: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """Distances of the outputs to real images of the people trained on, and what went wrong."""
        found: dict[str, Any] = {}
        problems: list[str] = []
        for extractor in self.judges.extractors:
            name = extractor.name
            outputs = Sample(read.features[name], people)
            held_out = Sample(self._real.features[name], self.trials.real.people)
            try:
                reference = self._reference_features[name]
                found |= distances_of(extractor, reference, outputs, held_out)
            except InputError as error:
                problems.append(f"No distances of {name} features: {error}")
        return found, problems

    def _identity(self, read: Readings) -> dict[str, Any]:
        """What distances of descriptors mean in this set."""
        real = self.trials.real
        pairs = sample_person_pairs(self._real.descriptors, real.people, real.shown)
        edited = identity_distances(self._real.descriptors[self.trials.source], read.descriptors)
        kept = IdentityKept(edited, pairs)
        return {
            "same_person_median": _median(pairs.same),
            "other_person_median": _median(pairs.other),
            "verification_rate": kept.verification_rate,
            "false_acceptance_rate": _number(kept.false_acceptance_rate),
            "closer_than_others": _number(kept.closer_than_others),
        }

    def _confusion(self, read: Readings) -> dict[str, Any]:
        """Counts of what each recogniser reads, by what was asked for, or is shown."""
        classes = [str(name) for name in self.prepared.classes]
        found = {}
        for recogniser in self.judges.recognisers:
            known = [str(expression) for expression in recogniser.recognised]

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

    def _unknown(self) -> Iterator[str]:
        """Sentences on what this set does not let one measure."""
        if not (self.trials.exact >= 0).any():
            yield "The set has no exact targets, so there is no paired error."
        shown = set(self.trials.real.shown)
        for name in self.prepared.classes:
            if str(name) not in shown:
                yield (
                    f"No face kept out shows '{name}', so sharpness and identity have nothing real "
                    "of that class to be compared with."
                )


def _median(values: NDArray[np.float64]) -> float | None:
    return float(np.median(values)) if values.size else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
