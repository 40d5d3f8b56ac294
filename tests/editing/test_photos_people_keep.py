"""Photos that lie on their side, are cut tightly or small, edited or refused with the reason."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError
from lgpgan.faces.detection import Face
from lgpgan.photos.reading import read_photo

Pixels = NDArray[np.uint8]


@pytest.mark.parametrize(
    ("quarters", "lean"), [(1, -90), (2, 180), (3, 90)], ids=["left", "upside down", "right"]
)
def test_a_photo_that_lies_is_edited_as_it_lies(
    editor: Editor, astronaut: Pixels, quarters: int, lean: float
) -> None:
    """Regression: no face was found; upside down, the networks took the mouth for the eyes."""
    photo = np.ascontiguousarray(np.rot90(astronaut[:300, 80:380], quarters))
    opened = editor.open(photo)
    (found,) = opened.faces
    right, left = (
        found.face.landmarks[part].mean(axis=0) for part in (range(36, 42), range(42, 48))
    )
    x, y = left - right
    off = np.rad2deg(np.arctan2(y, x)) - lean
    assert abs((off + 180) % 360 - 180) < 15
    assert "is edited as it lies" in opened.notes[0]
    assert editor.apply(opened, editor.target({"happy": 1.0})).pixels.shape == photo.shape


def test_an_upright_photo_needs_no_note(editor: Editor, astronaut: Pixels) -> None:
    assert editor.open(astronaut).notes == ()


@pytest.mark.parametrize("cut", ["tight", "chin at border"])
def test_what_lies_beyond_the_border_is_left_alone(
    editor: Editor, astronaut: Pixels, astronaut_face: Face, cut: str
) -> None:
    """Regression: a face that fills the picture was found by nobody."""
    landmarks = astronaut_face.landmarks
    margin = 4 if cut == "tight" else 80
    left, top = np.maximum(landmarks[17:].min(axis=0) - margin, 0).astype(int)
    right = int(landmarks[17:, 0].max() + margin)
    bottom = int((landmarks[17:, 1].max() + 4) if cut == "tight" else landmarks[8, 1])
    photo = np.ascontiguousarray(astronaut[top:bottom, left:right])
    opened = editor.open(photo)
    (found,) = opened.faces
    assert found.face.cut(*photo.shape[:2]) > 0.05
    edit = editor.apply(opened, editor.target({"happy": 1.0}))
    assert edit.pixels.shape == photo.shape
    assert (edit.pixels != photo).any()


def test_a_tiny_face_is_refused(editor: Editor, astronaut: Pixels, astronaut_face: Face) -> None:
    """Its size is said where it is found, which needs MediaPipe's networks."""
    scale = 9 / astronaut_face.eye_distance
    small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((240, 320, 3), 128, np.uint8)
    photo[: small.shape[0], : small.shape[1]] = small
    with pytest.raises(InputError, match=r"too small \(\d+ pixels|too small\."):
        editor.open(read_photo(photo))
