"""Loss terms that several methods share: plain functions of tensors, means over the batch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "classification",
    "gradient_penalty_r1",
    "hinge_fake",
    "hinge_generator",
    "hinge_real",
    "masked_l1",
    "simplex",
    "visibility",
]


def hinge_real(realness: Tensor) -> Tensor:
    """The discriminator's hinge loss on real images: ``mean max(0, 1 − D(x))``."""
    return F.relu(1 - realness).mean()


def hinge_fake(realness: Tensor) -> Tensor:
    """The discriminator's hinge loss on fakes: ``mean max(0, 1 + D(G(x)))``."""
    return F.relu(1 + realness).mean()


def hinge_generator(realness: Tensor) -> Tensor:
    """The generator's side of the hinge loss: ``−mean D(G(x))``."""
    return -realness.mean()


def simplex(label: Tensor) -> Tensor:
    """Labels (B, N) as class probabilities: negative shares (intensities above 1) clipped."""
    positive = label.clamp_min(0)
    return positive / positive.sum(dim=1, keepdim=True)


def classification(logits: Tensor, label: Tensor) -> Tensor:
    """Cross entropy of class logits (B, N) to labels (B, N) on the simplex (equations 3 and 4)."""
    return F.cross_entropy(logits, simplex(label))


def gradient_penalty_r1(realness: Tensor, image: Tensor) -> Tensor:
    """Squared gradient of the realness at real images, summed over an image's values.

    Mescheder, Geiger, Nowozin: *Which training methods for GANs do actually converge?*, ICML 2018.

    Args:
        realness: the discriminator's output for ``image``.
        image: (B, ...), with ``requires_grad``.
    """
    (gradient,) = torch.autograd.grad(realness.sum(), image, create_graph=True)
    return gradient.square().flatten(1).sum(dim=1).mean()


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
