"""Editing photos: images in, images out.

editor = Editor.from_pretrained()
editor.edit("portrait.jpg", to="happy").save("happy.jpg")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.backends.backend import Backend
from lgpgan.backends.loading import BackendName, load_backend
from lgpgan.editing.finishing import finished
from lgpgan.editing.network_arrays import face_changes, wanted
from lgpgan.editing.opened_photo import FoundFace, OpenedPhoto, Timings
from lgpgan.editing.selecting import Select, check_selection, check_size, no_such_face
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target, Units, Wanted
from lgpgan.faces.alignment import TEMPLATE_SIZE, align, lean, warp
from lgpgan.faces.detection import Face, FaceDetector
from lgpgan.faces.detectors.loading import LandmarkSource, load_detector
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.light import face_light
from lgpgan.faces.paste import paste
from lgpgan.faces.regions import mouth_box
from lgpgan.faces.sharpness import edge_width
from lgpgan.faces.wrinkles import fold_depth
from lgpgan.methods.weights_info import weights_of
from lgpgan.parallel.giving_up import go_on
from lgpgan.photos.deep_colour import AnyDepth, eight_bits
from lgpgan.photos.photo import Photo
from lgpgan.photos.reading import read_photo
from lgpgan.photos.writing import pillow_metadata, write_photo

__all__ = ["Edit", "Editor"]

BATCH = 8
"""Targets that a series gives a face at once."""
LYING = 60.0
"""Degrees by which all heads lean in a photo that lies on its side or is upside down."""


@dataclass(frozen=True)
class Edit:
    """A photo with another expression.

    Attributes:
        pixels: (H, W, 3) RGB, the photo's own size: uint8, or uint16 where the photo has 16 bits.
        target: what the faces were given.
        opened: the photo and its faces.
    """

    pixels: AnyDepth = field(repr=False)
    target: Target
    opened: OpenedPhoto = field(repr=False)

    @cached_property
    def image(self) -> Image.Image:
        """The full-size image of 8 bits, with the photo's transparency where it had some.

        It carries what :meth:`save` writes of metadata, the mark that it is synthetic included, as
        far as Pillow's formats take it: ``info`` holds it, and ``image.save`` writes it to JPEG,
        PNG, WebP and AVIF. Copies of the image carry it in ``info`` alone; Pillow does not write
        that by itself. Only :meth:`save` is as fine as the photo was, and keeps 16 bits.
        """
        image = Image.fromarray(eight_bits(self.pixels))
        if self.opened.photo.alpha is not None:
            image.putalpha(Image.fromarray(self.opened.photo.alpha))
        metadata = pillow_metadata(self.opened.photo, self.target.describe())
        image.info.update(metadata)
        image.encoderinfo = metadata
        return image

    def save(self, path: str | Path, *, overwrite: bool = False) -> tuple[str, ...]:
        """Write the photo as ``lgpgan edit`` does: the same bytes.

        The format is that of the suffix. The file keeps the photo's fineness, depth, transparency,
        colour profile, EXIF and XMP, and says that it is synthetic.

        Args:
            path: the file; missing folders are created.
            overwrite: replace a file that exists.

        Returns:
            Sentences on what the format cannot hold.

        Raises:
            InputError: when the suffix is unknown, the file exists or its folder is not writable.
            DiskFullError: when there is no room for it.
            LgpganError: when it cannot be written otherwise. Nothing is left behind.
        """
        return write_photo(
            self.pixels,
            path,
            self.opened.photo,
            description=self.target.describe(),
            overwrite=overwrite,
        )


class Editor:
    """Gives the faces of photos other expressions.

    An opened photo may be given several in several threads at once; the networks run for one of
    them at a time.

    Args:
        backend: runs the generators.
        detector: finds faces and landmarks; dlib's if None.
    """

    def __init__(self, backend: Backend, detector: FaceDetector | None = None) -> None:
        self.backend = backend
        self.detector = load_detector("dlib") if detector is None else detector
        self.timings = Timings()
        self._one_at_a_time = Lock()

    @classmethod
    def from_pretrained(
        cls,
        weights: str | Path | None = None,
        *,
        backend: BackendName = "auto",
        device: str = "cpu",
        landmarks: LandmarkSource = "dlib",
    ) -> Editor:
        """Load an editor.

        Args:
            weights: a ``.safetensors`` file or a run's folder; those that come with lgpgan if None.
            backend: what runs the networks; see :func:`lgpgan.backends.loading.load_backend`.
            device: ``cpu``, ``cuda`` or ``cuda:N``.
            landmarks: what finds faces and their landmarks: ``dlib``, or ``mediapipe``, which is
                free for commercial use.

        Raises:
            InputError: when there are no usable weights there, or the backend does not run on the
                device.
            MissingPartError: when the backend, or the source of landmarks, is not installed.
        """
        return cls(
            load_backend(weights_of(weights), backend, device=device), load_detector(landmarks)
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the weights know: the expressions that can be asked for."""
        return self.backend.info.labels

    @property
    def units(self) -> tuple[int, ...]:
        """Numbers of the action units that can be asked for: those of lids and gaze always can."""
        return self.backend.info.offered_units

    def check(self, targets: Sequence[Target]) -> None:
        """Make sure that the weights can be asked for targets.

        Raises:
            InputError: when they do not know a class or an action unit.
        """
        for target in targets:
            target.check_known(self.classes, self.units)

    def target(
        self,
        to: Wanted | None = None,
        *,
        eyes: Wanted | None = None,
        mouth: Wanted | None = None,
        units: Units | None = None,
        intensity: float = 1.0,
    ) -> Target:
        """Make a target of the classes and action units that the weights know.

        Arguments and errors are those of :meth:`lgpgan.Target.parse`, which knows the eight
        expressions alone.
        """
        target = Target.parse(
            to,
            eyes=eyes,
            mouth=mouth,
            units=units,
            intensity=intensity,
            classes=self.classes,
            known_units=self.units,
        )
        self.check([target])
        return target

    def edit(
        self,
        image: str | Path | Image.Image | NDArray[np.uint8],
        to: Wanted | None = None,
        *,
        eyes: Wanted | None = None,
        mouth: Wanted | None = None,
        units: Units | None = None,
        intensity: float = 1.0,
        face: int | None = None,
        select: Select = "all",
        min_size: float = 0.0,
    ) -> Edit:
        """Give the faces of a photo another expression.

        Args:
            image: a path, a PIL image, or (H, W, 3) uint8 RGB.
            to: the expression, one of :attr:`classes`; or several with their shares, as
                ``{"happy": 0.6, "surprised": 0.4}`` or ``happy=0.6,surprised=0.4``.
            eyes: that of eyes and brows, where it differs.
            mouth: that of the lower half, where it differs.
            units: action units added to that, or to neutral, with their intensities from 0 to 1,
                as ``{4: 0.5, 12: 1}`` or ``AU4=0.5,AU12``; of those in :attr:`units`.
            intensity: 0 neutral, 1 what was asked for itself; times the shares up to 1.3, and times
                those of the action units up to 1.
            face: number of the one face to edit, from 1, left to right.
            select: where no number is given, ``all`` faces or the ``largest`` alone.
            min_size: leave out faces with fewer pixels than this between the eyes.

        Raises:
            InputError: when the photo, an expression, an action unit or the face's number cannot
                be used, or nothing is asked for. :meth:`edit_all` gives every expression.
        """
        target = self.target(to, eyes=eyes, mouth=mouth, units=units, intensity=intensity)
        return self.apply(self.open(image, face=face, select=select, min_size=min_size), target)

    def edit_all(
        self,
        image: str | Path | Image.Image | NDArray[np.uint8],
        *,
        intensity: float = 1.0,
        face: int | None = None,
        select: Select = "all",
        min_size: float = 0.0,
    ) -> dict[str, Edit]:
        """Give the faces of a photo every expression that the weights know.

        Arguments and errors are those of :meth:`edit`. The edits come by class, in the order of
        :attr:`classes`.
        """
        opened = self.open(image, face=face, select=select, min_size=min_size)
        targets = {name: self.target({name: 1.0}, intensity=intensity) for name in self.classes}
        return {name: self.apply(opened, target) for name, target in targets.items()}

    def open(
        self,
        image: str | Path | Image.Image | NDArray[Any] | Photo,
        *,
        face: int | None = None,
        select: Select = "all",
        min_size: float = 0.0,
    ) -> OpenedPhoto:
        """Find the faces of a photo, once for any number of edits; a path is read first.

        Args:
            image: a path, a PIL image, (H, W, 3) uint8 RGB, or a photo that was read.
            face: number of the one face to edit, from 1, left to right.
            select: where no number is given, ``all`` faces or the ``largest`` alone.
            min_size: leave out faces with fewer pixels than this between the eyes.

        Raises:
            InputError: when it cannot be read, shows no face, or none that can be edited.
        """
        check_selection(select, min_size)
        with self.timings.part("read"):
            photo = image if isinstance(image, Photo) else read_photo(image)
        with self.timings.part("detect"):
            boxes = self.detector.search(photo.pixels)
        if not boxes:
            raise InputError(
                f"{photo.name}: no face was found; use a photo that shows one from the front, not "
                "in profile, not upside down and not too small."
            )
        if face is not None and not 1 <= face <= len(boxes):
            raise no_such_face(photo.name, face, len(boxes))
        with self.timings.part("landmarks"):
            faces = [
                (number, self.detector.read(photo.pixels, found))
                for number, found in enumerate(boxes, start=1)
                if face in (None, number)
            ]
        opened = self._usable(photo, faces, min_size)
        if select == "largest":
            return replace(opened, faces=(opened.largest_face,))
        return opened

    def _usable(
        self, photo: Photo, found: Sequence[tuple[int, Face]], min_size: float
    ) -> OpenedPhoto:
        """Align the faces that can be edited; notes on the others, and on a photo that lies."""
        faces: list[FoundFace] = []
        left_out: list[tuple[int, str]] = []
        with self.timings.part("align"):
            for number, face in found:
                try:
                    face.check_editable(*photo.pixels.shape[:2])
                    check_size(face, min_size)
                except InputError as error:
                    left_out.append((number, str(error)))
                    continue
                transform = align(face.landmarks)
                aligned = warp(photo.pixels, transform, TEMPLATE_SIZE)
                landmarks = transform(face.landmarks)
                top = mouth_box(landmarks).top
                light = face_light(photo.pixels, aligned, transform, face.landmarks)
                sharpness = edge_width(photo.pixels, aligned, transform, face.landmarks)
                faces.append(
                    FoundFace(
                        number,
                        face,
                        transform,
                        aligned,
                        landmarks,
                        top,
                        light,
                        sharpness,
                        fold_depth(aligned),
                    )
                )
        problems = [f"{photo.name}, face {number}: {reason}" for number, reason in left_out]
        if not faces:
            raise InputError(problems[0])
        if all(abs(lean(face.face.landmarks)) > LYING for face in faces):
            problems.append(
                "the photo lies on its side or upside down and is edited as it lies; turn it "
                "first if it is to be upright."
            )
        return OpenedPhoto(photo, tuple(faces), tuple(problems), tuple(left_out))

    def apply(self, opened: OpenedPhoto, target: Target) -> Edit:
        """Give the faces of an opened photo an expression.

        One face at a time: the result does not depend on what else is edited.
        """
        (edit,) = self._apply_batch(opened, [target])
        return edit

    def apply_series(self, opened: OpenedPhoto, targets: Sequence[Target]) -> Iterator[Edit]:
        """Give the faces of an opened photo one expression after the other, many in a batch.

        Quicker than :meth:`apply` on each, and the same but for rounding: in a batch the networks
        add up in another order. For pictures of a series, whose batches are always the same.
        """
        for first in range(0, len(targets), BATCH):
            yield from self._apply_batch(opened, targets[first : first + BATCH])

    def _apply_batch(self, opened: OpenedPhoto, targets: Sequence[Target]) -> Iterator[Edit]:
        go_on()
        with self._one_at_a_time, self.timings.part("generate"):
            changes = [self.synthesise(face, targets) for face in opened.faces]
        for number, target in enumerate(targets):
            go_on()
            pixels = opened.photo.colours
            with self.timings.part("paste"):
                for face, of_face in zip(opened.faces, changes, strict=True):
                    pixels = paste(pixels, of_face[number], face.transform)
            yield Edit(pixels, target, opened)

    def synthesise(self, face: FoundFace, targets: Sequence[Target]) -> list[FaceChange]:
        """What is done to an aligned face for each target; the networks run in one batch."""
        faces = wanted(face.aligned, face.mouth_top, targets, self.backend.info)
        changes = face_changes(self.backend.change(faces), face.mouth_top)
        return [
            finished(change, face, target) for change, target in zip(changes, targets, strict=True)
        ]
