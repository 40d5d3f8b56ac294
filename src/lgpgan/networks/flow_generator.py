"""The generator of the shipped weights: that of Table II with further heads, above all for a flow.

The flow says from where in the input each pixel of the output comes. Further heads predict how the
skin's folds shade what is kept of the input, and how a mouth's inside is drawn. Each addition can
be left out, so that its worth can be measured (:mod:`lgpgan.methods.lgpgan.ablation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.networks.blocks import (
    at_least_single,
    convolve_together,
    down_convolution,
    head_convolution,
)
from lgpgan.networks.generator import EncoderDecoder, GeneratorConfig
from lgpgan.networks.label_convolution import SplitLabel
from lgpgan.networks.warping import warp_by_flow

__all__ = [
    "SHADE_LIMIT",
    "FlowGenerator",
    "FlowGeneratorConfig",
    "FlowGeneratorOutput",
    "InsideHeads",
]

FLOW_GAIN = 8.0
"""Pixels of flow for a head's output of 1, so that its weights stay as small as the others'."""
SHADE_LIMIT = 0.6
"""Largest part of its light by which a kept pixel can be made darker or lighter."""
SHARE_OFFSET = -2.0
"""Added before the sigmoid of the inside's share: training starts with little of the picture."""


@dataclass(frozen=True)
class FlowGeneratorConfig(GeneratorConfig):
    """Shape of a generator with further heads; the defaults are Table II's, without any.

    Attributes:
        flow_limit: largest flow in pixels; 0 for no flow head.
        mask_offset: added before the mask's sigmoid, so that training starts by keeping the input.
        look_again: whether the heads of colour and mask see the input a second time, warped along
            the flow. It shows them the edges of lips and lids, which the narrow encoder blurs, at
            the places where they go.
        masked: whether there is a mask head; without it nothing of the input is kept.
        inside: whether there are heads for a mouth's inside: a flow into the picture of an open
            mouth (:mod:`lgpgan.faces.open_mouth`), and the picture's share of the colour.
        shaded: whether there is a head for the shade of what is kept.

    Raises:
        ValueError: when ``look_again`` or ``inside`` is asked for without a flow.
    """

    flow_limit: float = 0.0
    mask_offset: float = 0.0
    look_again: bool = False
    masked: bool = True
    inside: bool = False
    shaded: bool = False

    def __post_init__(self) -> None:
        if (self.look_again or self.inside) and not self.flow_limit:
            raise ValueError("look_again and inside need a flow: set flow_limit above 0")


class InsideHeads(NamedTuple):
    """Output of the heads for a mouth's inside.

    Attributes:
        flow: (B, 2, H, W) pixels (x, y), from each pixel to its place in the picture of an open
            mouth.
        share: (B, 1, H, W), 0 to 1, the picture's share of the colour.
    """

    flow: Tensor
    share: Tensor


class FlowGeneratorOutput(NamedTuple):
    """Output of the generator's heads.

    Attributes:
        colour: C, (B, 3, H, W), −1 to 1; beyond 1 after it was put under a light.
        mask: M, (B, 1, H, W), 0 to 1; 1 keeps the input. All 0 without a mask head.
        flow: (B, 2, H, W) pixels (x, y), from each pixel to the place in the input that it comes
            from; None without a flow head.
        inside: of a mouth; None without these heads.
        shade: (B, 1, H, W), 0.4 to 1.6, factor of the light of what is kept; None without a head.
    """

    colour: Tensor
    mask: Tensor
    flow: Tensor | None = None
    inside: InsideHeads | None = None
    shade: Tensor | None = None


