"""The EXIF that an edited photo keeps: what is on fixed lists, and nothing else."""

from __future__ import annotations

from typing import Any

from PIL import ExifTags, Image

from lgpgan.photos.embedded import holds_picture

__all__ = ["descriptive_exif", "exif_bytes", "exif_tags", "impersonal_exif"]

_Base = ExifTags.Base

_IMPERSONAL_TAGS = frozenset(
    {
        _Base.Make,
        _Base.Model,
        _Base.XResolution,
        _Base.YResolution,
        _Base.ResolutionUnit,
        _Base.Software,
        _Base.DateTime,
        _Base.Rating,
    }
)
"""Tags of the main directory that say how a photo was taken, not by whom, of whom or where."""

_KEPT_TAGS = _IMPERSONAL_TAGS | {
    _Base.ImageDescription,
    _Base.Artist,
    _Base.HostComputer,
    _Base.Copyright,
    _Base.XPTitle,
    _Base.XPComment,
    _Base.XPAuthor,
    _Base.XPKeywords,
    _Base.XPSubject,
}
"""Tags of the main directory that are kept. The rest describe the layout of a file."""

_IMPERSONAL_CAMERA_TAGS = frozenset(
    {
        _Base.ExposureTime,
        _Base.FNumber,
        _Base.ExposureProgram,
        _Base.ISOSpeedRatings,
        _Base.SensitivityType,
        _Base.StandardOutputSensitivity,
        _Base.RecommendedExposureIndex,
        _Base.ISOSpeed,
        _Base.ISOSpeedLatitudeyyy,
        _Base.ISOSpeedLatitudezzz,
        _Base.ExifVersion,
        _Base.DateTimeOriginal,
        _Base.DateTimeDigitized,
        _Base.OffsetTime,
        _Base.OffsetTimeOriginal,
        _Base.OffsetTimeDigitized,
        _Base.SubsecTime,
        _Base.SubsecTimeOriginal,
        _Base.SubsecTimeDigitized,
        _Base.ShutterSpeedValue,
        _Base.ApertureValue,
        _Base.BrightnessValue,
        _Base.ExposureBiasValue,
        _Base.MaxApertureValue,
        _Base.SubjectDistance,
        _Base.MeteringMode,
        _Base.LightSource,
        _Base.Flash,
        _Base.FlashEnergy,
        _Base.FocalLength,
        _Base.FlashPixVersion,
        _Base.ColorSpace,
        _Base.ExifImageWidth,
        _Base.ExifImageHeight,
        _Base.FocalPlaneXResolution,
        _Base.FocalPlaneYResolution,
        _Base.FocalPlaneResolutionUnit,
        _Base.ExposureIndex,
        _Base.SensingMethod,
        _Base.FileSource,
        _Base.SceneType,
        _Base.CustomRendered,
        _Base.ExposureMode,
        _Base.WhiteBalance,
        _Base.DigitalZoomRatio,
        _Base.FocalLengthIn35mmFilm,
        _Base.SceneCaptureType,
        _Base.GainControl,
        _Base.Contrast,
        _Base.Saturation,
        _Base.Sharpness,
        _Base.SubjectDistanceRange,
        _Base.LensSpecification,
        _Base.LensMake,
        _Base.LensModel,
        _Base.CompositeImage,
        _Base.Gamma,
    }
)
"""Tags of the camera's directory that say how a photo was taken."""

_KEPT_CAMERA_TAGS = _IMPERSONAL_CAMERA_TAGS | {
    _Base.UserComment,
    _Base.ImageUniqueID,
    _Base.CameraOwnerName,
    _Base.BodySerialNumber,
    _Base.LensSerialNumber,
}
"""Tags of the camera's directory that are kept. Maker notes are none of them."""

_KEPT_PLACE_TAGS = frozenset(range(32))
"""Tags of the directory of the place, all that EXIF 3.0 has."""

_KEPT_BY_FOLDER = {
    ExifTags.IFD.Exif: (_KEPT_CAMERA_TAGS, _IMPERSONAL_CAMERA_TAGS),
    ExifTags.IFD.GPSInfo: (_KEPT_PLACE_TAGS, frozenset[int]()),
}
"""Of every directory below the main one: the tags that are kept, and those that name nobody."""


def descriptive_exif(exif: Image.Exif, width: int, height: int) -> Image.Exif:
    """The part of ``exif`` that stays true of an edited, upright photo of the size given.

    Only tags of fixed lists are kept, and none whose value holds a picture. Orientation, the
    layout of the file, the thumbnail and other previews, which show the face before the edit, and
    the maker notes, which may hold another preview and break when moved, are on none of the lists.
    """
    kept = _selected(exif, impersonal=False)
    camera = kept.get_ifd(ExifTags.IFD.Exif)
    for tag, size in ((_Base.ExifImageWidth, width), (_Base.ExifImageHeight, height)):
        if tag in camera:
            camera[tag] = size
    return kept


def impersonal_exif(block: bytes | None) -> bytes | None:
    """An EXIF block without names, places, free text and numbers of devices; None when empty.

    Args:
        block: as `exif_bytes` made it.
    """
    exif = Image.Exif()
    exif.load(block or b"")
    kept = _selected(exif, impersonal=True)
    return exif_bytes(kept) if holds_tags(kept) else None


def _selected(exif: Image.Exif, *, impersonal: bool) -> Image.Exif:
    kept = Image.Exif()
    for tag in sorted(_IMPERSONAL_TAGS if impersonal else _KEPT_TAGS):
        if tag in exif and not _hides_picture(exif[tag]):
            kept[tag] = exif[tag]
    for folder, (every, without_names) in _KEPT_BY_FOLDER.items():
        allowed = without_names if impersonal else every
        values = {
            tag: value
            for tag, value in exif.get_ifd(folder).items()
            if tag in allowed and not _hides_picture(value)
        }
        if values:
            kept.get_ifd(folder).update(values)
    return kept


def _hides_picture(value: Any) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return any(isinstance(part, bytes | str) and holds_picture(part) for part in parts) or (
        len(parts) > MOST_NUMBERS
    )


MOST_NUMBERS = 64
"""Numbers in a value: the longest of the kept tags have four, and bytes may come as numbers."""


def holds_tags(exif: Image.Exif) -> bool:
    """Whether there is any tag, in the main directory or in one below it."""
    return any((exif, *(exif.get_ifd(folder) for folder in _KEPT_BY_FOLDER)))


def exif_tags(exif: Image.Exif) -> dict[int, Any]:
    """Tag to value of ``exif``, directories as dictionaries, ready for a TIFF directory.

    Text is given back as the bytes it was read from: Pillow reads Latin-1 but writes ASCII only,
    and would turn an author's umlauts into question marks.
    """

    def as_read(value: Any) -> Any:
        return value.encode("latin-1", "replace") if isinstance(value, str) else value

    tags: dict[int, Any] = {
        int(tag): as_read(value) for tag, value in exif.items() if tag not in _KEPT_BY_FOLDER
    }
    for folder in _KEPT_BY_FOLDER:
        if values := exif.get_ifd(folder):
            tags[int(folder)] = dict(values)
    return tags


def exif_bytes(exif: Image.Exif) -> bytes:
    """``exif`` as the block that JPEG, PNG and WebP hold, with its six-byte prefix."""
    packed = Image.Exif()
    for tag, value in exif_tags(exif).items():
        packed[tag] = value
    return packed.tobytes()
