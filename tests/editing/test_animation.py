from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from colour_profiles import swapped_profile
from lgpgan.editing.animation import animate
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target

HAPPY = Target.parse("happy")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Animations of two fifths of a second: eight frames in GIF, ten in MP4."""
    monkeypatch.setattr("lgpgan.editing.animation.SECONDS", 0.4)


@pytest.fixture(scope="module")
def opened(editor: Editor, astronaut: NDArray[np.uint8]) -> OpenedPhoto:
    return editor.open(astronaut)


def frames_of(path: Path) -> NDArray[np.int64]:
    """(N, H, W, 3)."""
    frames = []
    with Image.open(path) as gif:
        for number in range(gif.n_frames):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    return np.stack(frames)


def test_only_the_face_moves(editor: Editor, opened: OpenedPhoto, tmp_path: Path) -> None:
    animate(editor, opened, HAPPY, tmp_path / "a.gif")
    frames = frames_of(tmp_path / "a.gif")
    moved = (frames != frames[0]).any(axis=(0, 3))
    rows, columns = np.nonzero(moved)
    places = opened.faces[0].transform(np.stack([columns, rows], axis=-1) + 0.5)
    assert len(places) > 1000
    assert places.min() >= 0
    assert places.max() <= 128


def test_there_and_back(editor: Editor, opened: OpenedPhoto, tmp_path: Path) -> None:
    animate(editor, opened, HAPPY, tmp_path / "a.gif")
    frames = frames_of(tmp_path / "a.gif")
    change = np.abs(frames - frames[0]).mean(axis=(1, 2, 3))
    assert len(change) == 8
    assert change.argmax() == 4
    np.testing.assert_allclose(change[1:4], change[:4:-1], rtol=0.02)
    assert (np.diff(change[:5]) > 0).all()


def test_colours_are_near_the_photos(
    editor: Editor, opened: OpenedPhoto, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    animate(editor, opened, HAPPY, tmp_path / "a.gif")
    below = frames_of(tmp_path / "a.gif")[:, 300:] - astronaut[300:].astype(int)
    assert np.abs(below).mean() < 6
    assert np.abs(below.mean(axis=(0, 1, 2))).max() < 2


def test_a_photos_profile_is_followed(
    editor: Editor, opened: OpenedPhoto, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    photo = replace(opened.photo, icc_profile=swapped_profile())
    animate(editor, replace(opened, photo=photo), HAPPY, tmp_path / "a.gif")
    below = frames_of(tmp_path / "a.gif")[0, 300:] - astronaut[300:, :, ::-1].astype(int)
    assert np.abs(below).mean() < 8


def test_a_video_says_its_colours_and_has_the_photos(
    editor: Editor, opened: OpenedPhoto, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    for name in ("a.mp4", "b.mp4"):
        animate(editor, opened, HAPPY, tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with av.open(str(tmp_path / "a.mp4")) as film:
        codec = film.streams.video[0].codec_context
        named = (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range)
        assert named == (1, 1, 1, 1)  # BT.709, in the range of video
        first = next(film.decode(video=0))
    pixels = first.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    orange = np.s_[300:, 100:300]
    difference = pixels[orange].astype(float) - astronaut[orange]
    assert np.abs(difference.mean(axis=(0, 1))).max() < 3


def test_a_file_that_cannot_be_written_is_said(
    editor: Editor, opened: OpenedPhoto, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file is not a folder; choose another place for a\.gif"):
        animate(editor, opened, HAPPY, tmp_path / "file" / "a.gif")
