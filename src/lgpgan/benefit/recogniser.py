"""The recogniser of every cell: a narrow ResNet-18.

ResNet (He, Zhang, Ren, Sun: *Deep residual learning for image recognition*, CVPR 2016, table 1, 18
layers) as the package transformers builds it, which needs no torchvision. Its weights begin at
random: one trained on other faces would bring what it learnt there into every row.

Every cell makes the same number of optimiser steps with the same schedule, however many faces it
has, and the last weights are judged. Nothing is chosen by looking at results, so no face is needed
to choose by, and none of the test is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetForImageClassification

from lgpgan.benefit.sides import Side
from lgpgan.datasets.faces import to_signed
from lgpgan.errors import InputError, TrainingError
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place, place_network

__all__ = ["Recipe", "classes_read", "make_recogniser", "train_recogniser", "vary"]

BLOCKS = (2, 2, 2, 2)
"""Residual blocks at each of four resolutions: 18 layers with stem and head."""
WEIGHT_DECAY = 0.05
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
ROTATION = 15.0
"""Degrees, either way."""
SCALE = 0.1
SHIFT = 0.06
"""Of the picture's side, either way."""
GAIN = 0.25
"""Brightness and contrast, either way."""
COLOUR = 0.1
ERASED = 0.3
"""Largest side of what is covered, as a share of the picture's."""


@dataclass(frozen=True)
class Recipe:
    """The training options of every recogniser.

    Attributes:
        steps: steps of the optimiser.
        batch: faces a step.
        learning_rate: at its highest.
        size: side of the faces, in pixels.
        width: channels of the first stage; 64 is the published network.
        synthetic_share: synthetic share of a batch, where real and synthetic faces are mixed.
    """

    steps: int = 400
    batch: int = 32
    learning_rate: float = 1e-3
    size: int = 64
    width: int = 32
    synthetic_share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "width"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is 1 or more, not {getattr(self, name)}.")
        if self.size < 32:
            raise InputError(f"faces have a side of 32 pixels or more, not {self.size}.")
        if not 0 < self.synthetic_share < 1:
            raise InputError(
                f"the synthetic share of a mixed batch is between 0 and 1, not "
                f"{self.synthetic_share:g}."
            )
        if self.batch == 1 and self.size == 32:
            raise InputError(
                "of faces of 32 pixels one pixel is left at the end, and a batch of one such face "
                "cannot be normalised; choose a batch of 2 or more, or faces of 33 pixels or more."
            )


def make_recogniser(classes: int, width: int, seed: int) -> nn.Module:
    """A ResNet-18 with random weights; (B, 3, S, S), −1 to 1 → (B, classes) logits.

    Args:
        classes: how many.
        width: channels of the first stage.
        seed: seed of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _Logits(
            ResNetForImageClassification(
                ResNetConfig(
                    embedding_size=width,
                    hidden_sizes=[width, 2 * width, 4 * width, 8 * width],
                    depths=list(BLOCKS),
                    layer_type="basic",
                    id2label={number: str(number) for number in range(classes)},
                )
            )
        )


class _Logits(nn.Module):
    """A network of transformers that takes pictures and returns logits, as those of torch do.

    However the pictures lie in memory, the network is given them as they must lie.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        placed = place(pictures, pictures.device)
        logits: Tensor = self.network(pixel_values=placed).logits
        return logits


def train_recogniser(
    real: Side | None,
    synthetic: Side | None,
    classes: int,
    recipe: Recipe,
    *,
    classical: bool = False,
    seed: int = 0,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda step: None,
) -> nn.Module:
    """Train a recogniser from random weights.

    Classes are drawn equally often, then a face of the class, so that neither a set's balance nor
    its size decides what is learnt.

    Args:
        real: faces; None for none.
        synthetic: faces; None for none. Where there are both, each batch holds of either.
        classes: how many.
        recipe: how.
        classical: vary the faces as :func:`vary` does.
        seed: seed of weights, draws and variations.
        device: where to.
        progress: told the steps made.

    Raises:
        InputError: when there are no faces.
        TrainingError: when the loss is no number.
    """
    kinds = [side for side in (real, synthetic) if side is not None and len(side)]
    if not kinds:
        raise InputError("there are no faces to train a recogniser on.")
    shares = [1.0] if len(kinds) == 1 else [1 - recipe.synthetic_share, recipe.synthetic_share]
    where = usable_device(device)
    network = place_network(make_recogniser(classes, recipe.width, seed), where)
    network.train()
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe.steps))
    rows = [_by_class(side) for side in kinds]
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    for step in range(recipe.steps):
        faces, labels = _batch(kinds, rows, shares, recipe.batch, rng)
        pictures = to_signed(faces)
        if classical:
            pictures = vary(pictures, generator)
        loss = functional.cross_entropy(network(place(pictures, where)), labels.to(where))
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


