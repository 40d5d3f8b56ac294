from __future__ import annotations

import shutil

import pytest
from tiny_run import write_tiny_set

from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet
from quick_comparison import use_light_output, use_quick_judges, use_tiny_networks


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """Do not change it."""
    return write_tiny_set(tmp_path_factory.mktemp("tiny") / "set")


@pytest.fixture(scope="session")
def labelled_set(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """The same without what makes pairs of it. Do not change it."""
    prepared = write_tiny_set(tmp_path_factory.mktemp("labelled") / "set")
    shutil.rmtree(prepared.folder / CORRESPONDENCE)
    return prepared


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison takes a moment."""
    use_quick_judges(monkeypatch)
    use_tiny_networks(monkeypatch)
    use_light_output(monkeypatch)
