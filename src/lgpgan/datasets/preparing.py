"""Preparing a collection of labelled photos: every face found, aligned and written with its label.

Photos are worked on in parallel, and work that was stopped goes on where it was. What cannot be
used is left out, listed with the reason in ``report/left_out.csv`` and shown in
``report/doubtful.png``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.contact_sheet import contact_sheet
from lgpgan.datasets.boxes import cut_out
from lgpgan.datasets.building import (
    claim,
    class_folders,
    failure_of_photo,
    finished,
    marked,
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
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.datasets.tables import write_table
from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE, align, warp
from lgpgan.faces.detection import Face
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.regions import region_description
from lgpgan.files import locked, replacing
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import number_of_processes, work
from lgpgan.photos.reading import read_photo

__all__ = ["REPORT", "Preparer", "PreparingReport", "prepare_set"]

SETTINGS = "prepare.json"
REPORT = "report"
DOUBTFUL = "doubtful"
WHOLE_FRAME = "whole frame"
"""The doubt about a face that was not found in a picture that was cut to it."""
THUMBNAIL = 160
"""Side of the thumbnails of doubtful photos, in pixels."""
SHEET_THUMBNAILS = 60
"""How many of them ``report/doubtful.png`` shows."""
CROP_SIDE = 192
"""Pictures that were cut to the face are enlarged to this before one is looked for."""
CROP_MARGIN = 48
"""How far their edges are continued then, in pixels: the detector wants something around a face."""


@dataclass(frozen=True)
class PreparingReport:
    """The result of preparing a collection.

    Attributes:
        prepared: the set.
        left_out: photo to the reason why it is not in the set.
        doubtful: number of faces in the set that a person should check.
    """

    prepared: PreparedSet
    left_out: Mapping[str, LeftOut]
    doubtful: int


def prepare_set(
    entries: Sequence[Entry],
    destination: Path,
    *,
    size: int = TEMPLATE_SIZE,
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
        left_out: photos that the layout left out already, for the report.
        details: what else ``dataset.json`` should say.
        processes: how many; as many as there are cores if None.
        engine: what spreads the photos over them.
        progress: called with the photos done and their total.

    Raises:
        InputError: when there is no photo, when another run writes to the folder, when it holds
            something else or was begun with another size, other photos or other splits, or when no
            photo of a class could be used; what was done stays done, and the report is written.
        LgpganError: when one of the processes was killed.
    """
    if not entries:
        raise InputError("there is no photo to work on.")
    named = _unique_names(entries)
    with locked(destination):
        return _prepare(
            named,
            destination,
            size=size,
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
    size: int,
    left_out: Mapping[str, LeftOut],
    details: Mapping[str, Any],
    processes: int,
    engine: Engine,
    progress: Callable[[int, int], None],
) -> PreparingReport:
    """Make the set in a folder that is this run's alone."""
    claim(destination, SETTINGS, {"size": size})
    (destination / REPORT / DOUBTFUL).mkdir(parents=True, exist_ok=True)
    _check_continued(destination, named)
    pending = [
        (name, entry)
        for name, entry in named.items()
        if "records" not in read_result(destination, name)
    ]
    done = len(named) - len(pending)
    progress(done, len(named))
    folders = class_folders(entry.label for entry in named.values())
    start = partial(Preparer, destination, size, folders)
    for _ in work_through(pending, start, processes, engine):
        done += 1
        progress(done, len(named))
    records: list[Record] = []
    not_used = dict(left_out)
    doubts: dict[str, str] = {}
    for name, entry in named.items():
        result = read_result(destination, name)
        records += map(Record.from_json, result.get("records", ()))
        if "error" in result:
            not_used[entry.photo] = LeftOut(Reason(result["error"]), result["detail"])
        if "doubt" in result:
            doubts[name] = result["doubt"]
    _write_report(destination / REPORT, not_used, doubts)
    classes = class_order(entry.label for entry in named.values())
    _check_classes(classes, records, list(named.values()), not_used, destination)
    counts = Counter(left.reason for left in not_used.values())
    prepared = write_prepared_set(
        destination,
        records,
        size=size,
        classes=classes,
        details={
            **details,
            "regions": region_description(),
            "left_out": {str(reason): counts[reason] for reason in Reason if counts[reason]},
        },
    )
    whole_frames = sum(doubt == WHOLE_FRAME for doubt in doubts.values())
    return PreparingReport(prepared, not_used, whole_frames)


