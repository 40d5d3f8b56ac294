"""KDEF, the Karolinska Directed Emotional Faces: file names say everything.

``AF01ANS.JPG``: session A or B, gender, number, expression (AF AN DI HA NE SA SU), camera (S
straight, FL and FR full, HL and HR half left and right).
"""

from __future__ import annotations

import re
from pathlib import Path

from lgpgan.datasets.layouts.file_names import NamedPhotos
from lgpgan.datasets.layouts.listing import Entry

__all__ = ["KDEF"]

NAME = (
    r"[AB](?P<gender>[FM])(?P<number>\d{2})(?P<expression>AF|AN|DI|HA|NE|SA|SU)"
    r"(?P<camera>S|FL|FR|HL|HR)"
)
GENDERS = {"F": "female", "M": "male"}
CITATION = (
    "Lundqvist, D., Flykt, A., & Öhman, A. (1998). The Karolinska Directed Emotional Faces (KDEF). "
    "CD ROM from Department of Clinical Neuroscience, Psychology section, Karolinska Institutet. "
    "ISBN 91-630-7164-9"
)


def entry(photo: str, path: Path, name: re.Match[str]) -> Entry:
    """What a photo's name says; both sessions show the same people."""
    gender = name["gender"].upper()
    return Entry(
        photo=photo,
        path=path,
        label=name["expression"].upper(),
        person=f"kdef-{gender}{name['number']}",
        source=CITATION,
        gender=GENDERS[gender],
        camera=name["camera"].upper(),
    )


KDEF = NamedPhotos("KDEF", NAME, frontal="S", entry=entry).layout(
    "kdef", citation=CITATION, terms="non-commercial research only"
)
