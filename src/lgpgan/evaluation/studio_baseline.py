"""The baseline ``studio``: the 3-D face as an editor.

This module loads the 3-D face and numba. Only who asks for this baseline imports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.face_editor import FaceEditor, check_arguments
from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.face3d.face_model import load_face_model
from lgpgan.face3d.fitting import fit, recipe_bounds
from lgpgan.face3d.renderer import Renderer
from lgpgan.face3d.scene import Scene
from lgpgan.face3d.supersampling import averaged, enlarged
from lgpgan.faces.alignment import TEMPLATE_SIZE

__all__ = ["StudioBaseline"]


class StudioBaseline(FaceEditor):
    """Fits the 3-D face to every face and draws the face again with another expression.

    A network that is trained on the studio's renders imitates this baseline. In a studio set the
    renders are the exact targets, and this baseline knows their recipes. It does not know their
    fit: it works on the 128×128 face and not on the photo. In a face that is not neutral it looks
    for the blendshapes of the recipe, to estimate the neutral face.

    On 30 people kept out of training its paired error is 0.0034 from neutral sources (doing
    nothing: 0.0334). From all eight classes, on six of these people, it is 0.0176 (doing nothing:
    0.0431). A real smile differs from the recipe: a mouth that shows teeth stays a little open.

    Args:
        face_model: the 3-D face's file or folder.

    Raises:
        InputError: when the 3-D face cannot be read.
    """

    def __init__(self, face_model: Path) -> None:
        self._scene = Scene(load_face_model(face_model))

    def __call__(
        self,
        faces: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        sources: Sequence[str],
        targets: Sequence[str],
    ) -> NDArray[np.uint8]:
        """Redraw every face with the recipe of its target; one that shows it already stays.

        Raises:
            InputError: when an argument is of another shape or type, the numbers differ, or a class
                is not one of the eight.
        """
        check_arguments(faces, landmarks, sources, targets)
        edited = faces.copy()
        for result, points, source, target in zip(edited, landmarks, sources, targets, strict=True):
            shown, wanted = Expression.parse(source), Expression.parse(target)
            if shown is not wanted:
                result[...] = self._redraw(result, points, shown, wanted)
        return edited

    def _redraw(
        self,
        face: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        shown: Expression,
        wanted: Expression,
    ) -> NDArray[np.uint8]:
        """One face, drawn larger and averaged as the studio does."""
        scene = self._scene
        found = fit(scene.model, landmarks, blendshapes=recipe_bounds(shown))
        seen, moved = (
            scene.place(found, found, weights) for weights in (found.expression, RECIPES[wanted])
        )
        drawn = Renderer(enlarged(face), scene, found, seen).draw(moved)
        return averaged(drawn, TEMPLATE_SIZE)
