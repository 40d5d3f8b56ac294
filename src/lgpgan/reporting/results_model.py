"""Types of the result files, and reading the files.

``lgpgan evaluate`` writes ``evaluation.json``, ``lgpgan compare`` a file for every finished cell:
one row of its table trained with one seed. What is here reads both and checks their form; what it
does not know, a later version's additions, it passes over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = [
    "BASELINES",
    "Better",
    "Cell",
    "Confusion",
    "Counts",
    "Data",
    "Distance",
    "Evaluation",
    "Identity",
    "Interval",
    "Measure",
    "Reading",
    "Subject",
    "Training",
    "cell_from_json",
    "evaluation_from_json",
    "read_cells",
    "read_evaluation",
]

CELL_FORMAT = 1
BASELINES = frozenset({"identity", "studio"})
"""Methods that are no rivals but say what figures are worth; see lgpgan.evaluation.baselines."""

Better = Literal["higher", "lower", "nearer 1", "none"]
"""Which way is better; ``none`` where neither is, as with the amount of change."""
Interval = tuple[float, float]
Counts = Sequence[Sequence[int]]

_READ = ConfigDict(extra="ignore", allow_inf_nan=False)


@dataclass(frozen=True, config=_READ)
class Reading:
    """A figure of some images.

    Attributes:
        value: the figure of all these images.
        interval: 95 %, by people; None where it has none.
        count: how many images.
        people: how many people these are of; None in files of earlier versions.
    """

    value: float
    interval: Interval | None = None
    count: int | None = None
    people: int | None = None


@dataclass(frozen=True, config=_READ)
class Measure:
    """What is measured on every output.

    Attributes:
        title: title in reports.
        unit: ``share`` (0 to 1, shown in percent), or any other word.
        better: which way is.
        about: a sentence on what it is and what to hold against it.
        overall: the figure of all outputs.
        real: the same of real images, where there is such a thing.
        by: grouping (``target``, ``source``, ``gender``, …) to group to reading.
    """

    title: str
    unit: str
    better: Better
    about: str
    overall: Reading
    real: Reading | None = None
    by: Mapping[str, Mapping[str, Reading]] = Field(default_factory=dict)


@dataclass(frozen=True, config=_READ)
class Distance:
    """What is measured on all outputs together.

    Attributes:
        title: title in reports.
        value: the distance of the outputs.
        interval: 95 %, by people.
        floor: the distance of as many real images.
        floor_interval: 95 %, by people.
        count: how many outputs, and real images, it is of.
        reference_count: how many real images it is to.
        people: how many people the outputs are of; None in files of earlier versions.
        floor_people: the same of the real images of the floor.
        mode: which images were compared with which; empty where there is only one way.
    """

    title: str
    value: float
    interval: Interval | None = None
    floor: float | None = None
    floor_interval: Interval | None = None
    count: int | None = None
    reference_count: int | None = None
    people: int | None = None
    floor_people: int | None = None
    mode: str = ""

    @property
    def reading(self) -> Reading:
        """That of the outputs."""
        return Reading(self.value, self.interval, self.count, self.people)

    @property
    def real(self) -> Reading | None:
        """That of real images."""
        if self.floor is None:
            return None
        return Reading(self.floor, self.floor_interval, self.count, self.floor_people)


@dataclass(frozen=True, config=_READ)
class Confusion:
    """What a recogniser reads.

    Attributes:
        classes: the classes that it knows, the columns.
        outputs: a row of counts for every class of the set, asked for.
        real: a row of counts for every class of real images, either those of the set or those that
            it knows.
    """

    classes: tuple[str, ...]
    outputs: Counts
    real: Counts = ()

    def rows_of_real(self, of_set: Sequence[str]) -> dict[str, Sequence[int]]:
        """Counts of the classes of real images, of those that there are images of."""
        names = of_set if len(self.real) == len(of_set) else self.classes
        return {name: counts for name, counts in zip(names, self.real, strict=False) if sum(counts)}

    def rows_of_outputs(self, of_set: Sequence[str]) -> dict[str, Sequence[int]]:
        """Counts of the classes asked for, of those that were."""
        named = zip(of_set, self.outputs, strict=False)
        return {name: counts for name, counts in named if sum(counts)}


@dataclass(frozen=True, config=_READ)
class Identity:
    """How far apart descriptors of faces lie: how much of the person was kept.

    Attributes:
        quantiles: shares, 0 to 1.
        outputs: these quantiles of the distances of outputs and their inputs.
        same_person: the quantiles of two real images of one person; None where there are none.
        other_people: the quantiles of real images of two people; None likewise.
        verification_rate: share of the outputs that are taken for the person of their input.
        false_acceptance_rate: share of two people's images that are taken for one person's.
        closer_than_others: how often an output is closer to its input than two people are.
    """

    quantiles: tuple[float, ...]
    outputs: tuple[float, ...]
    verification_rate: float
    same_person: tuple[float, ...] | None = None
    other_people: tuple[float, ...] | None = None
    false_acceptance_rate: float | None = None
    closer_than_others: float | None = None

    @property
    def rows(self) -> dict[str, tuple[float, ...]]:
        """Of whom to the quantiles, as far as they are known."""
        named = {
            "output and input": self.outputs,
            "two images of a person": self.same_person,
            "images of two people": self.other_people,
        }
        return {name: values for name, values in named.items() if values}


@dataclass(frozen=True, config=_READ)
class Subject:
    """What was evaluated.

    Attributes:
        name: on the command line and in file names.
        title: title in reports.
        method: method of :data:`lgpgan.methods.registry.METHODS`, or one of :data:`BASELINES`.
        images: how many it was trained on, repeats counted.
        sees_pairs: whether it was shown the exact answers while it was trained.
        weights: their file; empty where there are none.
    """

    name: str
    title: str
    method: str
    images: int = 0
    sees_pairs: bool = False
    weights: str | None = None


@dataclass(frozen=True, config=_READ)
class Data:
    """What it was evaluated on: the attributes are those of the file."""

    folder: str
    content_hash: str
    classes: tuple[str, ...]
    people: int
    sources: int
    outputs: int
    references: int = 0
    held_out: int = 0
    faces_hash: str = ""
    split: str = "test"
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, config=_READ)
class Evaluation:
    """All figures of one subject on one set.

    Of the attributes not in the file's own words, ``protocol`` is the number that
    :data:`lgpgan.evaluation.distances.protocols.PROTOCOL` has for the split; 1 in files of earlier
    versions.
    """

    format: int
    lgpgan: str
    subject: Subject
    data: Data
    measures: Mapping[str, Measure]
    distances: Mapping[str, Distance] = Field(default_factory=dict)
    confusion: Mapping[str, Confusion] = Field(default_factory=dict)
    identity: Identity | None = None
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    protocol: int = 1

    def reading(self, key: str) -> Reading | None:
        """The figure of a measure or a distance over all outputs; None where there is neither."""
        if key in self.measures:
            return self.measures[key].overall
        return self.distances[key].reading if key in self.distances else None

    def real(self, key: str) -> Reading | None:
        """The same of real images, where there is such a thing."""
        if key in self.measures:
            return self.measures[key].real
        return self.distances[key].real if key in self.distances else None


@dataclass(frozen=True, config=_READ)
class Training:
    """What a cell cost.

    Attributes:
        images: shown, repeats counted.
        published_images: the same of the run that the method's authors published; None where a file
            does not say it.
        seconds: seconds of training.
        operations: floating-point, counted and not measured.
        generator_parameters: generator parameters of the networks that make pictures.
        sees_pairs: whether it was shown the exact answers.
        sees_units: whether it was told the exact action units of every face.
        sees_faint: whether it was shown faces with little of their class.
        config: every option of the run.
    """

    images: int
    published_images: int | None = None
    seconds: float | None = None
    operations: float | None = None
    generator_parameters: int | None = None
    sees_pairs: bool = False
    sees_units: bool = False
    sees_faint: bool = False
    config: Mapping[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, config=_READ)
class Cell:
    """One row of a comparison, trained with one seed, and evaluated.

    Attributes:
        row: name of the row; cells of several seeds share it.
        title: title of the row, for people.
        seed: seed of the training.
        budget: floating-point operations it was allowed; None for a baseline, and for a run that
            is as long as its options say.
        training: the cost of the training; None for a baseline.
        made: what it was made of (:mod:`lgpgan.comparing.making`); empty in files of earlier
            versions.
    """

    format: int
    row: str
    title: str
    evaluation: Evaluation
    seed: int = 0
    budget: float | None = None
    training: Training | None = None
    made: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline and not a method."""
        return self.evaluation.subject.method in BASELINES


