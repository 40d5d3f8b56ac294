"""The generator of Table II, and its narrow half-resolution variant with heads of flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.networks.blocks import (
    ResidualBlock,
    at_least_single,
    down_convolution,
    take_over,
    up_convolution,
)
from lgpgan.networks.label_convolution import Halves, convolve_label
from lgpgan.networks.warping import warp_by_flow

__all__ = ["Generator", "GeneratorConfig", "GeneratorOutput", "InsideHeads"]

FLOW_GAIN = 8.0
"""Pixels of flow for a head's output of 1, so that its weights stay as small as the others'."""
SHADE_LIMIT = 0.6
"""By how much of its light a kept pixel can be made darker or lighter."""
SHARE_OFFSET = -2.0
"""Added before the sigmoid of the inside's share: training starts with little of the picture."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator; the defaults are Table II's.

    Attributes:
        labels: n, the number of label planes.
        width: channels of the first layer; the next two have twice and four times as many.
        residual_blocks: 6 in the paper's global generator, 3 in its local ones.
        kernel: side of the kernels of the stem and the heads.
        fold: the stem and the heads work at 1/fold of the resolution (pixel unshuffle, shuffle).
        flow_limit: 0 for the paper's two heads; above it there is a third one that predicts a flow
            of at most so many pixels.
        mask_offset: added before the mask's sigmoid, so that training starts by keeping the input.
        look_again: the heads of colour and mask see the input once more, moved along the flow:
            edges of lips and lids, which the narrow encoder blurs, at the places where they go.
        masked: without it there is no mask head and nothing of the input is kept, as in StarGAN.
        inside: whether there are two more heads, for a mouth region: a flow into the picture of an
            open mouth (:mod:`lgpgan.faces.open_mouth`), and how much of it colour is drawn with.
        shaded: whether there is one more head, for the shade of what is kept: folds of the skin.
    """

    labels: int = 8
    width: int = 64
    residual_blocks: int = 6
    kernel: int = 7
    fold: int = 1
    flow_limit: float = 0.0
    mask_offset: float = 0.0
    look_again: bool = False
    masked: bool = True
    inside: bool = False
    shaded: bool = False

    def __post_init__(self) -> None:
        if (self.look_again or self.inside) and not self.flow_limit:
            raise ValueError("looking again, or inside, needs a flow and its limit")


class InsideHeads(NamedTuple):
    """What a generator's heads say about a mouth's inside.

    Attributes:
        flow: (B, 2, H, W) pixels (x, y), where each pixel lies in the picture of an open mouth.
        share: (B, 1, H, W), 0 to 1: how much of it the colour is drawn with.
    """

    flow: Tensor
    share: Tensor


class GeneratorOutput(NamedTuple):
    """What a generator's heads say about an image (B, 3, H, W).

    Attributes:
        colour: C, (B, 3, H, W), −1 to 1; beyond 1 where it was put under a light.
        mask: M, (B, 1, H, W), 0 to 1; 1 keeps the input. All 0 without that head.
        flow: (B, 2, H, W) pixels (x, y), where each pixel comes from; None without that head.
        inside: of a mouth; None without these heads.
        shade: (B, 1, H, W), 0.4 to 1.6, factor of the light of what is kept; None without it.
    """

    colour: Tensor
    mask: Tensor
    flow: Tensor | None
    inside: InsideHeads | None = None
    shade: Tensor | None = None


class Generator(nn.Module):
    """Encoder, residual blocks, decoder and parallel heads (Table II)."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width, kernel, folded = config.width, config.kernel, config.fold**2
        self.encoder = nn.Sequential(
            down_convolution(3 * folded + config.labels, width, kernel=kernel, stride=1),
            down_convolution(width, 2 * width, kernel=4, stride=2),
            down_convolution(2 * width, 4 * width, kernel=4, stride=2),
        )
        self.residual_blocks = nn.Sequential(
            *(ResidualBlock(4 * width) for _ in range(config.residual_blocks))
        )
        self.decoder = nn.Sequential(
            up_convolution(4 * width, 2 * width), up_convolution(2 * width, width)
        )
        if config.look_again:
            self.second_look = down_convolution(width + 3 * folded + 2, width, kernel=3, stride=1)
        self.colour_head = self._head(3 * folded)
        self.mask_head = self._head(folded) if config.masked else None
        self.flow_head = self._head(2) if config.flow_limit else None
        self.inside_head = self._head(2 + folded) if config.inside else None
        self.shade_head = self._head(folded) if config.shaded else None
        for head in (self.flow_head, self.inside_head, self.shade_head):
            if head is not None:
                nn.init.zeros_(head.weight)

    def _head(self, outputs: int) -> nn.Conv2d:
        kernel = self.config.kernel
        return nn.Conv2d(self.config.width, outputs, kernel, 1, kernel // 2, bias=False)

    def forward(self, image: Tensor, label: Tensor | Halves) -> GeneratorOutput:
        """Predict colour, mask and flow.

        Args:
            image: (B, 3, H, W), −1 to 1.
            label: (B, N), or one that changes at a row, a multiple of ``fold``.
        """
        fold = self.config.fold
        folded = F.pixel_unshuffle(image, fold)  # (B, 3 fold², H/fold, W/fold)
        features = self._encode(folded, label)  # (B, 4w, H/4fold, W/4fold)
        features = self.decoder(self.residual_blocks(features))  # (B, w, H/fold, W/fold)
        flow = None  # (B, 2, H/fold, W/fold), in pixels of the image
        if self.flow_head is not None:
            flow = self._limited(self.flow_head(features))
        if self.config.look_again and flow is not None:
            moved = warp_by_flow(folded, flow.detach() / fold)
            seen = torch.cat([features, moved, flow.detach() / self.config.flow_limit], dim=1)
            features = self.second_look(seen)
        said = self._say(features)
        colour = torch.tanh(F.pixel_shuffle(said["colour"], fold))
        return GeneratorOutput(
            colour=colour,
            mask=self._mask(said["mask"]) if "mask" in said else torch.zeros_like(colour[:, :1]),
            flow=None if flow is None else self._enlarged(flow),
            inside=self._inside(said["inside"]) if "inside" in said else None,
            shade=self._shade(said["shade"]) if "shade" in said else None,
        )

    def take_over(self, trained: Generator, planes: Mapping[int, int]) -> None:
        """Begin with the weights of a trained generator of the same shape but for its labels.

        Heads of a mouth's inside and of shade that the other lacks stay as they are.

        Args:
            trained: the other generator.
            planes: number of a label plane here to that of the same label there; the others stay
                as they are.

        Raises:
            RuntimeError: when the shapes differ otherwise.
        """
        fresh = [
            f"{name}.weight"
            for name in ("inside_head", "shade_head")
            if getattr(self, name) is not None and getattr(trained, name) is None
        ]
        pixels = 3 * self.config.fold**2
        take_over(self, trained, planes, {"encoder.0.0.weight": pixels}, dimension=1, fresh=fresh)

    def _encode(self, folded: Tensor, label: Tensor | Halves) -> Tensor:
        """Features of an image and the planes of a label behind it."""
        if isinstance(label, Halves):
            label = label._replace(border=label.border // self.config.fold)
        stem: Any = self.encoder[0]
        convolution, norm, activation = stem
        seen, told = torch.split(convolution.weight, [folded.shape[1], self.config.labels], dim=1)
        features = F.conv2d(folded, seen, padding=convolution.padding)
        features = features + convolve_label(label, told, *folded.shape[-2:])
        encoded: Tensor = self.encoder[1:](activation(norm(features)))
        return encoded

    def _say(self, features: Tensor) -> dict[str, Tensor]:
        """What all heads but the flow's say, by their names.

        They are one convolution: kernels work on sixteen channels at a time, and heads have few.
        """
        named = {
            "colour": self.colour_head,
            "mask": self.mask_head,
            "inside": self.inside_head,
            "shade": self.shade_head,
        }
        heads = {name: head for name, head in named.items() if head is not None}
        weight = torch.cat([head.weight for head in heads.values()])
        said = at_least_single(F.conv2d(features, weight, padding=self.config.kernel // 2))
        outputs = [head.out_channels for head in heads.values()]
        return dict(zip(heads, torch.split(said, outputs, dim=1), strict=True))

    def _mask(self, said: Tensor) -> Tensor:
        logits = F.pixel_shuffle(said, self.config.fold)
        return torch.sigmoid(logits + self.config.mask_offset)

    def _inside(self, said: Tensor) -> InsideHeads:
        flow, logits = torch.split(said, [2, self.config.fold**2], dim=1)
        logits = F.pixel_shuffle(logits, self.config.fold)
        return InsideHeads(
            flow=self._enlarged(self._limited(flow)), share=torch.sigmoid(logits + SHARE_OFFSET)
        )

    def _shade(self, said: Tensor) -> Tensor:
        return 1 + SHADE_LIMIT * torch.tanh(F.pixel_shuffle(said, self.config.fold))

    def _limited(self, raw: Tensor) -> Tensor:
        """A flow in pixels from what its head says."""
        limit = self.config.flow_limit
        return limit * torch.tanh(at_least_single(raw) * (FLOW_GAIN / limit))

    def _enlarged(self, flow: Tensor) -> Tensor:
        """A flow (B, 2, H/fold, W/fold) at the image's resolution."""
        fold = self.config.fold
        if fold == 1:
            return flow
        return F.interpolate(flow, scale_factor=fold, mode="bilinear", align_corners=False)
