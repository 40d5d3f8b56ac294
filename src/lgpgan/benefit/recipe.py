"""The training options of every recogniser of a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lgpgan.benefit.uses import CANDIDATES, HEAD_CANDIDATES
from lgpgan.choices import check_choice
from lgpgan.errors import InputError

__all__ = ["Recipe", "RecogniserKind", "Usual", "recipe_of", "usual_of"]

RecogniserKind = Literal["resnet18", "mobilenet", "mobilenet-head", "face-api", "fer"]
"""What is trained. The last three are a linear layer on a network that stays as it is."""


@dataclass(frozen=True)
class Usual:
    """What is usual for a recogniser.

    Attributes:
        about: what it is, for reports, as words that fit behind "every one is".
        size: side of its faces, in pixels.
        learning_rate: at its highest.
        frozen: whether only a linear layer is trained, on descriptions that are made once.
    """

    about: str
    size: int
    learning_rate: float
    frozen: bool = False

    @property
    def candidates(self) -> Sequence[str]:
        """The uses of synthetic faces that are tried, the one first that is kept in doubt."""
        return HEAD_CANDIDATES if self.frozen else CANDIDATES


USUAL: Mapping[str, Usual] = {
    "resnet18": Usual("a ResNet-18 of width {width} with random first weights", 64, 1e-3),
    "mobilenet": Usual("a MobileNetV2 that was trained on ImageNet, all layers trained", 96, 1e-3),
    "mobilenet-head": Usual(
        "a linear layer on the features of a MobileNetV2 that was trained on ImageNet",
        128, 1e-2, frozen=True,
    ),
    "face-api": Usual(
        "a linear layer on the features of face-api's recogniser of expressions",
        128, 1e-2, frozen=True,
    ),
    "fer": Usual(
        "a linear layer on what fer's recogniser of expressions reads (logarithms of its "
        "probabilities)",
        128, 1e-2, frozen=True,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """The training options of every recogniser.

    Attributes:
        steps: steps of the optimiser.
        batch: faces a step.
        learning_rate: at its highest.
        size: side of the faces, in pixels. Frozen networks are given faces of their own size.
        width: channels of the first stage of a ResNet-18; 64 is the published network.
        recogniser: what is trained.
    """

    steps: int = 400
    batch: int = 32
    learning_rate: float = 1e-3
    size: int = 64
    width: int = 32
    recogniser: str = "resnet18"

    def __post_init__(self) -> None:
        check_choice(self.recogniser, RecogniserKind, "recogniser")
        for name in ("steps", "batch", "width"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is 1 or more, not {getattr(self, name)}.")
        if self.size < 32:
            raise InputError(f"faces have a side of 32 pixels or more, not {self.size}.")
        if self.batch == 1 and (self.recogniser != "resnet18" or self.size == 32):
            raise InputError(
                "a batch of one face cannot be normalised where one number is left of every "
                "channel at the end; choose a batch of 2 or more."
            )


def usual_of(recogniser: str) -> Usual:
    """What is usual for a recogniser.

    Raises:
        InputError: when there is none of that name.
    """
    check_choice(recogniser, RecogniserKind, "recogniser")
    return USUAL[recogniser]


def recipe_of(recogniser: str, *, size: int | None = None, **options: Any) -> Recipe:
    """The recipe of a recogniser, with what is usual for it where nothing else is said.

    Args:
        recogniser: what is trained.
        size: side of the faces; None for the usual one.
        options: the other fields of :class:`Recipe`.

    Raises:
        InputError: when there is no such recogniser, or an option is out of range.
    """
    usual = usual_of(recogniser)
    known = {"learning_rate": usual.learning_rate, **options}
    return Recipe(size=size or usual.size, recogniser=recogniser, **known)