Result = TypeVar("Result", Evaluation, Cell)

_EVALUATION = TypeAdapter(Evaluation)
_CELL = TypeAdapter(Cell)


def evaluation_from_json(values: Mapping[str, Any]) -> Evaluation:
    """An evaluation from what its file holds.

    Raises:
        InputError: when it has another form.
    """
    return _validated(_EVALUATION, values, "The evaluation")


def cell_from_json(values: Mapping[str, Any]) -> Cell:
    """A cell from what its file holds.

    Raises:
        InputError: when it has another form.
    """
    return _validated(_CELL, values, "The cell")


def read_evaluation(path: Path) -> Evaluation:
    """Read ``evaluation.json``.

    Raises:
        InputError: when the file cannot be read or has another form.
    """
    return _read(_EVALUATION, path)


def read_cells(folder: Path, names: Sequence[str] | None = None) -> list[Cell]:
    """Read finished cells.

    Args:
        folder: where they lie.
        names: names of their files, in the order wanted; every ``*.json``, by name, if None.

    Raises:
        InputError: when there are none, or one cannot be read or has another form.
    """
    paths = sorted(folder.glob("*.json")) if names is None else [folder / n for n in names]
    if not paths:
        raise InputError(f"{folder} holds no finished cells; let lgpgan compare finish one first.")
    return [_read(_CELL, path) for path in paths]


def _read(adapter: TypeAdapter[Result], path: Path) -> Result:
    try:
        content = regular_file(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    return _validated(adapter, content, str(path))


def _validated(
    adapter: TypeAdapter[Result], content: bytes | Mapping[str, Any], name: str
) -> Result:
    """Check the form and the format's version."""
    try:
        if isinstance(content, bytes):
            result = adapter.validate_json(content)
        else:
            result = adapter.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{name} is damaged ({place}: {first['msg']}); evaluate again.") from None
    if result.format != CELL_FORMAT:
        raise InputError(f"{name} was written by another version of lgpgan; evaluate again.")
    return result
