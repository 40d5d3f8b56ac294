"""Teaches lids and gaze to the eye generator of trained weights, and leaves the rest alone.

    python teach_eyes.py SET OUT.safetensors [--start WEIGHTS] [--images N]

Lids and gaze move a few pixels of a face. A run of the whole cascade hardly learns them, and takes
six times as long per pair. Here the eye generator alone sees the eye region of pairs, three in four
of which ask for action units, mostly those of the eyes. The terms are those of stage I in the
``studio`` preset, without the discriminators. Units that the weights did not know ask for nothing in
the other generators at first: their planes begin at 0. Afterwards ``lgpgan train --warm-start OUT``
trains the whole cascade on.

What is written is the moving average of the weights; it is also written every 1,600 images.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.action_units import SHOWN_UNITS
from lgpgan.methods import losses
from lgpgan.methods.change import shaded
from lgpgan.methods.lgpgan.flow_cascade import FlowLgpGan, skin_light
from lgpgan.methods.lgpgan.regions import crop_eyes
from lgpgan.methods.lgpgan.shapes import shape_from_values
from lgpgan.methods.lgpgan.studio_objective import StudioWeights, exact_shade
from lgpgan.methods.warm_start import warm_start
from lgpgan.methods.weights import default_weights, load_method, save_weights, weights_of
from lgpgan.networks.memory_format import place_network
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.pairs import StudioPairs

BATCH = 16
SAVE_EVERY = 1600
WARM_UP = 20
HALF_LIFE = 40
"""Of the moving average, in steps."""
SHARE_OF_FACE = 48 * 96 / 128**2
"""Of a mean over the eye region in a mean over the face, in which weights are counted."""


def main() -> None:
    """Train, and write weights now and then."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prepared", type=Path, help="a set of lgpgan studio")
    parser.add_argument("destination", type=Path, help="the weights to write")
    parser.add_argument("--start", help="the weights to begin with; lgpgan's own if not named")
    parser.add_argument("--images", type=int, default=16_000)
    parser.add_argument("--rate", type=float, default=4e-4, help="Adam's learning rate")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    prepared = PreparedSet.load(options.prepared)
    start = load_method(weights_of(options.start) if options.start else default_weights())
    generator = begin_with(start.generator, start.info.config, start.info.labels)
    info = replace(
        start.info,
        config=asdict(generator.config),
        data_hash=prepared.content_hash,
        images=start.info.images + options.images,
    )
    often_eyes = Augmentation(unit_targets=0.75, blended_targets=0.1, photo_sources=0.6)
    pairs = StudioPairs(
        prepared, "train", augmentation=often_eyes, seed=options.seed, units=SHOWN_UNITS
    )
    eyes = generator.eye_generator
    average = copy.deepcopy(eyes).requires_grad_(False)
    optimiser = torch.optim.Adam(eyes.parameters(), options.rate, (0.5, 0.99))
    steps, began, means = options.images // BATCH, time.monotonic(), dict[str, float]()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min((step + 1) / WARM_UP, 1, 2 * (1 - step / steps))
        terms = eye_terms(generator, pairs.batch(step, BATCH))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(list(terms.values())).sum())
        optimiser.step()
        with torch.no_grad():
            share = 1 - 0.5 ** (1 / min(HALF_LIFE, 1 + step / 4))
            torch._foreach_lerp_(list(average.parameters()), list(eyes.parameters()), share)
        for name, term in terms.items():
            means[name] = means.get(name, term.item()) * 0.98 + 0.02 * term.item()
        done = (step + 1) * BATCH
        if done % SAVE_EVERY == 0 or step + 1 == steps:
            told = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"{done} images, {time.monotonic() - began:.0f} s: {told}", flush=True)
            write(options.destination, generator, average, info)


def begin_with(trained: Any, config: Any, classes: tuple[str, ...]) -> FlowLgpGan:
    """The same networks, told of all units that the 3-D face shows."""
    shape: Any = shape_from_values(config)
    generator = FlowLgpGan(shape.with_units(SHOWN_UNITS))
    warm_start(generator, trained, classes, classes)
    state, known = generator.state_dict(), set(trained.label_planes(classes))
    for name, inputs in generator.label_inputs().items():
        for plane, asked in enumerate(generator.label_planes(classes)):
            if asked not in known:
                state[name].select(inputs.dimension, inputs.first + plane).zero_()
    generator.load_state_dict(state)
    generator.requires_grad_(False)
    generator.eye_generator.requires_grad_(True)
    return place_network(generator, torch.device("cpu"))


def eye_terms(generator: FlowLgpGan, batch: PairBatch) -> dict[str, Tensor]:
    """The terms of stage I on the eye region; see :class:`StudioWeights`."""
    weights, window = StudioWeights(), generator.eye_window
    source, target, visible, small = (
        crop_eyes(value)
        for value in (batch.source, batch.target, batch.visible, batch.lids_and_lips)
    )
    light = skin_light(batch.source)
    with torch.autocast("cpu", torch.bfloat16):
        heads = generator.eye_generator(source, batch.eye_label)
    flow, mask, shade, colour = (
        value.float() for value in (heads.flow, heads.mask, heads.shade, heads.colour)
    )
    drawn, moved, shown = window * (1 - mask), window * flow, 1 + window * (shade - 1)
    lit = light * (1 + colour) - 1
    made = drawn * lit + (1 - drawn) * shaded(warp_by_flow(source, moved), 1, shown)
    counted = visible * (1 + weights.flow_small * small)
    exact = 1 + window * (crop_eyes(exact_shade(batch)) - 1)
    unseen = weights.paired_unseen * (1 - visible) + weights.paired_small * small
    elastic = partial(losses.masked_elastic, square=weights.shade_square)
    return {
        "paired": (weights.paired + weights.paired_region) * F.l1_loss(made, target),
        "small": SHARE_OF_FACE * losses.masked_l1(made, target, unseen),
        "flow": weights.local_flow
        * losses.masked_l1(moved, window * crop_eyes(batch.flow), counted),
        "shade": weights.local_shade * elastic(shown, exact, visible),
        "attention": weights.attention
        * losses.visibility(
            1 - drawn, 1 - window * (1 - visible), unseen=weights.attention_unseen
        ),
    }


def write(path: Path, generator: FlowLgpGan, average: torch.nn.Module, info: Any) -> None:
    """Write the weights, with the moving average of those of the eyes."""
    whole = copy.deepcopy(generator)
    whole.eye_generator.load_state_dict(average.state_dict())
    save_weights(path, whole, info)


if __name__ == "__main__":
    main()
