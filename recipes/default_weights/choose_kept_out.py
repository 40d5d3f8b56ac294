"""Chooses the people kept out of training: 22 of London, 8 of Canada, balanced.

    python choose_kept_out.py DATA > kept_out.txt

DATA holds london_info.csv, canada_info.csv and the folders of photos. London's people are drawn in
equal numbers from women and men and, within each, in proportion to the ethnicities they gave (at
least one of every ethnicity with three people or more); Canada's, 4 women and 4 men.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import defaultdict
from pathlib import Path

SEED = 2022


def main(data: Path) -> None:
    """Print the names, one a line."""
    rng = random.Random(SEED)
    chosen: list[str] = []
    for gender in ("female", "male"):
        chosen += [f"london-{person}" for person in draw(london(data, gender), 11, rng)]
    for letter in "fm":
        people = sorted(path.stem for path in (data / "canada_neutral").glob(f"*{letter}.jpg"))
        chosen += [f"canada-{person}" for person in rng.sample(people, 4)]
    print(*sorted(chosen), sep="\n")


def london(data: Path, gender: str) -> dict[str, list[str]]:
    """Ethnicity to the people of one gender who have a neutral photo."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    with (data / "london_info.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            photo = data / "london_neutral" / f"{row['face_id']}_03.jpg"
            if row["face_gender"] == gender and photo.exists():
                groups[row["face_eth"]].append(row["face_id"])
    return groups


def draw(groups: dict[str, list[str]], count: int, rng: random.Random) -> list[str]:
    """``count`` people, each group's share by largest remainders after one for every group of 3."""
    total = sum(map(len, groups.values()))
    quota = {name: count * len(people) / total for name, people in groups.items()}
    seats = {name: int(len(groups[name]) >= 3) for name in groups}
    while sum(seats.values()) < count:
        seats[max(sorted(groups), key=lambda name: quota[name] - seats[name])] += 1
    return [person for name in sorted(groups) for person in rng.sample(groups[name], seats[name])]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
