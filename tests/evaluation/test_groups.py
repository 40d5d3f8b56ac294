"""Whom figures are told apart by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lgpgan.evaluation.groups import people_groups
from small_set import Entry, write_small_set


def groups_of(folder: Path, *known: dict[str, Any]) -> dict[str, list[str]]:
    entries = [Entry("ann", "neutral", details=tuple(of.items())) for of in known]
    return people_groups(write_small_set(folder / "set", entries).records)


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (24.9, "under 25"),
        (25.0, "25 to 34"),
        (44.0, "35 to 44"),
        (45.0, "45 and over"),
        (90.0, "45 and over"),
    ],
)
def test_bands_of_age(tmp_path: Path, age: float, band: str) -> None:
    assert groups_of(tmp_path, {"age": age}) == {"age": [band]}


def test_what_is_known_of_some_is_not_known_of_others(tmp_path: Path) -> None:
    known = {"gender": "female", "ethnicity": "black"}
    assert groups_of(tmp_path, known, {"gender": "male"}) == {
        "gender": ["female", "male"],
        "ethnicity": ["black", "not known"],
    }


def test_what_is_known_of_nobody_is_no_way_to_group(tmp_path: Path) -> None:
    assert groups_of(tmp_path, {}, {}) == {}
