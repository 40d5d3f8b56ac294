"""What clients ask for: the fields of every request, with their types and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lgpgan.editing.selecting import Select
from lgpgan.editing.strips import MOST_STEPS
from lgpgan.photos.photo import Photo
from lgpgan.photos.writing import WRITABLE_SUFFIXES, output_suffix
from lgpgan.serving.limits import PREVIEW_SIDE

__all__ = [
    "FORMATS",
    "AnimationFormat",
    "AnimationRequest",
    "EditRequest",
    "FormatName",
    "OpenRequest",
    "PictureFormat",
    "PictureRequest",
    "PreviewRequest",
    "Request",
    "SheetRequest",
    "StripRequest",
    "TargetRequest",
    "ThumbnailsRequest",
    "media_type",
    "suffix_of",
]

FormatName = Literal["same", "jpeg", "png", "webp", "tiff", "avif", "bmp"]
"""Of an edit; ``same`` is the photo's own, or what is written in its place."""
PictureFormat = Literal["jpeg", "webp", "png"]
"""Of a picture that is to be looked at, which browsers show."""
AnimationFormat = Literal["gif", "mp4"]

FORMATS = {name.lower(): suffix for suffix, name in list(WRITABLE_SUFFIXES.items())[::-1]}
"""Name of each format to its suffix."""
MEDIA_TYPES = {
    **{suffix: f"image/{name.lower()}" for suffix, name in WRITABLE_SUFFIXES.items()},
    ".gif": "image/gif",
    ".mp4": "video/mp4",
}

Share = Annotated[float, Field(allow_inf_nan=False)]
WantedField = str | dict[str, Share] | None
Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[int, Field(ge=1, le=10_000)]
Side = Annotated[int, Field(ge=16, le=PREVIEW_SIDE)]
Pixel = Annotated[int, Field(ge=0, le=1_000_000)]
Crop = tuple[Pixel, Pixel, Pixel, Pixel]


class Request(BaseModel):
    """A request whose every field is known: a slip of the pen is an error, not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TargetRequest(Request):
    """What a face is to show: expressions, alone or mixed, and action units."""

    to: Annotated[
        WantedField,
        Field(description="a class, or several with their shares: happy=0.6,surprised=0.4"),
    ] = None
    eyes: Annotated[WantedField, Field(description="that of eyes and brows, where it differs")] = (
        None
    )
    mouth: Annotated[WantedField, Field(description="that of the lower half, where it differs")] = (
        None
    )
    units: Annotated[
        str | dict[str, Share] | None,
        Field(description="action units on top of that, with intensities from 0 to 1"),
    ] = None
    intensity: Annotated[Share, Field(description="0 neutral, 1 what was asked for itself")] = 1.0


class ChosenFaces(Request):
    """Which faces are edited."""

    face: Annotated[
        Number | None, Field(description="number of the one face, from 1, left to right")
    ] = None
    select: Annotated[Select, Field(description="where no number is given")] = "all"
    min_size: Annotated[
        float,
        Field(
            ge=0, allow_inf_nan=False, description="leave out faces with fewer pixels between eyes"
        ),
    ] = 0.0


class PreviewRequest(Request):
    """A smaller picture in place of the whole photo."""

    side: Annotated[Side, Field(description="pixels along the longer side, at most")] = 1200
    crop: Annotated[
        Crop | None,
        Field(description="left, top, right and bottom of the part, in pixels of the photo"),
    ] = None


class EditRequest(ChosenFaces):
    """A photo with other expressions."""

    target: Annotated[TargetRequest | None, Field(description="for all faces chosen")] = None
    targets: Annotated[
        dict[str, TargetRequest] | None,
        Field(description="in place of target: one for each face, by its number", max_length=200),
    ] = None
    format: FormatName = "same"
    quality: Annotated[
        int | None,
        Field(ge=1, le=100, description="of JPEG, WebP and AVIF; as fine as the photo if absent"),
    ] = None
    private: Annotated[
        bool, Field(description="leave names, places and serial numbers out of the metadata")
    ] = False
    preview: PreviewRequest | None = None
    stream: Annotated[
        Name | None,
        Field(description="of the requests with the same text, the newest wins"),
    ] = None


class ThumbnailsRequest(Request):
    """One face with several targets, in a row without gaps."""

    targets: Annotated[
        tuple[TargetRequest, ...] | None,
        Field(min_length=1, max_length=32, description="every class of the weights if absent"),
    ] = None
    intensity: Annotated[Share, Field(description="of the classes")] = 1.0
    face: Annotated[Number | None, Field(description="the largest if absent")] = None
    side: Annotated[int, Field(ge=32, le=512, description="of each square, in pixels")] = 160
    format: PictureFormat = "jpeg"
    stream: Name | None = None


class StripRequest(Request):
    """A face at many strengths; a row for each target."""

    targets: Annotated[
        tuple[TargetRequest, ...] | None,
        Field(min_length=1, max_length=16, description="every class but neutral if absent"),
    ] = None
    face: Annotated[Number | None, Field(description="the largest if absent")] = None
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS, description="pictures a row")] = 6


class SheetRequest(ChosenFaces):
    """The photo and every expression side by side."""

    intensity: Share = 1.0


class AnimationRequest(ChosenFaces):
    """From neutral to the expression and back."""

    target: TargetRequest
    format: AnimationFormat = "gif"


class PictureRequest(Request):
    """The photo itself, as browsers show it."""

    side: Side = 1600
    crop: Crop | None = None
    format: PictureFormat = "jpeg"


class OpenRequest(Request):
    """Reading a photo and finding its faces."""


def suffix_of(name: FormatName, photo: Photo) -> str:
    """Suffix of the file that an edit of a photo in a format would be."""
    return output_suffix(photo) if name == "same" else FORMATS[name]


def media_type(suffix: str) -> str:
    """The media type of files with a suffix."""
    return MEDIA_TYPES[suffix.lower()]
