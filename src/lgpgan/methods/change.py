"""What a method does to a face, in a form that can be applied to the original photo.

Whatever its networks, a method of facial expression synthesis ends in one :class:`Change`: colour
laid over the input, which is read along a flow. For a generator with one colour head, as StarGAN's,
nothing of the input is kept; equation 1 of LGP-GAN, ``I_out = (1 − M) C + M I_in``, has no flow.
Where a mouth opens, the colour can be drawn with a picture of its inside, read along another flow.
What is kept of the input can be shaded, as skin is where it folds.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from lgpgan.networks.generator import GeneratorOutput
from lgpgan.networks.warping import warp_by_flow

__all__ = ["Change", "Edited", "Fake", "Inside", "flow_or_zero", "shaded"]


class Inside(NamedTuple):
    """What a mouth's inside is drawn with: ``lit · (warp(picture, flow) − 1)`` is added.

    So ``lit``, the part of the colour that the picture is laid over, is darkened by it: the light
    is the network's, teeth and gums are the picture's.

    Attributes:
        flow: (B, 2, H, W) pixels.
        lit: (B, 3, H, W), 0 to 2: the share of the colour, counted from black.
        picture: (B, 3, H, W), 0 to 1, of an open mouth, laid where each face's mouth region is.
    """

    flow: Tensor
    lit: Tensor
    picture: Tensor


class Change(NamedTuple):
    """What is done to a face: ``colour + keep · warp(input, flow)``, shaded, and a mouth's inside.

    Attributes:
        flow: (B, 2, H, W) pixels.
        keep: (B, 1, H, W), 0 to 1, the share of the input.
        colour: (B, 3, H, W), colour laid over it, already multiplied by its share ``1 − keep``.
        inside: what of the colour is drawn with a picture of an open mouth; None without.
        shade: (B, 1, H, W), factor of the light of what is kept, counted from black; None for 1.
    """

    flow: Tensor
    keep: Tensor
    colour: Tensor
    inside: Inside | None = None
    shade: Tensor | None = None

    @classmethod
    def of(cls, heads: GeneratorOutput) -> Change:
        """What the heads of one whole-face generator say: equation 1."""
        colour = (1 - heads.mask) * heads.colour
        return cls(flow_or_zero(heads), heads.mask, colour, shade=heads.shade)

    def apply(self, image: Tensor) -> Tensor:
        """The changed image (B, 3, H, W)."""
        kept = shaded(warp_by_flow(image, self.flow), 1, self.shade)
        changed = self.colour + self.keep * kept
        if self.inside is None:
            return changed
        return changed + self.inside.lit * (warp_by_flow(self.inside.picture, self.inside.flow) - 1)

    def then(self, later: GeneratorOutput) -> Change:
        """This change followed by a whole-face generator's: equation 1 once more, in one piece."""
        earlier = self if later.flow is None else self._read_along(later.flow)
        flow, keep, shade = flow_or_zero(later), later.mask, later.shade
        inside = earlier.inside and earlier.inside._replace(
            flow=flow + earlier.inside.flow,
            lit=keep * earlier.inside.lit * (1 if shade is None else shade),
        )
        return Change(
            flow=flow + earlier.flow,
            keep=keep * earlier.keep,
            colour=(1 - keep) * later.colour
            + keep * shaded(earlier.colour, 1 - earlier.keep, shade),
            inside=inside,
            shade=_product(shade, earlier.shade),
        )

    def _read_along(self, flow: Tensor) -> Change:
        """The change as each pixel finds it at its place plus a flow (B, 2, H, W)."""
        parts = {"flow": self.flow, "keep": self.keep, "colour": self.colour}
        if self.shade is not None:
            parts["shade"] = self.shade
        if self.inside is not None:
            parts |= {"inside": self.inside.flow, "lit": self.inside.lit}
        read = warp_by_flow(torch.cat(list(parts.values()), dim=1), flow)
        sizes = [part.shape[1] for part in parts.values()]
        found = dict(zip(parts, torch.split(read, sizes, dim=1), strict=True))
        inside = self.inside and self.inside._replace(flow=found["inside"], lit=found["lit"])
        return Change(found["flow"], found["keep"], found["colour"], inside, found.get("shade"))


def shaded(colour: Tensor, share: Tensor | float, shade: Tensor | None) -> Tensor:
    """Colour in a shade.

    Args:
        colour: (B, 3, H, W), −1 to 1, already multiplied by its share.
        share: of the pixel that it is, 0 to 1: light is counted from black, which is −1 of it.
        shade: (B, 1, H, W), factor of its light; None for 1.
    """
    return colour if shade is None else shade * (colour + share) - share


def _product(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """The product of two shades, either of which may be 1."""
    if first is None or second is None:
        return first if second is None else second
    return first * second


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
