"""Loss terms of several methods: functions of tensors, each a mean over the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "attention",
    "classification",
    "critic_fake",
    "critic_real",
    "cycle",
    "generator_adversarial",
    "gradient_penalty",
    "gradient_penalty_r1",
    "hinge_fake",
    "hinge_real",
    "masked_elastic",
    "masked_l1",
    "reconstruction",
    "simplex",
    "total_variation",
    "visibility",
]


def hinge_real(realness: Tensor) -> Tensor:
    """The discriminator's hinge loss on real images: ``mean max(0, 1 − D(x))``."""
    return F.relu(1 - realness).mean()


def hinge_fake(realness: Tensor) -> Tensor:
    """The discriminator's hinge loss on fakes: ``mean max(0, 1 + D(G(x)))``."""
    return F.relu(1 + realness).mean()


def critic_real(realness: Tensor) -> Tensor:
    """The Wasserstein critic on real images: ``−mean D(x)`` (equation 2 of LGP-GAN)."""
    return -realness.mean()


def critic_fake(realness: Tensor) -> Tensor:
    """The Wasserstein critic on fakes: ``mean D(G(x))`` (equation 2)."""
    return realness.mean()


def generator_adversarial(realness: Tensor) -> Tensor:
    """The generator's side of both the hinge and the Wasserstein loss: ``−mean D(G(x))``."""
    return -realness.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor
) -> Tensor:
    """WGAN-GP: the squared distance from 1 of the critic's gradient norm (equation 2).

    ``mean (‖∇ D(x̂)‖₂ − 1)²`` with ``x̂ = mix · real + (1 − mix) · fake``, between real images and
    fakes. Gulrajani et al.:
    *Improved training of Wasserstein GANs*, NeurIPS 2017.

    Args:
        critic: gives the realness of images, of any shape; it is summed over the patches.
        real: (B, ...) real images.
        fake: (B, ...) fakes.
        mix: (B,) uniform in [0, 1).
    """
    share = mix.reshape(-1, *[1] * (real.ndim - 1))
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    length: Tensor = slope.flatten(1).norm(dim=1)
    return (length - 1).square().mean()


def cycle(back: Tensor, image: Tensor) -> Tensor:
    """Cycle consistency: L1 of images and of their edits, edited back (equation 5)."""
    return F.l1_loss(back, image)


def reconstruction(same: Tensor, image: Tensor) -> Tensor:
    """Self-reconstruction: L1 of images and of their edits to their own labels (equation 6)."""
    return F.l1_loss(same, image)


def attention(masks: Iterable[Tensor]) -> Tensor:
    """Sum over the masks of ``mean M²``, which keeps them from saturating at 1 (equation 7)."""
    return torch.stack([mask.square().mean() for mask in masks]).sum()


def total_variation(mask: Tensor) -> Tensor:
    """Total variation of masks (B, 1, H, W).

    The absolute differences of neighbouring pixels are summed over each mask, along rows and
    columns, and averaged over the batch.
    """
    across = (mask[..., 1:] - mask[..., :-1]).abs().flatten(1).sum(dim=1)
    down = (mask[..., 1:, :] - mask[..., :-1, :]).abs().flatten(1).sum(dim=1)
    return (across + down).mean()


def simplex(label: Tensor) -> Tensor:
    """Labels (B, N) as class probabilities; negative shares, of intensities above 1, count as 0."""
    positive = label.clamp_min(0)
    return positive / positive.sum(dim=1, keepdim=True)


def classification(logits: Tensor, label: Tensor, *, counted: Tensor | None = None) -> Tensor:
    """Cross entropy of class logits to labels on the simplex (equations 3 and 4).

    Args:
        logits: (B, N).
        label: (B, N).
        counted: (B,) bool, which faces count; the others' cross entropy is 0. All of them if None.
    """
    if counted is None:
        return F.cross_entropy(logits, simplex(label))
    each = F.cross_entropy(logits, simplex(label), reduction="none")
    return (each * counted).mean()


def gradient_penalty_r1(realness: Tensor, image: Tensor) -> Tensor:
    """R1: the squared gradient norm of the realness at real images.

    Mescheder, Geiger, Nowozin: *Which training methods for GANs do actually converge?*, ICML 2018.

    Args:
        realness: the discriminator's realness of ``image``, of any shape.
        image: (B, ...) real images, with ``requires_grad``.
    """
    (gradient,) = torch.autograd.grad(realness.sum(), image, create_graph=True)
    return gradient.square().flatten(1).sum(dim=1).mean()


def masked_elastic(value: Tensor, target: Tensor, mask: Tensor, *, square: float) -> Tensor:
    """As :func:`masked_l1`, with ``square · (value − target)²`` added to each difference.

    L1 alone is smallest at the median. Where the exact place of a fine line cannot be known, the
    median has no line. The square is smallest at the mean, which shows the line faintly.
    """
    difference = (value - target).abs()
    return (difference * (1 + square * difference) * mask).mean()


def masked_l1(value: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean of ``|value − target| · mask`` over all pixels, those where the mask is 0 included."""
    return ((value - target).abs() * mask).mean()


def visibility(keep: Tensor, visible: Tensor, *, unseen: float = 1.0) -> Tensor:
    """Binary cross entropy of an attention mask to the places where the input shows the target.

    Args:
        keep: the mask, 0 to 1; 1 keeps the input.
        visible: the same shape, 0 to 1; 1 where the input shows the target.
        unseen: weight of the places that the input does not show; that of the others is 1.
    """
    keep = keep.clamp(1e-4, 1 - 1e-4)
    # Written out, since on GPUs autocast refuses F.binary_cross_entropy.
    return -(visible * keep.log() + unseen * (1 - visible) * (1 - keep).log()).mean()
