"""Loss terms that several methods share: plain functions of tensors, means over the batch."""

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
    """How far the slope of the critic is from 1 between real images and fakes (equation 2).

    ``mean (‖∇ D(x̂)‖₂ − 1)²`` with ``x̂ = mix · real + (1 − mix) · fake``. Gulrajani et al.:
    *Improved training of Wasserstein GANs*, NeurIPS 2017.

    Args:
        critic: an image's realness, of any shape; summed over its patches.
        real: (B, ...).
        fake: the same shape.
        mix: (B,) uniform in [0, 1).
    """
    share = mix.reshape(-1, *[1] * (real.ndim - 1))
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    length: Tensor = slope.flatten(1).norm(dim=1)
    return (length - 1).square().mean()


def cycle(back: Tensor, image: Tensor) -> Tensor:
    """L1 of an image and what came back from another expression and again (equation 5)."""
    return F.l1_loss(back, image)


def reconstruction(same: Tensor, image: Tensor) -> Tensor:
    """L1 of an image and what was made of it for the label it has (equation 6)."""
    return F.l1_loss(same, image)


def attention(masks: Iterable[Tensor]) -> Tensor:
    """Sum over the masks of ``mean M²``, which keeps them from saturating at 1 (equation 7)."""
    return torch.stack([mask.square().mean() for mask in masks]).sum()


def total_variation(mask: Tensor) -> Tensor:
    """How much a mask (B, 1, H, W) changes from pixel to pixel, down and across.

    The absolute differences of neighbours are summed over each image, and averaged over the batch.
    """
    across = (mask[..., 1:] - mask[..., :-1]).abs().flatten(1).sum(dim=1)
    down = (mask[..., 1:, :] - mask[..., :-1, :]).abs().flatten(1).sum(dim=1)
    return (across + down).mean()


def simplex(label: Tensor) -> Tensor:
    """Labels (B, N) as class probabilities: negative shares (intensities above 1) clipped."""
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
    """Squared gradient of the realness at real images, summed over an image's values.

    Mescheder, Geiger, Nowozin: *Which training methods for GANs do actually converge?*, ICML 2018.

    Args:
        realness: the discriminator's output for ``image``.
        image: (B, ...), with ``requires_grad``.
    """
    (gradient,) = torch.autograd.grad(realness.sum(), image, create_graph=True)
    return gradient.square().flatten(1).sum(dim=1).mean()


def masked_elastic(value: Tensor, target: Tensor, mask: Tensor, *, square: float) -> Tensor:
    """As :func:`masked_l1`, with ``square · (value − target)²`` added to each difference.

    L1 alone is least at the median: where nobody knows to the pixel where a fine line will be, it
    is left out. The square's least is the mean, which has something of the line.
    """
    difference = (value - target).abs()
    return (difference * (1 + square * difference) * mask).mean()


def masked_l1(value: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean of ``|value − target| · mask`` over everything, the masked-out places included."""
    return ((value - target).abs() * mask).mean()


def visibility(keep: Tensor, visible: Tensor, *, unseen: float = 1.0) -> Tensor:
    """Binary cross entropy of an attention mask to where the input shows what is wanted.

    Args:
        keep: the mask, 0 to 1; 1 keeps the input.
        visible: the same shape, 0 to 1.
        unseen: weight of the places that the input does not show, against 1 for the others.
    """
    keep = keep.clamp(1e-4, 1 - 1e-4)
    # Written out, since on GPUs autocast refuses F.binary_cross_entropy.
    return -(visible * keep.log() + unseen * (1 - visible) * (1 - keep).log()).mean()
