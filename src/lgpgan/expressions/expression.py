"""The eight expressions, their recipes, and how a label is written as a vector.

A label is a point on the simplex over the classes (the paper's one-hot is a corner of it):
intensity *u* of class *k* is ``(1 - u) * neutral + u * k``. Intensities above 1 extrapolate, with a
negative share of neutral.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError

__all__ = [
    "MAXIMUM_INTENSITY",
    "RECIPES",
    "TABLE_I",
    "UPPER_FACE",
    "VARIANTS",
    "Expression",
    "find_class",
    "label_vector",
    "mixture_vector",
]

MAXIMUM_INTENSITY = 1.3
"""The strongest intensity that editing accepts; and that studio sets hold."""


class Expression(StrEnum):
    """The eight classes of RaFD, in the order of the label vector (alphabetical)."""

    ANGRY = "angry"
    CONTEMPTUOUS = "contemptuous"
    DISGUSTED = "disgusted"
    FEARFUL = "fearful"
    HAPPY = "happy"
    NEUTRAL = "neutral"
    SAD = "sad"
    SURPRISED = "surprised"

    @property
    def position(self) -> int:
        """Position of the class in a label vector."""
        return list(Expression).index(self)

    @classmethod
    def parse(cls, name: str) -> Expression:
        """Return the expression called ``name``.

        Raises:
            InputError: when there is none; the message lists those there are.
        """
        try:
            return cls(name.strip().lower())
        except ValueError:
            known = ", ".join(cls)
            raise InputError(
                f"'{name}' is not an expression lgpgan knows; choose one of {known}."
            ) from None


TABLE_I: Mapping[Expression, tuple[int, ...]] = {
    Expression.HAPPY: (6, 12),
    Expression.SAD: (1, 4, 15),
    Expression.SURPRISED: (1, 2, 5, 26),
    Expression.DISGUSTED: (9, 15, 16),
    Expression.ANGRY: (4, 5, 7, 23),
    Expression.FEARFUL: (1, 2, 4, 5, 7, 20, 26),
    Expression.CONTEMPTUOUS: (12, 14),
    Expression.NEUTRAL: (),
}
"""Action units of every class: Table I of the paper; contempt, not in it, is 12 + 14 one-sided."""

RECIPES: Mapping[Expression, Mapping[str, float]] = {
    Expression.ANGRY: {
        "browInnerUp": -1.3,
        "browDown": 1.11,
        "eyeSquint": 0.5,
        "eyeWide": 0.14,
        "noseSneer": 0.5,
        "mouthPress": 0.6,
        "mouthRollLower": 0.34,
        "mouthRollUpper": 0.27,
        "mouthFrown": 0.5,
        "mouthShrugLower": 0.41,
    },
    Expression.CONTEMPTUOUS: {
        "mouthSmile_L": 0.6,
        "mouthDimple_L": 0.9,
        "cheekSquint_L": 0.3,
        "eyeSquint_L": 0.2,
        "mouthPress": 0.3,
    },
    Expression.DISGUSTED: {
        "noseSneer": 1.0,
        "browDown": 0.45,
        "browInnerUp": -0.2,
        "cheekSquint": 0.75,
        "eyeSquint": 0.55,
        "eyeBlink": 0.12,
        "mouthUpperUp": 0.42,
        "mouthLowerDown": 0.2,
        "mouthStretch": 0.1,
        "mouthFrown": 0.3,
        "jawOpen": 0.08,
    },
    Expression.FEARFUL: {
        "browInnerUp": 0.97,
        "browDown": 0.89,
        "eyeWide": 0.92,
        "mouthStretch": 0.38,
        "mouthLowerDown": 0.47,
        "mouthUpperUp": 0.25,
        "jawOpen": 0.14,
        "mouthFrown": 0.37,
    },
    Expression.HAPPY: {
        "mouthSmile": 0.79,
        "cheekSquint": 0.28,
        "jawOpen": 0.12,
        "mouthLowerDown": 0.11,
        "eyeSquint": 0.12,
        "mouthPress": 0.16,
        "mouthStretch": 0.04,
        "mouthDimple": 0.2,
    },
    Expression.NEUTRAL: {},
    Expression.SAD: {
        "browInnerUp": 1.03,
        "browDown": 0.67,
        "mouthFrown": 0.9,
        "mouthShrugLower": 0.18,
        "eyeLookDown": 0.3,
        "eyeSquint": 0.15,
        "eyeBlink": 0.06,
        "mouthRollLower": 0.24,
        "mouthPress": 0.09,
        "cheekSquint": 0.11,
        "mouthStretch": 0.07,
    },
    Expression.SURPRISED: {
        "browInnerUp": 0.6,
        "browOuterUp": 0.75,
        "eyeWide": 0.8,
        "jawOpen": 0.46,
        "mouthLowerDown": 0.1,
        "mouthUpperUp": 0.04,
    },
}
"""Blendshape weights (ARKit names) of every class at intensity 1.

