"""Faces of an opened photo are chosen as `Editor.open` chooses them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.editing.closeup import closeup
from lgpgan.editing.each_face import apply_each, describe_each
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.editing.reduced import reduced_photo
from lgpgan.editing.selecting import choose
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target


@pytest.fixture(scope="module")
def group(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Three faces, of which the first is too small."""
    face = astronaut[:300, 90:370]
    small = np.pad(face[::6, ::6], ((0, 250), (0, 0), (0, 0)), mode="edge")
    return np.concatenate([small, face, face[:, ::-1]], axis=1)


@pytest.fixture(scope="module")
def opened(editor: Editor, group: NDArray[np.uint8]) -> OpenedPhoto:
    return editor.open(group)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"face": 1}, {"face": 2}, {"select": "largest"}, {"min_size": 30}, {"min_size": 500},
     {"face": 9}, {"face": 0}, {"select": "smallest"}, {"min_size": float("nan")}],
)  # fmt: skip
def test_as_the_editor_does(
    editor: Editor, group: NDArray[np.uint8], opened: OpenedPhoto, wanted: dict[str, Any]
) -> None:
    """The same faces, or the same sentence."""

    def outcome(choose_them: Any) -> Any:
        try:
            return [face.number for face in choose_them().faces]
        except InputError as error:
            return str(error)

    expected = outcome(lambda: editor.open(group, **wanted))
    assert outcome(lambda: choose(opened, **wanted)) == expected


def test_faces_left_out_are_told_with_the_reason(opened: OpenedPhoto) -> None:
    few = replace(opened, faces=opened.faces[1:], left_out=((1, "it is too small."),))
    with pytest.raises(InputError, match="the image, face 1: it is too small"):
        choose(few, face=1)


def test_one_target_a_face(editor: Editor, opened: OpenedPhoto) -> None:
    happy, sad = Target.parse("happy"), Target.parse("sad", intensity=0.5)
    both = {face.number: happy for face in opened.faces}
    np.testing.assert_array_equal(
        apply_each(editor, opened, both), editor.apply(opened, happy).pixels
    )
    assert describe_each(both) == happy.describe()
    first, second = (face.number for face in opened.faces[-2:])
    said = describe_each({first: happy, second: sad})
    assert f"of face {first} to happy (intensity 1), of face {second} to sad" in said
    assert apply_each(editor, opened, {}) is opened.photo.colours


def test_a_part_with_fewer_pixels_has_its_faces_in_the_same_place(opened: OpenedPhoto) -> None:
    face = opened.faces[-1]
    crop = (40, 10, 600, 290)
    part = reduced_photo(opened, 280, crop=crop)
    assert part.photo.pixels.shape == (140, 280, 3)
    (moved,) = (each for each in part.faces if each.number == face.number)
    corners = np.array([[0.0, 0.0], [128.0, 128.0]])
    there = (face.transform.inverse()(corners) - crop[:2]) / 2
    np.testing.assert_allclose(moved.transform.inverse()(corners), there)
    even = reduced_photo(opened, 99, even=True)
    assert all(side % 2 == 0 for side in even.photo.pixels.shape[:2])


def test_a_face_is_given_the_same_wherever_it_is_shown(astronaut: NDArray[np.uint8]) -> None:
    """Regression: in strips, animations and previews, wrinkles lay beside the brows."""
    editor = Editor.from_pretrained()
    opened, target = editor.open(astronaut), Target.parse("angry")
    (whole,) = editor.synthesise(opened.faces[0], [target])
    assert whole.wrinkles is not None
    for other in (
        closeup(opened, opened.faces[0], side=240),
        reduced_photo(opened, 300),
        reduced_photo(opened, 500, crop=(100, 0, 400, 300)),
    ):
        (there,) = editor.synthesise(other.faces[0], [target])
        assert there.wrinkles is not None
        for name, values in vars(whole.wrinkles).items():
            np.testing.assert_array_equal(getattr(there.wrinkles, name), values)
