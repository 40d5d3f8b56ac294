from __future__ import annotations

import numpy as np

from lgpgan.contact_sheet import BACKGROUND, CAPTION, GAP, LINE, contact_sheet

PICTURE = np.zeros((100, 100, 3), np.uint8)


def is_empty(part: np.ndarray) -> bool:
    return bool((part == BACKGROUND).all())


def test_pictures_stand_in_rows_below_their_captions() -> None:
    sheet = contact_sheet([("a", PICTURE)] * 3, columns=2, cell=50)
    assert sheet.shape == (2 * (50 + CAPTION + GAP) + GAP, 2 * (50 + GAP) + GAP, 3)
    assert (sheet[GAP + CAPTION : GAP + CAPTION + 50, GAP : GAP + 50] == 0).all()
    assert is_empty(sheet[-50 - CAPTION - GAP :, 50 + 2 * GAP :])


def test_captions_that_are_too_wide_are_broken() -> None:
    wide = np.zeros((60, 150, 3), np.uint8)
    sheet = contact_sheet([("eyes-sad, mouth-happy+sad 0.5", wide), ("b", wide)], columns=2)
    above = CAPTION + 2 * LINE  # eyes-sad, | mouth-happy+ | sad 0.5
    assert len(sheet) == above + 60 + 2 * GAP
    caption = sheet[GAP : GAP + above]
    assert is_empty(caption[:, :GAP])
    assert is_empty(caption[:, GAP + 150 : 2 * GAP + 150])
    for line in range(3):
        rows = slice(line * LINE, CAPTION + line * LINE)
        assert not is_empty(caption[rows, GAP : GAP + 150])


def test_a_word_wider_than_its_picture_takes_one_line() -> None:
    """An empty line stood below it, in the captions of the whole sheet."""
    sheet = contact_sheet([("contemptuous", PICTURE)], columns=1)
    assert len(sheet) == CAPTION + 100 + 2 * GAP
