"""What a method does to a face, in a form that can be applied to the original photo.

Every method of facial expression synthesis here ends in one :class:`Change`: colour, laid over what
is kept of the input. Equation 1 of LGP-GAN, ``I_out = (1 − M) C + M I_in``, is a colour and a share
to keep, and no more. StarGAN keeps nothing of the input. The shipped networks also read the input
along a flow, shade it, and draw a mouth's inside (:mod:`lgpgan.methods.lgpgan.flow_change`).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor

from lgpgan.networks.generator import GeneratorOutput
from lgpgan.networks.warping import warp_by_flow

__all__ = ["Change", "Fake", "Inside", "WholeFaceSynthesis", "shaded"]


class Inside(NamedTuple):
    """What a mouth's inside is drawn with: ``lit · (warp(picture, flow) − 1)`` is added.

    Attributes:
        flow: (B, 2, H, W) pixels (x, y), from each pixel to its place in the picture.
        lit: (B, 3, H, W), 0 to 2: the part of the colour that the picture darkens, counted from
            black. The light is the network's, teeth and gums are the picture's.
        picture: (B, 3, H, W), 0 to 1, of an open mouth, laid where each face's mouth region is.
    """

    flow: Tensor
    lit: Tensor
    picture: Tensor


class Change(NamedTuple):
    """What is done to a face: ``colour + keep · input``.

    With all parts it is ``colour + keep · shade · warp(input, flow)``, where the shade counts light
    from black, and a mouth's inside is added.

    Attributes:
        keep: (B, 1, H, W), 0 to 1, the share of the input.
        colour: (B, 3, H, W), colour laid over it, already multiplied by its share ``1 − keep``.
        flow: (B, 2, H, W) pixels (x, y), from each pixel to the place in the input that it comes
            from; None where nothing moves.
        inside: what a mouth's inside is drawn with; None where none is drawn.
        shade: (B, 1, H, W), factor of the light of what is kept; None where nothing is shaded.
    """

    keep: Tensor
    colour: Tensor
    flow: Tensor | None = None
    inside: Inside | None = None
    shade: Tensor | None = None

    @classmethod
    def of(cls, heads: GeneratorOutput) -> Change:
        """Equation 1: ``(1 − M) C`` is laid over M of the input."""
        return cls(keep=heads.mask, colour=(1 - heads.mask) * heads.colour)

    def then(self, later: GeneratorOutput) -> Change:
        """This change and equation 1 once more on its output, as one change."""
        return Change(
            keep=later.mask * self.keep,
            colour=(1 - later.mask) * later.colour + later.mask * self.colour,
        )

    def apply(self, image: Tensor) -> Tensor:
        """The changed images (B, 3, H, W) of images (B, 3, H, W), −1 to 1."""
        moved = image if self.flow is None else warp_by_flow(image, self.flow)
        changed = self.colour + self.keep * shaded(moved, 1, self.shade)
        if self.inside is None:
            return changed
        return changed + self.inside.lit * (warp_by_flow(self.inside.picture, self.inside.flow) - 1)

    def flow_or_zero(self) -> Tensor:
        """The flow (B, 2, H, W), which is 0 where nothing moves."""
        if self.flow is not None:
            return self.flow
        return self.keep.new_zeros(self.keep.shape[0], 2, *self.keep.shape[2:])


def shaded(colour: Tensor, share: Tensor | float, shade: Tensor | None) -> Tensor:
    """Colour in a shade.

    Args:
        colour: (B, 3, H, W), −1 to 1, already multiplied by its share.
        share: of the pixel that it is, 0 to 1: light is counted from black, which is −1 of it.
        shade: (B, 1, H, W), factor of its light; None for 1.
    """
    return colour if shade is None else shade * (colour + share) - share


class Fake(Protocol):
    """Faces that a method's generators synthesise: the fakes of a GAN."""

    @property
    def output(self) -> Tensor:
        """(B, 3, H, W) the final faces, −1 to 1."""
        ...

    @property
    def change(self) -> Change:
        """From the input to :attr:`output`."""
        ...


class WholeFaceSynthesis(NamedTuple):
    """What a method with a single whole-face generator synthesises; see :class:`Fake`."""

    output: Tensor
    change: Change

    @classmethod
    def drawn(cls, colour: Tensor) -> WholeFaceSynthesis:
        """Faces (B, 3, H, W) of which a generator draws every pixel and keeps none."""
        nothing = colour.new_zeros(colour.shape[0], 1, *colour.shape[2:])
        return cls(colour, Change(keep=nothing, colour=colour))
