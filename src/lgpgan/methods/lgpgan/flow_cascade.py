"""The cascade of the shipped weights: LGP-GAN's two stages, with what a photo needs beyond them.

The paper's cascade is :mod:`lgpgan.methods.lgpgan.cascade`. Here

- each generator may predict a flow, along which the input is read, and a shade of what is kept
  (:mod:`lgpgan.methods.lgpgan.flow_change`);
- a region's change fades out towards its border;
- where a mouth opens, teeth and gums come from a picture of an open mouth, read along one more
  flow: a photo of closed lips does not show them;
- colours are drawn against the colour of the face's skin. Instance normalisation removes a photo's
  mean colour from all features, so what is drawn would have the colours of an average photo;
- action units can be asked for on top of a class.

Each of these is an option of :class:`~lgpgan.methods.lgpgan.shapes.FlowLgpGanConfig`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.faces.open_mouth import open_mouth
from lgpgan.faces.regions import EYE_SIZE, MOUTH_SIZE, SKIN_BOX, window
from lgpgan.methods.change import Change, Inside, shaded
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan.cascade import LocalSynthesis, Synthesis
from lgpgan.methods.lgpgan.flow_change import change_of, followed_by
from lgpgan.methods.lgpgan.regions import (
    crop_eyes,
    crop_mouth,
    global_label,
    paste_eyes,
    paste_mouth,
)
from lgpgan.methods.lgpgan.shapes import FlowLgpGanConfig
from lgpgan.networks.flow_generator import FlowGenerator, FlowGeneratorOutput

__all__ = ["FlowLgpGan", "FlowSynthesis", "skin_light"]

FlowSynthesis = Synthesis[FlowGeneratorOutput]
"""The result of both stages."""

USUAL_SKIN = (1.30, 1.00, 0.90)
"""Mean colour of :data:`lgpgan.faces.regions.SKIN_BOX` over the photos of the London and Canada
sets, from 0 for black to 2."""
LEAST_LIGHT = 0.1
"""Darker skin than this part of the usual counts as this: what is drawn must not all be black."""


class FlowLgpGan(FaceGenerator[FlowSynthesis]):
    """The generators of both stages; of stage II alone where there are no local ones."""

    optional_layers: ClassVar[tuple[str, ...]] = ("inside_head", "shade_head")

    eye_window: Tensor
    mouth_window: Tensor
    open_mouth: Tensor

    def __init__(self, config: FlowLgpGanConfig) -> None:
        super().__init__()
        self.config = config
        if config.local:
            self.eye_generator = FlowGenerator(config.local_generator)
            self.mouth_generator = FlowGenerator(
                replace(config.local_generator, inside=config.inside)
            )
            for name, size in (("eye_window", EYE_SIZE), ("mouth_window", MOUTH_SIZE)):
                weight = torch.from_numpy(window(*size, config.fade))[None, None]
                self.register_buffer(name, weight, persistent=False)
            picture = torch.from_numpy(open_mouth(scale=1).transpose(2, 0, 1).copy())[None]
            self.register_buffer("open_mouth", picture, persistent=False)
        self.global_generator = FlowGenerator(config.global_generator)

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> FlowSynthesis:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target; the mouth's where eyes and mouth differ. (B, N + A) with action
                units on top of it.
            mouth_top: (B,) first row of each face's mouth region.
            eye_label: (B, N) or (B, N + A), target of the eyes, where it differs.

        Raises:
            ValueError: when a label has another width.
        """
        label = self._with_units(label)
        eye_label = None if eye_label is None else self._with_units(eye_label)
        light = skin_light(image) if self.config.relative_colour else None
        whole_label = global_label(label, eye_label)
        if not self.config.local:
            whole = _lit(self.global_generator(image, whole_label), light)
            change = change_of(whole)
            return Synthesis(change.apply(image), change, whole, None)
        eyes = label if eye_label is None else eye_label
        local = self._edit_regions(image, label, mouth_top, eyes, light)
        whole = _lit(self.global_generator(local.output, whole_label), light)
        change = followed_by(local.change, whole)
        return Synthesis(change.apply(image), change, whole, local)

    def label_planes(self, classes: Sequence[str]) -> Sequence[Hashable]:
        """What each label plane asks for: the classes, then the action units."""
        return (*classes, *self.config.units)

    def _with_units(self, label: Tensor) -> Tensor:
        """A label (B, N + A); one of N values asks for none of the action units."""
        classes, units = self.config.labels, len(self.config.units)
        if label.shape[1] == classes + units:
            return label
        if label.shape[1] != classes:
            raise ValueError(
                f"a label has {classes} classes, or these and {units} action units; this one has "
                f"{label.shape[1]} values"
            )
        return F.pad(label, (0, units))

    def _edit_regions(
        self,
        image: Tensor,
        label: Tensor,
        mouth_top: Tensor,
        eye_label: Tensor,
        light: Tensor | None,
    ) -> LocalSynthesis[FlowGeneratorOutput]:
        """Stage I."""
        eyes = _lit(self.eye_generator(crop_eyes(image), eye_label), light)
        mouth = _lit(self.mouth_generator(crop_mouth(image, mouth_top), label), light)
        change = self.join_regions(eyes, mouth, mouth_top)
        return LocalSynthesis(change.apply(image), change, eyes, mouth)

    def join_regions(
        self, eyes: FlowGeneratorOutput, mouth: FlowGeneratorOutput, mouth_top: Tensor
    ) -> Change:
        """The change of a face that is kept around both regions; each fades out at its border.

        Args:
            eyes: output of the eye generator, on its region.
            mouth: output of the mouth generator, on its region.
            mouth_top: (B,) first row of each face's mouth region.
        """
        of_eyes = _windowed(eyes, self.eye_window)
        of_mouth = _windowed(mouth, self.mouth_window)
        sizes = [part.shape[1] for part in of_eyes.values()]
        pasted = (
            paste_eyes(torch.cat(list(of_eyes.values()), dim=1)),
            paste_mouth(torch.cat(list(of_mouth.values()), dim=1), mouth_top),
        )
        first, second = (
            dict(zip(of_eyes, torch.split(region, sizes, dim=1), strict=True)) for region in pasted
        )
        shade = 1 + second["shade"] if "shade" in second else None
        return Change(
            keep=(1 - first["drawn"]) * (1 - second["drawn"]),
            colour=shaded(first["colour"], first["drawn"], shade) * (1 - second["drawn"])
            + second["colour"],
            flow=first["flow"] + second["flow"] if "flow" in first else None,
            inside=self._inside(mouth, mouth_top),
            shade=None if shade is None else (1 + first["shade"]) * shade,
        )

    def _inside(self, mouth: FlowGeneratorOutput, mouth_top: Tensor) -> Inside | None:
        """What the mouth generator draws with the picture of an open mouth, in the whole face."""
        if mouth.inside is None:
            return None
        lit = self.mouth_window * (1 - mouth.mask) * mouth.inside.share * (1 + mouth.colour)
        picture = self.open_mouth.to(lit.dtype).expand(lit.shape[0], -1, -1, -1)
        pasted = paste_mouth(torch.cat([mouth.inside.flow, lit, picture], dim=1), mouth_top)
        return Inside(*torch.split(pasted, [2, 3, 3], dim=1))


