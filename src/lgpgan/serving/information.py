"""What clients are told that the server can do."""

from __future__ import annotations

import lgpgan
from lgpgan.editing.animation import ANIMATIONS
from lgpgan.editing.strips import MOST_STEPS
from lgpgan.expressions.action_units import ACTION_UNITS, GAZE_UNITS
from lgpgan.expressions.expression import MAXIMUM_INTENSITY
from lgpgan.packages import installed
from lgpgan.photos.writing import LOSSY_FORMATS
from lgpgan.serving.answers import (
    Control,
    FormatAnswer,
    Info,
    LimitsAnswer,
    Range,
    Unit,
    WeightsAnswer,
    WholeRange,
)
from lgpgan.serving.limits import PREVIEW_SIDE, Limits
from lgpgan.serving.requests import FORMATS, media_type
from lgpgan.serving.worker import Facts

__all__ = ["info_of"]

GROUPS = {
    "brow": (1, 2, 4),
    "eye": (5, 6, 7, 45),
    "nose": (9, 11),
    "gaze": tuple(GAZE_UNITS),
}
"""Where on the face action units are seen; all others belong to the mouth."""
STEP = 0.01
"""Of a slider."""


def info_of(facts: Facts, limits: Limits, digest: str) -> Info:
    """What a server can do.

    Args:
        facts: on what works.
        limits: how much is taken and kept.
        digest: SHA-256 of the weights' file.
    """
    weights = facts.info
    units = [_unit(number) for number in weights.offered_units]
    return Info(
        version=lgpgan.__version__,
        weights=WeightsAnswer(method=weights.method, images=weights.images, digest=digest),
        backend=facts.backend,
        landmarks=facts.landmarks,
        classes=list(weights.labels),
        units=units,
        controls=[_control(unit) for unit in units],
        intensity=Range(minimum=0, maximum=MAXIMUM_INTENSITY),
        formats=[
            FormatAnswer(
                name=name,
                suffix=suffix,
                media_type=media_type(suffix),
                quality=name.upper() in LOSSY_FORMATS,
            )
            for name, suffix in FORMATS.items()
        ],
        animations=[
            suffix.removeprefix(".") for suffix in ANIMATIONS if suffix == ".gif" or installed("av")
        ],
        steps=WholeRange(minimum=2, maximum=MOST_STEPS),
        limits=LimitsAnswer(
            photo_bytes=limits.photo_bytes,
            megapixels=limits.megapixels,
            photos=limits.photos,
            minutes=limits.minutes,
            preview_side=PREVIEW_SIDE,
        ),
    )


def _unit(number: int) -> Unit:
    group = next((name for name, numbers in GROUPS.items() if number in numbers), "mouth")
    return Unit(number=number, name=ACTION_UNITS.get(number, f"AU{number}"), group=group)


def _control(unit: Unit) -> Control:
    return Control(
        key=f"AU{unit.number}",
        label=unit.name,
        group=unit.group,
        minimum=0,
        maximum=1,
        step=STEP,
        default=0,
    )
