"""Photos in: any picture a person may hand in becomes upright 8-bit RGB, or one clear sentence.

Sizes and frames are checked on the header, before any pixel is decoded. Pillow's own limit on
sizes, ``PIL.Image.MAX_IMAGE_PIXELS``, is neither used nor changed; only its WebP and TIFF decoders
heed it, which matters when a host program has lowered it to below half of ours.
"""

from __future__ import annotations

import importlib
import struct
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, JpegImagePlugin

from lgpgan.errors import InputError, TooLargeError
from lgpgan.files import regular_file
from lgpgan.packages import install_command
from lgpgan.photos.colours import to_rgb, usable_profile
from lgpgan.photos.credentials import holds_content_credentials
from lgpgan.photos.deep_colour import LEVELS, eight_bits, read_deep, turned_upright
from lgpgan.photos.marks import mark_of
from lgpgan.photos.metadata import descriptive_exif, exif_bytes, holds_tags
from lgpgan.photos.photo import WRITTEN_INSTEAD, JpegCoding, Photo
from lgpgan.photos.xmp import Property, XmpError, kept_properties

__all__ = ["MAXIMUM_MEGAPIXELS", "MINIMUM_SIDE", "image_format", "read_photo"]

MAXIMUM_MEGAPIXELS = 100
"""The largest photo that is decoded: 400 MB as Pillow keeps it, a few times that while edited.

It is the number of bytes that is limited: of 16 bits a colour half as many pixels are taken.
"""

MINIMUM_SIDE = 32
"""The smallest width and height, in pixels, in which looking for a face makes sense."""

CREDENTIALS_LEFT_OUT = (
    "The photo's Content Credentials (C2PA) do not hold for an edit and were left out."
)

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")
"""Tried in this order. Pillow knows more, some of which start other programs (EPS)."""

_HEIF_SUFFIXES = (".heic", ".heif")


class _File(NamedTuple):
    """A file on disk, or what one holds.

    Attributes:
        path: where it is; None where there is only its content.
        content: all of it, where there is no path.
    """

    path: Path | None
    content: bytes = b""

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return "the image" if self.path is None else str(self.path)

    @property
    def suffix(self) -> str:
        """Of its name, in lower case."""
        return "" if self.path is None else self.path.suffix.lower()

    def open(self) -> BinaryIO:
        """A stream of its bytes.

        Raises:
            InputError: when it cannot be read.
        """
        return BytesIO(self.content) if self.path is None else _open_file(self.path)

    def read(self) -> bytes:
        """All its bytes."""
        return self.content if self.path is None else self.path.read_bytes()


def read_photo(
    source: str | Path | bytes | Image.Image | NDArray[Any],
    *,
    most_megapixels: float = MAXIMUM_MEGAPIXELS,
) -> Photo:
    """The photo in a file, in a file's bytes, in a PIL image, or in an array.

    An array is (H, W, 3) RGB, (H, W) grey or (H, W, 4) RGBA.

    EXIF orientation is applied; grey, palette and CMYK pictures are converted to RGB, and to 8
    bits, but for PNG and TIFF files of 16, and the photo's ``notes`` say so where something was
    lost. HEIC needs the package ``pi-heif``.

    Args:
        source: the photo. A text is a path.
        most_megapixels: pixels in millions that a file may have; half as many where it has 16 bits
            a colour. They are counted before any is decoded.

    Raises:
        InputError: when it cannot be used, with what is wrong and what to do about it.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    with warnings.catch_warnings():  # Pillow's, of odd metadata and large pictures
        warnings.simplefilter("ignore")
        if isinstance(source, Image.Image):
            return _from_image(source, None)
        file = _File(None, source) if isinstance(source, bytes) else _File(Path(source))
        with file.open() as stream, _open_image(stream, file) as image:
            return _from_image(image, file, most_megapixels)


def image_format(path: Path) -> str | None:
    """The PIL name of a photo's format, by its first bytes; None of a file that cannot be read."""
    try:
        with _open_file(path) as stream, _open_image(stream, _File(path)) as image:
            return image.format
    except InputError:
        return None


def _from_array(values: NDArray[Any]) -> Photo:
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    channels = 1 if values.ndim == 2 else values.shape[2] if values.ndim == 3 else 0
    if values.dtype != np.uint8 or channels not in modes or values.shape[2:] == (1,):
        raise InputError(
            f"An array of shape {values.shape} and type {values.dtype} is not a photo; "
            "hand in uint8 of shape (H, W, 3) in RGB order, (H, W) or (H, W, 4)."
        )
    _check_size("the array", values.shape[1], values.shape[0])
    colours = np.repeat(values[..., np.newaxis], 3, axis=2) if channels == 1 else values[..., :3]
    return Photo(
        pixels=np.array(colours, order="C"),
        alpha=np.array(values[..., 3], order="C") if channels == 4 else None,
        mode=modes[channels],
    )


