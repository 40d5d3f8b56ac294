"""Every kind of picture a person may hand in is read, or refused with one sentence."""

from __future__ import annotations

import io
import os
import struct
import sys
import types
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageFile

from colour_profiles import described, icc_profile, swapped_profile
from damage import png_chunk
from lgpgan.errors import InputError, TooLargeError
from lgpgan.packages import install_command
from lgpgan.photos.colours import to_srgb
from lgpgan.photos.photo import WRITTEN_INSTEAD, Photo
from lgpgan.photos.reading import read_photo

HEIGHT, WIDTH = 40, 56

UNDO: dict[int, Any] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}
"""EXIF orientation to what is stored of an upright picture, after the figures of the standard."""


@pytest.fixture
def colours() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture
def smooth() -> NDArray[np.uint8]:
    """Survives JPEG within a few levels."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([rows * 4, columns * 4, (rows + columns) * 2], axis=2).astype(np.uint8)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cmyk_profile() -> bytes:
    """Cyan alone makes mid grey lighter than the naive formula would have it; ink-free is white."""
    corners = bytearray()
    for corner in range(16):
        inks = [corner >> 3 & 1, corner >> 2 & 1, corner >> 1 & 1, corner & 1]
        lightness = max(0, 255 - 60 * sum(inks[:3]) - 200 * inks[3])
        corners += bytes([lightness, 128, 128])
    identity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    ramps = bytes(range(256))
    lut = (
        b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramps * 4 + bytes(corners) + ramps * 3
    )
    return icc_profile(b"CMYK", described(A2B0=lut))


def grey_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    return icc_profile(b"GRAY", described(kTRC=curve))


def only_read(photo: Photo) -> tuple[str, ...]:
    """The note on a format that is not written."""
    written = WRITTEN_INSTEAD.get(photo.format or "")
    note = (
        f"{photo.format} is only read: edits are written as {written}, unless you name another "
        "file."
    )
    return (note,) if written else ()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(64)))
        + chunk(b"IEND", b"")
    )


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "name", "options"),
    [
        (".png", "PNG", {}),
        (".webp", "WEBP", {"lossless": True}),
        (".tif", "TIFF", {}),
        (".tiff", "TIFF", {"compression": "tiff_lzw"}),
        (".bmp", "BMP", {}),
        (".ppm", "PPM", {}),
    ],
)
def test_lossless_formats_give_their_pixels(
    tmp_path: Path, colours: NDArray[np.uint8], suffix: str, name: str, options: dict[str, Any]
) -> None:
    path = tmp_path / f"photo{suffix}"
    Image.fromarray(colours).save(path, **options)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, colours)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.writeable
    assert (photo.mode, photo.format, photo.path) == ("RGB", name, path)
    assert (photo.alpha, photo.exif, photo.icc_profile) == (None, None, None)
    assert photo.notes == only_read(photo)


def test_a_jpeg_is_read_by_a_name_in_text(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    path = tmp_path / "photo.jpeg"
    Image.fromarray(smooth).save(path, quality=95, subsampling=0)
    photo = read_photo(str(path))
    assert photo.format == "JPEG"
    assert np.abs(photo.pixels.astype(int) - smooth).mean() < 2


def test_a_wrong_suffix_does_not_matter(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    path = tmp_path / "really-a-png.jpg"
    Image.fromarray(colours).save(path, format="PNG")
    assert read_photo(path).format == "PNG"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".tiff", ".jpg"])
def test_exif_orientation_is_applied_and_forgotten(
    tmp_path: Path, smooth: NDArray[np.uint8], orientation: int, suffix: str
) -> None:
    save_options: dict[str, dict[str, Any]] = {
        ".webp": {"lossless": True},
        ".tiff": {"compression": "tiff_lzw"},
        ".jpg": {"quality": 100, "subsampling": 0},
    }
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Camera"
    path = tmp_path / f"photo{suffix}"
    stored = np.ascontiguousarray(UNDO[orientation](smooth))
    Image.fromarray(stored).save(path, exif=exif, **save_options.get(suffix, {}))
    photo = read_photo(path)
    assert photo.pixels.shape == smooth.shape
    tolerance = 3 if suffix == ".jpg" else 0
    assert np.abs(photo.pixels.astype(int) - smooth).max() <= tolerance
    assert photo.exif is not None
    kept = Image.Exif()
    kept.load(photo.exif)
    assert dict(kept) == {ExifTags.Base.Make: "Camera"}


def test_orientation_turns_alpha_too(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = np.dstack([colours, colours[..., :1]])
    Image.fromarray(stored).save(tmp_path / "photo.png", exif=exif)
    photo = read_photo(tmp_path / "photo.png")
    np.testing.assert_array_equal(photo.alpha, np.rot90(colours[..., 0], -1))
    np.testing.assert_array_equal(photo.pixels, np.rot90(colours, -1))


def test_exif_keeps_what_describes_the_photo(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 8
    exif[ExifTags.Base.Artist] = "Jürgen".encode("latin-1")
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: "2020:01:02 03:04:05",
            ExifTags.Base.MakerNote: b"secret of the maker",
            ExifTags.Base.ExifImageWidth: 999,
            ExifTags.Base.ExifImageHeight: 777,
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 30.5)})
    for name in ("photo.jpg", "photo.tif"):
        Image.fromarray(smooth).save(tmp_path / name, exif=exif.tobytes())
        photo = read_photo(tmp_path / name)
        assert photo.exif is not None
        kept = Image.Exif()
        kept.load(photo.exif)
        folders = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
        assert set(kept) <= {ExifTags.Base.Artist, *folders}
        if name == "photo.jpg":  # Pillow's TIFF writer spoils the name before we read it
            assert kept[ExifTags.Base.Artist].encode("latin-1") == "Jürgen".encode("latin-1")
        assert kept.get_ifd(ExifTags.IFD.Exif) == {
            ExifTags.Base.DateTimeOriginal: "2020:01:02 03:04:05",
            ExifTags.Base.ExifImageWidth: HEIGHT,
            ExifTags.Base.ExifImageHeight: WIDTH,
        }
        assert kept.get_ifd(ExifTags.IFD.GPSInfo) == {1: "N", 2: (48.0, 8.0, 30.5)}


def test_damaged_exif_does_not_stop_a_photo(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    for block in (
        b"Exif\x00\x00rubbish",
        b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x05\x01\x12",
    ):
        Image.fromarray(smooth).save(tmp_path / "photo.jpg", exif=block)
        photo = read_photo(tmp_path / "photo.jpg")
        assert photo.pixels.shape == smooth.shape
        assert photo.exif is None


def test_grey_pictures(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    grey = colours[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    photo = read_photo(tmp_path / "grey.png")
    np.testing.assert_array_equal(photo.pixels, np.repeat(grey[..., None], 3, axis=2))
    assert (photo.mode, photo.alpha, photo.notes) == ("L", None, ())

    Image.fromarray(colours[..., :2], mode="LA").save(tmp_path / "alpha.png")
    photo = read_photo(tmp_path / "alpha.png")
    np.testing.assert_array_equal(photo.pixels, np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_array_equal(photo.alpha, colours[..., 1])
    assert photo.mode == "LA"

    Image.fromarray(grey > 127).save(tmp_path / "bits.png")
    photo = read_photo(tmp_path / "bits.png")
    np.testing.assert_array_equal(photo.pixels[..., 2], np.where(grey > 127, 255, 0))
    assert photo.mode == "1"


def test_transparency(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    Image.fromarray(np.dstack([colours, colours[..., 0]])).save(tmp_path / "rgba.png")
    photo = read_photo(tmp_path / "rgba.png")
    np.testing.assert_array_equal(photo.pixels, colours)  # also where nothing shows
    np.testing.assert_array_equal(photo.alpha, colours[..., 0])
    assert photo.mode == "RGBA"

    key = tuple(int(value) for value in colours[3, 4])
    Image.fromarray(colours).save(tmp_path / "key.png", transparency=key)
    photo = read_photo(tmp_path / "key.png")
    np.testing.assert_array_equal(photo.pixels, colours)
    np.testing.assert_array_equal(photo.alpha, np.where((colours == key).all(2), 0, 255))


def test_palettes(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    palette = Image.fromarray(smooth).quantize(64)
    palette.save(tmp_path / "palette.png")
    photo = read_photo(tmp_path / "palette.png")
    np.testing.assert_array_equal(photo.pixels, np.array(palette.convert("RGB")))
    assert (photo.mode, photo.alpha) == ("P", None)

    palette.save(tmp_path / "clear.png", transparency=5)
    photo = read_photo(tmp_path / "clear.png")
    np.testing.assert_array_equal(photo.pixels, np.array(palette.convert("RGB")))
    np.testing.assert_array_equal(photo.alpha, np.where(np.array(palette) == 5, 0, 255))

    palette.save(tmp_path / "still.gif")
    photo = read_photo(tmp_path / "still.gif")
    np.testing.assert_array_equal(photo.pixels, np.array(palette.convert("RGB")))
    assert photo.format == "GIF"


def test_cmyk_without_a_profile(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    Image.fromarray(smooth).convert("CMYK").save(tmp_path / "photo.jpg", quality=100)
    photo = read_photo(tmp_path / "photo.jpg")
    assert np.abs(photo.pixels.astype(int) - smooth).mean() < 3
    assert photo.mode == "CMYK"
    assert photo.notes == ("CMYK was converted to RGB without a colour profile.",)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_through_its_profile(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo{suffix}"
    cyan = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    cyan[:, : WIDTH // 2, 0] = 255
    Image.fromarray(cyan, mode="CMYK").save(path, icc_profile=cmyk_profile())
    photo = read_photo(path)
    assert photo.icc_profile is None
    assert photo.notes == (
        "CMYK was converted to RGB by its colour profile, which was then left out.",
    )
    np.testing.assert_allclose(photo.pixels[5, 50], 255, atol=2)
    np.testing.assert_allclose(photo.pixels[5, 5], 185, atol=6)  # L* = 76.5 in sRGB


def test_a_broken_profile_is_left_out(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    left_out = "The colour profile is damaged or does not fit, and was left out."
    empty = icc_profile(b"CMYK", {})
    Image.fromarray(smooth).convert("CMYK").save(tmp_path / "a.jpg", icc_profile=empty)
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.notes == (left_out, "CMYK was converted to RGB without a colour profile.")
    for profile in (b"rubbish", cmyk_profile()):
        Image.fromarray(smooth).save(tmp_path / "b.jpg", icc_profile=profile)
        photo = read_photo(tmp_path / "b.jpg")
        assert (photo.icc_profile, photo.notes) == (None, (left_out,))


def test_grey_through_its_profile(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    grey = Image.fromarray(colours[..., 0])
    grey.save(tmp_path / "linear.png", icc_profile=grey_profile(1.0))
    photo = read_photo(tmp_path / "linear.png")
    assert photo.icc_profile is None
    assert photo.notes == (
        "Grey was converted to RGB by its colour profile, which was then left out.",
    )
    linear = colours[..., :1] / 255
    expected = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    bright = colours[..., 0] > 25  # in the dark the profile's curve is but a line
    assert np.abs(photo.pixels - 255 * expected)[bright].max() < 3


def test_an_rgb_profile_is_kept(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    for picture in (colours, colours[..., 0]):
        Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=srgb_profile())
        photo = read_photo(tmp_path / "a.png")
        assert (photo.icc_profile, photo.notes) == (srgb_profile(), ())


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".pgm"])
def test_sixteen_bit_grey_is_scaled(tmp_path: Path, suffix: str) -> None:
    values = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH), dtype=np.uint16)
    values[0, :4] = [0, 128, 129, 65535]
    options = {"compression": "tiff_lzw"} if suffix == ".tiff" else {}
    Image.fromarray(values).save(tmp_path / f"deep{suffix}", **options)
    photo = read_photo(tmp_path / f"deep{suffix}")
    expected = np.round(values / 257).astype(np.uint8)
    np.testing.assert_array_equal(photo.pixels, np.repeat(expected[..., None], 3, axis=2))
    assert photo.pixels[0, :4, 0].tolist() == [0, 0, 1, 255]
    if suffix == ".pgm":  # written as PNG, but read by Pillow alone
        assert photo.notes == ("16-bit values were reduced to 8 bits.", *only_read(photo))
    else:
        assert photo.notes == ()
        np.testing.assert_array_equal(photo.deep, np.repeat(values[..., None], 3, axis=2))


def test_sixteen_bit_grey_is_turned_upright(tmp_path: Path) -> None:
    values = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) * 20
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    Image.fromarray(values).save(tmp_path / "deep.png", exif=exif)
    photo = read_photo(tmp_path / "deep.png")
    expected = np.round(values[::-1, ::-1] / 257)
    np.testing.assert_array_equal(photo.pixels[..., 1], expected)
    assert photo.deep is not None
    np.testing.assert_array_equal(photo.deep[..., 1], values[::-1, ::-1])


def sixteen_bit_png(values: NDArray[np.uint16]) -> bytes:
    """Pillow writes no 16-bit colour; this does. (H, W, 3) RGB or (H, W, 4) RGBA."""
    height, width, channels = values.shape
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in values)

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    kind = {2: 4, 3: 2, 4: 6}[channels]
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
        + (chunk(b"tRNS", struct.pack(">3H", *values[0, 0])) if channels == 3 else b"")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_sixteen_bit_colour_has_eight_bits_too(tmp_path: Path, channels: int) -> None:
    shape = (HEIGHT, WIDTH, channels)
    values = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint16) * 257
    (tmp_path / "deep.png").write_bytes(sixteen_bit_png(values))
    photo = read_photo(tmp_path / "deep.png")
    expected = values[..., :3] if channels > 2 else values[..., :1].repeat(3, axis=2)
    np.testing.assert_array_equal(photo.pixels, expected // 257)
    if channels == 3:
        assert photo.notes == ("The transparent colour was left out.",)
        assert photo.alpha is None
    else:
        np.testing.assert_array_equal(photo.alpha, values[..., -1] // 257)


def test_a_camera_jpeg_with_previews_behind_it(tmp_path: Path, smooth: NDArray[np.uint8]) -> None:
    photograph, preview = Image.fromarray(smooth), Image.fromarray(smooth[:, ::-1])
    path = tmp_path / "photo.jpg"
    photograph.save(path, format="MPO", save_all=True, append_images=[preview], quality=95)
    with Image.open(path) as image:
        assert image.format == "MPO"
    photo = read_photo(path)
    assert np.abs(photo.pixels.astype(int) - smooth).mean() < 4
    assert photo.format == "JPEG"
    assert photo.notes == ("Only the main one of the 2 pictures in the file was used.",)


# --- what comes from memory -----------------------------------------------------------------------


def test_pil_images(colours: NDArray[np.uint8], tmp_path: Path) -> None:
    image = Image.fromarray(colours)
    photo = read_photo(image)
    np.testing.assert_array_equal(photo.pixels, colours)
    assert (photo.mode, photo.format, photo.path, photo.name) == ("RGB", None, None, "the image")
    photo.pixels[:] = 0
    np.testing.assert_array_equal(np.array(image), colours)

    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    image.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        photo = read_photo(opened)
        np.testing.assert_array_equal(photo.pixels, colours[::-1, ::-1])
        np.testing.assert_array_equal(np.array(opened), colours)
    assert (photo.format, photo.path) == ("PNG", None)


def test_thirty_two_bit_grey_images(colours: NDArray[np.uint8]) -> None:
    grey = Image.fromarray(colours[..., 0])
    np.testing.assert_array_equal(read_photo(grey.convert("I")).pixels[..., 0], colours[..., 0])
    deep = Image.fromarray(colours[..., 0].astype(np.int32) * 257)
    np.testing.assert_array_equal(read_photo(deep).pixels[..., 0], colours[..., 0])
    for values in (colours[..., 0].astype(np.int32) * 70_000, -colours[..., 0].astype(np.int32)):
        with pytest.raises(InputError, match="the image has 32-bit pixel values; save it"):
            read_photo(Image.fromarray(values))


@pytest.mark.parametrize("mode", ["RGBX", "RGBa", "La", "PA", "YCbCr", "HSV"])
def test_rare_modes_become_rgb(smooth: NDArray[np.uint8], mode: str) -> None:
    through = {"La": "LA", "PA": "P", "RGBa": "RGBA"}
    image = Image.fromarray(smooth).convert(through.get(mode, "RGB"))
    photo = read_photo(image.convert(mode))
    assert photo.mode == mode
    assert (photo.alpha is not None) == (mode in ("RGBa", "La", "PA"))
    if mode == "PA":
        expected = np.array(image.convert("RGB"))
    else:
        expected = np.array(image.convert("RGB")) if mode == "La" else smooth
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 12


@pytest.mark.parametrize("mode", ["F", "LAB"])
def test_modes_without_a_known_range_are_refused(mode: str) -> None:
    with pytest.raises(InputError, match=rf"the image has pixels .*PIL mode {mode}.*; save it as"):
        read_photo(Image.new(mode, (64, 64)))


def test_arrays(colours: NDArray[np.uint8]) -> None:
    photo = read_photo(colours)
    np.testing.assert_array_equal(photo.pixels, colours)
    assert not np.shares_memory(photo.pixels, colours)
    assert (photo.mode, photo.format, photo.path) == ("RGB", None, None)

    photo = read_photo(colours[..., 0])
    np.testing.assert_array_equal(photo.pixels, np.repeat(colours[..., :1], 3, axis=2))
    assert photo.mode == "L"

    photo = read_photo(np.dstack([colours, colours[..., 1]]))
    np.testing.assert_array_equal(photo.pixels, colours)
    np.testing.assert_array_equal(photo.alpha, colours[..., 1])
    assert photo.mode == "RGBA"

    flipped = read_photo(colours[::-1, ::-1])
    assert flipped.pixels.flags.c_contiguous
    np.testing.assert_array_equal(flipped.pixels, colours[::-1, ::-1])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64, 3), np.uint16),
        np.zeros((64, 64, 2), np.uint8),
        np.zeros((3, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros(64, np.uint8),
        np.zeros((), np.uint8),
        np.zeros((64, 64, 1), np.uint8),
    ],
)
def test_other_arrays_are_refused(array: NDArray[Any]) -> None:
    with pytest.raises(InputError, match=r"is not a photo; hand in uint8 of shape \(H, W, 3\)"):
        read_photo(array)


def test_small_arrays_are_refused() -> None:
    for shape in ((0, 0, 3), (1, 1, 3), (31, 400, 3), (400, 31)):
        with pytest.raises(InputError, match="use a photo of at least 32 pixels a side"):
            read_photo(np.zeros(shape, np.uint8))


# --- what is refused ------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    """The sentence with which ``path`` is refused; it names the file and is one sentence."""
    with pytest.raises(InputError) as caught:
        read_photo(path)
    message = str(caught.value)
    assert message.startswith(f"{path} ")
    assert message.endswith(".")
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message.removeprefix(f"{path} ")


def test_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.jpg") == "does not exist; check how it is spelled."
    (tmp_path / "file").write_bytes(b"x")
    assert refusal(tmp_path / "file" / "no.jpg") == "does not exist; check how it is spelled."
    assert "cannot be read" in refusal(tmp_path / ("long" * 100 + ".jpg"))
    assert "cannot be read" in refusal(tmp_path / "nul\0.jpg")


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder; name a file in it."


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert (
        refusal(tmp_path / "pipe.jpg")
        == "is not a regular file; name one, or copy it to a file first."
    )


def test_no_permission(
    tmp_path: Path, colours: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(colours).save(tmp_path / "a.png")

    def denied(*_: object, **__: object) -> None:  # root, who often runs tests, may read all
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert refusal(tmp_path / "a.png") == (
        "cannot be read, permission denied; change its permissions or copy it."
    )


def test_zero_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert refusal(tmp_path / "a.jpg") == "is empty (0 bytes); copy or download it again."


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"hello, I am no picture\n" * 99,
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        bytes(5000),
        b"BM",
        b"GIF",
    ],
)
def test_not_an_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert refusal(tmp_path / "a.jpg").startswith(("is not an image that lgpgan", "is damaged"))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_truncated(tmp_path: Path, colours: NDArray[np.uint8], suffix: str, share: float) -> None:
    whole = tmp_path / f"whole{suffix}"
    options = {"compression": "tiff_lzw"} if suffix == ".tiff" else {}
    Image.fromarray(colours).save(whole, **options)
    content = whole.read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(content[: int(len(content) * share)])
    message = refusal(tmp_path / f"cut{suffix}")
    assert message.startswith(("is damaged", "is not an image"))
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_flipped_bytes_never_escape_as_other_errors(
    tmp_path: Path, smooth: NDArray[np.uint8]
) -> None:
    random = np.random.default_rng(3)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    for suffix in (".jpg", ".png", ".webp", ".tif", ".bmp", ".gif"):
        path = tmp_path / f"photo{suffix}"
        metadata: dict[str, Any] = {"exif": exif, "icc_profile": srgb_profile()}
        Image.fromarray(smooth).save(path, **(metadata if suffix not in (".bmp", ".gif") else {}))
        content = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(40):
            broken = content.copy()
            where = random.integers(0, min(len(broken), 1500), 3)
            broken[where] = random.integers(0, 256, 3)
            path.write_bytes(broken.tobytes())
            try:
                photo = read_photo(path)
            except InputError:
                continue
            assert photo.pixels.shape[2] == 3


def test_animated(tmp_path: Path, colours: NDArray[np.uint8]) -> None:
    first, second = Image.fromarray(colours), Image.fromarray(colours[::-1])
    for name in ("a.gif", "a.webp", "a.png", "a.tif"):
        first.save(tmp_path / name, save_all=True, append_images=[second])
        assert refusal(tmp_path / name) == (
            "holds 2 frames or pages; save the one you want as a picture of its own."
        )
    with Image.open(tmp_path / "a.gif") as image, pytest.raises(InputError, match="2 frames"):
        read_photo(image)


@pytest.mark.parametrize("size", [(1, 1), (31, 200), (200, 31)])
def test_too_small(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    expected = f"has only {size[0]}x{size[1]} pixels; use a photo of at least 32 pixels a side."
    assert refusal(tmp_path / "a.png") == expected


def test_the_smallest_photo(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    assert read_photo(tmp_path / "a.png").pixels.shape == (32, 32, 3)


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (10_001, 10_000), (2**31 - 1, 32)])
def test_too_large_is_refused_by_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    def decoded(_: object) -> None:
        pytest.fail("the picture was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    (tmp_path / "a.png").write_bytes(png_header(width, height))
    limit = Image.MAX_IMAGE_PIXELS
    assert refusal(tmp_path / "a.png") == (
        f"has {width}x{height} pixels, more than the 100 megapixels that lgpgan takes; "
        "make it smaller first."
    )
    assert limit == Image.MAX_IMAGE_PIXELS


def test_of_deep_values_half_as_many_pixels_are_taken(tmp_path: Path) -> None:
    """100 megapixels of 16 bits and four channels took 2.9 GB before a face was looked for."""
    for side, message in ((7072, "more than the 50 megapixels"), (7071, "is damaged or cut short")):
        header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
        chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")
        (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
        assert message in refusal(tmp_path / "a.png")


def test_hundred_megapixels_pass_the_header(tmp_path: Path) -> None:
    """Between Pillow's warning (89 megapixels) and our limit: read as far as its data go."""
    (tmp_path / "a.png").write_bytes(png_header(10_000, 10_000))
    assert refusal(tmp_path / "a.png").startswith("is damaged or cut short")


