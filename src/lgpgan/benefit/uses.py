"""Ways of using synthetic faces beside real ones, each under a name.

What a way decides: the synthetic share of the faces drawn at every step, what a batch is turned
into before a network sees it, and the loss. Every class here changes one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lgpgan.errors import InputError

__all__ = [
    "AUTO",
    "CANDIDATES",
    "DEFAULT",
    "HEAD_CANDIDATES",
    "NONE",
    "PLAIN",
    "USES",
    "Batch",
    "Describing",
    "Use",
    "find_use",
    "mixed_with",
]

AUTO = "auto"
"""In place of a name: the way that reads held-out people of the real set best."""
NONE = "none"
DEFAULT = "mixed"
PLAIN = "-plain"
"""Behind a name: the same, and no face is varied."""
TEMPERATURE = 0.1
SMOOTHED = 0.1
"""Share of a synthetic face's label that goes to all classes alike."""
BETA = 0.2
"""Both parameters of the beta distribution that shares of mixed pictures are drawn from."""
FEWEST_NORMALISED = 2
"""Faces that batch normalisation needs."""


class Describing(Protocol):
    """A recogniser's network: inputs → descriptions → logits."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Inputs (B, …) → logits (B, classes)."""
        ...

    def describe(self, inputs: Tensor) -> Tensor:
        """Inputs (B, …) → descriptions (B, F), from which a linear layer makes logits."""
        ...

    def modules(self) -> Iterator[nn.Module]:
        """All layers."""
        ...


@dataclass(frozen=True)
class Batch:
    """The faces of a step.

    Attributes:
        inputs: pictures (B, 3, S, S), −1 to 1, or descriptions (B, F).
        targets: (B, classes), each line summing to 1.
        weights: (B,) of the loss.
        synthetic: (B,) bool.
        read: (B, classes), what recognisers read in each; the label itself where nobody was asked.
    """

    inputs: Tensor
    targets: Tensor
    weights: Tensor
    synthetic: Tensor
    read: Tensor

    def of(self, rows: Tensor) -> Batch:
        """Some of the faces.

        Args:
            rows: (B,) bool, or positions.
        """
        parts = (self.inputs, self.targets, self.weights, self.synthetic, self.read)
        return Batch(*(part[rows] for part in parts))


@dataclass(frozen=True)
class Use:
    """Real and synthetic faces in every batch: the way that the others change one thing of.

    Attributes:
        name: as in ``--use``.
        about: what it does, for reports.
        synthetic: synthetic share of the faces drawn, 0 to 1.
        reads: whether it needs what recognisers read in the synthetic faces.
        pictures: whether it needs pictures, and a network whose every layer is trained.
        again_at: share of the steps after which the learning rate rises anew; 0 for never.
        varied: whether faces are varied as in classical augmentation, where that is wanted.
    """

    name: str
    about: str
    synthetic: float = 0.5
    reads: bool = False
    pictures: bool = False
    again_at: float = 0.0
    varied: bool = True

    def share(self, done: float, real: Tensor) -> Tensor:
        """Synthetic share of the faces drawn of each class, (classes,), 0 to 1.

        Args:
            done: share of the steps that are done, 0 to 1.
            real: (classes,) how many real faces there are of each.
        """
        return torch.full((len(real),), self.synthetic)

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """What the network is shown instead of the faces as they were drawn."""
        return batch

    def loss(self, network: Describing, batch: Batch, done: float) -> Tensor:
        """The loss of a step."""
        return cross_entropy(network(batch.inputs), batch)


class Falling(Use):
    """The synthetic share falls in a line to 0 at the last step."""

    def share(self, done: float, real: Tensor) -> Tensor:
        """See :class:`Use`."""
        return torch.full((len(real),), self.synthetic * (1 - done))


class Balancing(Use):
    """Synthetic faces fill rare classes up, and are used for nothing else."""

    def share(self, done: float, real: Tensor) -> Tensor:
        """See :class:`Use`."""
        return 1 - real / real.max().clamp(min=1)


class Pretraining(Use):
    """Synthetic faces alone until the learning rate rises anew; then they keep their share."""

    def share(self, done: float, real: Tensor) -> Tensor:
        """See :class:`Use`."""
        return torch.full((len(real),), 1.0 if done < self.again_at else self.synthetic)


