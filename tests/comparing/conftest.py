from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_run import write_tiny_set

from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from quick_comparison import (
    STARGAN,
    at,
    complete,
    use_light_output,
    use_quick_judges,
    use_tiny_networks,
)


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


@pytest.fixture(scope="session")
def finished(tiny_set: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where StarGAN's cell was computed. Do not change it."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        use_quick_judges(patch)
        use_tiny_networks(patch)
        complete(at(tiny_set, folder), Evaluator(tiny_set, Judges.load()), [STARGAN])
    return folder


@pytest.fixture
def begun(finished: Path, tmp_path: Path) -> Path:
    """A folder with StarGAN's run and its finished cell."""
    return shutil.copytree(finished, tmp_path / "begun")