@pytest.mark.parametrize("limit", [None, 1000, 1500])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp", ".webp"])
def test_pillows_own_limit_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int | None, suffix: str
) -> None:
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / f"a{suffix}")  # 2,240 pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    if suffix in (".webp", ".tif") and limit == 1000:  # these decoders may stop at twice the limit
        with suppress(InputError):
            read_photo(tmp_path / f"a{suffix}")
        return
    assert read_photo(tmp_path / f"a{suffix}").pixels.shape == (HEIGHT, WIDTH, 3)
    assert limit == Image.MAX_IMAGE_PIXELS


HEIC_START = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic"


def test_heic_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    command = install_command(extra="heic")
    expected = f'is a HEIC photo; to read it, run "{command}", or save it as a JPEG.'
    for name in ("a.heic", "a.HEIF", "really-a-heic.jpg"):
        (tmp_path / name).write_bytes(HEIC_START + bytes(99))
        assert refusal(tmp_path / name) == expected
    (tmp_path / "b.heic").write_bytes(b"of unknown kind")
    assert refusal(tmp_path / "b.heic") == expected


def test_a_jpeg_called_heic_needs_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: NDArray[np.uint8]
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    Image.fromarray(smooth).save(tmp_path / "a.heic", format="JPEG")
    assert read_photo(tmp_path / "a.heic").format == "JPEG"


