from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.editing.closeup import MARGIN, closeup
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto


@pytest.fixture(scope="module")
def pair(editor: Editor, astronaut: NDArray[np.uint8]) -> OpenedPhoto:
    """The demo photo beside its mirror image."""
    return editor.open(np.concatenate([astronaut, astronaut[:, ::-1]], axis=1))


def test_the_largest_face_is_that_of_which_the_template_shows_most(pair: OpenedPhoto) -> None:
    first, second = pair.faces
    for larger, other in ((first, second), (second, first)):
        larger = replace(larger, transform=larger.transform.scaled(0.5))
        assert replace(pair, faces=(other, larger)).largest_face is larger


def test_a_face_is_shown_upright_with_a_margin_and_found_there(pair: OpenedPhoto) -> None:
    near = closeup(pair, pair.faces[1], side=128 + 2 * MARGIN)
    (found,) = near.faces
    assert found.number == 2
    assert near.photo.pixels.shape == (144, 144, 3)
    np.testing.assert_allclose(
        found.transform(np.array([[8.0, 8.0], [136.0, 8.0]])), [[0, 0], [128, 0]]
    )
    inside = near.photo.pixels[8:136, 8:136].astype(int)
    assert np.abs(inside - found.aligned).mean() < 1
