"""Independent recognisers of expressions.

They share nothing with the networks that lgpgan trains, and little with each other. They often
disagree, so report all of them. Each knows seven classes; no available recogniser knows contempt.
All are often wrong on real faces, so report their accuracy on real faces beside every figure of
synthetic ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.recognisers.face_api import FaceApiRecogniser
from lgpgan.recognisers.fer import FerRecogniser

__all__ = ["RECOGNISERS", "Recogniser", "Recognisers", "available_recognisers"]


class Recogniser(Protocol):
    """A network that reads expressions."""

    @property
    def name(self) -> str:
        """Its name: that of the asset that it needs."""
        ...

    @property
    def recognised(self) -> tuple[Expression, ...]:
        """The classes that it knows."""
        ...

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probability of every expression in every face.

        Faces are judged one at a time, so that a face's row does not depend on the others.

        Args:
            faces: (N, H, W, 3) uint8 RGB, framed by :func:`~lgpgan.recognisers.framing.tight_crop`.

        Returns:
            (N, 8) float64 in the order of :class:`Expression`, each row summing to 1 within float32
            rounding. The columns of classes that it does not know are 0.

        Raises:
            InputError: when ``faces`` is of another shape or type.
        """
        ...


RECOGNISERS: Mapping[str, Callable[[], Recogniser]] = {
    recogniser.name: recogniser for recogniser in (FerRecogniser, FaceApiRecogniser)
}
"""Every recogniser by its name; loading one raises MissingPartError where its parts are missing."""


@dataclass(frozen=True)
class Recognisers:
    """The recognisers that are installed, and those that are missing.

    Attributes:
        available: the recognisers that could be loaded.
        missing: name of each of the others, and the sentence that says how to get it.
    """

    available: tuple[Recogniser, ...]
    missing: Mapping[str, str]


def available_recognisers() -> Recognisers:
    """Load every recogniser whose parts are installed."""
    available: list[Recogniser] = []
    missing: dict[str, str] = {}
    for name, load in RECOGNISERS.items():
        try:
            available.append(load())
        except MissingPartError as error:
            missing[name] = str(error)
    return Recognisers(tuple(available), missing)
