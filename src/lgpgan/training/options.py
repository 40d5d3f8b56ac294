"""The options of every method's runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, get_args

import torch
import tyro
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.datasets.labelled import Draws, LabelledFaces, Targets
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import LABEL_UNITS
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods.attgan import AttGanObjective, AttGanWeights
from lgpgan.methods.ganimation import GanimationObjective, GanimationWeights
from lgpgan.methods.lgpgan import FlowLgpGanConfig
from lgpgan.methods.lgpgan.ablation import Part, shape_without, weights_without
from lgpgan.methods.lgpgan.paper_objective import PaperObjective, PaperWeights
from lgpgan.methods.lgpgan.studio_objective import StudioObjective, StudioWeights
from lgpgan.methods.stargan import StarGanObjective, StarGanWeights
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.pairs import StudioPairs
from lgpgan.studio.photo_groups import faces_by_photo
from lgpgan.training.config import STRICT, TrainingConfig
from lgpgan.training.validation import LabelledValidation, PairedValidation

__all__ = [
    "AttGanTrainingConfig",
    "GanimationTrainingConfig",
    "LabelledConfig",
    "LgpGanTrainingConfig",
    "StarGanTrainingConfig",
    "StudioConfig",
]


MOUTH_TOP = 64
"""First row of the mouth region in an example batch; its value makes no difference to the count."""


def _each_once(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    twice = [part for number, part in enumerate(parts) if part in parts[:number]]
    if twice:
        raise ValueError(f"'{twice[0]}' is to be left out twice; name each part once.")
    return parts


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StudioConfig(TrainingConfig):
    """LGP-GAN on exact pairs from ``lgpgan studio``, on a CPU within hours.

    Attributes:
        networks: ``flow``, half as wide as Tables II and III, at half the resolution, with further
            heads for flow and shade; ``narrow``, without those heads; or ``paper``.
        without: a part to leave out, to see what it is worth: ``local``, generators and
            discriminators of eyes and mouth; ``masks``, so that every pixel is drawn; ``flow``;
            or ``pairs``, the L1 to the exact render and its shade.
        weights: weights of the loss terms.
        augmentation: how pairs are varied.
    """

    method: ClassVar[str] = "lgp-gan"
    objective_type: ClassVar[type[StudioObjective]] = StudioObjective
    sees_pairs: ClassVar[bool] = True

    preset: Annotated[str, tyro.conf.Suppress] = "studio"
    networks: Literal["narrow", "flow", "paper"] = "flow"
    without: Annotated[tuple[Part, ...], AfterValidator(_each_once)] = ()
    weights: StudioWeights = Field(default_factory=StudioWeights)
    augmentation: Augmentation = Field(default_factory=Augmentation)

    def shape(self, classes: Sequence[str], *, exact_units: bool = False) -> FlowLgpGanConfig:
        """Shape of the networks, but for the parts to leave out."""
        whole: Any = super().shape(classes, exact_units=exact_units)
        return shape_without(whole, self.without)

    def shape_for(self, prepared: PreparedSet) -> FlowLgpGanConfig:
        """Shape of the networks that are trained on a set.

        Where it shows any action unit on top of a class, they are told of all that there may be, so
        that networks trained on one such set fit another.
        """
        shape = self.shape(prepared.classes, exact_units=prepared.knows_units)
        return shape.with_units(LABEL_UNITS if prepared.added_units else ())

    def leaving_out(self, parts: Collection[str]) -> StudioConfig:
        """The same run without some parts, in one order whatever theirs is.

        Raises:
            InputError: when there is no such part, or one is named twice.
        """
        known = tuple(part for part in get_args(Part) if part in parts)
        if len(known) < len(parts):
            raise InputError(
                f"{self.method}, preset {self.preset}, can leave out {', '.join(get_args(Part))}, "
                f"each of them once, but not {', '.join(parts)}."
            )
        return replace(self, without=known)

    @property
    def loss_weights(self) -> StudioWeights:
        """Weights of the loss terms, without those of the parts to leave out."""
        return weights_without(self.weights, self.without)

    def training_faces(self, prepared: PreparedSet) -> int:
        """Number of faces in the training split, those of no single class included."""
        return sum(map(len, faces_by_photo(prepared, "train").values()))

    def batches(
        self, prepared: PreparedSet, shape: FlowLgpGanConfig, device: torch.device
    ) -> StudioPairs:
        """Exact pairs of the training split, varied as the options say."""
        return StudioPairs(
            prepared,
            "train",
            augmentation=self.augmentation,
            seed=self.seed,
            units=shape.units,
        )

    def validation(self, prepared: PreparedSet, shape: FlowLgpGanConfig) -> PairedValidation:
        """The error to the exact renders of people kept out, which chooses the weights."""
        return PairedValidation(StudioPairs(prepared, prepared.chosen_on, units=shape.units))

    def example_batch(self, shape: FlowLgpGanConfig) -> PairBatch:
        """A pair without values."""
        label = _empty_label(shape.labels + len(shape.units))
        return PairBatch(
            source=_empty_picture(3),
            target=_empty_picture(3),
            label=label,
            flow=_empty_picture(2),
            visible=_empty_picture(1),
            mouth_top=torch.tensor([MOUTH_TOP]),
            eye_label=label,
            inside=_empty_picture(2),
            shows_inside=_empty_picture(1),
            lids_and_lips=_empty_picture(1),
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LabelledConfig(TrainingConfig):
    """A run on labelled faces, of which no other expression is known.

    Attributes:
        max_cut: share of a face, 0 to 1, that may have lain beyond its photo's border; faces of
            which more did are not learned from.
        flips: show every second face, on average, turned about its vertical axis.
        targets: ``uniform`` draws what is asked for from all classes (from all faces where labels
            are action units); ``permuted`` gives the labels of a batch out in another order.
        target_noise: largest number added to, or taken from, each value of a target.
    """

    sees_pairs: ClassVar[bool] = False

    max_cut: float = Field(default=1.0, ge=0, le=1)
    flips: bool = False
    targets: Targets = "uniform"
    target_noise: float = Field(default=0.0, ge=0, le=1)

    def units(self, shape: Any) -> Sequence[int] | None:
        """Numbers of the action units that labels hold in place of classes; None for classes."""
        return None

    def training_faces(self, prepared: PreparedSet) -> int:
        """Number of faces of one class each in the training split."""
        return len(prepared.split("train"))

    def batches(self, prepared: PreparedSet, shape: Any, device: torch.device) -> LabelledFaces:
        """Labelled faces of the training split."""
        units = self.units(shape)
        return LabelledFaces(
            prepared,
            "train",
            seed=self.seed,
            device=device,
            units=units,
            max_cut=self.max_cut,
            draws=Draws(flips=self.flips, targets=self.targets, noise=self.target_noise),
        )

    def validation(self, prepared: PreparedSet, shape: Any) -> LabelledValidation:
        """Reconstruction, cycle and change of the faces kept out."""
        return LabelledValidation(LabelledFaces(prepared, prepared.chosen_on))

    def example_batch(self, shape: Any) -> LabelledBatch:
        """A labelled face without values."""
        units = self.units(shape)
        label = _empty_label(shape.labels if units is None else len(units))
        mix = torch.empty(1, device="meta")
        return LabelledBatch(_empty_picture(3), label, label, torch.tensor([MOUTH_TOP]), mix)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LgpGanTrainingConfig(LabelledConfig):
    """LGP-GAN's published objective, equations 1 to 9, on any labelled faces.

    Attributes:
        networks: ``paper``, Tables II and III; ``narrow``, half as wide at half the resolution; or
            ``flow``, narrow with further heads for flow and shade.
        weights: weights of the loss terms.
    """

    method: ClassVar[str] = "lgp-gan"
    objective_type: ClassVar[type[PaperObjective]] = PaperObjective

    networks: Literal["narrow", "flow", "paper"] = "narrow"
    weights: PaperWeights = Field(default_factory=PaperWeights)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StarGanTrainingConfig(LabelledConfig):
    """StarGAN's objective.

    Attributes:
        weights: weights of the loss terms.
    """

    method: ClassVar[str] = "stargan"
    objective_type: ClassVar[type[StarGanObjective]] = StarGanObjective

    networks: Literal["narrow", "paper"] = "narrow"
    weights: StarGanWeights = Field(default_factory=StarGanWeights)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AttGanTrainingConfig(LabelledConfig):
    """AttGAN's objective.

    Attributes:
        weights: weights of the loss terms.
    """

    method: ClassVar[str] = "attgan"
    objective_type: ClassVar[type[AttGanObjective]] = AttGanObjective

    networks: Literal["narrow", "paper"] = "narrow"
    weights: AttGanWeights = Field(default_factory=AttGanWeights)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GanimationTrainingConfig(LabelledConfig):
    """GANimation's objective.

    Attributes:
        weights: weights of the loss terms.
    """

    method: ClassVar[str] = "ganimation"
    learns_units: ClassVar[bool] = True
    objective_type: ClassVar[type[GanimationObjective]] = GanimationObjective

    networks: Literal["narrow", "paper"] = "narrow"
    weights: GanimationWeights = Field(default_factory=GanimationWeights)

    def units(self, shape: Any) -> Sequence[int]:
        """Numbers of the action units, which take the place of classes."""
        return tuple(shape.units)


def _empty_picture(channels: int) -> Tensor:
    return torch.empty(1, channels, TEMPLATE_SIZE, TEMPLATE_SIZE, device="meta")


def _empty_label(labels: int) -> Tensor:
    return torch.empty(1, labels, device="meta")