def test_heic_with_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colours: NDArray[np.uint8]
) -> None:
    """A stand-in for ``pi_heif``, which can read but not write, and so cannot make its own test."""

    class HeifImage(ImageFile.ImageFile):
        format = "HEIF"

        def _open(self) -> None:
            self._size, self._mode, self.n_frames = (WIDTH, HEIGHT), "RGB", 2

        def load(self) -> None:
            self.im = Image.frombytes("RGB", (WIDTH, HEIGHT), colours.tobytes()).im

    def register_heif_opener() -> None:
        monkeypatch.setitem(Image.OPEN, "HEIF", (HeifImage, None))

    module = types.ModuleType("pi_heif")
    module.register_heif_opener = register_heif_opener  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pi_heif", module)
    (tmp_path / "a.heic").write_bytes(HEIC_START + bytes(99))
    photo = read_photo(tmp_path / "a.heic")
    np.testing.assert_array_equal(photo.pixels, colours)
    assert photo.format == "HEIF"
    previews = "Only the main one of the 2 pictures in the file was used."
    assert photo.notes == (previews, *only_read(photo))


def test_no_warning_of_pillow_reaches_the_user(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, smooth: NDArray[np.uint8]
) -> None:
    stream = io.BytesIO()
    Image.fromarray(smooth).save(stream, "TIFF", exif=b"Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x09")
    (tmp_path / "a.tif").write_bytes(stream.getvalue())
    recwarn.clear()
    read_photo(tmp_path / "a.tif")
    assert not recwarn.list


