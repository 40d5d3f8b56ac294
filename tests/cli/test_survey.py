from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.assets.cache import State
from lgpgan.assets.registry import ASSETS
from lgpgan.cli.survey import survey


def test_survey_knows_the_3d_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    *others, face = survey()
    assert [found.name for found in others] == list(ASSETS)
    assert (face.name, face.state, face.place) == ("face-model", State.MISSING, None)
    assert "github.com/ICT-VGL/ICT-FaceKit" in face.remedy
    monkeypatch.setenv("LGPGAN_FACE_MODEL", str(tmp_path))
    *others, face = survey()
    assert (face.state, face.place, face.remedy) == (State.PRESENT, tmp_path, "")
