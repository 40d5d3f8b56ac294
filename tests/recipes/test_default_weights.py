"""The recipe of the first weights: who is kept out of training, and that nobody slips back in."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lgpgan.studio.photos import list_photos, split_by_person

RECIPE = Path(__file__).parents[2] / "recipes" / "default_weights"


@pytest.fixture(scope="module")
def kept_out() -> list[str]:
    return (RECIPE / "kept_out.txt").read_text().split()


def test_thirty_people_are_kept_out(kept_out: list[str]) -> None:
    assert len(set(kept_out)) == len(kept_out) == 30
    assert Counter(name.split("-")[0] for name in kept_out) == {"london": 22, "canada": 8}
    assert kept_out == sorted(kept_out)


def test_the_seed_gives_the_list(shared: Path, kept_out: list[str]) -> None:
    script = RECIPE / "choose_kept_out.py"
    chosen = subprocess.run(
        [sys.executable, str(script), str(shared / "data")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert chosen.stdout.split() == kept_out


def test_the_list_is_balanced(shared: Path, kept_out: list[str]) -> None:
    with (shared / "data" / "london_info.csv").open(newline="") as file:
        about = {f"london-{row['face_id']}": row for row in csv.DictReader(file)}
    london = [about[name] for name in kept_out if name.startswith("london")]
    assert Counter(row["face_gender"] for row in london) == {"female": 11, "male": 11}
    assert len({row["face_eth"] for row in london}) >= 4
    canada = [name for name in kept_out if name.startswith("canada")]
    assert Counter(name[-1] for name in canada) == {"f": 4, "m": 4}


def test_nobody_is_on_both_sides(shared: Path, kept_out: list[str], tmp_path: Path) -> None:
    script, photos = RECIPE / "list_photos.py", tmp_path / "photos.csv"
    subprocess.run([sys.executable, str(script), str(shared / "data"), str(photos)], check=True)
    entries = list_photos(photos)
    assert split_by_person(entries, test_share=0.5, seed=0) == entries
    people = {
        split: {entry.person for entry in entries if entry.split == split}
        for split in ("train", "validation", "test")
    }
    assert sorted(people["validation"]) == (RECIPE / "kept_out_to_choose.txt").read_text().split()
    assert sorted(people["validation"] | people["test"]) == kept_out
    assert sum(map(len, people.values())) == len(set.union(*people.values())) == 142
    assert all(entry.path.is_file() for entry in entries)
    assert all(entry.licence == "CC-BY-4.0" and "DeBruine" in entry.source for entry in entries)
    assert {entry.expression for entry in entries if entry.split != "train"} == {"neutral"}
