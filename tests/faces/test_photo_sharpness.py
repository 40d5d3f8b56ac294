"""How wide the edges of lips are in a photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.sharpness import edge_width, rise_width


def test_the_width_of_a_blurred_step_is_that_of_its_blur() -> None:
    step = np.repeat([0.0, 100.0], 100)
    soft = cv2.GaussianBlur(step[None], (0, 0), 6)[0]
    assert rise_width(soft) == pytest.approx(2.56 * 6, rel=0.03)


def test_a_rise_that_is_none_has_no_width() -> None:
    assert rise_width(np.full(30, 80.0)) is None
    assert rise_width(np.linspace(80, 85, 30)) is None


@pytest.mark.parametrize("scale", [3, 8])
def test_a_blurred_photo_has_wider_edges(scale: int) -> None:
    photo = np.full((128 * scale, 128 * scale, 3), 150, np.uint8)
    photo[89 * scale : 91 * scale] = 40  # the line between the lips
    landmarks = np.zeros((68, 2))
    for first, across in ((60, np.linspace(48, 80, 5)), (64, np.linspace(80, 48, 5)[:4])):
        landmarks[first : first + len(across)] = np.stack(
            [across, np.full(len(across), 90)], axis=1
        )
    frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]]))
    widths = [
        edge_width(cv2.GaussianBlur(photo, (0, 0), blur * scale), frame, landmarks * scale)
        for blur in (0.2, 0.4, 0.6)
    ]
    assert widths[0] < widths[1] < widths[2]
    assert widths[1] == pytest.approx(2.56 * 0.4, abs=0.25)