class ContrastivePretraining(Pretraining):
    """The first part draws descriptions of a class together and pushes the others away.

    Khosla and others, *Supervised contrastive learning*, NeurIPS 2020, equation 2, temperature 0.1;
    on the descriptions themselves, without a projection.
    """

    def loss(self, network: Describing, batch: Batch, done: float) -> Tensor:
        """See :class:`Use`."""
        if done >= self.again_at:
            return super().loss(network, batch, done)
        return contrastive(network.describe(batch.inputs), batch.targets.argmax(1))


class Weighing(Use):
    """The loss of a synthetic face counts by the probability that recognisers give its label."""

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """See :class:`Use`."""
        agreement = (batch.read * batch.targets).sum(1)
        return replace(batch, weights=torch.where(batch.synthetic, agreement, batch.weights))


class SoftLabels(Use):
    """The label of a synthetic face is half what was asked for and half what recognisers read."""

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """See :class:`Use`."""
        soft = (batch.targets + batch.read) / 2
        return replace(batch, targets=torch.where(batch.synthetic[:, None], soft, batch.targets))


class Smoothing(Use):
    """The label of a synthetic face says a tenth less: that share goes to all classes alike.

    Szegedy and others, *Rethinking the inception architecture*, CVPR 2016, section 7, for the faces
    whose labels say what was asked for.
    """

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """See :class:`Use`."""
        smooth = batch.targets.lerp(torch.tensor(1 / batch.targets.shape[1]), SMOOTHED)
        return replace(batch, targets=torch.where(batch.synthetic[:, None], smooth, batch.targets))


class Mixup(Use):
    """Faces are blended in pairs, whichever they are, and their labels with them.

    Zhang and others, *mixup*, ICLR 2018, with α = 0.2.
    """

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """See :class:`Use`."""
        share, other = _partners(batch, rng)
        inputs = torch.lerp(batch.inputs, other.inputs, share)
        return _blended(batch, other, share, inputs)


