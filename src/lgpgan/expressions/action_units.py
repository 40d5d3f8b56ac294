"""Action units of the Facial Action Coding System: their names, and the blendshapes they stand for.

Ekman, Friesen, Hager: *Facial Action Coding System*, 2002. An intensity here is 0 to 1, where the
system has five steps, A to E. The system's units 61 to 64 turn the eyes: they are the gaze.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lgpgan.errors import InputError

__all__ = [
    "ACTION_UNITS",
    "BLENDSHAPE_ACTION_UNITS",
    "EYE_UNITS",
    "GAZE_NAMES",
    "GAZE_UNITS",
    "LABEL_UNITS",
    "SHOWN_UNITS",
    "action_units",
    "blendshapes_of",
    "parse_unit",
    "unit_vector",
]

ACTION_UNITS: Mapping[int, str] = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    11: "nasolabial deepener",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    18: "lip pucker",
    20: "lip stretcher",
    22: "lip funneler",
    23: "lip tightener",
    24: "lip pressor",
    26: "jaw drop",
    28: "lip suck",
    45: "blink",
    61: "eyes turn left",
    62: "eyes turn right",
    63: "eyes up",
    64: "eyes down",
}
"""The units that there are names for; the 3-D face can show all but 23.

Left and right are the person's own: eyes that turn left look towards the picture's right side.
"""

GAZE_NAMES: Mapping[str, int] = {
    "gaze-left": 61,
    "gaze-right": 62,
    "gaze-up": 63,
    "gaze-down": 64,
}
"""Further names under which the units of the gaze can be asked for."""

BLENDSHAPE_ACTION_UNITS: Mapping[str, int] = {
    "browInnerUp": 1,
    "browOuterUp": 2,
    "browDown": 4,
    "eyeWide": 5,
    "cheekSquint": 6,
    "eyeSquint": 7,
    "noseSneer": 9,
    "mouthShrugUpper": 10,
    "mouthUpperUp": 11,
    "mouthSmile": 12,
    "mouthDimple": 14,
    "mouthFrown": 15,
    "mouthLowerDown": 16,
    "mouthShrugLower": 17,
    "mouthPucker": 18,
    "mouthStretch": 20,
    "mouthFunnel": 22,
    "mouthPress": 24,
    "jawOpen": 26,
    "mouthRollUpper": 28,
    "mouthRollLower": 28,
    "eyeBlink": 45,
}
"""Action unit that a blendshape stands for, from ICT-FaceKit's own table.

``jawOpen`` stands for 26 and 27 there: at 1 a mouth is open as wide as in 27, the mouth stretch.
"""

GAZE_UNITS: Mapping[int, tuple[str, str]] = {
    61: ("eyeLookOut_L", "eyeLookIn_R"),
    62: ("eyeLookIn_L", "eyeLookOut_R"),
    63: ("eyeLookUp_L", "eyeLookUp_R"),
    64: ("eyeLookDown_L", "eyeLookDown_R"),
}
"""Units of the gaze, with the blendshape of the left and of the right eye that each stands for."""

SHOWN_UNITS = tuple(sorted({*BLENDSHAPE_ACTION_UNITS.values(), *GAZE_UNITS}))
"""The units that the 3-D face can show."""

EYE_UNITS = (5, 7, 45, *GAZE_UNITS)
"""Units of lids and gaze. Edits draw them from geometry (:mod:`lgpgan.faces.eye_motion`), whatever
weights they are made with; networks are not told of them."""

LABEL_UNITS = tuple(unit for unit in SHOWN_UNITS if unit not in EYE_UNITS)
"""The units that networks are told of."""


def action_units(blendshapes: Mapping[str, float]) -> dict[int, float]:
    """Intensity, 0 to 1, of every action unit that ``blendshapes`` (name to weight) set in motion.

    Where several blendshapes, or its two sides, stand for one unit, the strongest counts.
    """
    units: dict[int, float] = {}
    for name, weight in blendshapes.items():
        for unit in _units_of(name) if weight > 0 else ():
            units[unit] = max(units.get(unit, 0.0), min(weight, 1.0))
    return dict(sorted(units.items()))


def _units_of(name: str) -> set[int]:
    """The action units that a blendshape of one side or of both stands for."""
    unit = BLENDSHAPE_ACTION_UNITS.get(name.removesuffix("_L").removesuffix("_R"))
    if unit is not None:
        return {unit}
    return {
        number
        for number, sides in GAZE_UNITS.items()
        if name in sides or {f"{name}_L", f"{name}_R"} == set(sides)
    }


def blendshapes_of(units: Mapping[int, float]) -> dict[str, float]:
    """Weights of the blendshapes that stand for action units (number to intensity).

    Raises:
        KeyError: for a unit that the 3-D face cannot show.
    """
    unknown = set(units) - set(SHOWN_UNITS)
    if unknown:
        raise KeyError(f"the 3-D face cannot show AU{min(unknown)}")
    moved = {
        name: units[number] for name, number in BLENDSHAPE_ACTION_UNITS.items() if number in units
    }
    gaze = {
        name: units[number]
        for number, sides in GAZE_UNITS.items()
        if number in units
        for name in sides
    }
    return moved | gaze


def parse_unit(text: str, known: Sequence[int] = tuple(ACTION_UNITS)) -> tuple[int, float]:
    """Number and intensity of an action unit written as ``AU12=0.8``; ``AU12`` is at 1.

    Units of the gaze may be written by their names, as ``gaze-left=0.5``.

    Args:
        text: what a person wrote.
        known: numbers of the units that can be asked for, for the message.

    Raises:
        InputError: when it is none, or has no name, or is not from 0 to 1.
    """
    name, given, share = text.strip().lower().partition("=")
    try:
        gaze = GAZE_NAMES.get(name.strip())
        number = int(name.removeprefix("au")) if gaze is None else gaze
        intensity = float(share) if given else 1.0
    except ValueError:
        raise InputError(
            f"'{text}' is no action unit; write it as AU12=0.8, or a gaze as gaze-left=0.5."
        ) from None
    if number not in ACTION_UNITS:
        offered = f"choose one of {', '.join(map(str, known))}" if known else "leave it out"
        raise InputError(f"there is no action unit {number} here; {offered}.")
    if not 0 <= intensity <= 1:
        raise InputError(
            f"the intensity {intensity:g} of AU{number} is out of range; choose one from 0 to 1."
        )
    return number, intensity


def unit_vector(of_units: Mapping[int, float], units: Sequence[int]) -> tuple[float, ...]:
    """Intensities of action units, by their numbers, as a vector in the order of ``units``."""
    return tuple(float(of_units.get(unit, 0.0)) for unit in units)
