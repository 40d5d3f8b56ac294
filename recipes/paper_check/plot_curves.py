"""Draws every loss term and diagnostic of a run: ``python plot_curves.py RUN curves.png``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

COLUMNS = 5


def main(run: Path, destination: Path) -> None:
    """Write the picture."""
    lines = [json.loads(line) for line in (run / "statistics.jsonl").read_text().splitlines()]
    curves: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        for name, value in line.items():
            if name not in ("images", "seconds"):
                curves.setdefault(name, []).append((line["images"], value))
    rows = -(-len(curves) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(15, 2.1 * rows), layout="constrained")
    for axis in axes.flat:
        axis.set_visible(False)
    for axis, (name, points) in zip(axes.flat, sorted(curves.items()), strict=False):
        axis.set_visible(True)
        axis.plot(*zip(*points, strict=True), linewidth=1)
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
        if name == "diagnostics/fake_accuracy":
            axis.axhline(1 / 8, color="grey", linestyle=":")  # chance
    figure.supxlabel("images shown to the discriminators", fontsize=9)
    figure.savefig(destination, dpi=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
