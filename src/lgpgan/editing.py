"""Editing photos: images in, images out.

editor = Editor.from_pretrained()
editor.edit("portrait.jpg", to="happy").image.save("happy.png")
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lgpgan.errors import InputError
from lgpgan.expressions import Expression
from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, align, warp
from lgpgan.faces.detection import Face, FaceDetector
from lgpgan.faces.paste import FaceChange, InsideChange, paste
from lgpgan.faces.photo import Photo
from lgpgan.faces.photo_reading import read_photo
from lgpgan.faces.regions import mouth_box
from lgpgan.methods.change import Change
from lgpgan.methods.weights import LoadedMethod, default_weights, load_method, weights_of
from lgpgan.target import Mixture, Target, Wanted

__all__ = ["Edit", "Editor", "FoundFace", "OpenedPhoto", "Target"]

BATCH = 8
"""Targets that a series gives a face at once."""


@dataclass(frozen=True)
class FoundFace:
    """A face that can be edited.

    Attributes:
        number: from 1, left to right.
        face: box and landmarks in the photo.
        transform: photo to aligned coordinates.
        aligned: (128, 128, 3) uint8 RGB.
        mouth_top: first row of the mouth region.
    """

    number: int
    face: Face
    transform: Similarity
    aligned: NDArray[np.uint8]
    mouth_top: int


@dataclass(frozen=True)
class OpenedPhoto:
    """A photo whose faces were found.

    Attributes:
        photo: the photo.
        faces: those to be edited.
        notes: on faces that were left out.
    """

    photo: Photo
    faces: tuple[FoundFace, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """A photo with another expression.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, the photo's own size.
        target: what the faces were given.
        opened: the photo and its faces.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    target: Target
    opened: OpenedPhoto = field(repr=False)

    @cached_property
    def image(self) -> Image.Image:
        """The full-size image; with the photo's transparency where it had some."""
        image = Image.fromarray(self.pixels)
        if self.opened.photo.alpha is not None:
            image.putalpha(Image.fromarray(self.opened.photo.alpha))
        return image


