"""Edited photos are saved whole or not at all, with what the photo had, and marked as synthetic."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyexiv2
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, JpegImagePlugin

from lgpgan.errors import DiskFullError, InputError, LgpganError
from lgpgan.photos.marks import (
    SourceType,
    description_in_xmp,
    read_provenance,
    software,
    xmp_packet,
)
from lgpgan.photos.photo import Photo
from lgpgan.photos.reading import read_photo
from lgpgan.photos.writing import (
    LOSSY_FORMATS,
    WRITABLE_SUFFIXES,
    check_destination,
    encode_photo,
    output_suffix,
    write_photo,
)
from lgpgan.photos.xmp import kept_properties

HEIGHT, WIDTH = 40, 56
DONE = "Face 1 changed to happy, strength 1.00; <Über> & „more“."
LOSSLESS = [".png", ".webp", ".tif", ".tiff", ".bmp"]
MARKED = [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif"]


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def full_photo(pixels: NDArray[np.uint8]) -> Photo:
    """A photo with everything that a file can carry."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Software] = "Camera's own 1.2"
    exif[ExifTags.Base.Artist] = "Jürgen".encode("latin-1")
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: "2020:01:02 03:04:05"})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 30.5)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    alpha = np.array(pixels[..., 0])
    return Photo(pixels=pixels, alpha=alpha, mode="RGBA", exif=exif.tobytes(), icc_profile=profile)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_files_give_the_same_pixels_back(
    tmp_path: Path, pixels: NDArray[np.uint8], suffix: str
) -> None:
    path = tmp_path / f"out{suffix}"
    for like in (None, Photo(pixels=pixels), full_photo(pixels)):
        write_photo(pixels, path, like, description=DONE, overwrite=True)
        photo = read_photo(path)
        np.testing.assert_array_equal(photo.pixels, pixels)
        alpha = None if like is None or suffix == ".bmp" else like.alpha
        np.testing.assert_equal(photo.alpha, alpha)


