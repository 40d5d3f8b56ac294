"""JAFFE, the Japanese Female Facial Expression set: file names say everything.

``KA.AN1.39.tiff``: person, expression (AN DI FE HA NE SA SU) and which of several, number.
"""

from __future__ import annotations

import re
from pathlib import Path

from lgpgan.datasets.layouts.file_names import NamedPhotos
from lgpgan.datasets.layouts.listing import Entry

__all__ = ["JAFFE"]

NAME = (
    r"(?P<person>KA|KL|KM|KR|MK|NA|NM|TM|UY|YM)[._-](?P<expression>AN|DI|FE|HA|NE|SA|SU)\d"
    r"[._-]\d{1,3}"
)
CITATION = (
    "Lyons, M., Akamatsu, S., Kamachi, M., & Gyoba, J. (1998). Coding facial expressions with "
    "Gabor wavelets. IEEE International Conference on Automatic Face and Gesture Recognition. "
    "doi:10.1109/AFGR.1998.670949"
)


def entry(photo: str, path: Path, name: re.Match[str]) -> Entry:
    """What a photo's name says."""
    return Entry(
        photo=photo,
        path=path,
        label=name["expression"].upper(),
        person=f"jaffe-{name['person'].upper()}",
        source=CITATION,
        gender="female",
    )


JAFFE = NamedPhotos("JAFFE", NAME, frontal="", entry=entry).layout(
    "jaffe",
    citation=CITATION,
    terms="non-commercial research only, not to be passed on",
)
