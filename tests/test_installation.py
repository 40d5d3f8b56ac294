"""What people install: the wheel, made of the source distribution, with what it says it needs.

Nothing is downloaded. A new environment gets the wheel, and links to those packages of this one
that the wheel asks for, so that an undeclared package is absent there as it would be for a person.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

import lgpgan
from lgpgan.cli.application import EXTRAS

pytestmark = pytest.mark.xdist_group("installation")  # of one wheel

ROOT = Path(__file__).parents[1]
BUILD = "from setuptools import build_meta; import sys; build_meta.build_{}(sys.argv[1])"
SOURCES = ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml")


def build(what: str, source: Path, destination: Path) -> Path:
    """Build a wheel or a source distribution as an installer would, without a download."""
    subprocess.run(
        [sys.executable, "-c", BUILD.format(what), str(destination)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (made,) = destination.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel made of the source distribution, as `python -m build` makes it."""
    folder = tmp_path_factory.mktemp("packaging")
    clone = folder / "clone"
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", clone / "src", ignore=leave)
    shutil.copytree(ROOT / "docs", clone / "docs", ignore=shutil.ignore_patterns("images"))
    for name in SOURCES:
        shutil.copy(ROOT / name, clone / name)
    for name in ("sdist", "unpacked", "wheel"):
        (folder / name).mkdir()
    with tarfile.open(build("sdist", clone, folder / "sdist")) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return build("wheel", unpacked, folder / "wheel")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def needed_by(requirements: Iterable[str], extras: Iterable[str]) -> Iterator[str]:
    """Names of what requirements ask for, with these extras or with none."""
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            if requirement.name == "lgpgan":
                yield from needed_by(requirements, requirement.extras)
            else:
                yield requirement.name


def closure(metadata: Message, extras: Iterable[str]) -> set[str]:
    """Everything that pip would install for the wheel with extras, but for the wheel."""
    found: set[str] = set()
    waiting = list(needed_by(metadata.get_all("Requires-Dist", []), extras))
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            waiting += needed_by(importlib.metadata.requires(name) or [], ())
    return found


class Environment:
    """A new environment with the wheel, and no more of this one's packages than it asks for."""

    def __init__(self, folder: Path, wheel: Path, metadata: Message, extras: Iterable[str]) -> None:
        venv.create(folder / "environment", symlinks=True)
        self.python = folder / "environment/bin/python"
        (packages,) = (folder / "environment").glob("lib/*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        for name in closure(metadata, extras):
            for file in importlib.metadata.files(name) or ():
                entry = Path(file.parts[0])
                if entry.name not in ("..", "__pycache__") and not (packages / entry).exists():
                    there = Path(str(file.locate())).parents[len(file.parts) - 1] / entry
                    (packages / entry).symlink_to(there)

    def python_run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run Python from a folder, on the packages of this environment alone."""
        others = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        environment = {name: value for name, value in os.environ.items() if name not in others}
        return subprocess.run(
            [str(self.python), "-B", *arguments],
            cwd=folder,
            env=environment | {"PYTHONNOUSERSITE": "1", "LGPGAN_CACHE": str(folder / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the command from a folder."""
        return self.python_run("-m", "lgpgan", *arguments, folder=folder)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, wheel: Path, metadata: Message) -> Environment:
    return Environment(tmp_path_factory.mktemp("base"), wheel, metadata, ())


def test_editing_needs_nothing_that_is_not_declared(base: Environment, portrait_file: Path) -> None:
    folder = portrait_file.parent
    done = base.run("edit", portrait_file.name, "--to", "happy", "-o", "out.png", folder=folder)
    assert done.returncode == 0, done.stderr
    with Image.open(folder / "out.png") as edited, Image.open(portrait_file) as photo:
        different = np.argwhere((np.asarray(edited) != np.asarray(photo)).any(axis=2))
    assert 1000 < len(different) < 0.5 * photo.width * photo.height
    (top, left), (bottom, right) = different.min(axis=0), different.max(axis=0)
    assert 0 < top < bottom < 300
    assert 100 < left < right < 350


def test_the_doctor_is_well_without_extras(base: Environment, tmp_path: Path) -> None:
    """Regression: without torch it ended in an ImportError."""
    done = base.run("doctor", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^missing  lgpgan\[torch\] .*not installed: torch; run: ", done.stdout, re.M)
    assert re.search(r"^ok +backend +onnxruntime", done.stdout, re.M)


def test_what_needs_an_extra_names_it_and_nothing_else_does(
    base: Environment, tmp_path: Path
) -> None:
    code = (
        "from lgpgan.cli.application import COMMANDS, run\n"
        "import contextlib, io, json\n"
        "said = {}\n"
        "for name in COMMANDS:\n"
        "    with contextlib.redirect_stderr(io.StringIO()) as err:\n"
        "        with contextlib.redirect_stdout(io.StringIO()):\n"
        "            code = run([name, '--help'])\n"
        "    said[name] = (code, err.getvalue())\n"
        "print(json.dumps(said))\n"
    )
    done = base.python_run("-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {name for name, (code, _) in said.items() if code} == set(EXTRAS)
    for name, extras in EXTRAS.items():
        code, error = said[name]
        assert code == 1
        assert error.startswith(f"lgpgan: 'lgpgan {name}' needs ")
        assert error.endswith(f" -m pip install 'lgpgan[{extras}]'\n")
        assert len(error.splitlines()) == 1


@pytest.mark.skipif(
    "LGPGAN_EVERY_EXTRA" not in os.environ, reason="takes a minute: make install-check runs it"
)
@pytest.mark.parametrize("command", EXTRAS)
def test_the_extra_that_is_named_is_enough(
    command: str, wheel: Path, metadata: Message, tmp_path: Path
) -> None:
    extras = EXTRAS[command].split(",")
    done = Environment(tmp_path, wheel, metadata, extras).run(command, "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_wheel_says_what_it_is(wheel: Path, metadata: Message) -> None:
    assert metadata["Version"] == lgpgan.__version__
    assert metadata["Project-URL"].endswith("https://doi.org/10.1109/TCSVT.2021.3074032")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    kept = {"*.py", "*.png", "*.onnx", "*.safetensors", "*.md", "*.jinja", "*.css", "*.js"}
    sources = {path for form in kept for path in (ROOT / "src").rglob(form)}
    assert {str(path.relative_to(ROOT / "src")) for path in sources} <= names


def test_the_description_works_away_from_the_repository(metadata: Message) -> None:
    """Regression: on an index the README had pictures and links that led nowhere."""
    description = str(metadata.get_payload())
    links = re.findall(r"\]\(([^)]+)\)", description)
    assert links
    assert all(link.startswith("https://") for link in links)
    assert "![" not in description
