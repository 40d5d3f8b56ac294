"""Example faces of people kept out, with the outputs of editors, for figures and pages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.trials import Trials
from lgpgan.expressions.expression import Expression
from lgpgan.reporting.faces_shown import ShownFace

__all__ = ["show_edits"]

SHOWN_FACES = 4
NEUTRAL = str(Expression.NEUTRAL)


def show_edits(trials: Trials, editors: Mapping[str, FaceEditor]) -> list[ShownFace]:
    """Choose a few of the edited faces, spread over the set; neutral ones where there are any.

    Args:
        trials: the faces, and what they are asked for.
        editors: title of a row of a table, or of whatever else is shown, to its editor.

    Returns:
        The faces with every editor's outputs; none where there are no editors.
    """
    return [_show(row, trials, editors) for row in _spread(trials)] if editors else []


def _spread(trials: Trials) -> list[int]:
    """Rows of the faces to show, evenly spread."""
    shown = trials.real.shown
    edited = sorted(set(trials.source.tolist()))
    rows = [row for row in edited if shown[row] == NEUTRAL] or edited
    places = np.linspace(0, len(rows) - 1, min(SHOWN_FACES, len(rows))).round().astype(int)
    return [rows[place] for place in places]


def _show(row: int, trials: Trials, editors: Mapping[str, FaceEditor]) -> ShownFace:
    """A face with all editors' outputs of all targets."""
    real = trials.real
    of_face = np.flatnonzero(trials.source == row).tolist()
    targets = [trials.targets[trial] for trial in of_face]
    count = len(targets)

    def edited(editor: FaceEditor) -> dict[str, NDArray[np.uint8]]:
        made = editor(
            np.repeat(real.faces[[row]], count, axis=0),
            np.repeat(real.landmarks[[row]], count, axis=0),
            [real.shown[row]] * count,
            targets,
        )
        return dict(zip(targets, made, strict=True))

    exact = {
        trials.targets[trial]: real.faces[trials.exact[trial]]
        for trial in of_face
        if trials.exact[trial] >= 0
    }
    return ShownFace(
        name=real.people[row],
        source=real.shown[row],
        face=real.faces[row],
        mouth_top=int(real.mouth_top[row]),
        outputs={title: edited(editor) for title, editor in editors.items()},
        exact=exact or None,
    )
