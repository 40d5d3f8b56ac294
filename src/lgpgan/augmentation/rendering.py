"""New faces drawn with the studio's 3-D face instead of a trained network.

Its recipes give the expressions, a little off in strength and sides, as further takes of a studio
set have them. What was drawn is known exactly, so action units, blendshapes and landmarks are, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.augmentation.drawing import Draw
from lgpgan.augmentation.methods import Made, Maker, MethodDescription
from lgpgan.datasets.records import Record
from lgpgan.expressions.action_units import action_units
from lgpgan.expressions.expression import Expression
from lgpgan.face3d.face_model import load_face_model
from lgpgan.face3d.fitting import Fit, fit, shown_bounds
from lgpgan.face3d.scene import Scene
from lgpgan.face3d.supersampling import averaged, enlarged
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.studio.take_renderer import FittedPhoto, TakeRenderer
from lgpgan.studio.variation import Take, Variation, draw_weights

__all__ = ["STUDIO", "StudioMethod"]

STUDIO = "studio"
"""Name of the method."""
VARIATION = Variation()
KEPT = 256
"""Fits that are kept, 0.1 MB each: many faces are made from one."""


@dataclass(frozen=True)
class StudioMethod:
    """The studio's renderer.

    Attributes:
        face_model: file or folder of the 3-D face.
    """

    face_model: Path

    def describe(self) -> MethodDescription:
        """See :class:`~lgpgan.augmentation.methods.ExpressionMethod`."""
        return MethodDescription(
            name=STUDIO,
            title="the studio's 3-D face",
            labels=tuple(str(expression) for expression in Expression),
            made_of={"face_model": load_face_model(self.face_model).fingerprint},
            knows_units=True,
        )

    def open(self) -> Maker:
        """See :class:`~lgpgan.augmentation.methods.ExpressionMethod`."""
        return _Studio(self.face_model)


class _Studio:
    """Draws faces."""

    def __init__(self, face_model: Path) -> None:
        self.scene = Scene(load_face_model(face_model))
        self._fits: dict[str, Fit] = {}

    def __call__(self, draws: Sequence[Draw], sources: NDArray[np.uint8]) -> list[Made]:
        """See :class:`~lgpgan.augmentation.methods.Maker`."""
        return [self._draw(drawn, face) for drawn, face in zip(draws, sources, strict=True)]

    def _draw(self, drawn: Draw, face: NDArray[np.uint8]) -> Made:
        """One face, at twice its size and averaged."""
        found = self._fit(drawn.source)
        picture = enlarged(face)
        as_it_is = Take({}, {}, np.zeros(len(found.identity)))
        # The head is never turned, so nothing is needed of what is around the face.
        renderer = TakeRenderer(self.scene, FittedPhoto(picture, picture, found), as_it_is)
        shares = {Expression(name): share for name, share in drawn.shown.items()}
        # Drawn apart from what the draw itself was drawn with.
        rng = np.random.default_rng((*drawn.key, 1))
        placement = renderer.place(draw_weights(self.scene.model, shares, VARIATION, rng))
        units = action_units(placement.weights)
        return Made(
            pixels=averaged(renderer.draw(placement), TEMPLATE_SIZE),
            landmarks=placement.vertices[self.scene.model.landmarks, :2].astype(np.float64),
            action_units={unit: round(value, 4) for unit, value in units.items()},
            blendshapes={name: round(weight, 4) for name, weight in placement.weights.items()},
        )

    def _fit(self, source: Record) -> Fit:
        """The 3-D face in a source, and what it shows; looked for once while it is kept."""
        if source.file_name not in self._fits:
            if len(self._fits) >= KEPT:
                del self._fits[next(iter(self._fits))]
            bounds = shown_bounds(source.expression)
            self._fits[source.file_name] = fit(
                self.scene.model, source.landmarks, blendshapes=bounds
            )
        return self._fits[source.file_name]
