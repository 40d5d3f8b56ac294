"""Boxes of faces as COCO has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collections_on_disk import touch
from lgpgan.datasets.layouts import LAYOUTS, detect_layout
from lgpgan.datasets.layouts.listing import Choices, Source
from lgpgan.errors import InputError


def content(**more: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
        "annotations": [
            {"image_id": 1, "category_id": 7, "bbox": [10, 20, 30, 40]},
            {"image_id": 1, "category_id": 8, "bbox": [50, 20, 30, 40]},
        ],
        "categories": [{"id": 7, "name": "happy"}, {"id": 8, "name": "sad"}],
        **more,
    }


def test_faces_and_boxes_are_listed_with_their_splits(tmp_path: Path) -> None:
    """As Roboflow and others export them; they were an unknown layout."""
    touch(tmp_path, "valid/a.jpg", "valid/b.jpg")
    (tmp_path / "valid/_annotations.coco.json").write_text(json.dumps(content()))
    layout, because = detect_layout(Source.open(tmp_path), Choices())
    assert (layout.name, "has the parts of a list of COCO" in because) == ("coco", True)
    found = layout.entries(Source.open(tmp_path), Choices())
    assert [(entry.photo, entry.label, entry.split, entry.box) for entry in found.entries] == [
        ("valid/a.jpg at 10,20", "happy", "validation", (10, 20, 40, 60)),
        ("valid/a.jpg at 50,20", "sad", "validation", (50, 20, 80, 60)),
    ]
    assert list(found.left_out) == ["valid/b.jpg"]


def test_photos_are_found_by_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "images/train2017/a.jpg", "images/train2017/b.jpg")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/instances_train2017.json").write_text(json.dumps(content()))
    found = LAYOUTS["coco"].entries(Source.open(tmp_path), Choices())
    assert {entry.path for entry in found.entries} == {tmp_path / "images/train2017/a.jpg"}


@pytest.mark.parametrize(
    "damage",
    [
        {"categories": []},
        {"annotations": [{"image_id": 9, "category_id": 7, "bbox": [1, 2, 3, 4]}]},
        {"annotations": [{"image_id": 1, "category_id": 7, "bbox": [1, 2]}]},
        {"images": 5},
    ],
)
def test_a_damaged_list_is_a_sentence(tmp_path: Path, damage: dict[str, Any]) -> None:
    touch(tmp_path, "a.jpg")
    (tmp_path / "all.json").write_text(json.dumps(content(**damage)))
    with pytest.raises(InputError, match=r"all\.json is no list of COCO, or damaged .*export it"):
        LAYOUTS["coco"].entries(Source.open(tmp_path), Choices())


def test_without_a_list_it_says_so(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    with pytest.raises(InputError, match="holds no list of COCO"):
        LAYOUTS["coco"].entries(Source.open(tmp_path), Choices())
