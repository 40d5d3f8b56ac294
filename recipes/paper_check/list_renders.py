"""Lists the first takes of a studio set as a plain labelled collection, for ``lgpgan prepare``.

    python list_renders.py runs/studio renders.csv

So the paper's objective can be tried where no licensed collection is at hand: it is told the label
of each picture and who is on it, and nothing of what the studio knows besides.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from lgpgan.datasets.prepared import PreparedSet

TAKES = ("_0", "_1")


def main(studio: Path, destination: Path) -> None:
    """Write the list."""
    with destination.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "person", "split"))
        for record in PreparedSet.load(studio).records:
            if record.photo.endswith(TAKES) and record.photographed == "neutral":
                path = (studio / record.file_name).resolve()
                writer.writerow((path, record.expression, record.person, record.split))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
