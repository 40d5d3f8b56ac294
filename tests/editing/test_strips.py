from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.contact_sheet import GAP
from lgpgan.editing.editor import Editor
from lgpgan.editing.strips import SIDE, strengths, strip
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target


def test_strengths_go_evenly_from_neutral_to_the_strongest() -> None:
    assert strengths(Target.parse("sad", intensity=0.2), 3) == pytest.approx([0, 0.65, 1.3])
    assert strengths(Target.parse("sad=0.9,angry=0.4"), 2) == pytest.approx([0, 1])
    with pytest.raises(InputError, match="two steps at least, not 1"):
        strengths(Target.parse("sad"), 1)


def test_a_strip_has_an_end() -> None:
    """Any number was taken, until memory ran out."""
    assert len(strengths(Target.parse("sad"), 32)) == 32
    with pytest.raises(InputError, match="32 steps at most, not 33"):
        strengths(Target.parse("sad"), 33)


def test_rows_begin_alike_and_part(editor: Editor, astronaut: NDArray[np.uint8]) -> None:
    targets = [Target.parse("sad"), Target.parse("happy")]
    sheet = strip(editor, editor.open(astronaut), targets, 2)
    height = (len(sheet) - GAP) // 2
    first, second = (
        sheet[row * height + GAP : row * height + height + GAP][-SIDE - GAP : -GAP].astype(int)
        for row in range(2)
    )
    assert sheet.shape[1] == 2 * (SIDE + GAP) + GAP
    neutral, strongest = slice(GAP, GAP + SIDE), slice(2 * GAP + SIDE, 2 * (GAP + SIDE))
    assert np.abs(first[:, neutral] - second[:, neutral]).max() <= 1
    assert np.abs(first[:, strongest] - second[:, strongest]).max() > 10
    assert np.abs(first[:, strongest] - first[:, neutral]).max() > 10
