"""LGP-GAN: local generators for eyes and mouth, then a global one for the whole face.

Xia, Zheng, Wang, Yu, Dong, Wang: *Local and Global Perception Generative Adversarial Network for
Facial Expression Synthesis*, IEEE TCSVT 2022, doi:10.1109/TCSVT.2021.3074032.

Stage I edits the eye and the mouth region to the target expression; stage II sees the face with
both pasted in and completes it. Equation 1, ``I_out = (1 − M) C + M I_in``, holds for each
generator. In the narrow variant each also predicts a flow, and ``I_in`` is first read along it:
``I_out = (1 − M) C + M warp(I_in, flow)``; with the flow at 0 this is equation 1. What is kept of
``I_in`` is shaded by one more head, as skin is that folds.

Where the narrow variant opens a mouth, it draws teeth and gums from a picture of an open mouth,
which it reads along one more flow: a photo of closed lips does not show them.

Instance normalisation takes a photo's mean colour from whatever a network works out, so that what
is drawn would have the colours of an average photo. In the narrow variant with a flow, colours are
therefore drawn against that of the face's skin.

What the two stages do to a face is carried along as one :class:`Change`, in which the input is read
only once, at the end. So detail is not blurred twice, and a change worked out on the aligned face
can be applied to the original photo at any resolution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.open_mouth import open_mouth
from lgpgan.faces.regions import EYE_BOX, EYE_SIZE, MOUTH_LEFT, MOUTH_SIZE, SKIN_BOX, window
from lgpgan.methods.change import Change, Inside, flow_or_zero, shaded
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import Generator, GeneratorConfig, GeneratorOutput
from lgpgan.networks.label_convolution import Halves

__all__ = ["LgpGan", "LgpGanConfig", "LgpGanDiscriminators", "LocalSynthesis", "Synthesis"]

USUAL_SKIN = (1.30, 1.00, 0.90)
"""Mean colour of :data:`lgpgan.faces.regions.SKIN_BOX` over the photos of the London and Canada
sets, from 0 for black to 2."""
LEAST_LIGHT = 0.1
"""Darker skin than this part of the usual counts as this: what is drawn must not all be black."""


@dataclass(frozen=True)
class LgpGanConfig:
    """Shape of LGP-GAN; the defaults are the paper's (Tables II and III).

    Attributes:
        global_generator: stage II.
        local_generator: stage I, once for the eyes and once for the mouth.
        discriminator_channels: of the first layer of every discriminator.
        global_layers: layers of the global discriminator.
        local_layers: layers of the local ones.
        slope: of the discriminators' leaky ReLU.
        fade: over how many pixels from its border a region's change rises to its full strength;
            0 replaces the region as it is.
        local: whether there are local generators and discriminators; without them stage II alone
            works on the input.
        inside: whether the mouth generator reads teeth and gums from a picture of an open mouth.
        relative_colour: whether colours are drawn against that of the face's own skin.
        units: numbers of the A action units that can be asked for on top of the classes; a label
            has their intensities, 0 to 1, behind those of the classes.
    """

    global_generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    local_generator: GeneratorConfig = field(
        default_factory=lambda: GeneratorConfig(residual_blocks=3)
    )
    discriminator_channels: int = 64
    global_layers: int = 6
    local_layers: int = 4
    slope: float = 0.01
    fade: float = 0.0
    local: bool = True
    inside: bool = False
    relative_colour: bool = False
    units: tuple[int, ...] = ()

    @property
    def labels(self) -> int:
        """n, the number of classes."""
        return self.global_generator.labels - len(self.units)

    @classmethod
    def paper(cls, labels: int = 8) -> LgpGanConfig:
        """Tables II and III at full width."""
        return cls(
            global_generator=GeneratorConfig(labels=labels),
            local_generator=GeneratorConfig(labels=labels, residual_blocks=3),
        )

    @classmethod
    def narrow(cls, labels: int = 8) -> LgpGanConfig:
        """Half as wide, stem and heads at half the resolution: a tenth of the arithmetic."""

        def generator(residual_blocks: int) -> GeneratorConfig:
            return GeneratorConfig(
                labels=labels, width=32, residual_blocks=residual_blocks, kernel=5, fold=2
            )

        return cls(
            global_generator=generator(6),
            local_generator=generator(3),
            discriminator_channels=32,
            global_layers=5,
        )

    @classmethod
    def flow(cls, labels: int = 8) -> LgpGanConfig:
        """The narrow networks with a flow head, regions joined by a fade: the shipped ones."""
        narrow = cls.narrow(labels)

        def with_flow(generator: GeneratorConfig) -> GeneratorConfig:
            return replace(
                generator, flow_limit=32.0, mask_offset=2.0, look_again=True, shaded=True
            )

        return replace(
            narrow,
            global_generator=with_flow(narrow.global_generator),
            local_generator=with_flow(narrow.local_generator),
            slope=0.1,
            fade=14.0,
            inside=True,
            relative_colour=True,
        )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> LgpGanConfig:
        """What ``dataclasses.asdict`` made of a configuration, back.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when a generator's are missing.
        """
        generators = {
            name: GeneratorConfig(**values[name])
            for name in ("global_generator", "local_generator")
        }
        own = {**generators, "units": tuple(values.get("units", ()))}
        return cls(**{**values, **own})

    def with_units(self, units: Sequence[int]) -> LgpGanConfig:
        """The same, but for the action units that can be asked for."""

        def told(generator: GeneratorConfig) -> GeneratorConfig:
            return replace(generator, labels=self.labels + len(units))

        return replace(
            self,
            units=tuple(units),
            global_generator=told(self.global_generator),
            local_generator=told(self.local_generator),
        )


class LocalSynthesis(NamedTuple):
    """What stage I makes of a face.

    Attributes:
        output: (B, 3, H, W) the face with both regions pasted in, −1 to 1.
        change: from the input to :attr:`output`.
        eyes: heads of the eye generator, on its region.
        mouth: heads of the mouth generator, on its region.
    """

    output: Tensor
    change: Change
    eyes: GeneratorOutput
    mouth: GeneratorOutput


class Synthesis(NamedTuple):
    """What the cascade makes of a face.

    Attributes:
        output: (B, 3, H, W) the final face, −1 to 1.
        change: from the input to :attr:`output`.
        whole: heads of the global generator.
        local: what stage I made on the way; None without local generators.
    """

    output: Tensor
    change: Change
    whole: GeneratorOutput
    local: LocalSynthesis | None


class LgpGan(FaceGenerator[Synthesis]):
    """The two-stage generator; of stage II alone where there are to be no local ones."""

    eye_window: Tensor
    mouth_window: Tensor
    open_mouth: Tensor

    def __init__(self, config: LgpGanConfig) -> None:
        super().__init__()
        self.config = config
        if config.local:
            self.eye_generator = Generator(config.local_generator)
            self.mouth_generator = Generator(replace(config.local_generator, inside=config.inside))
            for name, size in (("eye_window", EYE_SIZE), ("mouth_window", MOUTH_SIZE)):
                weight = torch.from_numpy(window(*size, config.fade))[None, None]
                self.register_buffer(name, weight, persistent=False)
            picture = torch.from_numpy(open_mouth(scale=1).transpose(2, 0, 1).copy())[None]
            self.register_buffer("open_mouth", picture, persistent=False)
        self.global_generator = Generator(config.global_generator)

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> Synthesis:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target; or, where eyes and mouth differ, the mouth's. With action units on
                top of it (B, N + A).
            mouth_top: (B,) first row of each face's mouth region.
            eye_label: (B, N) or (B, N + A), target of the eyes, where it differs.

        Raises:
            ValueError: when a label has another width.
        """
        label = self._with_units(label)
        eye_label = label if eye_label is None else self._with_units(eye_label)
        global_label = _global_label(label, eye_label)
        light = skin_light(image) if self.config.relative_colour else None
        if not self.config.local:
            whole = _lit(self.global_generator(image, global_label), light)
            change = Change.of(whole)
            return Synthesis(change.apply(image), change, whole, None)
        local = self._edit_regions(image, label, eye_label, mouth_top, light)
        whole = _lit(self.global_generator(local.output, global_label), light)
        change = local.change.then(whole)
        return Synthesis(change.apply(image), change, whole, local)

    def take_over(self, trained: LgpGan, planes: Mapping[int, int]) -> None:
        """Begin with trained weights; see :meth:`lgpgan.networks.generator.Generator.take_over`.

        ``planes`` are those of classes; those of action units with the same number are taken over.
        """
        if self.config.local != trained.config.local:
            raise RuntimeError("only one of the two has local generators")
        mine, theirs = self.config, trained.config
        units = {
            mine.labels + here: theirs.labels + theirs.units.index(unit)
            for here, unit in enumerate(mine.units)
            if unit in theirs.units
        }
        planes = {**planes, **units}
        for name, _ in self.named_children():
            getattr(self, name).take_over(getattr(trained, name), planes)

    def _with_units(self, label: Tensor) -> Tensor:
        """A label (B, N + A), where none of the action units is asked for if it has N values."""
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
        eye_label: Tensor,
        mouth_top: Tensor,
        light: Tensor | None,
    ) -> LocalSynthesis:
        """Stage I."""
        eyes = _lit(self.eye_generator(crop_eyes(image), eye_label), light)
        mouth = _lit(self.mouth_generator(crop_mouth(image, mouth_top), label), light)
        change = self._join(eyes, mouth, mouth_top)
        return LocalSynthesis(change.apply(image), change, eyes, mouth)

    def _join(self, eyes: GeneratorOutput, mouth: GeneratorOutput, mouth_top: Tensor) -> Change:
        """Paste both regions into a face that is otherwise kept, each through its window."""
        eye = paste_eyes(_windowed(eyes, self.eye_window))
        mouth_change = paste_mouth(_windowed(mouth, self.mouth_window), mouth_top)
        sizes = [2, 1, 3, eye.shape[1] - 6]
        eye_flow, eye_drop, eye_colour, eye_shade = torch.split(eye, sizes, dim=1)
        flow, drop, colour, relit = torch.split(mouth_change, sizes, dim=1)
        shade = None if mouth.shade is None else 1 + relit
        return Change(
            flow=eye_flow + flow,
            keep=(1 - eye_drop) * (1 - drop),
            colour=shaded(eye_colour, eye_drop, shade) * (1 - drop) + colour,
            inside=self._inside(mouth, mouth_top),
            shade=None if shade is None else (1 + eye_shade) * shade,
        )

    def _inside(self, mouth: GeneratorOutput, mouth_top: Tensor) -> Inside | None:
        """What the mouth generator draws with the picture of an open mouth, in the whole face."""
        if mouth.inside is None:
            return None
        lit = self.mouth_window * (1 - mouth.mask) * mouth.inside.share * (1 + mouth.colour)
        picture = self.open_mouth.to(lit.dtype).expand(lit.shape[0], -1, -1, -1)
        pasted = paste_mouth(torch.cat([mouth.inside.flow, lit, picture], dim=1), mouth_top)
        return Inside(*torch.split(pasted, [2, 3, 3], dim=1))


