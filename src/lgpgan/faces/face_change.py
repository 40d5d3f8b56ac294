"""What is done to an aligned face, in the form in which it is pasted into a photo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, along
from lgpgan.faces.fold_filling import FoldFilling
from lgpgan.faces.inside_change import DrawnInside, InsideChange
from lgpgan.faces.mouth_closing import MouthClosing
from lgpgan.faces.regions import window
from lgpgan.faces.rim import Rim
from lgpgan.faces.wrinkles import Wrinkles

__all__ = ["FaceChange"]

FEATHER = 12.0
"""Over how many template pixels from its frame a face's change rises to its full strength."""


@dataclass(frozen=True)
class FaceChange:
    """What is done to an aligned face: ``colour + shade · keep · (the face read along the flow)``.

    Attributes:
        flow: (S, S, 2) float32, x and y in pixels of the aligned face.
        keep: (S, S) float32, 0 to 1, the share of the photo.
        colour: (S, S, 3) float32, 0 to 255 times ``1 − keep``.
        inside: what of the colour is drawn with a picture of an open mouth, if anything.
        shade: (S, S, 3) float32, factor of the light of what is kept; None for 1.
        rim: edge of a mouth that opens, where the drawn share is sharper than ``keep`` says.
        wrinkles: what they do to the light of what is kept, finer than the shade; if anything.
        closing: how lips are drawn over what is between them; None where they do not close.
        filling: what folds are filled with, where some are to go.
    """

    flow: NDArray[np.float32]
    keep: NDArray[np.float32]
    colour: NDArray[np.float32]
    inside: InsideChange | DrawnInside | None = None
    shade: NDArray[np.float32] | None = None
    rim: Rim | None = None
    wrinkles: Wrinkles | None = None
    closing: MouthClosing | None = None
    filling: FoldFilling | None = None

    @property
    def taken(self) -> NDArray[np.float32]:
        """Light that the change takes from the photo (S, S, 3); below 0 where it adds light."""
        keep = self.keep[..., None]
        return 1 - keep * (np.ones(3, np.float32) if self.shade is None else self.shade)

    @property
    def places(self) -> NDArray[np.float32]:
        """Where each pixel of the aligned face is read, (S, S, 2), from a pixel's centre."""
        return along(self.flow)

    def softened(self, blur: float) -> FaceChange:
        """The change with what it draws out of focus, as its photo is.

        Args:
            blur: standard deviation in pixels of the aligned face.
        """

        def soft(planes: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.asarray(cv2.GaussianBlur(planes, (0, 0), blur), np.float32)

        return replace(
            self,
            keep=soft(self.keep),
            colour=soft(self.colour),
            inside=self.inside and replace(self.inside, lit=soft(self.inside.lit)),
            shade=None if self.shade is None else soft(self.shade),
        )

    def closed(self, closing: MouthClosing | None) -> FaceChange:
        """The change with lips over what was between them, where nothing is painted any more."""
        if closing is None:
            return self
        rest = 1 - closing.between(self.places)
        inside = self.inside
        return replace(
            self,
            keep=1 - rest * (1 - self.keep),
            colour=self.colour * rest[..., None],
            inside=inside and replace(inside, lit=inside.lit * rest[..., None]),
            closing=closing,
        )

    def feathered(self) -> FaceChange:
        """The change falling to nothing at the frame, whose outermost pixels it leaves alone."""
        size = len(self.keep)
        weight = window(size, size, FEATHER * size / TEMPLATE_SIZE)
        weight[[0, -1]] = weight[:, [0, -1]] = 0
        faded, inside = weight[..., None], self.inside
        return replace(
            self,
            flow=self.flow * faded,
            keep=1 - weight * (1 - self.keep),
            colour=self.colour * faded,
            inside=inside and replace(inside, lit=inside.lit * faded),
            shade=None if self.shade is None else 1 + faded * (self.shade - 1),
            rim=self.rim and replace(self.rim, weight=self.rim.weight * weight),
            wrinkles=self._faded_wrinkles(weight),
            filling=self.filling and self.filling.faded(weight),
        )

    def _faded_wrinkles(self, weight: NDArray[np.float32]) -> Wrinkles | None:
        """The wrinkles with a weight (S, S)."""
        if self.wrinkles is None:
            return None
        change = self.wrinkles.change
        finer = cv2.resize(weight, change.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return replace(self.wrinkles, change=change * np.asarray(finer, np.float32))

    def in_levels(self, levels: int) -> FaceChange:
        """The change for a picture of more depth: ``levels`` values for each one of 8 bits."""
        if levels == 1:
            return self
        inside = self.inside
        return replace(
            self,
            colour=self.colour * np.float32(levels),
            inside=inside and replace(inside, lit=inside.lit * np.float32(levels)),
            filling=self.filling and self.filling.in_levels(levels),
        )