def _open_file(path: Path) -> BinaryIO:
    try:
        return regular_file(path).open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path} does not exist; check how it is spelled.") from error
    except PermissionError as error:
        raise InputError(
            f"{path} cannot be read, permission denied; change its permissions or copy it."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); check how it is spelled.") from error


def _open_image(stream: BinaryIO, file: _File) -> Image.Image:
    """The image in ``stream``, of which only the header has been read.

    This is what ``Image.open`` does, but for the check of sizes by Pillow's global limit, and with
    a fixed list of formats.
    """
    try:
        start = stream.read(64)
    except OSError as error:
        raise InputError(
            f"{file.name} cannot be read ({error.strerror}); copy it again."
        ) from error
    if not start:
        raise InputError(f"{file.name} is empty (0 bytes); copy or download it again.")
    heif = _is_heif(start)
    if heif and not _register_heif():
        raise InputError(_heif_missing(file.name))
    Image.init()
    for name in ("HEIF",) if heif else _FORMATS:
        if name not in Image.OPEN:  # Pillow was built without it
            continue
        factory, accept = Image.OPEN[name]
        if accept is not None and accept(start[:16]) is not True and not heif:
            continue
        stream.seek(0)
        try:
            return factory(stream, "")
        except Image.DecompressionBombError as error:
            raise InputError(_beyond_pillow(file.name)) from error
        except Exception as error:  # every plugin has its own
            raise InputError(
                f"{file.name} is damaged, or a kind of {name} that lgpgan cannot read; copy or "
                "download it again, or save it as an ordinary JPEG or PNG."
            ) from error
    if file.suffix in _HEIF_SUFFIXES and not _register_heif():
        raise InputError(_heif_missing(file.name))
    raise InputError(
        f"{file.name} is not an image that lgpgan can read; use a JPEG, PNG, WebP, TIFF or BMP."
    )


