"""Preparing a collection of labelled photos: every face found, aligned and written with its label.

Photos are worked on in parallel, and work that was stopped goes on where it was. What cannot be
used is left out, listed with the reason in ``report/left_out.csv`` and shown in
``report/index.html``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.choices import check_choice
from lgpgan.datasets.boxes import cut_out
from lgpgan.datasets.building import (
    claim,
    class_folders,
    failure_of_photo,
    finished,
    marked,
    pending,
    plain_signs,
    read_result,
    shortened,
    work_through,
    write_result,
)
from lgpgan.datasets.labels import class_order
from lgpgan.datasets.layouts.fer2013 import read_face
from lgpgan.datasets.layouts.listing import Entry, LeftOut, Reason
from lgpgan.datasets.layouts.parquet import SUFFIX as PARQUET_SUFFIX
from lgpgan.datasets.layouts.parquet import read_picture
from lgpgan.datasets.outcome import Outcome
from lgpgan.datasets.outcome_page import PAGE, write_outcome
from lgpgan.datasets.people_by_face import UNSPLIT, ByFace, place_by_face
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE, align, eye_centres, warp
from lgpgan.faces.descriptors import FaceDescriber
from lgpgan.faces.detection import MAXIMUM_TURN, Face, Look
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.faces.regions import region_description
from lgpgan.files import locked, replacing
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import number_of_processes, work
from lgpgan.photos.reading import read_photo

__all__ = ["REPORT", "FaceRules", "Preparer", "PreparingReport", "Size", "prepare_set"]

SETTINGS = "prepare.json"
REPORT = "report"
LEFT_OUT = "left_out"
THUMBNAIL = 160
"""Side of the thumbnails of photos that are left out, in pixels."""


@dataclass(frozen=True)
class FaceRules:
    """Which of the faces that are found are used.

    Attributes:
        all_angles: whether those seen from the side are, too.
        max_cut: the share of the aligned face, 0 to 1, that may lie beyond the photo's border.
    """

    all_angles: bool = False
    max_cut: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no share.

        Raises:
            InputError: when ``max_cut`` is none.
        """
        if not 0 <= self.max_cut <= 1:
            raise InputError(f"--max-cut is a share from 0 to 1, not {self.max_cut:g}.")


@dataclass(frozen=True)
class PreparingReport:
    """The result of preparing a collection.

    Attributes:
        prepared: the set.
        outcome: what became of the photos.
    """

    prepared: PreparedSet
    outcome: Outcome

    @property
    def left_out(self) -> Mapping[str, LeftOut]:
        """Photo to the reason why it is not in the set."""
        return self.outcome.left_out

    @property
    def page(self) -> Path:
        """The page that shows what became of the photos."""
        return self.prepared.folder / REPORT / PAGE


Size = Literal[128, 256]
"""Sides of the aligned faces, in pixels."""


