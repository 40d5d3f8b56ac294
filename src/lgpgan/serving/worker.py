"""What works on photos: an editor, and the photos that it has opened."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from threading import Event

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.editing.animation import encode_animation
from lgpgan.editing.closeup import closeup
from lgpgan.editing.each_face import apply_each, describe_each
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.editing.selecting import choose
from lgpgan.editing.sheet import SheetCell, describe_sheet, expression_sheet
from lgpgan.editing.strips import describe_strip, strip
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target
from lgpgan.faces.detection import Box
from lgpgan.faces.detectors.loading import LandmarkSource
from lgpgan.methods.weights_info import WeightsInfo
from lgpgan.parallel.giving_up import go_on, unless
from lgpgan.photos.colours import to_srgb
from lgpgan.photos.deep_colour import eight_bits
from lgpgan.photos.reading import MINIMUM_SIDE, read_photo
from lgpgan.photos.writing import WRITABLE_SUFFIXES, encode_photo
from lgpgan.serving.answers import FaceAnswer, PhotoAnswer, Picture
from lgpgan.serving.limits import Limits
from lgpgan.serving.opened import OpenedPhotos
from lgpgan.serving.requests import (
    FORMATS,
    AnimationRequest,
    ChosenFaces,
    EditRequest,
    OpenRequest,
    PictureRequest,
    PreviewRequest,
    Request,
    SheetRequest,
    StripRequest,
    TargetRequest,
    ThumbnailsRequest,
    media_type,
    suffix_of,
)

__all__ = ["Answer", "Facts", "PhotoNeededError", "Task", "Worker"]

PREVIEW_QUALITY = 88
"""Of previews and thumbnails: what is lost cannot be seen while a slider moves."""

FACE_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
"""As clients write it."""

Answer = PhotoAnswer | Picture
"""What a task comes to."""


@dataclass(frozen=True)
class Facts:
    """What can be asked of a worker.

    Attributes:
        backend: what runs the networks.
        landmarks: what finds faces and their landmarks.
        info: what the weights say of themselves.
    """

    backend: str
    landmarks: str
    info: WeightsInfo


class PhotoNeededError(Exception):
    """The photo is not here: send its bytes along."""


@dataclass(frozen=True)
class Task:
    """Something to do with a photo.

    Attributes:
        photo: its id.
        request: what is to be done.
        kept: whether more is to be done with the photo.
        number: of the task, unlike that of every other.
    """

    photo: str
    request: Request
    kept: bool = True
    number: int = field(default_factory=itertools.count().__next__)


class Worker:
    """Works on tasks, in any number of threads.

    Args:
        editor: who edits.
        limits: how much is taken and kept.
        landmarks: what its editor finds faces with.
    """

    def __init__(self, editor: Editor, limits: Limits, landmarks: LandmarkSource = "dlib") -> None:
        self.editor = editor
        self.limits = limits
        self.landmarks = landmarks
        self.opened = OpenedPhotos(limits.opened_bytes)
        self._unwanted: dict[int, Event] = {}
        self._ends = Event()

    @property
    def facts(self) -> Facts:
        """What can be asked of it."""
        backend = self.editor.backend
        return Facts(backend.name, self.landmarks, backend.info)

    def prepare(self) -> None:
        """Let the detector load its files, so that the first photo does not wait for that."""
        nobody = np.zeros((MINIMUM_SIDE, MINIMUM_SIDE, 3), np.uint8)
        self.opened.alone(lambda: self.editor.detector.search(nobody))

    def do(self, task: Task, content: bytes | None = None) -> Answer:
        """The answer to a task.

        Args:
            task: what is to be done.
            content: the photo's file.

        Raises:
            PhotoNeededError: when the photo is not here, and neither is its file.
            GivenUpError: when nobody waits for it any more.
            InputError: when the photo or the request cannot be used.
            LgpganError: when it fails otherwise.
        """
        unwanted = self._unwanted[task.number] = Event()
        try:
            with unless(lambda: unwanted.is_set() or self._ends.is_set()):
                go_on()
                opened = self.opened.get(task.photo, lambda: self._open(content))
                return self._answer(task.request, task.photo, opened)
        finally:
            del self._unwanted[task.number]
            if not task.kept:
                self.opened.forget(task.photo)

    def give_up(self, number: int | None) -> None:
        """Let a task end at its next step.

        Args:
            number: of the task; None for all that there are and all that come.
        """
        unwanted = self._ends if number is None else self._unwanted.get(number)
        if unwanted is not None:
            unwanted.set()

    def _open(self, content: bytes | None) -> OpenedPhoto:
        if content is None:
            raise PhotoNeededError
        return self.editor.open(read_photo(content, most_megapixels=self.limits.megapixels))

    @singledispatchmethod
    def _answer(self, request: Request, name: str, opened: OpenedPhoto) -> Answer:
        raise NotImplementedError(type(request).__name__)

    @_answer.register
    def _describe(self, request: OpenRequest, name: str, opened: OpenedPhoto) -> Answer:
        photo = opened.photo
        height, width = photo.pixels.shape[:2]
        suffix = suffix_of("same", photo)
        faces = [
            FaceAnswer(
                number=face.number,
                box=_rounded(face.face.box),
                landmarks=face.face.landmarks.round(1).tolist(),
                eye_distance=round(face.face.eye_distance, 1),
            )
            for face in opened.faces
        ]
        return PhotoAnswer(
            id=name,
            width=width,
            height=height,
            format=WRITABLE_SUFFIXES[suffix].lower(),
            suffix=suffix,
            media_type=media_type(suffix),
            faces=faces,
            notes=[*photo.notes, *opened.notes],
            seconds_left=self.limits.minutes * 60,
        )

    @_answer.register
    def _show(self, request: PictureRequest, name: str, opened: OpenedPhoto) -> Answer:
        view = (request.side, _checked_crop(request.crop, opened))
        photo = self.opened.view(name, opened, view).photo
        pixels = to_srgb(photo.pixels, photo.icc_profile)
        suffix, mark = FORMATS[request.format], opened.photo.synthetic
        if mark is not None:
            return self._small_picture(pixels, suffix, "photo", mark, quality=PREVIEW_QUALITY)
        encoded = io.BytesIO()
        quality = {} if request.format == "png" else {"quality": PREVIEW_QUALITY}
        Image.fromarray(pixels).save(encoded, request.format.upper(), **quality)
        return Picture(encoded.getvalue(), media_type(suffix), f"photo{suffix}")

    @_answer.register
    def _edit(self, request: EditRequest, name: str, opened: OpenedPhoto) -> Answer:
        chosen, targets = self._targets_of_faces(request, opened)
        what = "_".join(dict.fromkeys(target.file_name for target in targets.values()))
        description = describe_each(targets)
        if request.preview is not None:
            return self._preview(request, request.preview, name, opened, targets)
        suffix = suffix_of(request.format, opened.photo)
        pixels = apply_each(self.editor, chosen, targets)
        content, notes = encode_photo(
            pixels,
            WRITABLE_SUFFIXES[suffix],
            opened.photo,
            description=description,
            private=request.private,
            quality=request.quality,
        )
        return Picture(content, media_type(suffix), f"edited_{what}{suffix}", notes)

    def _preview(
        self,
        request: EditRequest,
        preview: PreviewRequest,
        name: str,
        opened: OpenedPhoto,
        targets: dict[int, Target],
    ) -> Picture:
        view = (preview.side, _checked_crop(preview.crop, opened))
        whole = self.opened.view(name, opened, view)
        small = replace(whole, faces=tuple(f for f in whole.faces if f.number in targets))
        suffix = FORMATS.get(request.format, ".jpg")
        if suffix not in (".jpg", ".png", ".webp"):
            raise InputError(f"a preview is no {request.format}; choose jpeg, png or webp.")
        return self._small_picture(
            to_srgb(eight_bits(apply_each(self.editor, small, targets)), whole.photo.icc_profile),
            suffix,
            "preview",
            describe_each(targets),
            quality=request.quality or PREVIEW_QUALITY,
        )

    @_answer.register
    def _thumbnails(self, request: ThumbnailsRequest, name: str, opened: OpenedPhoto) -> Answer:
        face = choose(opened, face=request.face).largest_face
        targets = self._targets(request.targets, intensity=request.intensity)
        near = closeup(opened, face, side=request.side)
        pictures = [eight_bits(e.pixels) for e in self.editor.apply_series(near, targets)]
        row = to_srgb(np.concatenate(pictures, axis=1), opened.photo.icc_profile)
        names = "; ".join(target.caption for target in targets)
        return self._small_picture(
            row,
            FORMATS[request.format],
            "thumbnails",
            f"A face with {names}, made by lgpgan: synthetic.",
            quality=PREVIEW_QUALITY,
        )

    @_answer.register
    def _strip(self, request: StripRequest, name: str, opened: OpenedPhoto) -> Answer:
        targets = self._targets(request.targets)
        if request.targets is None:
            targets = [target for target in targets if target.mouth.shares]
        chosen = choose(opened, face=request.face)
        pixels = strip(self.editor, chosen, targets, request.steps)
        return self._small_picture(pixels, ".png", "strip", describe_strip(targets, request.steps))

    @_answer.register
    def _sheet(self, request: SheetRequest, name: str, opened: OpenedPhoto) -> Answer:
        chosen = _chosen(request, opened)
        targets = self._targets(None, intensity=request.intensity)
        cells = [SheetCell.of(self.editor.apply(chosen, target)) for target in targets]
        return self._small_picture(
            expression_sheet(chosen, cells), ".png", "sheet", describe_sheet(len(cells))
        )

    @_answer.register
    def _animation(self, request: AnimationRequest, name: str, opened: OpenedPhoto) -> Answer:
        target = self._target(request.target)
        suffix = f".{request.format}"
        content = encode_animation(self.editor, _chosen(request, opened), target, suffix)
        return Picture(content, media_type(suffix), f"edited_{target.file_name}{suffix}")

    def _small_picture(
        self,
        pixels: NDArray[np.uint8],
        suffix: str,
        name: str,
        description: str,
        *,
        quality: int | None = None,
    ) -> Picture:
        """A picture of its own, marked as synthetic. PNG has no quality."""
        content, _ = encode_photo(
            pixels,
            WRITABLE_SUFFIXES[suffix],
            description=description,
            quality=None if suffix == ".png" else quality,
        )
        return Picture(content, media_type(suffix), f"{name}{suffix}")

    def _target(self, wanted: TargetRequest) -> Target:
        return self.editor.target(
            wanted.to,
            eyes=wanted.eyes,
            mouth=wanted.mouth,
            units=wanted.units,
            intensity=wanted.intensity,
        )

    def _targets(
        self, wanted: Sequence[TargetRequest] | None, *, intensity: float = 1.0
    ) -> list[Target]:
        """Those that were asked for; every class of the weights where none was."""
        if wanted is not None:
            return [self._target(one) for one in wanted]
        classes = self.editor.classes
        return [self.editor.target({name: 1.0}, intensity=intensity) for name in classes]

    def _targets_of_faces(
        self, request: EditRequest, opened: OpenedPhoto
    ) -> tuple[OpenedPhoto, dict[int, Target]]:
        """The photo with the faces that are edited, and each one's target.

        Raises:
            InputError: when there are none, or too many ways of saying them.
        """
        if (request.target is None) == (not request.targets):
            raise InputError("name either a target, or targets of faces by their numbers.")
        if request.target is not None:
            target = self._target(request.target)
            chosen = _chosen(request, opened)
            return chosen, {face.number: target for face in chosen.faces}
        if request.face is not None or request.select != "all":
            raise InputError("targets name their faces; leave out face and select.")
        targets: dict[int, Target] = {}
        for number, wanted in (request.targets or {}).items():
            if not FACE_NUMBER.fullmatch(number):
                raise InputError(f"'{number[:20]}' is no number of a face; write it as 1.")
            choose(opened, face=int(number), min_size=request.min_size)
            targets[int(number)] = self._target(wanted)
        faces = tuple(face for face in opened.faces if face.number in targets)
        return replace(opened, faces=faces), targets


def _rounded(box: Box) -> Box:
    left, top, right, bottom = (round(edge, 1) for edge in box)
    return left, top, right, bottom


def _chosen(request: ChosenFaces, opened: OpenedPhoto) -> OpenedPhoto:
    """The photo with the faces that a request chooses."""
    if request.face is not None and request.select != "all":
        raise InputError("face and select both choose the faces; leave one of them out.")
    return choose(opened, face=request.face, select=request.select, min_size=request.min_size)


def _checked_crop(
    crop: tuple[int, int, int, int] | None, opened: OpenedPhoto
) -> tuple[int, int, int, int] | None:
    """The part of a crop that lies in the photo.

    Raises:
        InputError: when nothing of it does.
    """
    if crop is None:
        return None
    height, width = opened.photo.pixels.shape[:2]
    left, top, right, bottom = crop
    right, bottom = min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        raise InputError(
            f"the crop {left},{top},{crop[2]},{crop[3]} shows nothing of the photo, which has "
            f"{width}x{height} pixels; name left, top, right and bottom in it."
        )
    return left, top, right, bottom
