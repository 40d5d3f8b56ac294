"""What is loaded before it is needed: in an interpreter of its own, since tests load everything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lgpgan.packages import BASE

HEAVY = ("torch", "scipy", "numba", "skimage", "onnx", "onnxscript", "openvino", "pydantic")


def loaded_after(code: str, modules: Sequence[str] = HEAVY, **environment: str) -> set[str]:
    """Which of some modules are loaded once ``code`` has run."""
    report = f"import sys; print('LOADED', *sorted(set({modules!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_importing_the_editor_loads_nothing_heavy() -> None:
    assert loaded_after("from lgpgan import Editor, animate; import lgpgan.cli") == set()


@pytest.mark.xdist_group("graphs")  # which take long to trace
def test_editing_loads_neither_torch_nor_anything_else_heavy(
    whole: Path, whole_graph: Path, tmp_path: Path, portrait_file: Path
) -> None:
    out = tmp_path / "happy.png"
    arguments = ["edit", str(portrait_file), "--to", "happy", "-o", str(out)]
    code = (
        "from lgpgan.cli.application import run\n"
        f"assert run({[*arguments, '--weights', str(whole)]!r}) == 0"
    )
    assert loaded_after(code, LGPGAN_CACHE=str(whole_graph)) == set()
    assert out.is_file()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_no_package_at_all(option: str) -> None:
    code = f"from lgpgan.cli.application import run; assert run(['{option}']) == 0"
    assert loaded_after(code, modules=(*HEAVY, *BASE, "rich", "typeguard")) == set()


def test_evaluating_needs_no_3d_face() -> None:
    """Every evaluation loaded numba and the 3-D face, for the one baseline that draws with it."""
    code = (
        "import sys\n"
        "import lgpgan.cli.evaluate, lgpgan.evaluation.trials\n"
        "from lgpgan.evaluation.subjects import find_subject\n"
        "find_subject('identity')\n"
        "assert not [name for name in sys.modules if name.startswith('lgpgan.face3d')]"
    )
    loaded = loaded_after(code)
    assert "numba" not in loaded
    assert "torch" in loaded  # or all these tests would pass whatever was loaded