def test_jpeg_is_written_at_high_quality(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = np.stack([rows * 4, columns * 4, rows + columns], axis=2).astype(np.uint8)
    assert write_photo(smooth, tmp_path / "a.jpg", description=DONE) == ()
    assert np.abs(read_photo(tmp_path / "a.jpg").pixels.astype(int) - smooth).max() < 8
    with Image.open(tmp_path / "a.jpg") as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        assert JpegImagePlugin.get_sampling(image) == 0  # 4:4:4
        assert max(image.quantization[0]) <= 12  # the table of quality 95


@pytest.mark.parametrize("suffix", MARKED)
def test_metadata_of_the_photo_is_taken_over(
    tmp_path: Path, pixels: NDArray[np.uint8], suffix: str
) -> None:
    like = full_photo(pixels)
    write_photo(pixels, tmp_path / f"a{suffix}", like, description=DONE)
    with Image.open(tmp_path / f"a{suffix}") as image:
        image.load()
        assert image.info["icc_profile"] == like.icc_profile
        exif = image.getexif()
        assert exif[ExifTags.Base.Make] == "Camera"
        assert exif[ExifTags.Base.Software] == software()
        assert exif[ExifTags.Base.Artist].encode("latin-1") == "Jürgen".encode("latin-1")
        assert ExifTags.Base.Orientation not in exif
        taken = {ExifTags.Base.DateTimeOriginal: "2020:01:02 03:04:05"}
        assert exif.get_ifd(ExifTags.IFD.Exif) == taken
        assert exif.get_ifd(ExifTags.IFD.GPSInfo) == {1: "N", 2: (48.0, 8.0, 30.5)}


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_a_rotated_photo_comes_out_upright_once(
    tmp_path: Path, pixels: NDArray[np.uint8], orientation: int, suffix: str
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(pixels).save(tmp_path / f"in{suffix}", exif=exif, **options)
    photo = read_photo(tmp_path / f"in{suffix}")
    write_photo(photo.pixels, tmp_path / f"out{suffix}", photo, description=DONE)
    np.testing.assert_array_equal(read_photo(tmp_path / f"out{suffix}").pixels, photo.pixels)


@pytest.mark.parametrize("suffix", MARKED)
def test_the_file_says_that_it_is_synthetic(
    tmp_path: Path, pixels: NDArray[np.uint8], suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    for like in (None, full_photo(pixels)):
        write_photo(pixels, path, like, description=DONE, overwrite=True)
        assert read_provenance(path) == DONE
        assert SourceType.EDITED.encode() in path.read_bytes()
        with Image.open(path) as image:
            packet = image.info["xmp"]
            texts = dict(getattr(image, "text", {}))
        root = ElementTree.fromstring(packet)
        description = root[0][0]
        creator = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
        assert description.get(creator) == software() == "lgpgan " + software().split()[1]
        if suffix == ".png":
            assert texts["Software"] == software()
            assert texts["Description"] == DONE
            assert texts["XML:com.adobe.xmp"].encode() == packet


def test_what_a_format_cannot_hold_is_told(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    like = full_photo(pixels)
    assert write_photo(pixels, tmp_path / "a.png", like, description=DONE) == ()
    assert write_photo(pixels, tmp_path / "a.jpg", like, description=DONE) == (
        "JPEG holds no transparency; the photo's was left out.",
    )
    assert write_photo(pixels, tmp_path / "a.bmp", like, description=DONE) == (
        "BMP holds no transparency; the photo's was left out.",
        "BMP holds no metadata; the file does not say that it is synthetic.",
    )
    assert read_provenance(tmp_path / "a.bmp") is None


def test_exif_too_long_for_jpeg_is_left_out(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "long " * 20_000
    like = Photo(pixels=pixels, exif=exif.tobytes())
    assert write_photo(pixels, tmp_path / "a.jpg", like, description=DONE) == (
        "The photo's EXIF block is too long for JPEG and was left out.",
    )
    with Image.open(tmp_path / "a.jpg") as image:
        assert dict(image.getexif()) == {ExifTags.Base.Software: software()}
    assert read_provenance(tmp_path / "a.jpg") == DONE
    assert write_photo(pixels, tmp_path / "a.png", like, description=DONE) == ()


@pytest.mark.parametrize("suffix", sorted(WRITABLE_SUFFIXES))
def test_the_same_edit_gives_the_same_bytes(
    tmp_path: Path, pixels: NDArray[np.uint8], suffix: str
) -> None:
    like = full_photo(pixels)  # once: a new colour profile holds the second it was made in
    for name in ("a", "b"):
        write_photo(pixels, tmp_path / f"{name}{suffix}", like, description=DONE)
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second


def test_provenance_is_ours_alone(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    Image.fromarray(pixels).save(tmp_path / "plain.png")
    assert read_provenance(tmp_path / "plain.png") is None
    packet = xmp_packet(DONE)
    assert description_in_xmp(packet) == DONE
    assert description_in_xmp(packet.replace(b"lgpgan ", b"other ")) is None
    assert description_in_xmp(packet.replace(b"compositeWith", b"compositeOf")) is None
    assert description_in_xmp(b"<!DOCTYPE x>" + packet) is None
    assert description_in_xmp(b"no xml") is None
    (tmp_path / "text.jpg").write_bytes(b"no image")
    for name in ("text.jpg", "missing.jpg"):
        with pytest.raises(InputError, match="cannot be read as an image"):
            read_provenance(tmp_path / name)


def test_provenance_survives_another_tool() -> None:
    """Which may write properties as elements instead of attributes."""
    packet = xmp_packet("plain").decode()
    start = packet.index("    xmp:CreatorTool")
    end = packet.index(">", start)
    rewritten = (
        packet[:start]
        + ">"
        + f"<xmp:CreatorTool>{software()}</xmp:CreatorTool>"
        + f"<Iptc4xmpExt:DigitalSourceType>{SourceType.EDITED}</Iptc4xmpExt:DigitalSourceType>"
        + packet[end + 1 :]
    )
    assert description_in_xmp(rewritten.encode()) == "plain"


def test_control_characters_do_not_break_the_mark(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    write_photo(pixels, tmp_path / "a.jpg", description="a\x00b\x1bc\ufffe]]>")
    assert read_provenance(tmp_path / "a.jpg") == "abc]]>"


def test_the_suffix_follows_the_photo(pixels: NDArray[np.uint8]) -> None:
    def suffix(name: str | None, image_format: str | None) -> str:
        path = None if name is None else Path(name)
        return output_suffix(Photo(pixels=pixels, format=image_format, path=path))

    assert suffix("a.jpg", "JPEG") == ".jpg"
    assert suffix("a.JPEG", "JPEG") == ".JPEG"
    assert suffix("a.tiff", "TIFF") == ".tiff"
    assert suffix("a.jpg", "PNG") == ".png"
    assert suffix("a", "WEBP") == ".webp"
    assert suffix("a.heic", "HEIF") == ".jpg"
    assert suffix(None, "JPEG") == ".jpg"
    assert suffix(None, None) == ".png"


# --- what is refused, and what a failure leaves behind --------------------------------------------


@pytest.mark.parametrize("name", ["a.gif", "a.heic", "a", "a.", ".png"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, pixels: NDArray[np.uint8], name: str) -> None:
    with pytest.raises(InputError, match=r"use one of \.jpg, \.jpeg, \.png, \.webp, \.tif"):
        write_photo(pixels, tmp_path / name, description=DONE)
    assert names_in(tmp_path) == []


def test_existing_files_are_replaced_on_request_only(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"mine")
    with pytest.raises(InputError) as caught:
        write_photo(pixels, path, description=DONE)
    assert str(caught.value) == f"{path} exists; pass --overwrite to replace it."
    assert path.read_bytes() == b"mine"
    write_photo(pixels, path, description=DONE, overwrite=True)
    np.testing.assert_array_equal(read_photo(path).pixels, pixels)
    assert names_in(tmp_path) == ["a.png"]

    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(InputError, match="exists"):
        check_destination(tmp_path / "link.png")


def test_missing_folders_are_created(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    path = tmp_path / "deep" / "er" / "a.png"
    check_destination(path)
    assert names_in(tmp_path) == []
    write_photo(pixels, path, description=DONE)
    assert names_in(path.parent) == ["a.png"]


def test_a_relative_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixels: NDArray[np.uint8]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_photo(pixels, "a.png", description=DONE)
    assert names_in(tmp_path) == ["a.png"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_file_gets_ordinary_permissions(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    (tmp_path / "other").touch()
    write_photo(pixels, tmp_path / "a.png", description=DONE)
    modes = [(tmp_path / name).stat().st_mode for name in ("a.png", "other")]
    assert modes[0] == modes[1]


def test_folders_in_the_way(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InputError, match=r"a\.png is a folder; name a file in it"):
        write_photo(pixels, tmp_path / "a.png", description=DONE, overwrite=True)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file is not a folder; choose another place for b\.png"):
        write_photo(pixels, tmp_path / "file" / "deep" / "b.png", description=DONE)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_without_write_permission(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(InputError, match="is not writable"):
            write_photo(pixels, tmp_path / "a.png", description=DONE)
    finally:
        tmp_path.chmod(0o755)


def test_a_folder_said_not_to_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError) as caught:
        check_destination(tmp_path / "new" / "a.png")
    assert str(caught.value) == (
        f"The folder {tmp_path} is not writable; change its permissions or choose another folder."
    )


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        (errno.ENOSPC, DiskFullError, "the disk is full; make room and try again"),
        (errno.EDQUOT, DiskFullError, "the disk is full"),
        (errno.EIO, LgpganError, r"was not written \(Input/output error\); choose another"),
        (errno.EACCES, InputError, "is not writable"),
        (errno.EROFS, InputError, "is not writable"),
    ],
)
@pytest.mark.parametrize("where", ["save", "write_bytes", "fsync", "replace", "mkdir"])
def test_a_failure_leaves_nothing_behind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pixels: NDArray[np.uint8],
    where: str,
    code: int,
    kind: type[LgpganError],
    message: str,
) -> None:
    (tmp_path / "a.png").write_bytes(b"mine")

    def fail(*arguments: object, **_: object) -> None:
        if where == "write_bytes":  # as when the disk fills up while the file is written
            os.truncate(str(arguments[0]), 5)
        raise OSError(code, os.strerror(code))

    software()  # reads a file, once
    owner: Any = {
        "save": Image.Image,
        "write_bytes": Path,
        "fsync": os,
        "replace": os,
        "mkdir": Path,
    }[where]
    monkeypatch.setattr(owner, where, fail)
    with pytest.raises(LgpganError, match=message) as caught:
        write_photo(pixels, tmp_path / "a.png", description=DONE, overwrite=True)
    assert type(caught.value) is kind
    monkeypatch.undo()
    assert names_in(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"mine"


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixels: NDArray[np.uint8]
) -> None:
    def interrupt(source: Path, _: Path) -> None:
        assert source.parent == tmp_path  # written beside, under a hidden name
        assert source.name.startswith(".")
        assert source.stat().st_size > 0
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_photo(pixels, tmp_path / "a.png", description=DONE)
    assert names_in(tmp_path) == []


def test_a_picture_too_wide_for_its_format(tmp_path: Path) -> None:
    wide = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(
        InputError, match=r"too large for WEBP, which ends at 16383 .*write a \.png"
    ):
        write_photo(wide, tmp_path / "a.webp", description=DONE)
    wide = np.zeros((1, 65_501, 3), np.uint8)
    with pytest.raises(InputError, match="too large for JPEG"):
        write_photo(wide, tmp_path / "a.jpg", description=DONE)
    write_photo(wide, tmp_path / "a.png", description=DONE)
    assert names_in(tmp_path) == ["a.png"]


def test_pixels_of_another_kind_are_a_mistake_of_the_program(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    for wrong in (pixels.astype(np.float32), pixels[..., 0], np.dstack([pixels, pixels])):
        with pytest.raises(ValueError, match=r"pixels must be \(H, W, 3\) uint8"):
            write_photo(wrong, tmp_path / "a.png", description=DONE)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="alpha is"):
        write_photo(pixels[1:], tmp_path / "a.png", full_photo(pixels), description=DONE)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exiv2_reads_the_mark(tmp_path: Path, pixels: NDArray[np.uint8], suffix: str) -> None:
    """A reader that is not ours finds the mark, and no trace of the file it was made of."""
    photo = full_photo(pixels)
    packet = xmp_packet("Nothing.").replace(
        b'xmp:CreatorTool="',
        b'tiff:Orientation="6" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        b'xmp:Rating="4" xmp:CreatorTool="',
    )
    path = tmp_path / f"edited{suffix}"
    write_photo(pixels, path, replace(photo, xmp=kept_properties(packet)), description=DONE)
    with pyexiv2.Image(str(path)) as image:
        exif, xmp = image.read_exif(encoding="latin-1"), image.read_xmp()
        assert image.read_icc()
    assert xmp["Xmp.iptcExt.DigitalSourceType"] == SourceType.EDITED
    assert xmp["Xmp.dc.description"] == {'lang="x-default"': DONE}
    assert xmp["Xmp.xmp.CreatorTool"] == software() == exif["Exif.Image.Software"]
    assert xmp["Xmp.xmp.Rating"] == "4"
    assert exif["Exif.Image.Make"] == "Camera"
    assert exif["Exif.Photo.DateTimeOriginal"] == "2020:01:02 03:04:05"
    assert exif.get("Exif.Image.Orientation", "1") == "1"
    assert "Xmp.tiff.Orientation" not in xmp
    assert not [name for name in exif if name.startswith("Exif.Thumbnail")]


@pytest.mark.parametrize(("quality", "subsampling"), [(60, 2), (85, 1), (97, 0)])
def test_a_jpeg_stays_as_fine_as_it_was(tmp_path: Path, quality: int, subsampling: int) -> None:
    """Its size and its tables are the photo's; it was once blown up to quality 95."""
    smooth = np.add.outer(np.arange(120), np.arange(160)).astype(np.uint8)
    source, edited = tmp_path / "photo.jpg", tmp_path / "edited.jpg"
    noisy = np.dstack([smooth, smooth[::-1], 255 - smooth])
    Image.fromarray(noisy).save(source, quality=quality, subsampling=subsampling)
    photo = read_photo(source)
    write_photo(photo.pixels, edited, photo, description=DONE)
    with Image.open(source) as before, Image.open(edited) as after:
        assert isinstance(before, JpegImagePlugin.JpegImageFile)
        assert isinstance(after, JpegImagePlugin.JpegImageFile)
        assert after.quantization == before.quantization
        assert JpegImagePlugin.get_sampling(after) == subsampling
    assert np.abs(read_photo(edited).pixels.astype(int) - photo.pixels).mean() < 1


def test_avif_comes_back_close(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(96), np.arange(128)).astype(np.uint8)
    pixels = np.dstack([smooth, smooth[::-1], 255 - smooth])
    write_photo(pixels, tmp_path / "a.avif", description=DONE)
    photo = read_photo(tmp_path / "a.avif")
    assert photo.format == "AVIF"
    assert output_suffix(photo) == ".avif"
    assert np.abs(photo.pixels.astype(int) - pixels).mean() < 3


def test_formats_that_are_only_read_say_what_is_written(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    Image.fromarray(pixels).save(tmp_path / "a.gif")
    photo = read_photo(tmp_path / "a.gif")
    assert output_suffix(photo) == ".png"
    assert photo.notes == (
        "GIF is only read: edits are written as PNG, unless you name another file.",
    )


class TestQuality:
    def test_less_than_the_photos(self, pixels: NDArray[np.uint8]) -> None:
        for image_format in LOSSY_FORMATS:
            sizes = [
                len(encode_photo(pixels, image_format, description=DONE, quality=quality)[0])
                for quality in (20, 90)
            ]
            assert sizes[0] < sizes[1]

    def test_what_cannot_be_asked_for(self, pixels: NDArray[np.uint8]) -> None:
        with pytest.raises(InputError, match="PNG has no quality"):
            encode_photo(pixels, "PNG", description=DONE, quality=50)
        with pytest.raises(InputError, match="from 1 to 100"):
            encode_photo(pixels, "JPEG", description=DONE, quality=0)