class CutMix(Use):
    """A rectangle of every face is another one's, and the label by its area.

    Yun and others, *CutMix*, ICCV 2019, one rectangle a batch.
    """

    def prepare(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """See :class:`Use`."""
        share, other = _partners(batch, rng)
        size = batch.inputs.shape[-1]
        side = round(size * share**0.5)
        top, left = rng.integers(0, size - side + 1, 2).tolist()
        inputs = batch.inputs.clone()
        place = (..., slice(top, top + side), slice(left, left + side))
        inputs[place] = other.inputs[place]
        return _blended(batch, other, side**2 / size**2, inputs)


class ApartStatistics(Use):
    """Real and synthetic faces are normalised apart; those of real ones are kept for the test.

    After Xie and others, *Adversarial examples improve image recognition*, CVPR 2020.
    """

    def loss(self, network: Describing, batch: Batch, done: float) -> Tensor:
        """See :class:`Use`."""
        made = batch.synthetic
        if min(int(made.sum()), int((~made).sum())) < FEWEST_NORMALISED:
            return super().loss(network, batch, done)
        real = cross_entropy(network(batch.inputs[~made]), batch.of(~made), len(made))
        with _statistics_kept(network):
            return real + cross_entropy(network(batch.inputs[made]), batch.of(made), len(made))


USES: Mapping[str, Use] = {
    use.name: use
    for use in (
        Use(NONE, "no synthetic face", synthetic=0.0),
        Use(DEFAULT, "half of the faces drawn are synthetic"),
        Falling("falling", "the synthetic share falls from 90 % to nothing", synthetic=0.9),
        Balancing("balancing", "synthetic faces fill rare classes up"),
        Pretraining(
            "pretrained",
            "half of the steps on synthetic faces alone, the rest with 20 % of them",
            synthetic=0.2,
            again_at=0.5,
        ),
        Pretraining(
            "pretrained-only",
            "half of the steps on synthetic faces alone, the rest on real ones alone",
            synthetic=0.0,
            again_at=0.5,
        ),
        ContrastivePretraining(
            "contrastive",
            "half of the steps with a contrastive loss on synthetic faces alone, the rest with "
            "20 % of them",
            synthetic=0.2,
            again_at=0.5,
            pictures=True,
        ),
        Weighing("weighed", "half synthetic, weighed by what recognisers read", reads=True),
        SoftLabels("soft", "half synthetic, labelled half by what recognisers read", reads=True),
        Smoothing("smoothed", "half synthetic, labels of these smoothed by a tenth"),
        Mixup("mixup", "half synthetic, faces blended in pairs"),
        CutMix("cutmix", "half synthetic, rectangles exchanged", pictures=True),
        ApartStatistics("apart", "half synthetic, normalised apart", pictures=True),
    )
}
"""Every way by its name; ``mixed-20`` and the like, which have no entry, say another share."""

CANDIDATES: Sequence[str] = ("pretrained", NONE, "mixed-20", DEFAULT, "falling")
"""What :data:`AUTO` chooses among, the one first that it keeps where nothing is clearly better."""
HEAD_CANDIDATES: Sequence[str] = ("mixed-20", NONE, DEFAULT, "falling")
"""The same for a linear layer. Where it starts from does not decide where it ends, so that
pretraining only takes steps from it; on average held-out people were read no better for it."""


def find_use(name: str) -> Use:
    """The way of a name; ``mixed-20`` is one with 20 % of synthetic faces, ``mixed-20-plain`` too.

    One way has one name: that of ``mixed-50`` is ``mixed``, that of ``mixed-05`` is ``mixed-5``.

    Raises:
        InputError: when there is none of that name.
    """
    if name in USES:
        return USES[name]
    if name.endswith(PLAIN) and not name.removesuffix(PLAIN).endswith(PLAIN):
        use = find_use(name.removesuffix(PLAIN))
        about = f"{use.about}, and no face is varied"
        return replace(use, name=use.name + PLAIN, about=about, varied=False)
    mixed = re.fullmatch(r"mixed-(\d{1,2}(\.\d{1,2})?)", name)
    if not mixed or not float(mixed[1]):
        raise InputError(
            f"there is no use '{name}' of synthetic faces; choose {AUTO}, {', '.join(USES)}, or "
            "mixed-N for N % of synthetic faces, from mixed-0.01 to mixed-99.99; with -plain "
            "behind any of them no face is varied."
        )
    percent = float(mixed[1])
    if percent == 100 * USES[DEFAULT].synthetic:
        return USES[DEFAULT]
    about = f"{percent:g} % of the faces drawn are synthetic"
    return Use(f"mixed-{percent:g}", about, percent / 100)


def mixed_with(share: float) -> str:
    """The name of the way in which so large a share of the faces drawn is synthetic.

    Raises:
        InputError: when it is no share of a mixture, in hundredths of a per cent.
    """
    percent = 100 * share
    if not 0.005 <= percent < 99.995:
        raise InputError(
            f"the synthetic share of a mixed batch is between 0 and 1, not {share:g}; choose the "
            f"use '{NONE}' for no synthetic face."
        )
    return find_use(f"mixed-{percent:.2f}").name


def cross_entropy(logits: Tensor, batch: Batch, faces: int | None = None) -> Tensor:
    """Cross entropy of soft labels, weighed face by face.

    Args:
        logits: (B, classes).
        batch: the same faces.
        faces: what the sum is divided by; B if None.
    """
    each = functional.cross_entropy(logits, batch.targets, reduction="none")
    return (each * batch.weights).sum() / (faces or len(each))


def contrastive(descriptions: Tensor, labels: Tensor) -> Tensor:
    """Supervised contrastive loss, over the faces that have another one of their class.

    Args:
        descriptions: (B, F).
        labels: (B,).

    Returns:
        The mean; 0 where no class is there twice.
    """
    near = functional.normalize(descriptions) @ functional.normalize(descriptions).T / TEMPERATURE
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    odds = near.masked_fill(itself, -torch.inf).log_softmax(1).masked_fill(itself, 0)
    same = (labels[:, None] == labels) & ~itself
    have = same.any(1)
    if not have.any():
        return 0 * descriptions.sum()
    return -((odds * same).sum(1)[have] / same.sum(1)[have]).mean()


def _partners(batch: Batch, rng: np.random.Generator) -> tuple[float, Batch]:
    """The share of the other one in a blend, at most a half, and the other one of every face."""
    share = float(rng.beta(BETA, BETA))
    other = torch.from_numpy(rng.permutation(len(batch.targets)))
    return min(share, 1 - share), batch.of(other)


def _blended(batch: Batch, other: Batch, share: float, inputs: Tensor) -> Batch:
    """Blended faces with labels and weights that are blended like them."""
    return replace(
        batch,
        inputs=inputs,
        targets=torch.lerp(batch.targets, other.targets, share),
        weights=torch.lerp(batch.weights, other.weights, share),
    )


@contextmanager
def _statistics_kept(network: Describing) -> Iterator[None]:
    """Let batch normalisation use a batch's statistics without keeping them for the test."""
    layers = [one for one in network.modules() if isinstance(one, nn.BatchNorm1d | nn.BatchNorm2d)]
    before = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    try:
        yield
    finally:
        for layer, momentum in zip(layers, before, strict=True):
            layer.momentum = momentum
