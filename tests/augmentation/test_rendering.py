"""The studio as a method: real faces drawn with a small head, and all that is known of them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.augmentation.augment import augment_set
from lgpgan.augmentation.drawing import Draw
from lgpgan.augmentation.gates import GATES
from lgpgan.augmentation.methods import Maker
from lgpgan.augmentation.options import AugmentationOptions, GateLimits, Range
from lgpgan.augmentation.rendering import StudioMethod
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.expressions.action_units import action_units
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import MOUTH, align, warp
from lgpgan.faces.detection import Face

UNGATED = GateLimits(left_out=tuple(GATES))


@pytest.fixture
def portrait(tmp_path: Path, astronaut: NDArray[np.uint8], astronaut_face: Face) -> PreparedSet:
    """One neutral face, as ``lgpgan prepare`` leaves it."""
    transform = align(astronaut_face.landmarks)
    folder = tmp_path / "faces"
    (folder / "train").mkdir(parents=True)
    Image.fromarray(warp(astronaut, transform, 128)).save(folder / "train/eileen.png")
    record = Record(
        file_name="train/eileen.png",
        person="eileen",
        photo="eileen",
        expression=Expression.NEUTRAL,
        intensity=1.0,
        action_units=None,
        landmarks=transform(astronaut_face.landmarks).round(2),
        split="train",
        source="NASA",
    )
    return write_prepared_set(folder, [record], size=128, details={})


@pytest.fixture
def maker(small_head_file: Path) -> Maker:
    return StudioMethod(small_head_file).open()


def drawn(source: Record, shares: dict[str, float], key: int = 0) -> Draw:
    return Draw(source, max(shares, key=shares.__getitem__), shares, (key,))


def test_makes_a_set_of_which_everything_is_known(
    portrait: PreparedSet, small_head_file: Path, tmp_path: Path
) -> None:
    options = AugmentationOptions(
        per_class=2, classes=["happy", "surprised"], intensity=Range(0.8, 1.0), limits=UNGATED
    )
    report = augment_set(portrait, tmp_path / "made", StudioMethod(small_head_file), options)
    loaded = PreparedSet.load(tmp_path / "made")
    assert loaded.knows_units
    assert len(loaded.records) == 4
    for record in loaded.records:
        assert record.blendshapes
        units = action_units(record.blendshapes)
        assert record.action_units == pytest.approx(units, abs=1e-3)
        assert (record.person, record.source) == ("eileen", "NASA")
        shown = 12 if record.expression == "happy" else 26
        assert record.action_units[shown] > 0.2
    about = report.prepared.description["augmentation"]
    assert about["method"] == "studio"
    assert len(about["face_model"]) == 64
    card = (tmp_path / "made/README.md").read_text(encoding="utf-8")
    assert "- method: the studio's 3-D face (`studio`)" in card
    assert f"- face model: SHA-256 `{about['face_model']}`" in card
    assert "- action units: exact" in card


def test_is_the_same_in_another_process_and_order(
    portrait: PreparedSet, small_head_file: Path
) -> None:
    method = StudioMethod(small_head_file)
    source = portrait.records[0]
    draws = [drawn(source, {name: 0.9}, key) for key, name in enumerate(("happy", "sad"))]
    faces = load_faces(portrait, [source] * 2)
    together = method.open()(draws, faces)
    moved: StudioMethod = pickle.loads(pickle.dumps(method))
    alone = [moved.open()([one], faces[:1])[0] for one in reversed(draws)][::-1]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        assert one.blendshapes == other.blendshapes


def test_two_draws_of_a_class_differ_a_little(portrait: PreparedSet, maker: Maker) -> None:
    source = portrait.records[0]
    draws = [drawn(source, {"happy": 1.0}, key) for key in range(2)]
    one, other = (made.blendshapes for made in maker(draws, load_faces(portrait, [source] * 2)))
    assert one is not None
    assert other is not None
    assert one.keys() == other.keys()
    assert one != other
    assert one["mouthSmile_L"] == pytest.approx(other["mouthSmile_L"], rel=0.6)


def test_landmarks_are_where_the_face_was_drawn(portrait: PreparedSet, maker: Maker) -> None:
    """A mouth that opens: its lower lip sinks, its upper lip stays; pixels change there."""
    source = portrait.records[0]
    faces = load_faces(portrait, [source])
    (made,) = maker([drawn(source, {"surprised": 1.0})], faces)
    assert made.landmarks is not None
    moved = made.landmarks[MOUTH, 1] - source.landmarks[MOUTH, 1]
    assert moved[9] > 2  # the lower lip's middle
    assert moved[9] > moved[3] + 2
    change = np.abs(made.pixels.astype(int) - faces[0]).mean(axis=2)
    assert change[70:110, 45:83].mean() > 3 * change[:, :8].mean()


@pytest.mark.parametrize("shown", [Expression.HAPPY, "bored"])
def test_what_a_source_shows_is_taken_off_it(
    portrait: PreparedSet, maker: Maker, shown: str
) -> None:
    """A happy face asked for neutral is drawn at rest, and so is one of a class without recipe."""
    source = replace(portrait.records[0], expression=shown)
    (made,) = maker([drawn(source, {"neutral": 1.0})], load_faces(portrait, [source]))
    assert made.blendshapes == {}
    assert made.action_units == {}


def test_a_mixture_moves_what_both_classes_move(portrait: PreparedSet, maker: Maker) -> None:
    source = portrait.records[0]
    (made,) = maker(
        [drawn(source, {"happy": 0.7, "surprised": 0.3})], load_faces(portrait, [source])
    )
    assert made.action_units is not None
    assert made.action_units[12] > 0.2  # lip corner puller, of happiness alone
    assert made.action_units[5] > 0.05  # upper lid raiser, of surprise alone


def test_an_untouched_face_stays_sharp(portrait: PreparedSet, maker: Maker) -> None:
    """Drawing at rest what is at rest costs next to nothing: 35 dB over all pixels."""
    source = portrait.records[0]
    faces = load_faces(portrait, [source])
    (made,) = maker([drawn(source, {"neutral": 1.0})], faces)
    assert cv2.PSNR(made.pixels, np.asarray(faces[0])) > 35