A name without ``_L`` or ``_R`` stands for both sides. The smile is that of 80 people in the London
set, about 1.6 times as strong as they smile in the mean; the others were searched on training
people for what two recognisers name right at a small change of dlib's embedding, and chosen by eye.
A brow that is lowered at its inner end, in anger, is ``browInnerUp`` below 0: ICT-FaceKit's
``browDown`` alone lowers all of it, and reads as sadness.
"""

VARIANTS: Mapping[Expression, Mapping[str, Mapping[str, float]]] = {
    Expression.ANGRY: {
        "bared": {
            "browInnerUp": -1.0,
            "browDown": 1.1,
            "eyeSquint": 0.5,
            "eyeWide": 0.3,
            "noseSneer": 0.6,
            "mouthUpperUp": 0.45,
            "mouthLowerDown": 0.65,
            "mouthStretch": 0.5,
            "jawOpen": 0.08,
            "mouthFrown": 0.2,
        },
        "shouting": {
            "browInnerUp": -1.0,
            "browDown": 1.1,
            "eyeSquint": 0.4,
            "eyeWide": 0.5,
            "noseSneer": 0.5,
            "mouthUpperUp": 0.3,
            "mouthLowerDown": 0.7,
            "mouthStretch": 0.25,
            "jawOpen": 0.45,
            "mouthFunnel": 0.2,
        },
    },
    Expression.CONTEMPTUOUS: {
        "right": {
            "mouthSmile_R": 0.6,
            "mouthDimple_R": 0.9,
            "cheekSquint_R": 0.3,
            "eyeSquint_R": 0.2,
            "mouthPress": 0.3,
        },
    },
    Expression.DISGUSTED: {
        "closed": {
            "noseSneer": 0.85,
            "browDown": 0.45,
            "browInnerUp": -0.4,
            "cheekSquint": 0.75,
            "eyeSquint": 0.55,
            "eyeBlink": 0.12,
            "mouthUpperUp": 0.3,
            "mouthShrugLower": 0.8,
            "mouthShrugUpper": 0.2,
            "mouthFrown": 0.5,
        },
    },
    Expression.FEARFUL: {
        "closed": {
            "browInnerUp": 1.0,
            "browDown": 0.6,
            "eyeWide": 1.0,
            "mouthStretch": 0.7,
            "mouthPress": 0.3,
            "mouthFrown": 0.2,
        },
        "screaming": {
            "browInnerUp": 1.0,
            "browDown": 0.5,
            "eyeWide": 1.0,
            "mouthStretch": 0.7,
            "jawOpen": 0.45,
            "mouthLowerDown": 0.4,
            "mouthUpperUp": 0.2,
        },
    },
    Expression.HAPPY: {
        "closed": {
            "mouthSmile": 0.95,
            "cheekSquint": 0.45,
            "eyeSquint": 0.4,
            "mouthDimple": 0.15,
            "mouthPress": 0.2,
        },
        "laughing": {
            "mouthSmile": 0.85,
            "cheekSquint": 0.75,
            "eyeSquint": 0.5,
            "eyeBlink": 0.1,
            "jawOpen": 0.4,
            "mouthLowerDown": 0.2,
            "mouthUpperUp": 0.2,
        },
    },
    Expression.NEUTRAL: {
        "talking": {
            "jawOpen": 0.2,
            "mouthLowerDown": 0.15,
        },
        "sleepy": {
            "eyeBlink": 0.5,
        },
    },
    Expression.SAD: {
        "crying": {
            "browInnerUp": 0.9,
            "browDown": 0.4,
            "mouthFrown": 0.6,
            "mouthStretch": 0.5,
            "mouthLowerDown": 0.5,
            "mouthShrugLower": 0.4,
            "mouthUpperUp": 0.2,
            "cheekSquint": 0.5,
            "eyeSquint": 0.6,
            "eyeBlink": 0.3,
        },
    },
    Expression.SURPRISED: {
        "closed": {
            "browInnerUp": 0.8,
            "browOuterUp": 0.9,
            "eyeWide": 1.0,
            "mouthShrugLower": 0.1,
        },
    },
}
"""Other natural ways to show a class, as blendshape weights at intensity 1.

A label cannot tell them from the class's recipe, so they are what edits start from, never what they
are asked for.
"""

UPPER_FACE = ("brow", "eye", "cheekSquint")
"""How the names of the blendshapes begin that move the upper half of the face: eyes and brows.

The others move the lids by less than 0.5 % of the eye distance each, but for ``noseSneer``, which
counts for the mouth's half.
"""


def label_vector(expression: str, intensity: float = 1.0) -> NDArray[np.float32]:
    """The label (8,) float32 of ``expression`` at ``intensity``: it sums to 1.

    0 is neutral, 1 the class itself; above 1 the share of neutral is negative.
    """
    return mixture_vector({expression: intensity})


def mixture_vector(
    shares: Mapping[Expression, float] | Mapping[str, float],
    classes: Sequence[str] = tuple(Expression),
) -> NDArray[np.float32]:
    """The label (N,) float32 of several expressions at once.

    The label sums to 1 where neutral is among the classes. Where it is not, the label is the shares
    alone: what they leave to 1 belongs to no class.

    Args:
        shares: class to its intensity. Neutral gets what the others leave to 1, whatever its own
            share is.
        classes: the N classes, in the order of the label vector.

    Raises:
        ValueError: when a share belongs to none of the classes.
    """
    label = np.zeros(len(classes), np.float32)
    for name, share in shares.items():
        label[classes.index(name)] = share
    if Expression.NEUTRAL in classes:
        neutral = classes.index(Expression.NEUTRAL)
        label[neutral] = 0.0
        label[neutral] = 1.0 - label.sum()
    return label


def find_class(name: str, classes: Sequence[str] = tuple(Expression)) -> str:
    """The class that a person means by a name, in any case of letters.

    Args:
        name: what the person wrote.
        classes: those that there are.

    Raises:
        InputError: when there is none; the message lists those there are.
    """
    if tuple(classes) == tuple(Expression):
        return Expression.parse(name)
    found = [known for known in classes if known.casefold() == name.strip().casefold()]
    if not found:
        raise InputError(
            f"these weights do not know the class '{name.strip()}'; choose one of "
            f"{', '.join(classes)}."
        )
    return found[0]
