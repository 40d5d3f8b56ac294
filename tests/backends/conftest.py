from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def cached(graphs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of small graphs in the place of the user's cache."""
    monkeypatch.setenv("LGPGAN_CACHE", str(graphs))
    return graphs


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it."""
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
