"""How good the shipped weights are, on people who were kept out of training.

    python benchmarks/quality.py runs/studio [--weights W] [--json FILE]

On the test split of a studio set, neutral sources at 128×128, take 0 (the recipes, no jitter), all
eight targets:

- paired error: mean absolute error to the exact render, values in [−1, 1], against doing nothing;
- expression accuracy of outputs and renders by the network of the package ``fer``, which knows
  every class but contempt;
- identity: distance of dlib's face embeddings of input and output, and of input and render.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.evaluation import assets
from lgpgan.evaluation.fer import FerRecogniser
from lgpgan.evaluation.framing import tight_crop
from lgpgan.evaluation.identity import IdentityEmbedder, identity_distance
from lgpgan.expressions import Expression
from lgpgan.methods.weights import default_weights, load_method
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.validation import first_takes, paired_error, synthesise_all


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, default=default_weights())
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    prepared = PreparedSet.load(options.data)
    method = load_method(options.weights)
    if method.info.data_hash != prepared.content_hash:
        print("note: the weights were trained on another build of the set", file=sys.stderr)
    pairs = StudioPairs(prepared, "test")

    error = paired_error(method.generator, pairs)
    print(f"{error.people} kept-out people, {options.weights}")
    print(f"paired error {error.error:.4f}, doing nothing {error.doing_nothing:.4f}, ", end="")
    print(f"ratio {error.ratio:.3f}")

    sources, renders, outputs = synthesise_people(method.generator, pairs)
    assets.fetch(assets.FER_MODEL)
    accuracy = {
        "renders": recognised(renders),
        "outputs": recognised(outputs),
    }
    landmarks = landmarks_of(prepared, pairs)
    identity = {
        "renders": distances(sources, renders, landmarks),
        "outputs": distances(sources, outputs, landmarks),
    }
    print_table(error.by_expression, accuracy, identity, people=error.people)
    if options.json:
        result = {
            "paired": dataclasses.asdict(error) | {"ratio": error.ratio},
            "accuracy": {k: v.mean(axis=0).tolist() for k, v in accuracy.items()},
            "identity": {k: np.median(v, axis=0).tolist() for k, v in identity.items()},
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def synthesise_people(
    generator: torch.nn.Module, pairs: StudioPairs
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Sources (P, 128, 128, 3), renders and outputs (P, 8, 128, 128, 3), uint8."""

    def pixels(images: torch.Tensor) -> NDArray[np.uint8]:
        unit = (images.clamp(-1, 1) + 1) * 127.5
        return unit.round().byte().permute(0, 2, 3, 1).numpy()

    found = [
        [pixels(images) for images in synthesise_all(generator, pairs, photo)]
        for photo in first_takes(pairs)
    ]
    sources, renders, outputs = (np.stack(part) for part in zip(*found, strict=True))
    return sources[:, 0], renders, outputs


def recognised(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(P, 8), whether the class of each picture (P, 8, 128, 128, 3) was named."""
    people, classes = images.shape[:2]
    recogniser = FerRecogniser()
    flat = tight_crop(images.reshape(-1, *images.shape[2:]))
    named = recogniser.probabilities(flat).argmax(axis=1).reshape(people, classes)
    return named == np.arange(classes)


def landmarks_of(prepared: PreparedSet, pairs: StudioPairs) -> NDArray[np.float64]:
    """(P, 8, 68, 2) of the renders."""
    by_photo = {(r.photo, r.expression): r.landmarks for r in prepared.split("test")}
    return np.array(
        [[by_photo[pairs.photos[p], e] for e in Expression] for p in first_takes(pairs)]
    )


def distances(
    sources: NDArray[np.uint8], images: NDArray[np.uint8], landmarks: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(P, 8) distances of the embeddings of each picture and its source."""
    embedder = IdentityEmbedder()
    neutral = Expression.NEUTRAL.position
    rows = []
    for source, row, points in zip(sources, images, landmarks, strict=True):
        anchor = embedder.embed(source, points[neutral])
        embedded = [embedder.embed(image, p) for image, p in zip(row, points, strict=True)]
        rows.append([identity_distance(anchor, vector) for vector in embedded])
    return np.array(rows)


def print_table(
    errors: dict[Expression, float],
    accuracy: dict[str, NDArray[np.bool_]],
    identity: dict[str, NDArray[np.float64]],
    *,
    people: int,
) -> None:
    """The table of the model card, as Markdown."""
    print(
        "\n| expression | paired error | named right: output (render) | identity: output (render) |"
    )
    print("| --- | --- | --- | --- |")
    for e in Expression:
        i = e.position
        named = "not known to it"
        if e in FerRecogniser.recognised:
            out, ren = (int(accuracy[k][:, i].sum()) for k in ("outputs", "renders"))
            named = f"{out} of {people} ({ren})"
        out, ren = (np.median(identity[k][:, i]) for k in ("outputs", "renders"))
        print(f"| {e} | {errors[e]:.4f} | {named} | {out:.2f} ({ren:.2f}) |")
    known = [e.position for e in FerRecogniser.recognised]
    changed = [e.position for e in Expression if e is not Expression.NEUTRAL]
    out, ren = (accuracy[k][:, known].mean() for k in ("outputs", "renders"))
    print(f"\nmean accuracy over {len(known)} classes: {out:.3f}, renders {ren:.3f}, ", end="")
    print(f"ratio {out / ren:.3f}")
    drop = {
        e: int(accuracy["renders"][:, e.position].sum() - accuracy["outputs"][:, e.position].sum())
        for e in FerRecogniser.recognised
    }
    worst = max(drop, key=drop.__getitem__)
    print(f"most people lost against the renders: {drop[worst]} ({worst})")
    for key, values in identity.items():
        print(
            f"median identity distance, {key}: {np.median(values[:, changed]):.3f} "
            f"(all eight targets {np.median(values):.3f})"
        )


if __name__ == "__main__":
    main()
