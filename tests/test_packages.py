"""Extras: the table in the package is that of the project file, and what is missing is named."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from lgpgan import packages
from lgpgan.errors import MissingPartError
from lgpgan.packages import (
    BASE,
    EXTRAS,
    Extra,
    install_command,
    missing_part,
    needed,
    package_of,
    require,
)

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    """The packages and extras of requirements, without their versions."""
    return {re.split(r"[>=<~]", one)[0] for one in requirements}


def written(extra: Extra) -> set[str]:
    """What the project file must say of an extra."""
    own = {package_of(module) for module in extra.modules}
    return own | ({f"lgpgan[{','.join(extra.includes)}]"} if extra.includes else set())


def test_the_project_file_says_the_same() -> None:
    assert {package_of(module) for module in BASE} == names(PROJECT["dependencies"])
    extras = PROJECT["optional-dependencies"]
    assert {name: names(of) for name, of in extras.items() if name != "dev"} == {
        name: written(extra) for name, extra in EXTRAS.items()
    }


def test_who_develops_has_every_extra() -> None:
    (own,) = (one for one in PROJECT["optional-dependencies"]["dev"] if one.startswith("lgpgan["))
    covered = set(own.removeprefix("lgpgan[").removesuffix("]").split(","))
    for _ in EXTRAS:
        covered |= {name for one in covered for name in EXTRAS[one].includes}
    assert covered == set(EXTRAS)


@pytest.mark.parametrize("module", [*BASE, *(m for one in EXTRAS.values() for m in one.modules)])
def test_every_module_belongs_to_its_package(module: str) -> None:
    """A name that Python imports, of the package that pip installs, or of one that it brings."""
    package, _, extra = package_of(module).partition("[")
    if extra:
        brought = importlib.metadata.requires(package) or []
        (owner,) = importlib.metadata.packages_distributions()[module]
        wanted = f'extra == "{extra.removesuffix("]")}"'
        assert any(one.startswith(owner) and wanted in one for one in brought)
        return
    files = importlib.metadata.files(package_of(module)) or []
    assert module in {file.parts[0].partition(".")[0] for file in files}


def test_a_pip_of_another_python_is_not_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Regression: a hint for ``.venv/bin/lgpgan`` named a pip that installs elsewhere."""
    python = tmp_path / "a folder/bin/python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr("shutil.which", lambda name: str(python.parent / name))
    assert install_command(extra="ray") == "pip install 'lgpgan[ray]'"
    for elsewhere in ("/usr/bin/pip", None):
        monkeypatch.setattr("shutil.which", lambda name, found=elsewhere: found)
        assert install_command(extra="ray") == f"'{python}' -m pip install 'lgpgan[ray]'"


def test_what_was_never_installed_is_named_by_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", nowhere)
    assert install_command(extra="ray").endswith(f"pip install '{ROOT}[ray]'")


def test_a_missing_package_is_a_sentence_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "install_command", lambda **what: str(what))
    with pytest.raises(MissingPartError, match=r"^MP4 files need av, which is not installed; run"):
        raise missing_part("MP4 files need", "av")
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with (
        pytest.raises(MissingPartError, match=r"^It needs scikit-image, .*'demo'"),
        needed("It needs"),
    ):
        import skimage.data  # noqa: F401
    monkeypatch.setitem(sys.modules, "cv2", None)
    with (
        pytest.raises(MissingPartError, match="'package': 'opencv-python-headless'"),
        needed("It needs", extra="train"),
    ):
        import cv2  # noqa: F401


def test_what_lgpgan_does_not_know_is_left_alone() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"), needed("It needs", extra="train"):
        import lgpgan.nowhere  # type: ignore[import-not-found]  # noqa: F401


def test_several_are_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    require("It needs", "numpy", "PIL")
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match=r"jinja2 and plotly, which are .*lgpgan\[report\]"):
        require("It needs", "jinja2", "plotly")
