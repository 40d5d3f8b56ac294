"""What a method does to a face, in a form that can be applied to the original photo.

Whatever its networks, a method of facial expression synthesis ends in one :class:`Change`: colour
laid over the input, which is read along a flow. For a generator with one colour head, as StarGAN's,
nothing of the input is kept; equation 1 of LGP-GAN, ``I_out = (1 − M) C + M I_in``, has no flow.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from lgpgan.networks.generator import GeneratorOutput
from lgpgan.networks.warping import warp_by_flow

__all__ = ["Change", "Edited", "Fake", "flow_or_zero"]


class Change(NamedTuple):
    """What is done to a face: ``colour + keep · warp(input, flow)``.

    Attributes:
        flow: (B, 2, H, W) pixels.
        keep: (B, 1, H, W), 0 to 1, the share of the input.
        colour: (B, 3, H, W), colour laid over it, already multiplied by its share ``1 − keep``.
    """

    flow: Tensor
    keep: Tensor
    colour: Tensor

    @classmethod
    def of(cls, heads: GeneratorOutput) -> Change:
        """What the heads of one whole-face generator say: equation 1."""
        return cls(flow_or_zero(heads), heads.mask, (1 - heads.mask) * heads.colour)

    def apply(self, image: Tensor) -> Tensor:
        """The changed image (B, 3, H, W)."""
        return self.colour + self.keep * warp_by_flow(image, self.flow)

    def then(self, later: GeneratorOutput) -> Change:
        """This change followed by a whole-face generator's: equation 1 once more, in one piece."""
        flow, (colour, keep) = flow_or_zero(later), (later.colour, later.mask)
        earlier = torch.cat(self, dim=1) if later.flow is None else _warped(self, flow)
        earlier_flow, earlier_keep, earlier_colour = torch.split(earlier, [2, 1, 3], dim=1)
        return Change(
            flow=flow + earlier_flow,
            keep=keep * earlier_keep,
            colour=(1 - keep) * colour + keep * earlier_colour,
        )


class Fake(Protocol):
    """What every method's generators make of faces."""

    @property
    def output(self) -> Tensor:
        """(B, 3, H, W) the final faces, −1 to 1."""
        ...

    @property
    def change(self) -> Change:
        """From the input to :attr:`output`."""
        ...


class Edited(NamedTuple):
    """What a method with a single whole-face generator makes of faces; see :class:`Fake`."""

    output: Tensor
    change: Change

    @classmethod
    def repainted(cls, colour: Tensor) -> Edited:
        """Faces (B, 3, H, W) of which a generator draws every pixel anew."""
        nothing = colour.new_zeros(colour.shape[0], 3, *colour.shape[2:])
        flow, keep = torch.split(nothing, [2, 1], dim=1)
        return cls(colour, Change(flow, keep, colour))


def flow_or_zero(heads: GeneratorOutput) -> Tensor:
    """The flow (B, 2, H, W) of a generator's heads; 0 where it has no such head."""
    if heads.flow is not None:
        return heads.flow
    return heads.mask.new_zeros(heads.mask.shape[0], 2, *heads.mask.shape[2:])


def _warped(change: Change, flow: Tensor) -> Tensor:
    return warp_by_flow(torch.cat(change, dim=1), flow)