def skin_light(image: Tensor) -> Tensor:
    """The light (B, 3, 1, 1) on faces (B, 3, 128, 128): 1 where their skin is as on most photos."""
    skin = 1 + image[..., SKIN_BOX.rows, SKIN_BOX.columns].mean(dim=(2, 3), keepdim=True)
    return (skin / skin.new_tensor(USUAL_SKIN)[:, None, None]).clamp_min(LEAST_LIGHT)


def _lit(heads: FlowGeneratorOutput, light: Tensor | None) -> FlowGeneratorOutput:
    """The heads' output with its colour, counted from black, under a light (B, 3, 1, 1)."""
    return heads if light is None else heads._replace(colour=light * (1 + heads.colour) - 1)


def _windowed(heads: FlowGeneratorOutput, weight: Tensor) -> dict[str, Tensor]:
    """Flow, drawn share, laid-over colour, and the shade less 1, all 0 at the region's border.

    The flow fades, not the picture: mixing two pictures would double brows and lips.
    """
    drawn = weight * (1 - heads.mask)
    parts = {} if heads.flow is None else {"flow": weight * heads.flow}
    parts |= {"drawn": drawn, "colour": drawn * heads.colour}
    if heads.shade is not None:
        parts["shade"] = weight * (heads.shade - 1)
    return parts
