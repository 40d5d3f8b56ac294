"""Names of what can be evaluated, and what they stand for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.editors import MethodEditor
from lgpgan.evaluation.studio_baseline import StudioBaseline
from lgpgan.evaluation.subjects import Subject, find_subject
from lgpgan.methods.weights import default_weights


def test_baselines_by_name(small_head_file: Path) -> None:
    subject, editor = find_subject("identity")
    assert subject == Subject("identity", "doing nothing", "identity")
    assert isinstance(editor, IdentityBaseline)
    subject, editor = find_subject("studio", face_model=small_head_file)
    assert (subject.title, subject.method, subject.weights) == ("the 3-D face", "studio", "")
    assert isinstance(editor, StudioBaseline)


def test_the_3d_face_is_told_where_to_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    with pytest.raises(MissingPartError, match="ICT-FaceKit"):
        find_subject("studio")


def test_the_weights_that_come_along() -> None:
    subject, editor = find_subject("default")
    assert (subject.name, subject.title, subject.method) == ("default", "LGP-GAN", "lgp-gan")
    assert subject.sees_pairs
    assert subject.images > 0
    assert subject.weights == str(default_weights())
    assert isinstance(editor, MethodEditor)


def test_a_run_by_its_folder_and_a_file_by_its_path(weights: Path, tmp_path: Path) -> None:
    run = tmp_path / "mine"
    run.mkdir()
    shutil.copy(weights, run / "weights.safetensors")
    of_run, _ = find_subject(str(run))
    of_file, _ = find_subject(str(run / "weights.safetensors"))
    assert of_run == of_file
    assert (of_run.name, of_run.images, of_run.sees_pairs) == ("mine", 0, False)
    assert of_run.to_json() == {
        "name": "mine",
        "title": "LGP-GAN",
        "method": "lgp-gan",
        "images": 0,
        "sees_pairs": False,
        "weights": str(run / "weights.safetensors"),
    }


def test_a_folder_without_weights_and_a_name_of_nothing(tmp_path: Path) -> None:
    for name in (str(tmp_path), "stdio"):
        with pytest.raises(InputError, match="neither a run's folder, nor a weights file, nor one"):
            find_subject(name)


def test_a_file_that_holds_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"not weights")
    with pytest.raises(InputError, match="is not a weights file, or is damaged"):
        find_subject(str(tmp_path))
