"""What is loaded before it is needed: in an interpreter of its own, since tests load everything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lgpgan.backends.graphs import keep_graph, trace_graph
from lgpgan.methods.weights_info import open_weights
from lgpgan.packages import BASE
from small_cascade import write_cascade

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


def test_editing_loads_neither_torch_nor_anything_else_heavy(
    tmp_path: Path, portrait_file: Path
) -> None:
    weights = write_cascade(tmp_path / "weights.safetensors", seed=1, local=False)
    file = open_weights(weights, framework="np")
    keep_graph(trace_graph(file, "gather", tmp_path / "cache" / "graphs"))
    out = tmp_path / "happy.png"
    arguments = ["edit", str(portrait_file), "--to", "happy", "-o", str(out)]
    code = (
        "from lgpgan.cli.application import run\n"
        f"assert run({[*arguments, '--weights', str(weights)]!r}) == 0"
    )
    assert loaded_after(code, LGPGAN_CACHE=str(tmp_path / "cache")) == set()
    assert out.is_file()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_no_package_at_all(option: str) -> None:
    code = f"from lgpgan.cli.application import run; assert run(['{option}']) == 0"
    assert loaded_after(code, modules=(*HEAVY, *BASE, "rich", "typeguard")) == set()


def test_evaluating_needs_no_3d_face() -> None:
    """Every evaluation loaded numba and the 3-D face, for the one baseline that draws with it."""
    code = (
        "import sys\n"
        "import lgpgan.cli.evaluate\n"
        "from lgpgan.evaluation.subjects import find_subject\n"
        "find_subject('identity')\n"
        "assert not [name for name in sys.modules if name.startswith('lgpgan.face3d')]"
    )
    assert "numba" not in loaded_after(code)


def test_torch_is_loaded_where_it_is_asked_for(tmp_path: Path) -> None:
    """Or the test before would pass whatever happened."""
    weights = write_cascade(tmp_path / "weights.safetensors", seed=1, local=False)
    code = (
        "from lgpgan import Editor\n"
        f"assert Editor.from_pretrained({str(weights)!r}, backend='torch').backend.name == 'torch'"
    )
    assert "torch" in loaded_after(code)