def test_colours_are_brought_to_srgb() -> None:
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]]], np.uint8)
    np.testing.assert_array_equal(to_srgb(primaries, None), primaries)
    converted = to_srgb(primaries, swapped_profile()).astype(int)
    assert np.abs(converted - primaries[..., ::-1]).max() <= 4


def test_colours_of_a_broken_profile_stay(colours: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(to_srgb(colours, icc_profile(b"RGB ", {})), colours)


def test_a_files_bytes_are_read_like_the_file(tmp_path: Path) -> None:
    """With depth, orientation and all that is kept, and errors that name no path."""
    colours = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera"
    jpeg, deep = tmp_path / "a.jpg", tmp_path / "b.png"
    Image.fromarray(colours).save(jpeg, exif=exif)
    Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16).save(deep)
    for file in (jpeg, deep):
        on_disk, in_memory = read_photo(file), read_photo(file.read_bytes())
        np.testing.assert_array_equal(in_memory.colours, on_disk.colours)
        for name in ("format", "mode", "exif", "icc_profile", "xmp", "jpeg", "notes"):
            assert getattr(in_memory, name) == getattr(on_disk, name), name
        assert in_memory.path is None
    assert read_photo(deep.read_bytes()).deep is not None
    for content, said in ((b"", "is empty"), (b"nothing", "not an image"), (b"GIF89a", "damaged")):
        with pytest.raises(InputError, match=f"^the image .*{said}"):
            read_photo(content)


def test_fewer_pixels_may_be_taken() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (100, 60)).save(stream, "PNG")
    assert read_photo(stream.getvalue(), most_megapixels=0.006).pixels.shape == (60, 100, 3)
    with pytest.raises(TooLargeError, match=r"more than the 0\.0059 megapixels"):
        read_photo(stream.getvalue(), most_megapixels=0.0059)
