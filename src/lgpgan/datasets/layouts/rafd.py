"""RaFD, the Radboud Faces Database: file names say everything.

``Rafd090_01_Caucasian_female_angry_frontal.jpg``: camera angle in degrees (090 is frontal),
identity, ethnicity, gender, expression, gaze.
"""

from __future__ import annotations

import re
from pathlib import Path

from lgpgan.datasets.layouts.file_names import NamedPhotos
from lgpgan.datasets.layouts.listing import Entry

__all__ = ["RAFD"]

NAME = (
    r"rafd(?P<camera>\d{3})_(?P<identity>\d+)_(?P<ethnicity>[a-z]+)_(?P<gender>[a-z]+)"
    r"_(?P<expression>[a-z]+)_(?P<gaze>[a-z]+)"
)
CITATION = (
    "Langner, O., Dotsch, R., Bijlstra, G., Wigboldus, D. H. J., Hawk, S. T., & van Knippenberg, "
    "A. (2010). Presentation and validation of the Radboud Faces Database. Cognition & Emotion, "
    "24(8), 1377–1388. doi:10.1080/02699930903485076"
)


def entry(photo: str, path: Path, name: re.Match[str]) -> Entry:
    """What a photo's name says."""
    return Entry(
        photo=photo,
        path=path,
        label=name["expression"].lower(),
        person=f"rafd-{int(name['identity']):02}",
        source=CITATION,
        gender=name["gender"].lower(),
        ethnicity=name["ethnicity"],
        gaze=name["gaze"].lower(),
        camera=name["camera"],
    )


RAFD = NamedPhotos("RaFD", NAME, frontal="090", entry=entry).layout(
    "rafd",
    citation=CITATION,
    terms="non-commercial research by whom Radboud University gave it to, not to be passed on",
)
