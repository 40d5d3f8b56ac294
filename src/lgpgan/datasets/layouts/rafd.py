"""RaFD, the Radboud Faces Database: file names say everything.

``Rafd090_01_Caucasian_female_angry_frontal.jpg``: camera angle in degrees (090 is frontal),
identity, ethnicity, gender, expression, gaze.
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

__all__ = ["RAFD"]

NAME = re.compile(
    r"rafd(?P<camera>\d{3})_(?P<identity>\d+)_(?P<ethnicity>[a-z]+)_(?P<gender>[a-z]+)"
    r"_(?P<expression>[a-z]+)_(?P<gaze>[a-z]+)",
    re.IGNORECASE,
)
FRONTAL = "090"
CITATION = (
    "Langner, O., Dotsch, R., Bijlstra, G., Wigboldus, D. H. J., Hawk, S. T., & van Knippenberg, "
    "A. (2010). Presentation and validation of the Radboud Faces Database. Cognition & Emotion, "
    "24(8), 1377–1388. doi:10.1080/02699930903485076"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether a photo is named as RaFD's are."""
    name = first_named(source, NAME)
    return name and f"{name} is named as RaFD's photos are"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos, frontal ones unless all are wanted."""

    def entry(photo: str, name: re.Match[str]) -> Entry:
        return Entry(
            photo=photo,
            path=source.folder / photo,
            label=name["expression"].lower(),
            person=f"rafd-{int(name['identity']):02}",
            source=CITATION,
            gender=name["gender"].lower(),
            ethnicity=name["ethnicity"],
            gaze=name["gaze"].lower(),
            camera=name["camera"],
        )

    return list_by_name(source, NAME, entry, frontal=None if choices.all_angles else FRONTAL)


RAFD = Layout(
    name="rafd",
    title="RaFD",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research by whom Radboud University gave it to, not to be passed on",
)
