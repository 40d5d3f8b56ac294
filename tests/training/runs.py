"""What a run left in its folder, and whether two runs left the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lgpgan.training.run_files import CHECKPOINT, STATISTICS, WEIGHTS


def statistics(folder: Path) -> list[dict[str, float]]:
    """The lines, without what the clock says."""
    lines = [json.loads(line) for line in (folder / STATISTICS).read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def checkpoint(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / CHECKPOINT, weights_only=True)
    return content


def assert_same_run(first: Path, second: Path) -> None:
    """Weights and optimisers bit for bit, statistics and sheets."""
    ours, theirs = checkpoint(first), checkpoint(second)
    assert ours.keys() == theirs.keys()

    def compare(a: object, b: object, path: str) -> None:
        if isinstance(a, Tensor):
            assert isinstance(b, Tensor)
            assert torch.equal(a, b), path
        elif isinstance(a, dict):
            assert isinstance(b, dict)
            assert a.keys() == b.keys(), path
            for key in a:
                compare(a[key], b[key], f"{path}/{key}")
        elif path != "/seconds":
            assert a == b, path

    compare(ours, theirs, "")
    assert (first / WEIGHTS).read_bytes() == (second / WEIGHTS).read_bytes()
    assert statistics(first) == statistics(second)
    sheets = [sorted((folder / "sheets").iterdir()) for folder in (first, second)]
    assert [path.name for path in sheets[0]] == [path.name for path in sheets[1]]
    for a, b in zip(*sheets, strict=True):
        assert a.read_bytes() == b.read_bytes()
