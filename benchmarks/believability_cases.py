"""The people on whom edits are measured, their exact renders, and ways to edit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import believability_measures as measures
from believability_measures import FRAME, SCALE
from lgpgan.editing.editor import Editor
from lgpgan.editing.network_arrays import face_changes, wanted
from lgpgan.editing.opened_photo import FoundFace
from lgpgan.expressions.target import Target
from lgpgan.face3d.face_model import load_face_model
from lgpgan.face3d.fitting import fit
from lgpgan.face3d.renderer import Renderer
from lgpgan.face3d.scene import Scene
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA
from lgpgan.faces.paste import paste
from lgpgan.photos.reading import read_photo

__all__ = ["LARGE", "Case", "Face", "Person", "Studio", "Subject", "people"]

KEPT_OUT = Path(__file__).parents[1] / "recipes" / "default_weights"
LARGE = 1024
"""Side of the faces on which the edges of mouths are measured."""
DARK_SKIN = 120.0
"""Skin of a lower luma counts as dark."""

Face = NDArray[np.uint8]


@dataclass
class Person:
    """Somebody who was kept out.

    Attributes:
        name: as in the lists.
        path: of the neutral photo.
        smile: of the smiling one, if there is one.
    """

    name: str
    path: Path
    smile: Path | None


class Studio:
    """Draws exact renders of people, at any size."""

    def __init__(self, face_model: Path) -> None:
        self.model = load_face_model(face_model)
        self.scene = Scene(self.model)

    def draw(
        self, pixels: Face, face: FoundFace, weights: Mapping[str, float], size: int = FRAME
    ) -> Face:
        """The aligned face (size, size, 3) with an expression."""
        placed = face.transform(face.face.landmarks)
        fitted = fit(self.model, placed)
        posed = self.scene.pose(fitted, fitted)
        picture = measures.aligned(pixels, face.transform, size)
        renderer = Renderer(picture, self.scene, fitted, posed.place({}))
        return renderer.draw(posed.place(weights))


class Subject:
    """One way to edit photos.

    Args:
        editor: has the weights.
        plain: whether changes are pasted as the networks make them.
    """

    def __init__(self, name: str, editor: Editor, *, plain: bool) -> None:
        self.name, self.editor, self.plain = name, editor, plain

    def edit(self, pixels: Face, face: FoundFace, target: Target) -> tuple[Face, FaceChange]:
        """The photo with an expression, and the change."""
        if self.plain:
            asked = wanted(face.aligned, face.mouth_top, [target], self.editor.backend.info)
            (change,) = face_changes(self.editor.backend.change(asked), face.mouth_top)
        else:
            (change,) = self.editor.synthesise(face, [target])
        return paste(pixels, change, face.transform), change


@dataclass
class Case:
    """A person's opened photo, with the renders that are asked for."""

    person: Person
    editor: Editor
    studio: Studio

    @cached_property
    def pixels(self) -> Face:
        """The photo."""
        return read_photo(self.person.path).pixels

    @cached_property
    def face(self) -> FoundFace:
        """Its face."""
        return self.editor.open(self.pixels).faces[0]

    @cached_property
    def large(self) -> tuple[Face, FoundFace]:
        """The photo enlarged so that the face fills 1,024 pixels."""
        factor = LARGE / 128 * self.face.transform.scale
        pixels = cv2.resize(
            self.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_LANCZOS4
        )
        return pixels, self.editor.open(pixels).faces[0]

    def render(self, weights: Mapping[str, float]) -> Face:
        """The aligned face (FRAME, FRAME, 3) with an expression, exactly."""
        return self.studio.draw(self.pixels, self.face, weights)

    def landmarks(self, picture: Face) -> NDArray[np.float64]:
        """Of an aligned picture (FRAME, FRAME, 3)."""
        box = self.face.transform(np.array(self.face.face.box).reshape(2, 2)) * SCALE
        return self.editor.detector.landmarks(picture, tuple(box.ravel().tolist()))

    @cached_property
    def tone(self) -> str:
        """Whether the skin is dark or light."""
        return "dark skin" if self.face.light.skin @ LUMA < DARK_SKIN else "light skin"


def people(data: Path, group: str) -> list[Person]:
    """The people of a group."""
    kept_out = (KEPT_OUT / "kept_out.txt").read_text().split()
    to_choose = (KEPT_OUT / "kept_out_to_choose.txt").read_text().split()
    names = to_choose if group == "choose" else sorted(set(kept_out) - set(to_choose))
    found = []
    for name in names:
        place, _, number = name.partition("-")
        path = data / f"{place}_neutral" / f"{number}{'_03' if place == 'london' else ''}.jpg"
        smile = data / "london_smiling" / f"{number}_08.jpg"
        found.append(Person(name, path, smile if place == "london" else None))
    return found
