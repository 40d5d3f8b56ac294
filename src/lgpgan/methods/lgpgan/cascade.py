"""LGP-GAN: local generators for eyes and mouth, then a global one for the whole face.

Xia, Zheng, Wang, Yu, Dong, Wang: *Local and Global Perception Generative Adversarial Network for
Facial Expression Synthesis*, IEEE TCSVT 2022, doi:10.1109/TCSVT.2021.3074032.

Stage I edits the eye and the mouth region to the target expression. Stage II sees the face with
both pasted in, and completes it. Equation 1, ``I_out = (1 − M) C + M I_in``, holds for each
generator. How the paper's gaps were read: ``docs/paper.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from torch import Tensor, nn

from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import EYE_SIZE, MOUTH_SIZE
from lgpgan.methods.change import Change
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan.regions import (
    crop_eyes,
    crop_mouth,
    global_label,
    paste_eyes,
    paste_mouth,
)
from lgpgan.methods.lgpgan.shapes import LgpGanConfig
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import Generator, GeneratorOutput

__all__ = ["LgpGan", "LgpGanDiscriminators", "LocalSynthesis", "Synthesis"]

Heads = TypeVar("Heads")


class LocalSynthesis(NamedTuple, Generic[Heads]):
    """The result of stage I.

    Attributes:
        output: (B, 3, H, W) the face with both regions pasted in, −1 to 1.
        change: from the input to :attr:`output`.
        eyes: output of the eye generator, on its region.
        mouth: output of the mouth generator, on its region.
    """

    output: Tensor
    change: Change
    eyes: Heads
    mouth: Heads


class Synthesis(NamedTuple, Generic[Heads]):
    """The result of both stages.

    Attributes:
        output: (B, 3, H, W) the final face, −1 to 1.
        change: from the input to :attr:`output`.
        whole: output of the global generator.
        local: the result of stage I; None in the ablation without local generators.
    """

    output: Tensor
    change: Change
    whole: Heads
    local: LocalSynthesis[Heads] | None


class LgpGan(FaceGenerator[Synthesis[GeneratorOutput]]):
    """The three generators and their two stages."""

    def __init__(self, config: LgpGanConfig) -> None:
        super().__init__()
        self.config = config
        self.eye_generator = Generator(config.local_generator)
        self.mouth_generator = Generator(config.local_generator)
        self.global_generator = Generator(config.global_generator)

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> Synthesis[GeneratorOutput]:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target; the mouth's where eyes and mouth differ.
            mouth_top: (B,) first row of each face's mouth region.
            eye_label: (B, N) target of the eyes, where it differs.
        """
        local = self.edit_regions(
            image, label, mouth_top, label if eye_label is None else eye_label
        )
        whole = self.global_generator(local.output, global_label(label, eye_label))
        change = local.change.then(whole)
        return Synthesis(change.apply(image), change, whole, local)

    def edit_regions(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor
    ) -> LocalSynthesis[GeneratorOutput]:
        """Stage I: equation 1 in the eye region, then in the mouth region."""
        eyes = self.eye_generator(crop_eyes(image), eye_label)
        mouth = self.mouth_generator(crop_mouth(image, mouth_top), label)
        change = Change.of(_pasted(eyes, paste_eyes)).then(
            _pasted(mouth, partial(paste_mouth, top=mouth_top))
        )
        return LocalSynthesis(change.apply(image), change, eyes, mouth)


class LgpGanDiscriminators(nn.Module):
    """The three discriminators of Table III.

    Args:
        config: shape of the networks.
        local: False in the ablation without local generators: whole faces alone are judged.
    """

    def __init__(self, config: LgpGanConfig, *, local: bool = True) -> None:
        super().__init__()

        def build(size: tuple[int, int], layers: int) -> Discriminator:
            return Discriminator(
                DiscriminatorConfig(
                    height=size[0],
                    width=size[1],
                    layers=layers,
                    channels=config.discriminator_channels,
                    labels=config.labels,
                    slope=config.slope,
                )
            )

        if local:
            self.eyes = build(EYE_SIZE, config.local_layers)
            self.mouth = build(MOUTH_SIZE, config.local_layers)
        self.whole = build((TEMPLATE_SIZE, TEMPLATE_SIZE), config.global_layers)


def _pasted(heads: GeneratorOutput, paste: Callable[[Tensor], Tensor]) -> GeneratorOutput:
    """The output of a region's generator in the whole face, which is kept around the region."""
    return GeneratorOutput(colour=paste(heads.colour), mask=1 - paste(1 - heads.mask))
