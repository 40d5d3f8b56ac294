"""The measures of every output: expression, identity, change, sharpness, error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.changes import region_differences
from lgpgan.evaluation.figures import Measure, OfReal
from lgpgan.evaluation.identity import SAME_PERSON, identity_distances
from lgpgan.evaluation.judges import Readings
from lgpgan.evaluation.sharpness import relative_sharpness
from lgpgan.evaluation.trials import Trials
from lgpgan.expressions.expression import Expression
from lgpgan.recognisers.contempt import read_contempt
from lgpgan.recognisers.recogniser import Recogniser

__all__ = ["CONTEMPT", "Measured"]

CONTEMPT = str(Expression.CONTEMPTUOUS)
PARTS: Mapping[str, str] = {
    "whole": "whole face",
    "eyes": "eyes",
    "mouth": "mouth",
    "outside": "elsewhere",
}
"""Parts of a face in which differences are measured, and their titles."""


class Measured:
    """The measures of an editor's outputs, with those of real faces where they make sense.

    Measures that the set or the judges do not allow are included, without any known value.

    Args:
        trials: the trials.
        recognisers: the recognisers that read the faces.
        usual: readings of the real faces.
        faces: (N, 128, 128, 3) uint8, the outputs.
        made: readings of the outputs.
    """

    def __init__(
        self,
        trials: Trials,
        recognisers: Sequence[Recogniser],
        usual: Readings,
        faces: NDArray[np.uint8],
        made: Readings,
    ) -> None:
        self.trials = trials
        self.recognisers = recognisers
        self.usual = usual
        self.faces = faces
        self.made = made

    def __iter__(self) -> Iterator[Measure]:
        """Yield the measures in the order of the tables."""
        yield from self._expression()
        yield from self._identity()
        yield from self._change()
        yield from self._sharpness()
        yield from self._paired_error()

    def _expression(self) -> Iterator[Measure]:
        trials, people = self.trials, self.trials.real.people
        targets, shown = np.array(trials.targets), np.array(trials.real.shown)
        for recogniser in self.recognisers:
            known = [str(expression) for expression in recogniser.recognised]
            key = recogniser.name.replace("-", "_")
            yield Measure(
                f"accuracy_{key}",
                f"expression accuracy ({recogniser.name})",
                f"Share of the outputs that {recogniser.name} reads as what was asked for, of the "
                f"{len(known)} classes that it knows; it is often wrong on real faces, too.",
                "higher",
                _accuracy(self.made.named[recogniser.name], targets, known),
                OfReal(_accuracy(self.usual.named[recogniser.name], shown, known), people),
            )
        if CONTEMPT in targets:
            made = self._contempt(self.made.landmarks, trials.neutral[trials.source])
            usual = self._contempt(self.usual.landmarks, trials.neutral)
            yield Measure(
                "contempt_read",
                "contempt read from landmarks",
                "Share of the outputs asked for contempt whose left corner of the mouth is raised "
                "and drawn out, the other not; no recogniser here knows contempt.",
                "higher",
                np.where(targets == CONTEMPT, made, np.nan),
                OfReal(np.where(shown == CONTEMPT, usual, np.nan), people),
            )
            yield Measure(
                "contempt_false",
                "contempt where none was asked for",
                "Share of the outputs asked for other classes that read as contempt.",
                "lower",
                np.where(targets == CONTEMPT, np.nan, made),
                OfReal(np.where(shown == CONTEMPT, np.nan, usual), people),
            )

    def _contempt(
        self, landmarks: NDArray[np.float64], neutral: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Whether faces read as contempt, 0 or 1; nan where no neutral face is known."""
        read = read_contempt(landmarks, self.usual.landmarks[neutral]).contemptuous
        return np.where(neutral >= 0, read.astype(np.float64), np.nan)

    def _identity(self) -> Iterator[Measure]:
        trials = self.trials
        apart = identity_distances(self.usual.descriptors[trials.source], self.made.descriptors)
        usual = self.usual.descriptors
        of_two_faces = (trials.alike >= 0) & (trials.alike != trials.source)
        real = np.where(
            of_two_faces,
            identity_distances(usual[trials.source], usual[trials.alike]),
            np.nan,
        )
        yield Measure(
            "identity_distance",
            "identity distance",
            "Distance of dlib's face descriptors of input and output, the median; beside it that "
            "of real faces of the same people with the source's and the target's class.",
            "lower",
            apart,
            OfReal(real, trials.people),
            unit="distance",
            statistic="median",
        )
        yield Measure(
            "same_person",
            "taken for the same person",
            f"Share of the outputs whose descriptor is nearer than {SAME_PERSON} to the input's; "
            "beside it that of the same pairs of real faces.",
            "higher",
            (apart < SAME_PERSON).astype(np.float64),
            OfReal(np.where(of_two_faces, real < SAME_PERSON, np.nan), trials.people),
        )

    def _change(self) -> Iterator[Measure]:
        trials, real = self.trials, self.trials.real
        inputs, tops = real.faces[trials.source], real.mouth_top[trials.source]
        change = region_differences(self.faces, inputs, tops)
        for part, title in PARTS.items():
            yield Measure(
                f"change_{part}",
                f"change, {title}",
                "Mean absolute difference of output and input, values in [−1, 1].",
                "none",
                getattr(change, part),
                unit="[−1, 1]",
            )

    def _sharpness(self) -> Iterator[Measure]:
        targets, shown = self.trials.targets, self.trials.real.shown
        comparable = np.isin(targets, shown)
        for part in ("eyes", "mouth"):
            usual = getattr(self.usual.sharpness, part)
            values = np.full(len(targets), np.nan)
            values[comparable] = relative_sharpness(
                getattr(self.made.sharpness, part)[comparable],
                [t for t, known in zip(targets, comparable, strict=True) if known],
                usual,
                shown,
            )
            yield Measure(
                f"sharpness_{part}",
                f"sharpness, {part}",
                "Fineness of edges against the median real face of the target's class; below 1 is "
                "blurred, above it are noise and patterns.",
                "nearer 1",
                values,
                OfReal(relative_sharpness(usual, shown, usual, shown), self.trials.real.people),
                unit="ratio",
            )

    def _paired_error(self) -> Iterator[Measure]:
        trials, real = self.trials, self.trials.real
        known = trials.exact >= 0
        if known.any():
            tops = real.mouth_top[trials.source]
            error = region_differences(self.faces, real.faces[trials.exact], tops)
            for part, title in PARTS.items():
                yield Measure(
                    f"paired_{part}",
                    f"paired error, {title}",
                    "Mean absolute difference of output and exact target, values in [−1, 1].",
                    "lower",
                    np.where(known, getattr(error, part), np.nan),
                    unit="[−1, 1]",
                )


def _accuracy(
    named: NDArray[np.str_], wanted: NDArray[np.str_], known: Sequence[str]
) -> NDArray[np.float64]:
    """1 where the class was read, 0 where another was; nan where the recogniser cannot know it."""
    return np.where(np.isin(wanted, known), (named == wanted).astype(np.float64), np.nan)
