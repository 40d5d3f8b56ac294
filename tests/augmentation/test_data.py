"""Opening a collection of photos to make new faces from."""

from __future__ import annotations

from pathlib import Path

from collections_on_disk import portrait, save
from lgpgan.augmentation.data import open_data


def test_the_meaning_of_numbered_classes_may_be_said(tmp_path: Path) -> None:
    """Regression: augment could not be told it, and took the numbers for names."""
    for number in (4, 7):
        save(tmp_path / f"own/{number}/a.png", portrait(number))
    told: list[str] = []
    opened = open_data(tmp_path / "own", tmp_path / "made", numbers="raf-db", note=told.append)
    assert [str(record.expression) for record in opened.records] == ["happy", "neutral"]
    assert "4 happy, 7 neutral, because --numbers says so" in told[0]
