"""KDEF, the Karolinska Directed Emotional Faces: file names say everything.

``AF01ANS.JPG``: session A or B, gender, number, expression (AF AN DI HA NE SA SU), camera (S
straight, FL and FR full, HL and HR half left and right).
"""

from __future__ import annotations

import re

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    Listing,
    Source,
    first_named,
    list_by_name,
)

__all__ = ["KDEF"]

NAME = re.compile(
    r"[AB](?P<gender>[FM])(?P<number>\d{2})(?P<expression>AF|AN|DI|HA|NE|SA|SU)"
    r"(?P<camera>S|FL|FR|HL|HR)"
)
FRONTAL = "S"
GENDERS = {"F": "female", "M": "male"}
CITATION = (
    "Lundqvist, D., Flykt, A., & Öhman, A. (1998). The Karolinska Directed Emotional Faces (KDEF). "
    "CD ROM from Department of Clinical Neuroscience, Psychology section, Karolinska Institutet. "
    "ISBN 91-630-7164-9"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether a photo is named as KDEF's are."""
    name = first_named(source, NAME)
    return name and f"{name} is named as KDEF's photos are"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos, frontal ones unless all are wanted; both sessions show the same people."""

    def entry(photo: str, name: re.Match[str]) -> Entry:
        return Entry(
            photo=photo,
            path=source.folder / photo,
            label=name["expression"],
            person=f"kdef-{name['gender']}{name['number']}",
            source=CITATION,
            gender=GENDERS[name["gender"]],
            camera=name["camera"],
        )

    return list_by_name(source, NAME, entry, frontal=None if choices.all_angles else FRONTAL)


KDEF = Layout(
    name="kdef",
    title="KDEF",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research only",
)
