"""From an opened image of any mode to RGB of 8 bits, in the colour profile of the photo."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from lgpgan.errors import InputError

__all__ = ["to_rgb", "to_srgb", "usable_profile"]

_GREY_MODES = ("1", "L", "LA", "La")
_PROFILE_ERRORS = (ImageCms.PyCMSError, ImportError, OSError, ValueError)
"""What a damaged profile raises, or a Pillow that knows none."""


def usable_profile(image: Image.Image, notes: list[str]) -> bytes | None:
    """The embedded colour profile, when it is one and fits the mode of ``image``."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    if image.mode == "CMYK":
        spaces: tuple[bytes, ...] = (b"CMYK",)
    elif image.mode in _GREY_MODES or image.mode.startswith("I"):
        spaces = (b"GRAY", b"RGB ")
    else:
        spaces = (b"RGB ",)
    if not isinstance(profile, bytes) or profile[36:40] != b"acsp" or profile[16:20] not in spaces:
        notes.append("The colour profile is damaged or does not fit, and was left out.")
        return None
    return profile


def to_rgb(
    image: Image.Image, icc_profile: bytes | None, deep: bool, name: str, notes: list[str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Colours (H, W, 3) and alpha (H, W) or None, both uint8, of a loaded image of any mode."""
    alpha: NDArray[np.uint8] | None = None
    if image.mode.startswith("I"):
        image, alpha = _grey_of_deep(image, name)
    elif deep and image.mode == "RGB" and "transparency" in image.info:
        del image.info["transparency"]  # a 16-bit colour, which no longer means a pixel
        notes.append("The transparent colour was left out.")
    if image.mode in _GREY_MODES:
        if image.mode == "La":  # premultiplied
            image = image.convert("LA")
        if image.has_transparency_data:
            image, alpha = _without_alpha(image)
        image = _through_profile(image.convert("L"), icc_profile, b"GRAY", "Grey", notes)
    elif image.mode == "CMYK":
        image = _through_profile(image, icc_profile, b"CMYK", "CMYK", notes)
        if image.mode == "CMYK":
            notes.append("CMYK was converted to RGB without a colour profile.")
    elif image.mode not in ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "YCbCr", "HSV"):
        raise InputError(
            f"{name} has pixels of a kind that lgpgan cannot read (PIL mode {image.mode}); "
            "save it as an 8-bit or 16-bit PNG."
        )
    if image.has_transparency_data and alpha is None:
        image, alpha = _without_alpha(image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB")), alpha


def _without_alpha(image: Image.Image) -> tuple[Image.Image, NDArray[np.uint8]]:
    """The opaque RGB image, and the alpha (H, W) uint8, of an image with transparency."""
    values = np.array(image.convert("RGBA"))
    return Image.fromarray(np.array(values[..., :3], order="C")), np.array(
        values[..., 3], order="C"
    )


def _grey_of_deep(image: Image.Image, name: str) -> tuple[Image.Image, NDArray[np.uint8] | None]:
    """The L image, and the alpha when one value stands for transparent, of 16-bit grey values.

    Scaled by 1/257, so that 65,535 is 255. Pillow's 32-bit mode also holds pictures converted from
    8 bits, whose values stay as they are.
    """
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65_535:
        raise InputError(f"{name} has 32-bit pixel values; save it as an 8-bit or 16-bit picture.")
    transparent = image.info.get("transparency")
    alpha = None
    if isinstance(transparent, int):
        alpha = np.where(values == transparent, 0, 255).astype(np.uint8)
    if image.mode != "I" or values.max() > 255:
        values = (values + 128) // 257
    return Image.fromarray(values.astype(np.uint8)), alpha


def _through_profile(
    image: Image.Image, icc_profile: bytes | None, space: bytes, what: str, notes: list[str]
) -> Image.Image:
    """``image`` in sRGB when ``icc_profile`` is one of its colour ``space``, else as it is."""
    if icc_profile is None or icc_profile[16:20] != space:
        return image
    try:
        converted = _converted(image, icc_profile)
    except _PROFILE_ERRORS:
        notes.append("The colour profile is damaged or does not fit, and was left out.")
        return image
    notes.append(f"{what} was converted to RGB by its colour profile, which was then left out.")
    return converted


def to_srgb(pixels: NDArray[np.uint8], icc_profile: bytes | None) -> NDArray[np.uint8]:
    """Colours for files that carry no profile.

    Args:
        pixels: (H, W, 3) uint8.
        icc_profile: the RGB profile they are meant in; sRGB if None.

    Returns:
        (H, W, 3) uint8 in sRGB; as they were, where the profile turns out to be unusable.
    """
    if icc_profile is None:
        return pixels
    try:
        return np.asarray(_converted(Image.fromarray(pixels), icc_profile))
    except _PROFILE_ERRORS:
        return pixels


def _converted(image: Image.Image, icc_profile: bytes) -> Image.Image:
    """``image`` from the profile's colours to sRGB."""
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(icc_profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    return image if converted is None else converted
