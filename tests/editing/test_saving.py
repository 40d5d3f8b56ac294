"""What the API writes carries the same marks as what the command writes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lgpgan.cli.application import run
from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError
from lgpgan.photos.marks import read_provenance


@pytest.fixture
def photo(portrait_file: Path, tmp_path: Path) -> Path:
    """The demo photo as a JPEG of its own fineness, with an author."""
    exif = Image.Exif()
    exif[0x013B] = "Ann"
    path = tmp_path / "taken.jpg"
    with Image.open(portrait_file) as image:
        image.save(path, quality=80, exif=exif.tobytes())
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff"])
def test_an_edit_is_saved_with_the_bytes_of_the_command(
    editor: Editor, weights: Path, photo: Path, tmp_path: Path, suffix: str
) -> None:
    by_command, by_api = tmp_path / f"command{suffix}", tmp_path / f"api{suffix}"
    arguments = ["--to", "happy", "--out", str(by_command), "--weights", str(weights)]
    assert run(["edit", str(photo), *arguments]) == 0
    assert editor.edit(photo, "happy").save(str(by_api)) == ()
    assert by_api.read_bytes() == by_command.read_bytes()


def test_a_file_that_exists_is_kept(editor: Editor, photo: Path) -> None:
    edit, before = editor.edit(photo, "sad"), photo.read_bytes()
    with pytest.raises(InputError, match="exists"):
        edit.save(photo)
    assert photo.read_bytes() == before
    edit.save(photo, overwrite=True)
    assert "sad" in str(read_provenance(photo))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_image_is_marked_by_pillow_too(
    editor: Editor, photo: Path, tmp_path: Path, image_format: str
) -> None:
    """Regression: ``edit.image.save`` wrote files without any metadata."""
    image = editor.edit(photo, "happy").image
    for path in (tmp_path / "one", tmp_path / "two"):  # Pillow may not lose it after the first
        image.save(path, format=image_format)
        assert "happy (intensity 1)" in str(read_provenance(path))
        with Image.open(path) as saved:
            assert saved.getexif()[0x013B] == "Ann"
    assert {"xmp", "exif"} <= image.info.keys()


def test_a_format_without_metadata_can_still_be_written(editor: Editor, photo: Path) -> None:
    image, stream = editor.edit(photo, "happy").image, io.BytesIO()
    image.save(stream, format="BMP")
    with Image.open(stream) as saved:
        np.testing.assert_array_equal(np.asarray(saved), np.asarray(image))
