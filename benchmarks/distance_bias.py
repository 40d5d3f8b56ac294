"""How far the number of images alone moves a Fréchet distance: the table of docs/evaluating.md.

    python benchmarks/distance_bias.py

Both sides are drawn from one normal distribution, so that the true distance is 0. It has 2,048
dimensions, as many as FID's features have, whose variances fall as 1 / rank and sum to 100. The
scale of the features of faces is another one: the ratios of the rows count, not the values. The
kernel distance of the same draws stands beside it.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from lgpgan.evaluation.distances.statistics import frechet_distance, kernel_distance

PAGE = Path(__file__).parents[1] / "docs" / "evaluating.md"
DIMENSIONS, TOTAL_VARIANCE = 2048, 100.0
REFERENCES = 1608
"""As many as RaFD has frontal images."""
COUNTS = (161, 322, 644, 1288, 2576)
BLOCK = re.compile(r"<!-- distance bias -->\n.*?<!-- end -->", re.DOTALL)


def row(count: int) -> str:
    """The line of the table for so many images."""
    ranks = np.arange(1, DIMENSIONS + 1)
    spread = np.sqrt(TOTAL_VARIANCE / ranks / (1 / ranks).sum())
    generator = np.random.default_rng(count)
    reference, images = (
        generator.normal(size=(number, DIMENSIONS)) * spread for number in (REFERENCES, count)
    )
    fid, kid = frechet_distance(reference, images), kernel_distance(reference, images)
    return f"| {count:,} | {fid:.1f} | {kid:.5f} |"


def table() -> str:
    """The table in Markdown."""
    head = f"| images, against {REFERENCES:,} of the same distribution | Fréchet | kernel |"
    return "\n".join([head, "| ---: | ---: | ---: |", *map(row, COUNTS)])


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    made = f"<!-- distance bias -->\n{table()}\n<!-- end -->"
    PAGE.write_text(BLOCK.sub(lambda _: made, text), encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
