"""How well single action units are drawn: against the exact render, and how strength tells.

    python benchmarks/action_units.py PHOTOS.csv --face-model MODEL [--weights WEIGHTS]

PHOTOS.csv lists photos as for ``lgpgan studio``; those of its split ``test`` that are neutral are
aligned, fitted and drawn with every unit at 1 that networks are told of (lids and gaze are measured
by ``believability.py``). Error: of the edit to that render, against that of doing nothing, in the
mean over people; lower is better, 1 is doing nothing. Strength: rank correlation of the change to
the intensity, over eleven from 0 to 1, in the median over people.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from lgpgan.datasets.faces import mouth_tops, to_signed
from lgpgan.expressions.action_units import (
    ACTION_UNITS,
    LABEL_UNITS,
    blendshapes_of,
    unit_vector,
)
from lgpgan.expressions.expression import Expression, label_vector
from lgpgan.face3d.supersampling import averaged
from lgpgan.faces.alignment import MOUTH
from lgpgan.methods.weights import LoadedMethod, default_weights, load_method, weights_of
from lgpgan.studio.builder import Studio, StudioOptions
from lgpgan.studio.photos import list_photos
from lgpgan.studio.take_renderer import FittedPhoto, TakeRenderer
from lgpgan.studio.variation import Variation, draw_take

STRENGTHS = np.linspace(0, 1, 11)


def main() -> None:
    """Measure and print a table, a row for each unit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="list of photos, as for 'lgpgan studio'")
    parser.add_argument("--face-model", type=Path, required=True, help="the 3-D face")
    parser.add_argument("--weights", type=Path, help="in place of lgpgan's own")
    options = parser.parse_args()
    method = load_method(weights_of(options.weights) if options.weights else default_weights())
    units = tuple(unit for unit in method.info.units if unit in LABEL_UNITS)
    if not units:
        raise SystemExit("these weights know no action unit; name others with --weights")
    studio = Studio(options.face_model, Path(), StudioOptions())
    errors, ranks = [], []
    for fitted in fitted_photos(studio, options.photos):
        source, tops, renders = draw(studio, fitted, units)
        asked = np.array([unit_vector({unit: 1.0}, method.info.units) for unit in units])
        made = edit(method, source, tops, asked)
        errors.append([distance(made, renders), distance(source, renders)])
        ranks.append([rank(method, source, tops, unit) for unit in units])
    of_edits, of_nothing = np.mean(errors, axis=0)
    print(f"{len(errors)} people to report on\nunit | error | strength")
    for number, unit in enumerate(units):
        ratio, strength = of_edits[number] / of_nothing[number], np.median(ranks, axis=0)[number]
        print(f"AU{unit} {ACTION_UNITS[unit]} | {ratio:.2f} | {strength:.3f}")
    print(f"all | {of_edits.mean() / of_nothing.mean():.3f} | {np.median(ranks):.3f}")


def fitted_photos(studio: Studio, photos: Path) -> Iterator[FittedPhoto]:
    """The people to report on, from their neutral photos."""
    for entry in list_photos(photos):
        if entry.split == "test" and entry.expression is Expression.NEUTRAL:
            yield studio.fit_photo(entry.path)


def draw(
    studio: Studio, fitted: FittedPhoto, units: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """A face (1, 3, 128, 128), the top (1,) of its mouth region, its renders (A, 3, 128, 128)."""
    model, modes = studio.scene.model, len(fitted.fit.identity)
    take = draw_take(model, modes, Variation(), key="action units", number=0)
    renderer, size = TakeRenderer(studio.scene, fitted, take), studio.options.size
    still = renderer.place({})
    drawn = [
        averaged(renderer.draw(renderer.place(blendshapes_of({unit: 1.0}))), size) for unit in units
    ]
    landmarks = still.vertices[model.landmarks, :2]
    top = mouth_tops(torch.tensor([float(landmarks[MOUTH, 1].mean())]))
    face = averaged(renderer.fitted.picture, size)
    return to_signed(face[None]), top, to_signed(np.stack(drawn))


@torch.inference_mode()
def edit(method: LoadedMethod, source: Tensor, top: Tensor, units: np.ndarray) -> Tensor:
    """Faces with action units (N, A) on top of neutral."""
    count = len(units)
    neutral = np.tile(label_vector(Expression.NEUTRAL), (count, 1))
    label = torch.from_numpy(np.concatenate([neutral, units], axis=1).astype(np.float32))
    made: Tensor = method.generator(
        source.expand(count, -1, -1, -1), label, top.expand(count)
    ).output
    return made


def rank(method: LoadedMethod, source: Tensor, top: Tensor, unit: int) -> float:
    """Rank correlation of a unit's intensity to how much of the face it changes."""
    known = method.info.units
    made = edit(method, source, top, np.array([unit_vector({unit: s}, known) for s in STRENGTHS]))
    return float(spearmanr(STRENGTHS, distance(made, made[:1])).statistic)


def distance(one: Tensor, other: Tensor) -> np.ndarray:
    """Mean absolute difference (N,) of faces."""
    return np.asarray((one - other).abs().mean(dim=(1, 2, 3)))


if __name__ == "__main__":
    main()