class LgpGanDiscriminators(nn.Module):
    """The three discriminators of Table III; without local generators that of whole faces alone."""

    def __init__(self, config: LgpGanConfig) -> None:
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

        if config.local:
            self.eyes = build(EYE_SIZE, config.local_layers)
            self.mouth = build(MOUTH_SIZE, config.local_layers)
        self.whole = build((TEMPLATE_SIZE, TEMPLATE_SIZE), config.global_layers)


def skin_light(image: Tensor) -> Tensor:
    """The light (B, 3, 1, 1) on faces (B, 3, 128, 128): 1 where their skin is as on most photos."""
    skin = 1 + image[..., SKIN_BOX.rows, SKIN_BOX.columns].mean(dim=(2, 3), keepdim=True)
    return (skin / skin.new_tensor(USUAL_SKIN)[:, None, None]).clamp_min(LEAST_LIGHT)


def crop_eyes(image: Tensor) -> Tensor:
    """The eye region (B, C, 48, 96) of faces (B, C, 128, 128)."""
    return image[..., EYE_BOX.rows, EYE_BOX.columns]


def crop_mouth(image: Tensor, top: Tensor) -> Tensor:
    """The mouth region (B, C, 48, 64) of faces (B, C, 128, 128), first row ``top`` (B,)."""
    height, width = MOUTH_SIZE
    columns = image[..., MOUTH_LEFT : MOUTH_LEFT + width]
    top = top.to(image.device)
    return _rows(columns, top[:, None] + torch.arange(height, device=image.device))