def prepare_set(
    entries: Sequence[Entry],
    destination: Path,
    *,
    size: Size = TEMPLATE_SIZE,
    rules: FaceRules = FaceRules(),
    by_face: ByFace | None = None,
    left_out: Mapping[str, LeftOut] | None = None,
    details: Mapping[str, Any] | None = None,
    processes: int | None = None,
    engine: Engine = work,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PreparingReport:
    """Make a prepared set of a collection's photos.

    Args:
        entries: the photos, each with its class and its split.
        destination: the set's folder; one that was begun with the same photos is continued, and
            photos that could not be used are tried again.
        size: side of the aligned faces in pixels.
        rules: which of the faces that are found are used.
        by_face: how people whom nobody named are told apart by their faces, and drawn; None to
            leave them unnamed, where every photo has a split.
        left_out: photos that the layout left out already, for the report.
        details: what else ``dataset.json`` should say.
        processes: how many; as many as there are cores if None.
        engine: what spreads the photos over them.
        progress: called with the photos done and their total.

    Raises:
        InputError: when there is no photo, or no such size, when another run writes to the folder,
            when it holds something else or was begun with another size, other rules, photos or
            splits, or when no photo of a class could be used; what was done stays done, and the
            report is written.
        LgpganError: when one of the processes was killed.
    """
    check_choice(size, Size, "size")
    if not entries:
        raise InputError("there is no photo to work on.")
    named = _unique_names(entries)
    with locked(destination):
        return _prepare(
            named,
            destination,
            size=size,
            rules=rules,
            by_face=by_face,
            left_out=left_out or {},
            details=details or {},
            processes=number_of_processes(processes, "--jobs"),
            engine=engine,
            progress=progress,
        )


def _prepare(
    named: Mapping[str, Entry],
    destination: Path,
    *,
    size: Size,
    rules: FaceRules,
    by_face: ByFace | None,
    left_out: Mapping[str, LeftOut],
    details: Mapping[str, Any],
    processes: int,
    engine: Engine,
    progress: Callable[[int, int], None],
) -> PreparingReport:
    """Make the set in a folder that is this run's alone."""
    people = {"people": "by-face"} if by_face else {}
    claim(destination, SETTINGS, {"size": size, **asdict(rules), **people})
    (destination / REPORT / LEFT_OUT).mkdir(parents=True, exist_ok=True)
    _check_continued(destination, named)
    left = pending(destination, named)
    done = len(named) - len(left)
    progress(done, len(named))
    folders = class_folders(entry.label for entry in named.values())
    start = partial(Preparer, destination, size, rules, folders, describe=by_face is not None)
    for _ in work_through(left, start, processes, engine):
        done += 1
        progress(done, len(named))
    records: list[Record] = []
    descriptors: list[Sequence[float]] = []
    sequences: list[str] = []
    not_used = dict(left_out)
    thumbnails: dict[str, Path] = {}
    found = 0
    for name, entry in named.items():
        result = read_result(destination, name)
        found += result["faces"] > 0
        records += map(Record.from_json, result.get("records", ()))
        if "descriptor" in result:
            descriptors.append(result["descriptor"])
            sequences.append(entry.sequence)
        if "error" in result:
            not_used[entry.photo] = LeftOut(Reason(result["error"]), result["detail"])
        thumbnail = _thumbnail_of(destination, name)
        if thumbnail.exists():
            thumbnails[entry.photo] = thumbnail
    outcome = Outcome(len(named), found, records, not_used)
    write_outcome(outcome, destination, destination / REPORT, thumbnails)
    classes = class_order(entry.label for entry in named.values())
    _check_classes(classes, records, list(named.values()), not_used, destination)
    if by_face is not None:
        records = place_by_face(destination, records, np.array(descriptors), sequences, by_face)
        outcome = replace(outcome, records=records)
        write_outcome(outcome, destination, destination / REPORT, thumbnails)
    prepared = write_prepared_set(
        destination,
        records,
        size=size,
        classes=classes,
        details={
            **details,
            "regions": region_description(),
            "found": {str(look): count for look, count in outcome.looks.items()},
            "left_out": {str(reason): count for reason, count in outcome.reasons.items()},
        },
    )
    return PreparingReport(prepared, outcome)


class Preparer:
    """Turns photos into aligned faces; one instance a process.

    Args:
        destination: the set's folder.
        size: side of the aligned faces in pixels.
        rules: which of the faces that are found are used.
        folders: class to the name of its folder.
        describe: write down the descriptor of every face, too.
    """

    def __init__(
        self,
        destination: Path,
        size: int,
        rules: FaceRules,
        folders: Mapping[str, str],
        *,
        describe: bool = False,
    ) -> None:
        self.detector = PatientDetector()
        self.describer = FaceDescriber() if describe else None
        self.destination = destination
        self.size = size
        self.rules = rules
        self.folders = folders

    def process(self, name: str, entry: Entry) -> None:
        """Prepare a photo; what is wrong with it is written down, not raised."""
        thumbnail = _thumbnail_of(self.destination, name)
        thumbnail.unlink(missing_ok=True)
        result: dict[str, Any]
        try:
            result = self._result(name, entry, thumbnail)
        except InputError as error:
            result = {"faces": 0, "error": Reason.UNREADABLE, "detail": str(error)}
        except Exception as error:
            told = failure_of_photo(self.destination, error)
            result = {"faces": 0, "error": Reason.FAILED, "detail": str(told)}
        write_result(self.destination, name, result, entry.path)

    def _result(self, name: str, entry: Entry, thumbnail: Path) -> dict[str, Any]:
        """What became of a photo: its face is written, or the photo itself, small.

        Raises:
            InputError: when the photo cannot be read.
        """
        pixels = _read(entry)
        faces = self._find(pixels, cropped=entry.cropped)
        found = sum(face.look is not Look.FRAME for face in faces)
        problem = self._problem(faces, pixels)
        if problem is None:
            record = self._write(name, entry, pixels, faces[0])
            result: dict[str, Any] = {"photo": entry.photo, "faces": found}
            result["records"] = [record.to_json()]
            if self.describer is not None:
                descriptor = self.describer.embed(pixels, faces[0].landmarks)
                result["descriptor"] = descriptor.round(4).tolist()
            return result
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        with replacing(thumbnail, flush=False) as unfinished:
            Image.fromarray(_thumbnail(pixels)).save(unfinished, "JPEG")
        return {"faces": found, "error": problem.reason, "detail": problem.detail}

    def _find(self, pixels: NDArray[np.uint8], *, cropped: bool) -> list[Face]:
        """The faces of a photo; of a picture that was cut to one face, that one.

        Where no look finds it, the whole frame is taken for it, unless the picture shows nothing.
        """
        faces = self.detector.detect(pixels)
        if not cropped:
            return faces
        if not faces:
            whole = self.detector.frame(pixels)
            return [] if whole is None else [whole]
        return [max(faces, key=partial(_prominence, middle=_middle(pixels)))]

    def _problem(self, faces: Sequence[Face], pixels: NDArray[np.uint8]) -> LeftOut | None:
        """Why the faces that were found in a photo cannot be used; None where one can."""
        if not faces:
            return LeftOut(Reason.NO_FACE, "no face was found.")
        if len(faces) > 1:
            return LeftOut(Reason.SEVERAL_FACES, f"{len(faces)} faces were found; one is needed.")
        (face,) = faces
        if face.too_small:
            detail = f"there are {face.eye_distance:.0f} pixels between the eyes."
            return LeftOut(Reason.TOO_SMALL, detail)
        if face.hides_features(*pixels.shape[:2]):
            return LeftOut(Reason.CUT_OFF, "the photo's border hides an eye or the mouth.")
        if not (self.rules.all_angles or face.turn <= MAXIMUM_TURN):
            return LeftOut(Reason.NOT_FRONTAL, "the face is turned too far to the side.")
        cut = face.cut(*pixels.shape[:2])
        if cut > self.rules.max_cut:
            detail = f"{cut:.0%} of the aligned face lie beyond the photo's border."
            return LeftOut(Reason.CUT_OFF, detail)
        return None

    def _write(self, name: str, entry: Entry, pixels: NDArray[np.uint8], face: Face) -> Record:
        """Write the aligned face of a photo; returns what ``metadata.jsonl`` says of it."""
        transform = align(face.landmarks, self.size)
        file_name = f"{entry.split or UNSPLIT}/{self.folders[entry.label]}/{name}.png"
        path = self.destination / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, flush=False) as unfinished:
            Image.fromarray(warp(pixels, transform, self.size)).save(unfinished, "PNG")
        return Record(
            file_name=file_name,
            person=entry.person,
            photo=name,
            expression=entry.label,
            intensity=1.0,
            action_units=None,
            landmarks=transform(face.landmarks).round(2),
            split=entry.split,
            photographed=entry.label,
            shares=entry.shares,
            source=entry.source,
            licence=entry.licence,
            age=entry.age,
            gender=entry.gender,
            ethnicity=entry.ethnicity,
            gaze=entry.gaze,
            camera=entry.camera,
            cut=round(face.cut(*pixels.shape[:2]), 3),
            look=face.look,
        )


