"""One photo of a collection: its face is found, aligned and written, or it is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.datasets.boxes import cut_out
from lgpgan.datasets.building import failure_of_photo, photo_before_reading, write_result
from lgpgan.datasets.layouts.listing import Entry, LeftOut, Reason
from lgpgan.datasets.layouts.parquet import SUFFIX as PARQUET_SUFFIX
from lgpgan.datasets.layouts.parquet import read_picture
from lgpgan.datasets.layouts.pixel_rows import read_face
from lgpgan.datasets.records import Record
from lgpgan.datasets.splits import UNSPLIT
from lgpgan.errors import InputError
from lgpgan.faces.alignment import align, eye_centres, warp
from lgpgan.faces.descriptors import FaceDescriber
from lgpgan.faces.detection import MAXIMUM_TURN, Face, Look
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.files import replacing
from lgpgan.photos.marks import jpeg_marks, marked_png
from lgpgan.photos.photo import Photo
from lgpgan.photos.reading import read_photo

__all__ = ["LEFT_OUT", "REPORT", "USUAL_RULES", "FaceRules", "Preparer", "thumbnail_of"]

REPORT = "report"
"""Folder of what is to be told of a set, within it."""
LEFT_OUT = "left_out"
"""Folder of the thumbnails of photos that are left out, within that."""
THUMBNAIL = 160
"""Side of these thumbnails, in pixels."""


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


USUAL_RULES = FaceRules()
"""Faces from the front, however much of them lies beyond the border."""


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
        thumbnail = thumbnail_of(self.destination, name)
        thumbnail.unlink(missing_ok=True)
        before = photo_before_reading(entry.path)
        result: dict[str, Any]
        try:
            result = self._result(name, entry, thumbnail)
        except InputError as error:
            result = {"faces": 0, "error": Reason.UNREADABLE, "detail": str(error)}
        except Exception as error:
            told = failure_of_photo(self.destination, error)
            result = {"faces": 0, "error": Reason.FAILED, "detail": str(told)}
        write_result(self.destination, name, result, before.digest_of_what_was_read())

    def _result(self, name: str, entry: Entry, thumbnail: Path) -> dict[str, Any]:
        """What became of a photo: its face is written, or the photo itself, small.

        Raises:
            InputError: when the photo cannot be read.
        """
        photo = _read(entry)
        pixels = photo.pixels
        faces = self._find(pixels, cropped=entry.cropped)
        found = sum(face.look is not Look.FRAME for face in faces)
        problem = self._problem(faces, pixels)
        if problem is None:
            record = self._write(name, entry, photo, faces[0])
            result: dict[str, Any] = {"photo": entry.photo, "faces": found}
            result["records"] = [record.to_json()]
            if self.describer is not None:
                descriptor = self.describer.embed(pixels, faces[0].landmarks)
                result["descriptor"] = descriptor.round(4).tolist()
            return result
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        with replacing(thumbnail, flush=False) as unfinished:
            Image.fromarray(_thumbnail(pixels)).save(
                unfinished, "JPEG", **jpeg_marks(photo.synthetic)
            )
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

    def _write(self, name: str, entry: Entry, photo: Photo, face: Face) -> Record:
        """Write the aligned face of a photo; returns what ``metadata.jsonl`` says of it.

        The face of a photo that is marked as synthetic is marked, too.
        """
        pixels = photo.pixels
        transform = align(face.landmarks, self.size)
        file_name = f"{entry.split or UNSPLIT}/{self.folders[entry.label]}/{name}.png"
        path = self.destination / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        aligned = warp(pixels, transform, self.size)
        with replacing(path, flush=False) as unfinished:
            if photo.synthetic is None:
                Image.fromarray(aligned).save(unfinished, "PNG")
            else:
                unfinished.write_bytes(marked_png(aligned, photo.synthetic))
        height, width = pixels.shape[:2]
        cut = face.cut(height, width)
        frame = transform(np.array([(0, 0), (width, 0), (0, height)], np.float64))
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
            cut=round(cut, 3),
            frame=tuple(frame.ravel().round(1).tolist()) if cut else None,
            look=face.look,
        )


def _read(entry: Entry) -> Photo:
    """The picture of an entry."""
    if entry.offset is None:
        photo = read_photo(entry.path)
    elif entry.path.suffix.lower() == PARQUET_SUFFIX:
        photo = read_picture(entry.path, entry.offset)
    else:
        photo = Photo(pixels=read_face(entry.path, entry.offset))
    return photo if entry.box is None else replace(photo, pixels=cut_out(photo.pixels, entry.box))


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The middle (2,) of a picture, x and y."""
    height, width = pixels.shape[:2]
    return np.array([width / 2, height / 2])


def _prominence(face: Face, middle: NDArray[np.float64]) -> float:
    """Size of a face over its distance from the middle of a picture that was cut to one face."""
    between = np.mean(eye_centres(face.landmarks), axis=0)
    return face.eye_distance / (face.eye_distance + float(np.linalg.norm(between - middle)))


def thumbnail_of(destination: Path, name: str) -> Path:
    """Where a photo that is left out is shown small."""
    return destination / REPORT / LEFT_OUT / f"{name}.jpg"


def _thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A photo, at most THUMBNAIL pixels a side."""
    photo = Image.fromarray(pixels)
    photo.thumbnail((THUMBNAIL, THUMBNAIL))
    return np.asarray(photo)
