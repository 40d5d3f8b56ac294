"""Photos of 16 bits a colour: read, edited and written without going through 8."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from lgpgan.editing.editor import Editor
from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.paste import paste
from lgpgan.photos.deep_colour import LEVELS, eight_bits, read_deep, turned_upright
from lgpgan.photos.marks import read_provenance
from lgpgan.photos.reading import read_photo
from lgpgan.photos.writing import write_photo

HEIGHT, WIDTH = 40, 50
SUFFIXES = pytest.mark.parametrize("suffix", [".png", ".tif"])


def values(channels: int) -> NDArray[np.uint16]:
    draw = np.random.default_rng(4)
    return draw.integers(0, 65536, (HEIGHT, WIDTH, channels)).astype(np.uint16)


def save(path: Path, deep: NDArray[np.uint16]) -> None:
    """With OpenCV, which wants blue first."""
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[deep.shape[2]]
    assert cv2.imwrite(str(path), deep[..., order])


@SUFFIXES
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_is_written_is_what_was_read(suffix: str, channels: int, tmp_path: Path) -> None:
    """16 bits were reduced to 8, though the file's format holds them."""
    deep = values(channels)
    save(tmp_path / f"in{suffix}", deep)
    photo = read_photo(tmp_path / f"in{suffix}")
    assert photo.deep is not None
    assert photo.notes == ()
    assert np.abs(photo.pixels.astype(int) - photo.colours / LEVELS).max() <= 1
    written = tmp_path / f"out{suffix}"
    assert write_photo(photo.colours, written, photo, description="Nothing was done.") == ()
    back = read_deep(written.read_bytes())
    expected = np.repeat(deep, 3, axis=2) if channels == 1 else deep
    np.testing.assert_array_equal(back, expected)
    assert read_provenance(written) == "Nothing was done."


@SUFFIXES
def test_the_file_keeps_what_the_photo_carried(suffix: str, tmp_path: Path) -> None:
    pyexiv2 = pytest.importorskip("pyexiv2")
    save(tmp_path / f"in{suffix}", values(3))
    with pyexiv2.Image(str(tmp_path / f"in{suffix}")) as image:
        image.modify_exif({"Exif.Image.Make": "Lens & Co", "Exif.Photo.FNumber": "14/5"})
        image.modify_xmp({"Xmp.dc.rights": "CC0"})
    photo = read_photo(tmp_path / f"in{suffix}")
    written = tmp_path / f"out{suffix}"
    write_photo(photo.colours, written, photo, description="Nothing was done.")
    with pyexiv2.Image(str(written)) as image:
        exif, xmp = image.read_exif(), image.read_xmp()
    assert exif["Exif.Image.Make"] == "Lens & Co"
    assert exif["Exif.Photo.FNumber"] == "14/5"
    assert "CC0" in str(xmp["Xmp.dc.rights"])
    assert xmp["Xmp.iptcExt.DigitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")


def test_jpeg_holds_eight_bits_and_it_is_said(tmp_path: Path) -> None:
    notes = write_photo(values(3), tmp_path / "out.jpg", description="")
    assert notes == ("JPEG holds 8 bits a colour; the photo's 16 were reduced.",)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_upright_as_pillow_does(orientation: int) -> None:
    deep = np.arange(6 * 4 * 3, dtype=np.uint16).reshape(6, 4, 3)
    image = Image.fromarray(deep.astype(np.uint8))
    image.getexif()[ExifTags.Base.Orientation] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(turned_upright(deep, orientation), expected)


def test_a_damaged_file_has_no_deep_values(tmp_path: Path) -> None:
    assert read_deep(b"no picture") is None
    save(tmp_path / "in.png", values(3))
    assert read_deep((tmp_path / "in.png").read_bytes()[:20]) is None
    Image.new("RGB", (9, 9)).save(tmp_path / "shallow.png")
    assert read_deep((tmp_path / "shallow.png").read_bytes()) is None


def test_eight_bits_are_the_nearest() -> None:
    deep = np.array([[[0, 128, 129], [65535, 65407, 65406]]], np.uint16)
    assert eight_bits(deep).tolist() == [[[0, 0, 1], [255, 255, 254]]]
    shallow = np.array([[[1, 2, 3]]], np.uint8)
    assert eight_bits(shallow) is shallow


def test_a_change_is_drawn_as_finely_as_the_photo_is() -> None:
    """Half of the photo and a colour of 50.3 of 255: between two 8-bit values."""
    photo = np.full((128, 128, 3), 20_001, np.uint16)
    change = FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=np.full((128, 128), 0.5, np.float32),
        colour=np.full((128, 128, 3), 50.3, np.float32),
    )
    whole = Similarity(np.array([[1.0, 0, 0], [0, 1, 0]]))
    edited = paste(photo, change, whole)
    assert edited.dtype == np.uint16
    assert abs(int(edited[64, 64, 0]) - (0.5 * 20_001 + 50.3 * LEVELS)) <= 1
    shallow = paste(eight_bits(photo), change, whole)
    assert np.abs(shallow.astype(int) - eight_bits(edited)).max() <= 1


def test_an_edit_of_a_deep_photo_is_deep(
    editor: Editor, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    fine = np.random.default_rng(5).integers(-100, 100, astronaut.shape)
    deep = np.clip(astronaut.astype(int) * LEVELS + fine, 0, 65535).astype(np.uint16)
    save(tmp_path / "deep.png", deep)
    edit = editor.edit(tmp_path / "deep.png", to="happy")
    assert edit.pixels.dtype == np.uint16
    assert edit.image.mode == "RGB"
    outside = np.zeros(deep.shape[:2], np.bool_)
    outside[300:] = True
    np.testing.assert_array_equal(edit.pixels[outside], deep[outside])
    shallow = editor.edit(astronaut, to="happy").pixels
    assert np.abs(eight_bits(edit.pixels).astype(int) - shallow).mean() < 0.3