class FlowGenerator(EncoderDecoder):
    """Encoder, residual blocks and decoder of Table II, then heads that work in parallel."""

    config: FlowGeneratorConfig

    def __init__(self, config: FlowGeneratorConfig) -> None:
        super().__init__(config)
        width, folded = config.width, config.fold**2
        if config.look_again:
            self.second_look = down_convolution(width + 3 * folded + 2, width, kernel=3, stride=1)
        self.colour_head = self.head(3)
        self.mask_head = self.head(1) if config.masked else None
        self.flow_head = self._flow_head(0) if config.flow_limit else None
        self.inside_head = self._flow_head(folded) if config.inside else None
        self.shade_head = self.head(1) if config.shaded else None
        for head in (self.flow_head, self.inside_head, self.shade_head):
            if head is not None:
                nn.init.zeros_(head.weight)

    def forward(self, image: Tensor, label: Tensor | SplitLabel) -> FlowGeneratorOutput:
        """Predict colour and mask, and what the further heads are for.

        Args:
            image: (B, 3, H, W), −1 to 1.
            label: (B, n), or one that is split at a row, a multiple of ``fold``.
        """
        folded = F.pixel_unshuffle(image, self.config.fold)  # (B, 3 fold², H/fold, W/fold)
        features = self.features(folded, label)  # (B, w, H/fold, W/fold)
        flow = None  # (B, 2, H/fold, W/fold), in pixels of the image
        if self.flow_head is not None:
            flow = self._limited(self.flow_head(features))
            if self.config.look_again:
                features = self._look_again(features, folded, flow.detach())
        outputs = self._parallel_heads(features)
        colour = torch.tanh(self._unfolded(outputs["colour"]))
        return FlowGeneratorOutput(
            colour=colour,
            mask=self._mask(outputs["mask"])
            if "mask" in outputs
            else torch.zeros_like(colour[:, :1]),
            flow=None if flow is None else self._enlarged(flow),
            inside=self._inside(outputs["inside"]) if "inside" in outputs else None,
            shade=self._shade(outputs["shade"]) if "shade" in outputs else None,
        )

    def _flow_head(self, further: int) -> nn.Conv2d:
        """The head of a flow at 1/fold of the resolution, and of further channels behind it."""
        return head_convolution(self.config.width, 2 + further, kernel=self.config.kernel)

    def _look_again(self, features: Tensor, folded: Tensor, flow: Tensor) -> Tensor:
        """Features, joined with the input warped along the flow, and with the flow."""
        warped = warp_by_flow(folded, flow / self.config.fold)
        joined = torch.cat([features, warped, flow / self.config.flow_limit], dim=1)
        seen: Tensor = self.second_look(joined)
        return seen

    def _parallel_heads(self, features: Tensor) -> dict[str, Tensor]:
        """Raw outputs, by their names, of all heads that there are except the flow's."""
        named = {
            "colour": self.colour_head,
            "mask": self.mask_head,
            "inside": self.inside_head,
            "shade": self.shade_head,
        }
        heads = {name: head for name, head in named.items() if head is not None}
        return dict(zip(heads, convolve_together(features, *heads.values()), strict=True))

    def _mask(self, raw: Tensor) -> Tensor:
        return torch.sigmoid(self._unfolded(raw) + self.config.mask_offset)

    def _inside(self, raw: Tensor) -> InsideHeads:
        flow, logits = torch.split(raw, [2, self.config.fold**2], dim=1)
        logits = self._unfolded(logits)
        return InsideHeads(
            flow=self._enlarged(self._limited(flow)), share=torch.sigmoid(logits + SHARE_OFFSET)
        )

    def _shade(self, raw: Tensor) -> Tensor:
        return 1 + SHADE_LIMIT * torch.tanh(self._unfolded(raw))

    def _limited(self, raw: Tensor) -> Tensor:
        """A flow in pixels from its head's output."""
        limit = self.config.flow_limit
        return limit * torch.tanh(at_least_single(raw) * (FLOW_GAIN / limit))

    def _unfolded(self, raw: Tensor) -> Tensor:
        """Channels (B, C fold², H/fold, W/fold) as pixels (B, C, H, W)."""
        return F.pixel_shuffle(raw, self.config.fold)

    def _enlarged(self, flow: Tensor) -> Tensor:
        """A flow (B, 2, H/fold, W/fold) at the image's resolution."""
        fold = self.config.fold
        if fold == 1:
            return flow
        return F.interpolate(flow, scale_factor=fold, mode="bilinear", align_corners=False)
