"""Runs as published, and what still differs from the publications: ``--as-published``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.expression import Expression
from lgpgan.methods.registry import METHODS
from lgpgan.training.config import HOUSEKEEPING, TrainingConfig
from lgpgan.training.presets import find_preset

__all__ = ["DIFFERENCES", "PAPER", "as_published", "differences"]

PAPER = "paper"
"""The preset that holds a method's published values."""

DIFFERENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": (
            "The papers' crop and alignment were not published: here the centres of the eyes lie "
            "38 pixels apart, and their midpoint at (64, 42) of 128×128.",
            "Real mouth regions lie where their own landmarks say, and those of outputs where the "
            "landmarks of their source say.",
            "Where the regions of eyes and mouth overlap, the mouth lies over the edited eyes.",
            "In a split by images, people of the test images are in training too, most of them "
            "with the same expression.",
        ),
        "lgp-gan": (
            "An iteration is one update of the discriminators, as in StarGAN.",
            "The attention term is the mean of the squared masks.",
        ),
        "stargan": (
            "Instance normalisation follows no running statistics.",
            "The learning rate falls to 0 in the second half; the authors' code hardly lowers it.",
        ),
        "attgan": (
            "Classes exclude each other, so cross entropy takes the place of the binary one.",
            "An edited class does not count double at test time.",
        ),
        "ganimation": (
            "RaFD knows classes only: every face is taken to have the units of Table I.",
            "The critic's loss and its gradient penalty make one step of the optimiser together.",
        ),
    }
)
"""What differs in every run, by the method; under the empty name what all share."""

_TEST_SHARE = 0.1


def as_published(method: str) -> TrainingConfig:
    """The options of a method's run as published, in float32 without TF32.

    Raises:
        InputError: when there is no such method.
    """
    return replace(find_preset(method, PAPER), precision="fp32")


def differences(config: TrainingConfig, prepared: PreparedSet) -> list[str]:
    """What differs from the publication in a run, a sentence each.

    Args:
        config: the options of the run.
        prepared: the set that it is trained on.
    """
    title = METHODS[config.method].title
    return [
        *_of_set(prepared),
        *(f"{title}: {sentence}" for sentence in _of_options(config)),
        *DIFFERENCES[""],
        *(f"{title}: {sentence}" for sentence in DIFFERENCES[config.method]),
    ]


def _of_set(prepared: PreparedSet) -> Iterator[str]:
    """How a set differs from the paper's."""
    about = prepared.description
    if about.get("layout") != "rafd":
        yield "The set is not RaFD."
    if list(prepared.classes) != [str(name) for name in Expression]:
        yield "The classes are not the paper's eight."
    if about.get("split") != "image":
        yield (
            "The set was not split by images, as the paper's was; 'lgpgan prepare --split image' "
            "does that."
        )
    elif about.get("test_share", _TEST_SHARE) != _TEST_SHARE or about.get("validation_share"):
        yield "The images were not split nine to one, as the paper's were."


def _of_options(config: TrainingConfig) -> Iterator[str]:
    """The options that are not as published."""
    published = as_published(config.method)
    for field in fields(published):
        ours, theirs = getattr(config, field.name, None), getattr(published, field.name)
        if field.name not in (*HOUSEKEEPING, "seed", "accumulate") and ours != theirs:
            yield f"{field.name} is {_text(ours)}, and {_text(theirs)} as published."


def _text(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_number else str(value)
