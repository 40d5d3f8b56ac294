"""``lgpgan edit`` on single photos as people keep them: rows of ``cases/EXPECTED.md``.

That a photo without colour stays without is tested where faces are pasted.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lgpgan.cli.application import run
from lgpgan.faces.detectors.patient_detector import has_networks

pytestmark = pytest.mark.nightly


def edited(cases: Path, out: Path, *names: str) -> int:
    """Edit some of the photos; returns the exit code."""
    photos = [str(cases / "photos" / name) for name in names]
    return run(["edit", *photos, "--to", "happy", "-o", str(out)])


@pytest.mark.parametrize("name", ["sideways.jpg", "upside_down.jpg"])
def test_a_photo_that_lies_is_edited_and_told(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert edited(cases, tmp_path, name) == 0
    assert "lies on its side or upside down and is edited as it lies" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["tight.png", "chin_at_border.png"])
def test_a_face_that_fills_the_photo_is_edited(cases: Path, tmp_path: Path, name: str) -> None:
    assert edited(cases, tmp_path, name) == 0
    with Image.open(cases / "photos" / name) as photo:
        size = photo.size
    with Image.open(tmp_path / name.replace(".", "_happy.")) as made:
        assert made.size == size


def test_a_tiny_face_is_refused_with_its_size(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not has_networks():
        pytest.skip("dlib alone does not find it; run: lgpgan assets --fetch mediapipe")
    assert edited(cases, tmp_path, "tiny.png") == 2
    assert "the face is too small (9 pixels between the eyes)" in capsys.readouterr().err


def test_photos_of_one_name_are_both_edited(cases: Path, tmp_path: Path) -> None:
    assert edited(cases, tmp_path, "same_name.jpg", "same_name.png") == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "same_name_happy.jpg",
        "same_name_happy.png",
    ]
