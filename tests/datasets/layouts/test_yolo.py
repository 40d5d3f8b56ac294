"""Boxes of faces as YOLO has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from collections_on_disk import touch
from lgpgan.datasets.layouts import LAYOUTS, detect_layout
from lgpgan.datasets.layouts.listing import Choices, Listing, Source
from lgpgan.errors import InputError

NAMES = "nc: 3\nnames: ['anger', 'happy', 'neutral']\n"


def write(folder: Path, photo: str, text: str, size: tuple[int, int] = (200, 100)) -> None:
    """A photo and its boxes."""
    path = folder / photo
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)
    boxes = folder / photo.replace("images/", "labels/").replace(".jpg", ".txt")
    boxes.parent.mkdir(parents=True, exist_ok=True)
    boxes.write_text(text)


def listing(folder: Path, numbers: str = "") -> Listing:
    return LAYOUTS["yolo"].entries(Source.open(folder), Choices(numbers=numbers))


def test_boxes_become_pixels_and_numbers_names(tmp_path: Path) -> None:
    """As Roboflow exports them; they were an unknown layout."""
    write(tmp_path, "train/images/a.jpg", "1 0.5 0.5 0.2 0.4\n2 0.25 0.5 0.1 0.2 0.9\n")
    write(tmp_path, "valid/images/b.jpg", "0 0.5 0.5 1 1\n")
    (tmp_path / "data.yaml").write_text(NAMES)
    layout, because = detect_layout(Source.open(tmp_path), Choices())
    assert (layout.name, because) == ("yolo", "train/labels/a.txt holds boxes as YOLO has them")
    found = listing(tmp_path)
    assert [(entry.label, entry.split) for entry in found.entries] == [
        ("happy", "train"),
        ("neutral", "train"),
        ("anger", "validation"),
    ]
    assert found.entries[0].box == pytest.approx((80, 30, 120, 70))
    assert found.entries[0].photo == "train/images/a.jpg at 80,30"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data.yaml", "names:\n  0: anger\n  1: happy\n"),
        ("data.yaml", "path: .\nnames:\n- anger\n- happy\nnc: 2\n"),
        ("data.yaml", "names: [anger, happy]"),
        ("obj.names", "anger\nhappy\n"),
        ("classes.txt", "anger\nhappy\n"),
    ],
)
def test_the_names_of_the_classes_are_written_in_many_ways(
    tmp_path: Path, file: str, text: str
) -> None:
    write(tmp_path, "a.jpg", "1 0.5 0.5 0.2 0.4\n")
    (tmp_path / file).write_text(text)
    assert [entry.label for entry in listing(tmp_path).entries] == ["happy"]


def test_without_names_the_numbers_are_told(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", "3 0.5 0.5 0.2 0.4\n")
    assert "taken as names of classes" in listing(tmp_path).notes[0]
    assert [entry.label for entry in listing(tmp_path, "fer2013").entries] == ["happy"]


def test_a_turned_photo_has_the_sides_that_are_seen(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", "1 0.5 0.5 1 1\n")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (200, 100)).save(tmp_path / "a.jpg", exif=exif)
    assert listing(tmp_path).entries[0].box == pytest.approx((0, 0, 100, 200))


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", "1 0.5 0.5 1 1\n")
    write(tmp_path, "b.jpg", "")
    write(tmp_path, "c.jpg", "1 0.5 0.5 1 1\n")
    (tmp_path / "c.jpg").write_bytes(b"no photo")
    found = listing(tmp_path)
    assert {photo: str(left.reason) for photo, left in found.left_out.items()} == {
        "b.jpg": "no label",
        "c.jpg": "unreadable",
    }
    write(tmp_path, "a.jpg", "1 0.5 0.5\n")
    with pytest.raises(InputError, match=r"a\.txt, line 1: it holds no class and box"):
        listing(tmp_path)
    write(tmp_path, "a.jpg", "1 0.5 0.5 0 0.1\n")
    with pytest.raises(InputError, match=r"a\.txt, line 1: the box holds no pixel"):
        listing(tmp_path)


def test_other_texts_beside_photos_are_no_boxes(tmp_path: Path) -> None:
    touch(tmp_path, "happy/a.jpg", "sad/b.jpg")
    (tmp_path / "happy/a.txt").write_text("taken in May\n")
    (tmp_path / "sad/b.txt").write_text("taken in June\n")
    assert detect_layout(Source.open(tmp_path), Choices())[0].name == "folders"
