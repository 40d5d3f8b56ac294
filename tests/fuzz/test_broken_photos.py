"""Broken photos are refused with lgpgan's own errors, and nothing is left half written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from skimage import data

from damage import damaged, share
from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.photos.marks import xmp_packet
from lgpgan.photos.photo import Photo
from lgpgan.photos.reading import read_photo
from lgpgan.photos.writing import WRITABLE_SUFFIXES, write_photo


def photo_files(pixels: NDArray[np.uint8]) -> list[bytes]:
    """A picture in every format that lgpgan reads, with all the metadata each can hold."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Jürgen".encode("latin-1")
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: "2020:01:02 03:04:05"})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 30.5)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": profile}
    colour = Image.fromarray(pixels)
    deep = Image.fromarray(np.asarray(colour.convert("L")).astype(np.uint16) * 257)
    clear = colour.copy()
    clear.putalpha(colour.convert("L"))
    forms: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (colour, "JPEG", kept | {"xmp": xmp_packet("made by a camera")}),
        (colour, "JPEG", {"progressive": True, "quality": 60}),
        (colour.convert("CMYK"), "JPEG", {}),
        (colour.convert("L"), "JPEG", {}),
        (colour, "PNG", kept),
        (clear, "PNG", {}),
        (colour.quantize(), "PNG", {"transparency": 3}),
        (deep, "PNG", {}),
        (clear, "WEBP", kept | {"lossless": True}),
        (colour, "WEBP", kept),
        (colour, "TIFF", kept),
        (colour, "TIFF", {"compression": "tiff_lzw", "icc_profile": profile}),
        (deep, "TIFF", {}),
        (clear, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (colour, "AVIF", kept),
        (colour, "GIF", {}),
        (colour, "BMP", {}),
        (colour, "PPM", {}),
        (colour, "JPEG2000", {}),
    ]
    wholes = []
    for image, name, options in forms:
        if name in Image.SAVE or name in Image.registered_extensions().values():
            image.save(encoded := io.BytesIO(), name, **options)
            wholes.append(encoded.getvalue())
    return wholes


ASTRONAUT = np.asarray(data.astronaut(), np.uint8)
SMALL = photo_files(np.ascontiguousarray(ASTRONAUT[::12, ::13]))
PORTRAITS = photo_files(np.ascontiguousarray(ASTRONAUT[20:240, 110:340]))


def check(photo: Photo) -> None:
    """It is what the rest of the package relies on."""
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape[2] == 3
    assert photo.alpha is None or photo.alpha.shape == photo.pixels.shape[:2]
    assert all(note.endswith(".") for note in photo.notes)


@share(3)
@given(content=damaged(SMALL))
def test_reading(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    try:
        photo = read_photo(path)
    except InputError as error:
        sentence = str(error)
    else:
        sentence = f"{path} was read."
        check(photo)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence


@share(1)
@given(content=damaged(SMALL), suffix=st.sampled_from(sorted(WRITABLE_SUFFIXES)))
def test_writing_what_a_broken_photo_carried(tmp_path: Path, content: bytes, suffix: str) -> None:
    source, written = tmp_path / "photo.jpg", tmp_path / f"edited{suffix}"
    source.write_bytes(content)
    try:
        photo = read_photo(source)
        write_photo(photo.pixels, written, photo, description="Nothing was done.")
    except LgpganError:
        pass
    else:
        assert read_photo(written).pixels.shape == photo.pixels.shape
        written.unlink()
    assert {entry.name for entry in tmp_path.iterdir()} == {source.name}


@share(0.3)
@given(content=damaged(PORTRAITS))
def test_editing_files(tmp_path: Path, editor: Editor, content: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    try:
        edit = editor.edit(path, to="happy")
    except InputError:
        return
    assert edit.pixels.shape == edit.opened.photo.pixels.shape


@share(0.3)
@given(
    values=arrays.arrays(
        st.sampled_from((np.uint8, np.uint16, np.float32, np.bool_, np.complex64)),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40),
    ),
)
def test_editing_arrays(editor: Editor, values: NDArray[Any]) -> None:
    with pytest.raises(InputError):
        editor.edit(values, to="happy")


@share(1)
@given(
    to=st.text(max_size=30)
    | st.dictionaries(st.sampled_from(tuple(Expression)) | st.text(max_size=9), st.floats())
    | st.from_regex(
        r"(happy|sad|x)(=-?[0-9.e]{0,6})?(,(happy|sad)(=[0-9.]{0,4})?)*", fullmatch=True
    ),
    intensity=st.floats() | st.integers(-2, 2),
)
def test_targets(to: Any, intensity: float) -> None:
    try:
        target = Target.parse(to, intensity=intensity)
    except InputError:
        return
    for half in (target.eyes, target.mouth):
        label = half.label(target.intensity)
        assert np.isfinite(label).all()
        assert label.sum() == pytest.approx(1, abs=1e-5)
        assert label.min() >= -0.3 - 1e-6  # of neutral, beyond the expression itself
        assert label.max() <= 1.3 + 1e-6