class Preparer:
    """Turns photos into aligned faces; one instance a process.

    Args:
        destination: the set's folder.
        size: side of the aligned faces in pixels.
        folders: class to the name of its folder.
    """

    def __init__(self, destination: Path, size: int, folders: Mapping[str, str]) -> None:
        self.detector = DlibDetector()
        self.destination = destination
        self.size = size
        self.folders = folders

    def process(self, name: str, entry: Entry) -> None:
        """Prepare a photo; what is wrong with it is written down, not raised."""
        thumbnail = self.destination / REPORT / DOUBTFUL / f"{name}.jpg"
        thumbnail.unlink(missing_ok=True)
        result: dict[str, Any]
        try:
            result = self._result(name, entry, thumbnail)
        except InputError as error:
            result = {"error": Reason.UNREADABLE, "detail": str(error)}
        except Exception as error:
            told = failure_of_photo(self.destination, error)
            result = {"error": Reason.FAILED, "detail": str(told)}
        write_result(self.destination, name, result)

    def _result(self, name: str, entry: Entry, thumbnail: Path) -> dict[str, Any]:
        """What became of a photo; its face is written, and what is doubtful of it shown small.

        Raises:
            InputError: when the photo cannot be read.
        """
        result: dict[str, Any]
        pixels = _read(entry)
        faces, doubt = self._find(pixels, cropped=entry.cropped)
        problem = _problem(faces, pixels, cropped=entry.cropped)
        if problem is None:
            record = self._write(name, entry, pixels, faces[0])
            result = {"photo": entry.photo, "records": [record.to_json()]}
        else:
            result = {"error": problem.reason, "detail": problem.detail}
            doubt = problem.reason
        if doubt:
            result["doubt"] = doubt
            thumbnail.parent.mkdir(parents=True, exist_ok=True)
            with replacing(thumbnail, flush=False) as unfinished:
                Image.fromarray(_thumbnail(pixels)).save(unfinished, "JPEG")
        return result

    def _find(self, pixels: NDArray[np.uint8], *, cropped: bool) -> tuple[list[Face], str]:
        """The faces of a photo, and what is doubtful of them.

        A picture that was cut to one face is enlarged first. The largest face found in it is the
        one; where none is found, the whole frame is taken as its box.
        """
        if not cropped:
            return self.detector.detect(pixels), ""
        height, width = pixels.shape[:2]
        scale = max(1.0, CROP_SIDE / min(height, width))
        margin = CROP_MARGIN
        enlarged = np.asarray(
            cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
        wide = np.pad(enlarged, ((margin, margin), (margin, margin), (0, 0)), "edge")
        boxes = self.detector.boxes(wide)
        frame = (margin, margin, wide.shape[1] - margin, wide.shape[0] - margin)
        box = max(boxes, key=lambda box: box[2] - box[0], default=frame)
        landmarks = (self.detector.landmarks(wide, box) - margin) / scale
        left, top, right, bottom = ((value - margin) / scale for value in box)
        return [Face((left, top, right, bottom), landmarks)], "" if boxes else WHOLE_FRAME

    def _write(self, name: str, entry: Entry, pixels: NDArray[np.uint8], face: Face) -> Record:
        """Write the aligned face of a photo; returns what ``metadata.jsonl`` says of it."""
        transform = align(face.landmarks, self.size)
        file_name = f"{entry.split}/{self.folders[entry.label]}/{name}.png"
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


def _problem(faces: Sequence[Face], pixels: NDArray[np.uint8], *, cropped: bool) -> LeftOut | None:
    """Why the faces that were found in a photo cannot be used; None where one can."""
    if not faces:
        return LeftOut(Reason.NO_FACE, "no face was found.")
    if len(faces) > 1:
        return LeftOut(Reason.SEVERAL_FACES, f"{len(faces)} faces were found; one is needed.")
    (face,) = faces
    if face.too_small:
        detail = f"there are {face.eye_distance:.0f} pixels between the eyes."
        return LeftOut(Reason.TOO_SMALL, detail)
    if not cropped and face.is_cut(*pixels.shape[:2]):
        return LeftOut(Reason.CUT_OFF, "the face is cut by the photo's border.")
    return None


def _thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A small square picture (THUMBNAIL, THUMBNAIL, 3) of a photo, with bars where it is none."""
    photo = Image.fromarray(pixels)
    photo.thumbnail((THUMBNAIL, THUMBNAIL))
    square = Image.new("RGB", (THUMBNAIL, THUMBNAIL))
    square.paste(photo, ((THUMBNAIL - photo.width) // 2, (THUMBNAIL - photo.height) // 2))
    return np.asarray(square)


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


def _write_report(folder: Path, left_out: Mapping[str, LeftOut], doubts: Mapping[str, str]) -> None:
    """Write ``left_out.csv``, and a sheet of thumbnails of the doubtful photos where there are."""
    write_table(
        folder / "left_out.csv",
        ("photo", "reason", "detail"),
        ((photo, *asdict(left).values()) for photo, left in left_out.items()),
    )
    cells = []
    for name, doubt in list(doubts.items())[:SHEET_THUMBNAILS]:
        with Image.open(folder / DOUBTFUL / f"{name}.jpg") as picture:
            cells.append((doubt, np.asarray(picture)))
    sheet = folder / "doubtful.png"
    sheet.unlink(missing_ok=True)
    if cells:
        with replacing(sheet) as unfinished:
            shown = contact_sheet(cells, columns=min(10, len(cells)))
            Image.fromarray(shown).save(unfinished, "PNG")
