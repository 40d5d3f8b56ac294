"""What clients get: pictures as bytes, and everything else as JSON of these shapes."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, Field

__all__ = [
    "Control",
    "ErrorAnswer",
    "FaceAnswer",
    "FormatAnswer",
    "Health",
    "Info",
    "LimitsAnswer",
    "PhotoAnswer",
    "Picture",
    "Problem",
    "Range",
    "Unit",
    "WeightsAnswer",
    "WholeRange",
]


@dataclass(frozen=True)
class Picture:
    """A picture, or an animation, as it is sent.

    Attributes:
        content: of the file.
        media_type: as ``image/jpeg``.
        name: to save it by; it says nothing of the photo.
        notes: sentences on what the format cannot hold.
    """

    content: bytes
    media_type: str
    name: str
    notes: tuple[str, ...] = ()


class FaceAnswer(BaseModel):
    """A face that can be edited, in pixels of the upright photo."""

    number: int = Field(description="from 1, left to right")
    box: tuple[float, float, float, float] = Field(description="left, top, right, bottom")
    landmarks: list[tuple[float, float]] = Field(description="68 points, in Multi-PIE's order")
    eye_distance: float = Field(description="between the centres of the eyes")


class PhotoAnswer(BaseModel):
    """An opened photo."""

    id: str
    width: int
    height: int
    format: str = Field(description="of an edit in the format 'same'")
    suffix: str = Field(description="of a file in that format")
    media_type: str = Field(description="of that format")
    faces: list[FaceAnswer]
    notes: list[str] = Field(description="on what was converted or left out")
    seconds_left: float = Field(description="until the photo goes, where nobody uses it")


class Health(BaseModel):
    """That the server answers."""

    status: str = "ok"


class WeightsAnswer(BaseModel):
    """The weights in use."""

    method: str
    images: int = Field(description="training images seen")
    digest: str = Field(description="SHA-256 of the file")


class Unit(BaseModel):
    """An action unit that can be asked for."""

    number: int
    name: str
    group: str = Field(description="brow, eye, nose or mouth; others may come")


class Control(BaseModel):
    """Something that a slider can stand for; its key is a key of a target's units."""

    key: str
    label: str
    group: str
    minimum: float
    maximum: float
    step: float
    default: float


class Range(BaseModel):
    """From where to where."""

    minimum: float
    maximum: float


class WholeRange(BaseModel):
    """From where to where, in whole numbers."""

    minimum: int
    maximum: int


class FormatAnswer(BaseModel):
    """A format that edits can be asked for in."""

    name: str
    suffix: str
    media_type: str
    quality: bool = Field(description="whether it can be written in less quality")


class LimitsAnswer(BaseModel):
    """What the server takes and keeps."""

    photo_bytes: int
    megapixels: float
    photos: int
    minutes: float
    preview_side: int


class Info(BaseModel):
    """What the server can do."""

    version: str
    weights: WeightsAnswer
    backend: str
    landmarks: str
    classes: list[str]
    units: list[Unit]
    controls: list[Control]
    intensity: Range
    formats: list[FormatAnswer]
    animations: list[str]
    steps: WholeRange
    limits: LimitsAnswer


class Problem(BaseModel):
    """What went wrong."""

    status: int
    kind: str
    message: str = Field(description="a sentence that says what to do")


class ErrorAnswer(BaseModel):
    """The body of every answer that is an error."""

    error: Problem
