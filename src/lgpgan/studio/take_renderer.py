"""A photo that is fitted once, and drawn with any expression in each take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.renderer import Renderer
from lgpgan.face3d.scene import Placement, Scene
from lgpgan.face3d.turning import turn
from lgpgan.studio.variation import Take

__all__ = ["FittedPhoto", "TakeRenderer"]


@dataclass(frozen=True)
class FittedPhoto:
    """A photo, aligned and fitted.

    Attributes:
        picture: (S, S, 3) uint8 RGB, the aligned face at the size at which it is drawn.
        surroundings: (1.5 S, 1.5 S, 3) uint8 RGB, the same with what is around it.
        fit: the 3-D face in the picture.
    """

    picture: NDArray[np.uint8]
    surroundings: NDArray[np.uint8]
    fit: Fit


class TakeRenderer:
    """Draws one take of a photo: with the head turned, and a face of another shape.

    Args:
        scene: the head's topology.
        fitted: the photo.
        take: how the head is turned, and the shape of the face.

    Attributes:
        fitted: the photo, turned as the take says.
    """

    def __init__(self, scene: Scene, fitted: FittedPhoto, take: Take) -> None:
        if any(take.turn):
            yaw, pitch = take.turn
            turned = turn(fitted.surroundings, scene, fitted.fit, yaw=yaw, pitch=pitch)
            fitted = replace(fitted, picture=turned.picture, fit=turned.fit)
        self.fitted = fitted
        fit = fitted.fit.with_identity(take.identity)
        self._posed = scene.pose(fitted.fit, fit)
        seen = self.place(fitted.fit.expression)
        self._renderer = Renderer(fitted.picture, scene, fit, seen)

    def place(self, weights: Mapping[str, float]) -> Placement:
        """The head with an expression, in the picture."""
        return self._posed.place(weights)

    def draw(self, placement: Placement) -> NDArray[np.uint8]:
        """The picture (S, S, 3) uint8 RGB of a placement."""
        return self._renderer.draw(placement)
