"""The functions for a user's own trainer, as ``docs/benefit.md`` shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import TensorDataset

DOCS = Path(__file__).parents[2] / "docs" / "benefit.md"
EPOCHS = 10


def faces(level: float, count: int) -> TensorDataset:
    return TensorDataset(torch.full((count, 1), level), torch.zeros(count, dtype=torch.long))


@pytest.fixture(scope="module")
def shown() -> dict[str, Callable[..., Any]]:
    """What the page defines."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCS), "exec"), names)
    return names


def shares_of(use: Callable[..., Any]) -> list[float]:
    """The synthetic share of the faces in every epoch; real faces are 0, synthetic ones 1."""
    torch.manual_seed(0)
    found: list[float] = []

    def train(model: object, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], n: int) -> None:
        found.extend(torch.cat([shown for shown, _ in batches]).mean().item() for _ in range(n))

    use(object(), faces(0.0, 2000), faces(1.0, 50), train, EPOCHS)
    return found


def test_shares_are_those_that_the_names_say(shown: dict[str, Callable[..., Any]]) -> None:
    """Of 2,000 faces drawn a share of 0.2 is 0.2, give or take 5 deviations of 0.009."""
    assert shares_of(shown["mixed_20"]) == pytest.approx([0.2] * EPOCHS, abs=0.045)
    falling = [0.9 * (1 - epoch / EPOCHS) for epoch in range(EPOCHS)]
    assert shares_of(shown["falling"]) == pytest.approx(falling, abs=0.056)
    assert shares_of(shown["pretrained"]) == pytest.approx([1.0] * 5 + [0.2] * 5, abs=0.045)


def test_the_line_for_hugging_face() -> None:
    datasets = pytest.importorskip("datasets")
    (line,) = re.findall(r"`(interleave_datasets\(.*?\))`", DOCS.read_text())
    real, synthetic = (datasets.Dataset.from_dict({"label": [level] * 1000}) for level in (0, 1))
    names = {"interleave_datasets": datasets.interleave_datasets, "real": real}
    labels = eval(line, names | {"synthetic": synthetic})["label"]
    assert sum(labels) / len(labels) == pytest.approx(0.2, abs=0.06)
