"""Training and asking the recogniser of a cell.

Every cell makes the same number of optimiser steps, however many faces it has, and the last weights
are judged. A way of using synthetic faces (:mod:`lgpgan.benefit.uses`) decides which faces are
drawn when, and what is learnt from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.benefit.backbones import Backbone, make_backbone
from lgpgan.benefit.recipe import Recipe
from lgpgan.benefit.sides import Side
from lgpgan.benefit.uses import DEFAULT, USES, Batch, Use
from lgpgan.benefit.variation import vary
from lgpgan.datasets.faces import to_signed
from lgpgan.errors import InputError, TrainingError
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place, place_network

__all__ = ["FacePool", "classes_read", "train_recogniser"]

WEIGHT_DECAY = 0.05
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
TOGETHER = 256
"""Faces that are read at once."""


def train_recogniser(
    real: Side | None,
    synthetic: Side | None,
    classes: int,
    recipe: Recipe,
    *,
    use: Use = USES[DEFAULT],
    classical: bool = False,
    seed: int = 0,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda step: None,
) -> Backbone:
    """Train a recogniser.

    Among real faces classes are drawn equally often, and so they are among synthetic ones: neither
    a set's balance nor its size decides what is learnt. A class that the synthetic faces lack is
    not drawn more often among real ones for that: whatever looks real would be read as it.

    Args:
        real: faces; None for none.
        synthetic: faces; None for none.
        classes: how many.
        recipe: how.
        use: the way of using synthetic faces.
        classical: vary the faces as :func:`~lgpgan.benefit.variation.vary` does.
        seed: seed of weights, draws and variations.
        device: where to.
        progress: told the steps made.

    Raises:
        InputError: when there are no faces.
        TrainingError: when the loss is no number.
        MissingPartError: when the recogniser's weights are not in the cache.
    """
    pool = FacePool(real, synthetic, classes)
    where = usable_device(device)
    network = make_backbone(classes, recipe, seed, inputs=pool.inputs)
    network = place_network(network, where).train()
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step, recipe.steps, use.again_at)
    )
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    for step in range(recipe.steps):
        done = step / recipe.steps
        share = use.share(done, pool.real_faces)
        batch = pool.draw(recipe.batch, share, rng, generator, varied=classical)
        loss = use.loss(network, _placed(use.prepare(batch, rng), where), done)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the recogniser's loss is no number since step {step}; lower the learning rate."
            )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        progress(step + 1)
    return network


def classes_read(network: Backbone, side: Side, *, device: str = "cpu") -> NDArray[np.float64]:
    """Probability (N, classes) of each class in each face."""
    where = usable_device(device)
    network.eval()
    with torch.inference_mode():
        read = [
            network(place(_inputs(side, np.arange(start, min(start + TOGETHER, len(side)))), where))
            .double()
            .softmax(1)
            .cpu()
            for start in range(0, len(side), TOGETHER)
        ]
    return np.asarray(torch.cat(read).numpy())


class FacePool:
    """Real and synthetic faces of every class, to draw batches from.

    Args:
        real: faces; None for none.
        synthetic: faces; None for none.
        classes: how many.

    Raises:
        InputError: when there are no faces.
    """

    def __init__(self, real: Side | None, synthetic: Side | None, classes: int) -> None:
        self._kinds = [
            side if side is not None and len(side) else None for side in (real, synthetic)
        ]
        some = [side for side in self._kinds if side is not None]
        if not some:
            raise InputError("there are no faces to train a recogniser on.")
        described = some[0].descriptions
        self.inputs = 0 if described is None else described.shape[2]
        self._rows = [
            [
                np.flatnonzero(side.labels == label) if side is not None else np.array([], np.intp)
                for label in range(classes)
            ]
            for side in self._kinds
        ]
        self._faces = np.array([[len(rows) for rows in kind] for kind in self._rows])
        self._identity = torch.eye(classes)

    @property
    def real_faces(self) -> Tensor:
        """How many real faces there are of each class, (classes,)."""
        return torch.from_numpy(self._faces[0]).float()

    def draw(
        self,
        size: int,
        share: Tensor,
        rng: np.random.Generator,
        generator: torch.Generator,
        *,
        varied: bool,
    ) -> Batch:
        """Draw a batch.

        Args:
            size: how many faces.
            share: synthetic share of each class.
            rng: draws faces.
            generator: draws variations.
            varied: vary the faces.
        """
        odds = self._odds(share.numpy().astype(np.float64))
        drawn = np.sort(rng.choice(odds.size, size, p=odds.ravel()))  # real faces come first
        made, labels = drawn >= odds.shape[1], drawn % odds.shape[1]
        place_of = (rng.random(size) * self._faces[made.astype(int), labels]).astype(np.intp)
        rows = np.array(
            [
                self._rows[int(kind)][label][at]
                for kind, label, at in zip(made, labels, place_of, strict=True)
            ]
        )
        targets = self._identity[torch.from_numpy(labels)]
        inputs, read = [], targets.clone()
        for kind, side in enumerate(self._kinds):
            chosen = made == bool(kind)
            if side is None or not chosen.any():
                continue
            inputs.append(_inputs(side, rows[chosen], rng if varied else None))
            if side.read is not None:
                read[torch.from_numpy(chosen)] = torch.from_numpy(side.read[rows[chosen]]).float()
        shown = torch.cat(inputs)
        if varied and shown.ndim == 4:
            shown = vary(shown, generator)
        return Batch(shown, targets, torch.ones(size), torch.from_numpy(made), read)

    def _odds(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability (2, classes) of a real and of a synthetic face of each class.

        Args:
            share: synthetic share of each class.
        """
        shown = self._faces > 0
        real, synthetic = (bool(of_kind.any()) for of_kind in shown)
        if not (real and synthetic):
            share = np.full(len(share), float(synthetic))
        odds = np.stack([1 - share, share]) * shown / np.maximum(shown.sum(axis=1), 1)[:, None]
        return np.asarray(odds / odds.sum())


def _inputs(side: Side, rows: NDArray[np.intp], rng: np.random.Generator | None = None) -> Tensor:
    """What a network is given of some faces: pictures, or descriptions.

    Args:
        side: the faces.
        rows: which of them.
        rng: draws one of the variations that were described; None for the face as it is.
    """
    if side.descriptions is None:
        return to_signed(side.faces[rows])
    which = 0 if rng is None else rng.integers(side.descriptions.shape[1], size=len(rows))
    return torch.from_numpy(side.descriptions[rows, which].astype(np.float32))


def _placed(batch: Batch, where: torch.device) -> Batch:
    parts = (batch.inputs, batch.targets, batch.weights, batch.synthetic, batch.read)
    return Batch(*(place(part, where) for part in parts))


def _rate(step: int, steps: int, again_at: float) -> float:
    """Share of the highest learning rate: a rise in a line, then half a cosine down to 0.

    Args:
        step: from 0.
        steps: how many.
        again_at: share of the steps after which all this begins anew.
    """
    first = round(steps * again_at)
    step, steps = (step, first) if step < first else (step - first, steps - first)
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