def classes_read(network: nn.Module, side: Side, *, device: str = "cpu") -> NDArray[np.float64]:
    """Probability (N, classes) of each class in each face."""
    where = usable_device(device)
    network.eval()
    with torch.inference_mode():
        read = [
            network(place(to_signed(side.faces[start : start + 256]), where))
            .double()
            .softmax(1)
            .cpu()
            for start in range(0, len(side), 256)
        ]
    return np.asarray(torch.cat(read).numpy())


def vary(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Classical augmentation, drawn anew for each picture.

    Mirrored half of the time; turned, scaled and moved; brightness, contrast and colour; a
    rectangle covered with mid-grey half of the time (Zhong and others, *Random erasing*, AAAI
    2020).

    Args:
        pictures: (B, 3, S, S), −1 to 1.
        generator: the source of random numbers.

    Returns:
        The same form and range.
    """
    count = len(pictures)

    def draw(*shape: int) -> Tensor:
        """Uniform from −1 to 1."""
        return torch.rand((count, *shape), generator=generator) * 2 - 1

    angle = draw() * math.radians(ROTATION)
    scale = 1 + draw() * SCALE
    mirror = draw().sign()
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    linear = torch.stack([cos * mirror, -sin, sin * mirror, cos], 1).view(count, 2, 2)
    affine = torch.cat([linear, 2 * SHIFT * draw(2, 1)], 2)  # the side is 2 in grid coordinates
    grid = functional.affine_grid(affine, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(
        pictures, grid, padding_mode="border", mode="bilinear", align_corners=False
    )
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    contrast, light = 1 + GAIN * draw(1, 1, 1), GAIN * draw(1, 1, 1)
    coloured = (moved - mean) * contrast + mean + light + COLOUR * draw(3, 1, 1)
    return _erased(coloured.clamp(-1, 1), draw(4), draw() > 0)


def _erased(pictures: Tensor, where: Tensor, which: Tensor) -> Tensor:
    """A rectangle of some pictures at mid-grey.

    Args:
        pictures: (B, 3, S, S).
        where: (B, 4), centre's y and x, height and width, −1 to 1 each.
        which: (B,) bool.
    """
    size = pictures.shape[-1]
    pixel = torch.arange(size) + 0.5
    centre = (where[:, :2] + 1) / 2 * size
    reach = (where[:, 2:] + 1) / 2 * ERASED * size / 2
    rows = (pixel - centre[:, :1]).abs() < reach[:, :1]
    columns = (pixel - centre[:, 1:]).abs() < reach[:, 1:]
    covered = rows[:, None, :, None] & columns[:, None, None, :] & which[:, None, None, None]
    return torch.where(covered, 0.0, pictures)


def _by_class(side: Side) -> list[NDArray[np.intp]]:
    """The rows of every class that a side shows."""
    return [np.flatnonzero(side.labels == label) for label in np.unique(side.labels)]


def _batch(
    kinds: Sequence[Side],
    rows: Sequence[Sequence[NDArray[np.intp]]],
    shares: Sequence[float],
    size: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], Tensor]:
    """Faces (B, S, S, 3) and labels (B,): a kind each, then a class it has, then a face.

    Args:
        kinds: real, synthetic.
        rows: the rows of every class in each set.
        shares: mean share of the batch for each set.
        size: size of the batch.
        rng: the source of random numbers.
    """
    faces, labels = [], []
    for kind in rng.choice(len(kinds), size, p=shares):
        of_class = rows[kind][int(rng.integers(len(rows[kind])))]
        row = of_class[rng.integers(len(of_class))]
        faces.append(kinds[kind].faces[row])
        labels.append(int(kinds[kind].labels[row]))
    return np.stack(faces), torch.tensor(labels)


def _rate(step: int, steps: int) -> float:
    """Share of the highest learning rate: a rise in a line, then half a cosine down to 0."""
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
