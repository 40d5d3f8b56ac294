"""The table of rooms in CONTRIBUTING names every room, in the order of the import contract."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def layers() -> list[list[str]]:
    """The rooms of each layer of the contract, from the top down."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    written: list[str] = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return [layer.split(" | ") for layer in written]


def test_the_contract_knows_every_room() -> None:
    package = ROOT / "src/lgpgan"
    there = {
        path.stem
        for path in package.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }
    assert {room for layer in layers() for room in layer} == there


def test_the_table_of_rooms_follows_the_contract() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    named = [re.sub(r"\.py$|/$", "", room) for row in rows for room in re.findall(r"`(.+?)`", row)]
    height = {room: number for number, layer in enumerate(layers()) for room in layer}
    assert {*named, "__main__"} == set(height)
    heights = [height[room] for room in named]
    assert heights == sorted(heights, reverse=True)
