"""Several processes on this machine, joined by gloo."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import two_machines

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.training import machines
from lgpgan.training.machines import Machines, device_memory, use_bf16

pytestmark = pytest.mark.xdist_group("two machines")  # they share the steps of two


def start(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, two_machines.__file__, *map(str, arguments)],
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=300,
        check=False,
    )


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(path, weights_only=True)
    return content


@pytest.fixture(scope="module")
def steps_of_two(tiny_set: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one step of several methods made in two processes, each with half of the batch."""
    path = tmp_path_factory.mktemp("two") / "steps.pt"
    done = start("step", tiny_set.folder, path, 2)
    assert done.returncode == 0, done.stderr
    return load(path)


@pytest.mark.parametrize("name", two_machines.STEPS)
def test_two_processes_make_the_step_of_one(
    tiny_set: PreparedSet, tmp_path: Path, steps_of_two: dict[str, Any], name: str
) -> None:
    """One step of both sides in double precision, against one with the whole batch."""
    one = two_machines.one_step(name, tiny_set, tmp_path, Machines())
    two = steps_of_two[name]
    assert one["terms"].keys() == two["terms"].keys()
    for part in ("terms", "G", "D"):
        for key, value in one[part].items():
            # Adam divides slopes of all but 0 by their own size.
            torch.testing.assert_close(two[part][key], value, rtol=1e-9, atol=1e-9, msg=key)


@pytest.mark.nightly
def test_two_processes_killed_and_resumed_end_as_uninterrupted(data: Path, tmp_path: Path) -> None:
    done = start("run", data, tmp_path / "whole", 2)
    assert done.returncode == 0, done.stderr
    killed = start("killed", data, tmp_path / "again", 2)
    assert killed.returncode == -signal.SIGKILL
    assert load(tmp_path / "again" / "checkpoint.pt")["images"] == 32
    done = start("run", data, tmp_path / "again", 2)
    assert done.returncode == 0, done.stderr
    whole, again = (load(tmp_path / name / "checkpoint.pt") for name in ("whole", "again"))
    assert whole["images"] == again["images"] == 40
    for part in ("generators", "discriminators", "average"):
        for name, value in whole[part].items():
            assert torch.equal(again[part][name], value), name
    assert (tmp_path / "whole" / "weights.safetensors").read_bytes() == (
        tmp_path / "again" / "weights.safetensors"
    ).read_bytes()


def test_a_share_is_cut_into_parts() -> None:
    machines = Machines()
    assert machines.count == 1
    assert machines.is_first
    assert machines.shares(8, 2) == [slice(0, 4), slice(4, 8)]


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(InputError, match="choose a multiple of 3"):
        Machines().shares(8, 3)


def test_one_device_cannot_hold_several_processes() -> None:
    with pytest.raises(InputError, match=r"no device 'cuda:1'|one device"):
        Machines("cuda:1", processes=2)


@pytest.mark.parametrize("limit", ["AVX2", "avx512_core"])
def test_bfloat16_is_not_chosen_where_its_instructions_are_not_to_be_used(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With oneDNN limited to AVX2, a dry run took minutes: products of bfloat16 were emulated."""
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert not use_bf16("auto", torch.device("cpu"))
    assert use_bf16("bf16", torch.device("cpu"))


@pytest.mark.parametrize(("limit", "known"), [("4096\n", 4096.0), ("max\n", None)])
def test_the_memory_of_a_container_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, known: float | None
) -> None:
    cpu = torch.device("cpu")
    whole = device_memory(cpu)
    assert whole > 2**28
    (tmp_path / "memory.max").write_text(limit)
    files = (*machines.MEMORY_LIMITS, str(tmp_path / "memory.max"), str(tmp_path / "absent"))
    monkeypatch.setattr(machines, "MEMORY_LIMITS", files)
    assert device_memory(cpu) == (known or whole)
