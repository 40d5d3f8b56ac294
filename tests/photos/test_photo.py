"""Which files of a folder are photos, and what a photo is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lgpgan.errors import InputError
from lgpgan.photos.photo import Photo, photos_in


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


def test_a_folder_stands_for_its_photos_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.png", "c.jpeg", "d.webp", "e.bmp", "f.tif", "g.TIFF", "h.heic")
    touch(tmp_path, "notes.txt", ".hidden.jpg", "._b.JPG", "jpg", "labels.csv")
    (tmp_path / "deeper.jpg").mkdir()
    touch(tmp_path / "deeper.jpg", "i.jpg")
    names = ["a.png", "b.JPG", "c.jpeg", "d.webp", "e.bmp", "f.tif", "g.TIFF", "h.heic"]
    assert [path.name for path in photos_in([tmp_path])] == names


def test_files_are_kept_as_given_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.png", "b.png", "raw.xyz")
    monkeypatch.chdir(tmp_path)
    given: list[str | Path] = [
        "b.png",
        tmp_path / "b.png",
        "missing.jpg",
        "raw.xyz",
        ".",
        "./b.png",
    ]
    expected = ["b.png", "missing.jpg", "raw.xyz", "a.png"]
    assert photos_in(given) == [Path(name) for name in expected]


def test_nothing_given_is_nothing() -> None:
    assert photos_in([]) == []


def test_a_dangling_link_in_a_folder_is_kept_for_its_report(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert photos_in([tmp_path]) == [tmp_path / "gone.jpg"]


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "readme.txt")
    with pytest.raises(InputError, match=r"holds no photos; put some there \(jpg, jpeg, png"):
        photos_in([tmp_path])


def test_a_folder_that_cannot_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(InputError, match=r"cannot be listed \(Permission denied\)"):
        photos_in([tmp_path])


def test_a_photo_is_called_by_its_path() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    assert Photo(pixels=pixels).name == "the image"
    assert Photo(pixels=pixels, path=Path("a/b.png")).name == str(Path("a/b.png"))