def paste_eyes(crop: Tensor) -> Tensor:
    """Put an eye region (B, C, 48, 96) into zeros (B, C, 128, 128)."""
    return _pad(crop, EYE_BOX.top, EYE_BOX.left)


def paste_mouth(crop: Tensor, top: Tensor) -> Tensor:
    """Put mouth regions (B, C, 48, 64) into zeros (B, C, 128, 128), first row ``top`` (B,)."""
    height, width = MOUTH_SIZE
    top = top.to(crop.device)
    rows = torch.arange(TEMPLATE_SIZE, device=crop.device) - top[:, None] + 1
    right = TEMPLATE_SIZE - MOUTH_LEFT - width
    framed = F.pad(crop, (MOUTH_LEFT, right, 1, 1))  # a row of zeros above and below
    return _rows(framed, rows.clamp(0, height + 1))


def _rows(image: Tensor, rows: Tensor) -> Tensor:
    """Rows (B, R) of images (B, C, H, W), others for each: (B, C, R, W). Traced, not looped."""
    return image.gather(2, rows[:, None, :, None].expand(-1, image.shape[1], -1, image.shape[3]))


def _pad(crop: Tensor, top: int, left: int) -> Tensor:
    height, width = crop.shape[-2:]
    right, bottom = TEMPLATE_SIZE - left - width, TEMPLATE_SIZE - top - height
    return F.pad(crop, (left, right, top, bottom))


def _lit(heads: GeneratorOutput, light: Tensor | None) -> GeneratorOutput:
    """What heads say with their colour, counted from black, under a light (B, 3, 1, 1)."""
    return heads if light is None else heads._replace(colour=light * (1 + heads.colour) - 1)


def _windowed(heads: GeneratorOutput, weight: Tensor) -> Tensor:
    """Flow, dropped share, laid-over colour and, if there is one, the shade less 1.

    (B, 6, h, w) or (B, 7, h, w), all falling to 0 at the border. The flow fades, not the picture:
    mixing two pictures would double brows and lips.
    """
    drop = weight * (1 - heads.mask)
    parts = [weight * flow_or_zero(heads), drop, drop * heads.colour]
    if heads.shade is not None:
        parts.append(weight * (heads.shade - 1))
    return torch.cat(parts, dim=1)


def _global_label(mouth: Tensor, eyes: Tensor) -> Tensor | Halves:
    """The label (B, N), which changes at the nose's height where the eyes' is another."""
    return mouth if mouth is eyes else Halves(eyes, mouth, border=EYE_BOX.top + EYE_BOX.height)