@dataclass
class Timings:
    """Seconds spent in each part of editing, added up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time that the body takes to a part."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


class Editor:
    """Gives the faces of photos other expressions.

    Args:
        method: the loaded weights.
        device: where the networks run.

    Raises:
        InputError: when the weights know other classes.
    """

    def __init__(self, method: LoadedMethod, *, device: str = "cpu") -> None:
        if method.info.labels != tuple(Expression):
            raise InputError(
                "these weights were trained on other classes: "
                f"{', '.join(method.info.labels)}; editing needs the eight of lgpgan."
            )
        self.method = method
        self.device = torch.device(device)
        self.detector = FaceDetector()
        self.timings = Timings()

    @classmethod
    def from_pretrained(cls, weights: str | Path | None = None, *, device: str = "cpu") -> Editor:
        """Load an editor.

        Args:
            weights: a ``.safetensors`` file or a run's folder; those that come with lgpgan if None.
            device: ``cpu``, ``cuda`` or ``cuda:N``.

        Raises:
            InputError: when there are no usable weights there.
        """
        path = default_weights() if weights is None else weights_of(Path(weights))
        return cls(load_method(path, device=device), device=device)

    def edit(
        self,
        image: str | Path | Image.Image | NDArray[np.uint8],
        to: Wanted | None = None,
        *,
        eyes: Wanted | None = None,
        mouth: Wanted | None = None,
        intensity: float = 1.0,
        face: int | None = None,
    ) -> Edit:
        """Give the faces of a photo another expression.

        Args:
            image: a path, a PIL image, or (H, W, 3) uint8 RGB.
            to: the expression, or several with their shares, as ``{"happy": 0.6, "surprised":
                0.4}`` or ``happy=0.6,surprised=0.4``; ``happy`` if none is named at all.
            eyes: that of eyes and brows, where it differs.
            mouth: that of the lower half, where it differs.
            intensity: 0 neutral, 1 the expression itself; times the shares up to 1.3.
            face: number of the one face to edit, from 1, left to right; all if None.

        Raises:
            InputError: when the photo, an expression or the face's number cannot be used.
        """
        if to is None and eyes is None and mouth is None:
            to = Expression.HAPPY
        target = Target.parse(to, eyes=eyes, mouth=mouth, intensity=intensity)
        return self.apply(self.open(image, face=face), target)

    def edit_all(
        self,
        image: str | Path | Image.Image | NDArray[np.uint8],
        *,
        intensity: float = 1.0,
        face: int | None = None,
    ) -> dict[Expression, Edit]:
        """Give the faces of a photo each of the eight expressions; arguments as :meth:`edit`'s."""
        opened = self.open(image, face=face)
        return {
            expression: self.apply(opened, Target.parse(expression, intensity=intensity))
            for expression in Expression
        }

    def open(
        self,
        image: str | Path | Image.Image | NDArray[Any] | Photo,
        *,
        face: int | None = None,
    ) -> OpenedPhoto:
        """Find the faces of a photo, once for any number of edits; a path is read first.

        Raises:
            InputError: when it cannot be read, shows no face, or none that can be edited.
        """
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
            raise InputError(
                f"{photo.name}: there is no face {face}; "
                + ("there is one face." if len(boxes) == 1 else f"there are {len(boxes)} faces.")
            )
        with self.timings.part("landmarks"):
            found = [
                (number, Face(box, self.detector.landmarks(photo.pixels, box, tilt)))
                for number, (box, tilt) in enumerate(boxes, start=1)
                if face in (None, number)
            ]
        return self._usable(photo, found)

    def _usable(self, photo: Photo, found: Sequence[tuple[int, Face]]) -> OpenedPhoto:
        """Align the faces that can be edited; a note on each of the others."""
        faces: list[FoundFace] = []
        problems: list[str] = []
        with self.timings.part("align"):
            for number, face in found:
                try:
                    face.check_editable(*photo.pixels.shape[:2])
                except InputError as error:
                    problems.append(f"{photo.name}, face {number}: {error}")
                    continue
                transform = align(face.landmarks)
                aligned = warp(photo.pixels, transform, TEMPLATE_SIZE)
                top = mouth_box(transform(face.landmarks)).top
                faces.append(FoundFace(number, face, transform, aligned, top))
        if not faces:
            raise InputError(problems[0])
        return OpenedPhoto(photo, tuple(faces), tuple(problems))

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
        with self.timings.part("generate"):
            changes = [self.synthesise(face, targets) for face in opened.faces]
        for number, target in enumerate(targets):
            pixels = opened.photo.pixels
            with self.timings.part("paste"):
                for face, of_face in zip(opened.faces, changes, strict=True):
                    pixels = paste(pixels, of_face[number], face.transform)
            yield Edit(pixels, target, opened)

    @torch.inference_mode()
    def synthesise(self, face: FoundFace, targets: Sequence[Target]) -> list[FaceChange]:
        """What the networks do to an aligned face for each target, in one batch."""

        def labels(halves: Iterable[Mixture]) -> torch.Tensor:
            each = [half.label(t.intensity) for half, t in zip(halves, targets, strict=True)]
            return torch.from_numpy(np.stack(each)).to(self.device)

        count = len(targets)
        planes = torch.from_numpy(face.aligned).to(self.device).permute(2, 0, 1)
        image = (planes[None].float() / 127.5 - 1).expand(count, -1, -1, -1)
        top = torch.full((count,), face.mouth_top)
        mouth = labels(target.mouth for target in targets)
        apart = any(target.eyes != target.mouth for target in targets)
        eyes = labels(target.eyes for target in targets) if apart else None
        change = self.method.generator(image, mouth, top, eyes).change
        return _face_changes(change, face.mouth_top)


def _face_changes(change: Change, mouth_top: int) -> list[FaceChange]:
    """Changes of a face as they are pasted, one a target."""

    def pixels(part: torch.Tensor) -> NDArray[np.float32]:
        values: NDArray[np.float32] = part.permute(0, 2, 3, 1).float().cpu().numpy()
        return values

    flow, keep, inside = pixels(change.flow), pixels(change.keep), change.inside
    colour = (pixels(change.colour) + (1 - keep)) * 127.5  # −1..1 to 0..255, both times 1 − keep
    if inside is None:
        insides: list[InsideChange | None] = [None] * len(flow)
    else:
        lit = pixels(inside.lit) * 127.5  # counted from black already
        insides = [
            InsideChange(*of_target, mouth_top)
            for of_target in zip(pixels(inside.flow), lit, strict=True)
        ]
    return [
        FaceChange(*of_target)
        for of_target in zip(flow, keep[..., 0], colour, insides, strict=True)
    ]
