"""How edits hold on photos unlike the studio's: light, cameras, what is before the face, the pose.

    python benchmarks/robustness.py SET [--weights WEIGHTS ...]

On people to report on, from what their photo shows to every expression: the paired error
against that of doing nothing, with every pair varied in one way alone; and on takes whose head is
turned against those whose head is not. Lower is better; 1 is doing nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import is_first_take
from lgpgan.expressions.expression import Expression
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.weights import default_weights, load_method, weights_of
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.pairs import StudioPairs

KINDS = (
    *("side_light", "cast", "contrast", "pale", "grey", "blur", "low_resolution", "noise", "jpeg"),
    *("glasses", "fringe", "side_hair", "hat", "held"),
    *("make_up", "beard"),
)
BATCH, BATCHES = 16, 12
STUDIO = Augmentation(**{field.name: 0 for field in fields(Augmentation)} | {"photo_sources": 1.0})


def main() -> None:
    """Measure and print a table, a column for each of the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path, help="a studio set")
    parser.add_argument(
        "--weights", type=Path, nargs="*", default=[], help="to set beside lgpgan's"
    )
    options = parser.parse_args()
    prepared = PreparedSet.load(options.set)
    files = [default_weights(), *(weights_of(path) for path in options.weights)]
    generators = [load_method(path).generator for path in files]
    first = [record for record in prepared.records if is_first_take(record.photo)]
    pairs = StudioPairs(replace(prepared, records=first, blended=()), "test", augmentation=STUDIO)
    print("varied by", *("default", *map(str, options.weights)), sep=" | ")
    for kind in ("nothing", *KINDS):
        pairs.augmentation = STUDIO if kind == "nothing" else replace(STUDIO, **{kind: 1.0})
        batches = [pairs.batch(step, BATCH) for step in range(BATCHES)]
        row(kind, generators, batches)
    turned = {record.photo for record in prepared.split("test") if record.turn is not None}
    everything = StudioPairs(prepared, "test", augmentation=STUDIO)
    row("nothing, further takes", generators, takes(everything, turned, wanted=False))
    if turned:
        row("turned heads, further takes", generators, takes(everything, turned, wanted=True))


def takes(pairs: StudioPairs, turned: set[str], *, wanted: bool) -> Iterator[PairBatch]:
    """All eight expressions of the further takes whose head is turned, or is not."""
    every = np.arange(len(Expression))
    for number, photo in enumerate(pairs.photos):
        if (photo in turned) is wanted and not is_first_take(photo):
            source = np.full_like(every, pairs.photographed[number])
            yield pairs.pairs(np.full_like(every, number), source, every)


@torch.inference_mode()
def row(name: str, generators: Iterable[FaceGenerator], batches: Iterable[PairBatch]) -> None:
    """Print the error of each generator against doing nothing."""
    batches = list(batches)
    nothing = np.mean([(b.source - b.target).abs().mean().item() for b in batches])
    ratios = []
    for generator in generators:
        errors = []
        for batch in batches:
            made = generator(batch.source, batch.label, batch.mouth_top, batch.eye_label).output
            errors.append((made - batch.target).abs().mean().item())
        ratios.append(f"{np.mean(errors) / nothing:.3f}")
    print(name, *ratios, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
