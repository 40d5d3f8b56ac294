"""Pairs of faces for a person who does not know which is which, and the count of what was chosen.

    python benchmarks/forced_choice.py draw runs/choice [--shared ../shared] [--seed 7]
    python benchmarks/forced_choice.py count runs/choice

``draw`` writes pictures of two faces side by side, the same person with the same expression: an
edit as ``lgpgan edit`` writes it, and either an exact render of the 3-D face or what the networks
make without finishing. It writes ``answers.csv`` as well. There, the person writes ``left`` or
``right`` for the face that looks more like a photo, and the flaws of the other. ``count`` reads the
answers and says how often the edit was chosen. Open ``key.csv`` after that only.

People are the twenty to report on; each has three of the seven expressions.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from itertools import cycle
from pathlib import Path

import numpy as np
from PIL import Image

import believability_measures as measures
from believability_cases import Case, Studio, Subject, people
from lgpgan.editing.editor import Editor
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target

SIDE = 512
EACH = 3
"""Expressions of a person."""
GAP = 16
EDIT, RENDER, PLAIN = "edit", "render", "plain"


def main() -> None:
    """Draw pairs, or count answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["draw", "count"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--seed", type=int, default=7, help="of the order and the sides")
    options = parser.parse_args()
    if options.what == "draw":
        draw(options.folder, options.shared, options.seed)
    else:
        count(options.folder)


def draw(folder: Path, shared: Path, seed: int) -> None:
    """Write the pairs, the key and an empty list of answers."""
    folder.mkdir(parents=True, exist_ok=True)
    studio = Studio(shared / "facekit" / "ict_facekit.npz")
    editor = Editor.from_pretrained()
    finished, plain = (Subject(name, editor, plain=name == PLAIN) for name in (EDIT, PLAIN))
    expressions = cycle(e for e in Expression if e is not Expression.NEUTRAL)
    rng = np.random.default_rng(seed)
    pairs = []
    for person in people(shared / "data", "report"):
        case = Case(person, editor, studio)
        for _ in range(EACH):
            target = Target.parse(next(expressions))
            other = RENDER if len(pairs) % 2 else PLAIN
            pictures = {EDIT: finished.edit(case.pixels, case.face, target)[0]}
            if other == PLAIN:
                pictures[PLAIN] = plain.edit(case.pixels, case.face, target)[0]
            shown = {
                name: measures.aligned(picture, case.face.transform, SIDE)
                for name, picture in pictures.items()
            }
            if other == RENDER:
                weights = target.weights_above()
                shown[RENDER] = studio.draw(case.pixels, case.face, weights, SIDE)
            pairs.append((person.name, target.name, shown))
    order = rng.permutation(len(pairs))
    keys, answers = [], []
    for number, place in enumerate(order, start=1):
        who, expression, shown = pairs[place]
        left, right = rng.permutation(list(shown))
        gap = np.full((SIDE, GAP, 3), 255, np.uint8)
        name = f"pair-{number:02d}.png"
        Image.fromarray(np.hstack([shown[left], gap, shown[right]])).save(folder / name)
        keys.append((name, who, expression, left, right))
        answers.append((name, "", ""))
    write(folder / "key.csv", ("pair", "person", "expression", "left", "right"), keys)
    write(folder / "answers.csv", ("pair", "chosen", "flaws"), answers)
    print(f"{len(pairs)} pairs in {folder}; fill in {folder / 'answers.csv'}")


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A list with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def count(folder: Path) -> None:
    """Print how often each was chosen, and the flaws.

    Raises:
        SystemExit: with a sentence, when the folder holds no pairs.
    """
    missing = [name for name in ("key.csv", "answers.csv") if not (folder / name).is_file()]
    if missing:
        raise SystemExit(
            f"there is no {' and no '.join(missing)} in {folder}; "
            "name the folder that 'draw' wrote to."
        )
    read = {
        name: list(csv.DictReader((folder / name).open(encoding="utf-8")))
        for name in ("key.csv", "answers.csv")
    }
    keys = {key["pair"]: key for key in read["key.csv"]}
    chosen: dict[str, Counter[str]] = {RENDER: Counter(), PLAIN: Counter()}
    flaws = []
    for answer in read["answers.csv"]:
        side, key = answer["chosen"].strip(), keys[answer["pair"]]
        if side not in ("left", "right"):
            continue
        other = key["left"] if key["right"] == EDIT else key["right"]
        chosen[other][key[side]] += 1
        flaws.append((answer["flaws"], key))
    for other, counts in chosen.items():
        print(f"edit or {other}: edit {counts[EDIT]}, {other} {counts[other]}")
    for text, key in flaws:
        if text.strip():
            print(f"- {key['pair']} ({key['left']}, {key['right']}; {key['expression']}): {text}")


if __name__ == "__main__":
    main()