def _is_heif(start: bytes) -> bool:
    """Whether a file that begins with ``start`` is a HEIC picture, whatever it is called."""
    brands = [start[8:12], *(start[at : at + 4] for at in range(16, len(start), 4))]
    return start[4:8] == b"ftyp" and any(
        brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
        for brand in brands[: max(1, int.from_bytes(start[:4], "big") // 4 - 3)]
    )


def _register_heif() -> bool:
    """Teach Pillow HEIC if the optional package is there; whether it is."""
    try:
        importlib.import_module("pi_heif").register_heif_opener()
    except ImportError:
        return False
    return True


def _heif_missing(name: str) -> str:
    command = install_command(extra="heic")
    return f'{name} is a HEIC photo; to read it, run "{command}", or save it as a JPEG.'


def _check_size(
    name: str,
    width: int,
    height: int,
    *,
    deep: bool = False,
    most_megapixels: float = MAXIMUM_MEGAPIXELS,
) -> None:
    if min(width, height) < MINIMUM_SIDE:
        raise InputError(
            f"{name} has only {width}x{height} pixels; "
            f"use a photo of at least {MINIMUM_SIDE} pixels a side."
        )
    megapixels = most_megapixels / 2 if deep else most_megapixels
    if width * height > megapixels * 1_000_000:
        depth = " of 16 bits a colour" if deep else ""
        raise TooLargeError(
            f"{name} has {width}x{height} pixels{depth}, more than the {megapixels:g} megapixels "
            "that lgpgan takes; make it smaller first."
        )


def _beyond_pillow(name: str) -> str:
    """For the decoders that check Pillow's own limit, which a host program may have lowered."""
    return (
        f"{name} has more pixels than Pillow is set to take (PIL.Image.MAX_IMAGE_PIXELS); "
        "make it smaller first."
    )


def _from_image(
    image: Image.Image, file: _File | None, most_megapixels: float = MAXIMUM_MEGAPIXELS
) -> Photo:
    name = "the image" if file is None else file.name
    notes: list[str] = []
    deep = _has_deep_values(image)
    _check_size(name, image.width, image.height, deep=deep, most_megapixels=most_megapixels)
    _check_frames(image, name, notes)
    orientation = _orientation(image)
    try:
        image.load()
        upright = _upright(image, in_place=file is not None)
    except Image.DecompressionBombError as error:
        raise InputError(_beyond_pillow(name)) from error
    except Exception as error:  # every decoder has its own; whichever it is, the file is to blame
        raise InputError(f"{name} is damaged or cut short; copy or download it again.") from error
    icc_profile = usable_profile(upright, notes)
    values = _deep_values(image, file, icc_profile, orientation) if deep else None
    if deep and values is None:
        notes.append("16-bit values were reduced to 8 bits.")
    colours, alpha = to_rgb(upright, icc_profile, deep, name, notes)
    if values is not None:
        values = _matching(values, colours, alpha)
    if values is not None:  # Pillow cuts off what is beyond 8 bits
        colours = np.ascontiguousarray(eight_bits(values)[..., :3])
    if icc_profile is not None and icc_profile[16:20] != b"RGB ":
        icc_profile = None
    image_format = getattr(image, "format", None)
    written = WRITTEN_INSTEAD.get(image_format or "")
    if written is not None and file is not None:
        notes.append(
            f"{image_format} is only read: edits are written as {written}, unless you name "
            "another file."
        )
    if file is not None and _has_credentials(file):
        notes.append(CREDENTIALS_LEFT_OUT)
    return Photo(
        pixels=colours,
        deep=values,
        alpha=alpha,
        mode=image.mode,
        format="JPEG" if image_format == "MPO" else image_format,
        exif=_kept_exif(image, colours, notes),
        icc_profile=icc_profile,
        xmp=_kept_xmp(image, notes),
        jpeg=_jpeg_coding(image),
        path=None if file is None else file.path,
        synthetic=mark_of(image),
        notes=tuple(notes),
    )


def _jpeg_coding(image: Image.Image) -> JpegCoding | None:
    """How fine a JPEG in three colours is; None for other pictures."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.layers != 3:
        return None
    tables = tuple(tuple(table) for _, table in sorted(image.quantization.items()))
    subsampling = JpegImagePlugin.get_sampling(image)
    if len(tables) not in (1, 2, 3) or subsampling not in (0, 1, 2):
        return None
    return JpegCoding(tables, subsampling)


def _check_frames(image: Image.Image, name: str, notes: list[str]) -> None:
    try:
        frames = getattr(image, "n_frames", 1)
    except Exception as error:  # counting the frames of some formats reads all of the file
        raise InputError(f"{name} is damaged or cut short; copy or download it again.") from error
    if frames <= 1:
        return
    if image.format not in ("MPO", "HEIF"):
        raise InputError(
            f"{name} holds {frames} frames or pages; save the one you want as a picture of its own."
        )
    # cameras put previews and depth maps behind the photo itself
    notes.append(f"Only the main one of the {frames} pictures in the file was used.")


def _has_deep_values(image: Image.Image) -> bool:
    """Whether the file has 16 bits a channel; asked before loading, while the tiles say so."""
    if image.mode.startswith("I"):
        return True
    for tile in image.tile if isinstance(image, ImageFile.ImageFile) else ():
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(argument, str) and ";16" in argument for argument in arguments):
            return True
        if tile[0].startswith("ppm") and any(
            isinstance(argument, int) and argument > 255 for argument in arguments
        ):
            return True
    return False


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 when the EXIF cannot be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a broken block of metadata is no reason to refuse a photo
        return 1


def _deep_values(
    image: Image.Image, file: _File | None, icc_profile: bytes | None, orientation: int
) -> NDArray[np.uint16] | None:
    """The 16-bit values of a file that can be written with as many, upright; else None."""
    of_grey = icc_profile is not None and icc_profile[16:20] != b"RGB "
    if file is None or image.format not in ("PNG", "TIFF") or of_grey:
        return None
    values = read_deep(file.read())
    return None if values is None else turned_upright(values, orientation)


def _matching(
    values: NDArray[np.uint16], colours: NDArray[np.uint8], alpha: NDArray[np.uint8] | None
) -> NDArray[np.uint16] | None:
    """Deep values with the channels that the photo has; None where they are of another picture."""
    if values.shape[:2] != colours.shape[:2]:
        return None
    if alpha is None:
        return np.ascontiguousarray(values[..., :3])
    if values.shape[2] == 3:  # one colour stands for transparent
        return np.dstack([values, alpha.astype(np.uint16) * np.uint16(LEVELS)])
    return values


def _upright(image: Image.Image, *, in_place: bool) -> Image.Image:
    """``image`` with its EXIF orientation applied; as it is when the EXIF cannot be read."""
    upright = image if in_place else image.copy()
    with suppress(SyntaxError, OSError, ValueError, LookupError, TypeError, struct.error):
        ImageOps.exif_transpose(upright, in_place=True)
    return upright


def _kept_exif(image: Image.Image, colours: NDArray[np.uint8], notes: list[str]) -> bytes | None:
    try:
        exif = descriptive_exif(image.getexif(), colours.shape[1], colours.shape[0])
        return exif_bytes(exif) if holds_tags(exif) else None
    except Exception:  # a broken block of metadata is no reason to refuse a photo
        notes.append("The EXIF block is damaged and was left out.")
        return None


def _kept_xmp(image: Image.Image, notes: list[str]) -> tuple[Property, ...]:
    packet = image.info.get("xmp")
    if not isinstance(packet, bytes):
        return ()
    try:
        return kept_properties(packet)
    except XmpError as error:
        notes.append(f"The XMP packet cannot be used ({error}) and was left out.")
        return ()


def _has_credentials(file: _File) -> bool:
    try:
        with file.open() as stream:
            return holds_content_credentials(stream)
    except (OSError, InputError):  # the photo itself has been read
        return False