def _read(entry: Entry) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 of an entry."""
    if entry.offset is None:
        pixels = read_photo(entry.path).pixels
    elif entry.path.suffix.lower() == PARQUET_SUFFIX:
        pixels = read_picture(entry.path, entry.offset)
    else:
        pixels = read_face(entry.path, entry.offset)
    return pixels if entry.box is None else cut_out(pixels, entry.box)


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The middle (2,) of a picture, x and y."""
    height, width = pixels.shape[:2]
    return np.array([width / 2, height / 2])


def _prominence(face: Face, middle: NDArray[np.float64]) -> float:
    """Size of a face over its distance from the middle of a picture that was cut to one face."""
    between = np.mean(eye_centres(face.landmarks), axis=0)
    return face.eye_distance / (face.eye_distance + float(np.linalg.norm(between - middle)))


def _thumbnail_of(destination: Path, name: str) -> Path:
    """Where a photo that is left out is shown small."""
    return destination / REPORT / LEFT_OUT / f"{name}.jpg"


def _thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A photo, at most THUMBNAIL pixels a side."""
    photo = Image.fromarray(pixels)
    photo.thumbnail((THUMBNAIL, THUMBNAIL))
    return np.asarray(photo)


def _unique_names(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The entries by a file name for each: its path, cut short and told apart where need be."""
    seen = Counter(entry.photo for entry in entries)
    twice = [photo for photo, count in seen.items() if count > 1]
    if twice:
        raise InputError(f"{twice[0]} is listed {seen[twice[0]]} times; list every photo once.")
    plain = [plain_signs(os.path.splitext(entry.photo)[0]) for entry in entries]
    shared = Counter(name.casefold() for name in plain)
    named = {}
    for name, entry in zip(plain, entries, strict=True):
        whole = entry.photo
        unique = shared[name.casefold()] == 1
        named[shortened(name, whole) if unique else marked(name, whole)] = entry
    return named


def _check_continued(destination: Path, named: Mapping[str, Entry]) -> None:
    """Refuse a folder that holds other photos, or the same in other classes or splits."""
    for name, result in finished(destination):
        entry = named.get(name)
        record = Record.from_json(result["records"][0])
        known = (record.person, record.expression, record.split, record.shares, result["photo"])
        if entry is None or known != (
            *(entry.person, entry.label, entry.split, entry.shares, entry.photo),
        ):
            raise InputError(
                f"{destination} holds the face of '{result['photo']}' and was begun with another "
                "list of photos, or other classes or splits; name another folder or delete it."
            )


def _check_classes(
    classes: Sequence[str],
    records: Sequence[Record],
    entries: Sequence[Entry],
    left_out: Mapping[str, LeftOut],
    destination: Path,
) -> None:
    """Refuse a set of which a class came out empty."""
    used = {record.expression for record in records}
    for name in classes:
        if name not in used:
            photos = [entry.photo for entry in entries if entry.label == name]
            counts = Counter(str(left_out[photo].reason) for photo in photos)
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
            raise InputError(
                f"none of the {len(photos)} photos of the class '{name}' could be used ({reasons}; "
                f"see {destination / REPORT}); mend them, or add --leave-out {name}, and run the "
                "same command again."
            )
