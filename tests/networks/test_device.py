"""Devices by name: those that are here, and sentences for those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lgpgan import Editor
from lgpgan.backends.loading import load_backend
from lgpgan.cli.application import run
from lgpgan.errors import InputError
from lgpgan.evaluation.judges import Judges
from lgpgan.methods.weights import load_method
from lgpgan.networks.device import available_devices, threads, usable_device

ABSENT = ["gpu", "cuda:99", "cuda:-1", "meta", "cpu:one", "cpu:7", "cpu:-1"]
"""Names that torch does not know, and devices that no machine of ours has.

Regression: torch takes a negative number for the current device, and any number for the CPU.
"""


def test_the_cpu_is_always_there() -> None:
    assert available_devices()[0] == "cpu"
    assert usable_device("cpu") == torch.device("cpu")
    assert usable_device(torch.device("cpu")).type == "cpu"


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_not_there_is_refused_and_what_is_there_is_named(name: str) -> None:
    with pytest.raises(InputError, match=rf"no device '{name}' here; the devices are: cpu"):
        usable_device(name)


def test_a_torch_without_cuda_is_no_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises AssertionError, which ended in "this should not have happened"."""

    def zeros(*_: object, **__: object) -> torch.Tensor:
        raise AssertionError("Torch not compiled with CUDA enabled")

    monkeypatch.setattr(torch, "zeros", zeros)
    with pytest.raises(InputError, match="no device 'cuda' here"):
        usable_device("cuda")


@pytest.mark.parametrize("name", ABSENT)
def test_all_that_takes_a_device_refuses_it(name: str, weights: Path) -> None:
    """Only training and comparing did; the others raised errors of torch's own."""
    for takes in (
        lambda: load_method(weights, device=name),
        lambda: load_backend(weights, "torch", device=name),
        lambda: load_backend(weights, device=name),
        lambda: Editor.from_pretrained(weights, device=name),
        lambda: Judges.load(device=name),
    ):
        with pytest.raises(InputError, match=f"no device '{name}' here"):
            takes()


def test_edit_says_so_in_a_sentence(
    portrait_file: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["edit", str(portrait_file), "--to", "happy", "-o", str(tmp_path / "happy.png")]
    assert run([*command, "--weights", str(weights), "--device", "gpu"]) == 2
    said = capsys.readouterr().err
    assert "there is no device 'gpu' here; the devices are: cpu" in said
    assert "should not have happened" not in said


def test_threads_are_as_before_when_the_work_is_done() -> None:
    """Regression: after a run in so many threads everything else was computed in as many."""
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
        with threads(0):
            assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
