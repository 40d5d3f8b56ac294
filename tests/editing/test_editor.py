from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.editing.closeup import closeup
from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError, MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.detection import TiltedBox
from lgpgan.faces.detectors import mediapipe_detector
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.faces.eye_opening import SeenEye
from lgpgan.methods.lgpgan import FlowLgpGan
from lgpgan.methods.lgpgan.shapes import flow_networks
from random_weights import write_weights


class TestEdit:
    def test_size_is_kept_and_something_changes(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        edit = editor.edit(astronaut, to="surprised")
        assert edit.image.size == (512, 512)
        assert (np.asarray(edit.image) != astronaut).any()

    def test_a_path_a_pil_image_and_an_array_are_the_same(
        self, editor: Editor, astronaut: NDArray[np.uint8], portrait_file: Path
    ) -> None:
        from_array = editor.edit(astronaut, to="happy").pixels
        np.testing.assert_array_equal(editor.edit(portrait_file, to="happy").pixels, from_array)
        image = Image.fromarray(astronaut)
        np.testing.assert_array_equal(editor.edit(image, to="happy").pixels, from_array)

    def test_twice_the_same_bytes_alone_or_among_eight(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        every = editor.edit_all(astronaut)
        assert list(every) == list(Expression)
        alone = editor.edit(astronaut, to="fearful")
        np.testing.assert_array_equal(every[Expression.FEARFUL].pixels, alone.pixels)

    def test_a_series_is_each_edit_but_for_rounding(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        opened = editor.open(astronaut)
        targets = [Target.parse("happy", intensity=0.1 * number) for number in range(9)]
        targets.append(editor.target(eyes="angry", mouth={"sad": 0.5, "happy": 0.5}))
        series = list(editor.apply_series(opened, targets))
        assert [edit.target for edit in series] == targets
        for edit in series:
            alone = editor.apply(opened, edit.target).pixels.astype(int)
            assert np.abs(edit.pixels - alone).max() <= 2
        assert (series[8].pixels != series[9].pixels).any()

    def test_outside_the_face_of_a_large_photo_every_pixel_is_the_inputs(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        rng = np.random.default_rng(0)
        photo = rng.integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
        face = np.asarray(Image.fromarray(astronaut[:300, 60:360]).resize((1500, 1500)))
        photo[700:2200, 1200:2700] = face
        edit = editor.edit(photo, to="surprised")
        (found,) = edit.opened.faces
        rows, columns = np.nonzero((edit.pixels != photo).any(axis=-1))
        changed = found.transform(np.stack([columns, rows], axis=-1) + 0.5)
        assert len(changed) > 10_000
        assert changed.min() >= 0
        assert changed.max() <= 128

    def test_eyes_and_mouth_can_differ(self, editor: Editor, astronaut: NDArray[np.uint8]) -> None:
        both = editor.edit(astronaut, eyes="happy", mouth="happy").pixels
        eyes = editor.edit(astronaut, eyes="angry", mouth="happy").pixels
        mouth = editor.edit(astronaut, eyes="happy", mouth="angry").pixels
        assert (both != eyes).any()
        assert (both != mouth).any()
        assert (eyes != mouth).any()

    def test_intensity_scales_between_neutral_and_the_expression(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        neutral = editor.edit(astronaut, to="neutral").pixels
        zero = editor.edit(astronaut, to="happy", intensity=0).pixels
        np.testing.assert_array_equal(neutral, zero)
        assert (editor.edit(astronaut, to="happy", intensity=0.5).pixels != zero).any()

    def test_action_units_change_the_face_as_far_as_they_are_asked_for(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        neutral = editor.edit(astronaut, to="neutral").pixels
        np.testing.assert_array_equal(
            editor.edit(astronaut, units={12: 0}, to="sad").pixels,
            editor.edit(astronaut, to="sad").pixels,
        )
        full = editor.edit(astronaut, units="AU12").pixels
        assert (full != neutral).any()
        half = editor.edit(astronaut, units={12: 0.5}).pixels
        assert (half != full).any()
        np.testing.assert_array_equal(
            half, editor.edit(astronaut, units="AU12", intensity=0.5).pixels
        )
        assert (editor.edit(astronaut, "sad", units="AU4,AU12").pixels != full).any()

    def test_eyes_are_looked_at_once_for_all_edits_of_a_face(
        self, editor: Editor, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Regression: every edit with a unit of the eyes looked for the irises anew."""
        looked: list[int] = []
        both = SeenEye.both

        def noted(
            aligned: NDArray[np.uint8], landmarks: NDArray[np.floating]
        ) -> tuple[SeenEye, SeenEye]:
            looked.append(1)
            return both(aligned, landmarks)

        monkeypatch.setattr(SeenEye, "both", noted)
        opened = editor.open(astronaut)
        editor.apply(opened, editor.target("happy"))
        assert looked == []
        for units in ("AU45", "gaze-left=0.5"):
            editor.apply(opened, editor.target(units=units))
        assert looked == [1]

    def test_lids_and_gaze_move_with_all_weights(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        """Networks hardly moved a lid: these units are drawn without them."""
        neutral = editor.edit(astronaut, to="neutral").pixels
        for units in ("AU45", "gaze-left=0.5", {5: 1.0}):
            edited = editor.edit(astronaut, units=units)
            assert (edited.pixels != neutral).any()
            rows, columns = np.nonzero((edited.pixels != neutral).any(axis=-1))
            eyes = edited.opened.faces[0].face.landmarks[36:48]
            reach = np.ptp(eyes[:, 0]) / 2
            assert np.abs(rows - eyes[:, 1].mean()).max() < reach
            assert np.abs(columns - eyes[:, 0].mean()).max() < 1.3 * reach

    def test_eyes_close_in_a_part_of_the_photo_too(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        """Lids were looked for where the eyes are in the whole photo: strips had open eyes."""
        opened = editor.open(astronaut)
        near = closeup(opened, opened.largest_face, side=256)
        shut = editor.apply(near, editor.target(units="AU45")).pixels
        changed = (shut != editor.apply(near, editor.target("neutral")).pixels).any(axis=-1)
        (face,) = near.faces
        eyes = face.transform.inverse()(face.landmarks[36:48])
        rows, columns = np.nonzero(changed)
        reach = np.ptp(eyes[:, 0]) / 2
        assert changed.sum() > 100
        assert np.abs(rows - eyes[:, 1].mean()).max() < reach
        assert np.abs(columns - eyes[:, 0].mean()).max() < 1.3 * reach

    def test_units_that_the_weights_do_not_know_are_refused(
        self, editor: Editor, astronaut: NDArray[np.uint8], tmp_path: Path
    ) -> None:
        known = "AU4, AU5, AU7, AU12, AU45, AU61, AU62, AU63, AU64"
        with pytest.raises(InputError, match=f"AU26; they know only {known}"):
            editor.edit(astronaut, units="AU26")
        plain = write_weights(tmp_path / "plain.safetensors", FlowLgpGan(flow_networks()))
        with pytest.raises(InputError, match="AU4; they know only AU5, AU7, AU45, AU61"):
            Editor.from_pretrained(plain, backend="torch").edit(astronaut, units="AU4")

    def test_an_edit_without_an_expression_is_refused(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        """Regression: the API made a smile where the command makes every expression."""
        with pytest.raises(InputError, match="no expression was named"):
            editor.edit(astronaut)

    def test_transparency_is_kept(self, editor: Editor, astronaut: NDArray[np.uint8]) -> None:
        alpha = np.full((512, 512, 1), 200, np.uint8)
        image = editor.edit(np.concatenate([astronaut, alpha], axis=2), to="sad").image
        assert image.mode == "RGBA"
        assert (np.asarray(image)[..., 3] == 200).all()


class TestFaces:
    @pytest.fixture
    def pair(self, astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)

    def test_faces_are_numbered_from_the_left_and_all_are_edited(
        self, editor: Editor, pair: NDArray[np.uint8]
    ) -> None:
        edit = editor.edit(pair, to="happy")
        assert [face.number for face in edit.opened.faces] == [1, 2]
        changed = (edit.pixels != pair).any(axis=(0, 2))
        assert changed[:512].any()
        assert changed[512:].any()

    def test_one_face_can_be_picked(self, editor: Editor, pair: NDArray[np.uint8]) -> None:
        edit = editor.edit(pair, to="happy", face=2)
        assert [face.number for face in edit.opened.faces] == [2]
        np.testing.assert_array_equal(edit.pixels[:, :512], pair[:, :512])

    def test_a_number_that_is_not_there_is_refused(
        self, editor: Editor, pair: NDArray[np.uint8]
    ) -> None:
        with pytest.raises(InputError, match=r"no face 3; there are 2 faces"):
            editor.open(pair, face=3)

    @pytest.fixture
    def unlike(self, astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The demo photo's face, and the same half as large again."""
        small = astronaut[:280, 90:370]
        large = np.asarray(Image.fromarray(small).resize((420, 420)))
        return np.concatenate([np.pad(small, ((0, 140), (0, 0), (0, 0))), large], axis=1)

    def test_the_largest_alone_can_be_edited(
        self, editor: Editor, unlike: NDArray[np.uint8]
    ) -> None:
        assert [face.number for face in editor.open(unlike).faces] == [1, 2]
        edit = editor.edit(unlike, to="happy", select="largest")
        assert [face.number for face in edit.opened.faces] == [2]
        np.testing.assert_array_equal(edit.pixels[:, :280], unlike[:, :280])

    def test_small_faces_can_be_left_out(self, editor: Editor, unlike: NDArray[np.uint8]) -> None:
        small, large = (found.face.eye_distance for found in editor.open(unlike).faces)
        assert 1.4 * small < large < 1.6 * small
        opened = editor.open(unlike, min_size=(small + large) / 2)
        assert [face.number for face in opened.faces] == [2]
        (note,) = opened.notes
        assert f"face 1: the face has {small:.0f} pixels between the eyes, fewer than" in note
        with pytest.raises(InputError, match=r"pixels between the eyes, fewer than the 1000 asked"):
            editor.open(unlike, min_size=1000)
        for size in (math.nan, -1.0, math.inf):
            # Regression: compared with NaN, no face was too small.
            with pytest.raises(InputError, match="from 0 pixels"):
                editor.open(unlike, min_size=size)

    def test_no_face(self, editor: Editor) -> None:
        with pytest.raises(InputError, match="no face was found"):
            editor.open(np.full((300, 300, 3), 127, np.uint8))

    def test_a_face_whose_mouth_the_border_hides_is_refused(
        self, editor: Editor, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Beside another one it is left out with a note."""
        (whole,) = editor.detector.detect(astronaut)
        hidden = dataclasses.replace(whole, landmarks=whole.landmarks - (0, 110))
        places = [TiltedBox(whole.box), TiltedBox(hidden.box, 1.0)]
        monkeypatch.setattr(editor.detector, "search", lambda pixels: places)
        monkeypatch.setattr(
            editor.detector, "read", lambda pixels, found: hidden if found.tilt else whole
        )
        opened = editor.open(astronaut)
        assert [face.number for face in opened.faces] == [1]
        assert "face 2: the photo's border hides an eye or the mouth" in opened.notes[0]
        with pytest.raises(InputError, match="hides an eye or the mouth"):
            editor.open(astronaut, face=2)

    def test_of_a_face_that_the_border_cuts_only_what_is_there_changes(
        self, editor: Editor, astronaut: NDArray[np.uint8]
    ) -> None:
        """It was refused: chin, ears or forehead beyond the border are no reason."""
        tight = np.ascontiguousarray(astronaut[90:175, 180:270])
        edit = editor.edit(tight, "surprised")
        assert edit.pixels.shape == tight.shape
        assert (edit.pixels != tight).any()


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no weights at .*nowhere\.safetensors"):
        Editor.from_pretrained(tmp_path / "nowhere.safetensors")


def test_a_choice_that_there_is_not_is_refused(
    editor: Editor, weights: Path, astronaut: NDArray[np.uint8]
) -> None:
    """Regression: ``mediapip`` took dlib, whose terms are others, and ``tensorrt`` took torch."""
    with pytest.raises(InputError, match=r"'mediapip'; choose one of dlib, mediapipe"):
        Editor.from_pretrained(weights, landmarks="mediapip")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"'tensorrt'; choose one of auto, torch"):
        Editor.from_pretrained(weights, backend="tensorrt")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"'biggest'; choose one of all, largest"):
        editor.edit(astronaut, "happy", select="biggest")  # type: ignore[arg-type]


def test_the_source_of_landmarks_is_the_one_asked_for(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(Editor.from_pretrained(weights).detector, PatientDetector)
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    mediapipe_detector._networks.cache_clear()
    with pytest.raises(MissingPartError, match="lgpgan assets --fetch mediapipe"):
        Editor.from_pretrained(weights, landmarks="mediapipe")
