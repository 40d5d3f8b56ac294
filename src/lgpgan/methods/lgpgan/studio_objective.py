"""The objective of the ``studio`` preset: training LGP-GAN on exact pairs.

The three pairs of generator and discriminator, the class terms and the attention masks are the
paper's. A studio set has the exact target, and for each of its pixels the place in the source that
it comes from. So an L1 to the target replaces cycle and self-reconstruction. An L1 to the exact
flow and a cross entropy of the masks to the exact visibility are added. The adversarial loss is the
hinge loss with a lazy R1 penalty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.methods import losses
from lgpgan.methods.lgpgan.cascade import LgpGanDiscriminators
from lgpgan.methods.lgpgan.flow_cascade import FlowLgpGan, FlowSynthesis
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth
from lgpgan.methods.lgpgan.views import View, diagnose, discriminated
from lgpgan.methods.objective import BaseObjective, Terms
from lgpgan.networks.flow_generator import SHADE_LIMIT
from lgpgan.networks.warping import pixel_centres, warp_by_flow

__all__ = ["StudioObjective", "StudioWeights", "exact_shade"]

LEAST_LIGHT = 0.05
"""Added to both lights of a ratio, so that noise in the dark counts as no shade."""


@dataclass(frozen=True)
class StudioWeights:
    """Weights of the terms.

    A term about the exact pairs (L1, flow, shade, masks) is left out where its weight is 0.

    Attributes:
        adversarial: each generator's hinge term.
        classification: each generator's class term.
        paired: L1 to the target, on the final face and on each region after stage I.
        paired_region: L1 to the target on each region of the final face.
        paired_unseen: L1 to the target where the source does not show it, above all on teeth. That
            is a small part of the face, which hardly counts in the other terms.
        paired_small: the same where lids open or close, where eyes look elsewhere, and where lips
            close over teeth: a few pixels, of which a half is as bad as none.
        local_flow: L1, in pixels, of stage I's flow to the exact one, in each region.
        flow: L1, in pixels, of the final flow to the exact one.
        flow_small: factor of both flow terms where lids, eyes and closing lips move, less 1.
        local_shade: L1 of stage I's shade to the exact one, in each region.
        shade: L1 of the final shade to the exact one.
        shade_square: factor of the squared difference that is added to each shade's difference, so
            that wrinkles, which are few and fine, are drawn.
        attention: cross entropy of the masks to the visibility.
        attention_unseen: factor of the attention term where the source does not show the target.
            That is a hundredth of the face, and its colour is learnt only after the mask has opened
            there.
        inside: L1, in pixels, of the mouth generator's flow into the picture of an open mouth,
            where the target shows teeth or gums.
        inside_share: cross entropy of the picture's share to the places where they are shown.
        r1: gradient penalty on real images.
    """

    adversarial: float = 0.3
    classification: float = 0.3
    paired: float = 20.0
    paired_region: float = 40.0
    paired_unseen: float = 150.0
    paired_small: float = 100.0
    local_flow: float = 4.5
    flow: float = 6.0
    flow_small: float = 8.0
    local_shade: float = 10.0
    shade: float = 20.0
    shade_square: float = 10.0
    attention: float = 1.0
    attention_unseen: float = 10.0
    inside: float = 20.0
    inside_share: float = 1.0
    r1: float = 0.02


class StudioObjective(BaseObjective[FlowLgpGan, LgpGanDiscriminators, StudioWeights]):
    """Losses of generators and discriminators on a batch of exact pairs."""

    def synthesise(self, batch: PairBatch) -> FlowSynthesis:
        """Run the cascade on the sources."""
        return self.generators(batch.source, batch.label, batch.mouth_top, batch.eye_label)

    def discriminator_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """Hinge and class terms (equations 2 and 3), summed over the three discriminators."""
        terms: dict[str, Tensor] = {}
        for view in self._views(batch, fake):
            judged = view.discriminator(torch.cat([view.real, view.made.detach()]))
            real, made = judged.realness.chunk(2)
            terms[f"D/{view.name}_real"] = losses.hinge_real(real)
            terms[f"D/{view.name}_fake"] = losses.hinge_fake(made)
            terms[f"D/{view.name}_class"] = self._classification(
                judged.attributes.chunk(2)[0], view, batch
            )
        return terms

    def gradient_penalty(self, batch: PairBatch, fake: FlowSynthesis, every: int) -> Terms:
        """R1 on real images, for every ``every``-th step, multiplied by ``every``."""
        terms: dict[str, Tensor] = {}
        for view in self._views(batch, fake):
            real = view.real.detach().requires_grad_()
            penalty = losses.gradient_penalty_r1(view.discriminator(real).realness, real)
            terms[f"D/{view.name}_r1"] = self.weights.r1 * every * penalty
        return terms

    def generator_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """Adversarial and class terms (equations 2 and 4), and those of the exact pairs."""
        weights = self.weights
        terms: dict[str, Tensor] = {}
        for view in self._views(batch, fake):
            judged = view.discriminator(view.made)
            terms[f"G/{view.name}_adversarial"] = (
                weights.adversarial * losses.generator_adversarial(judged.realness)
            )
            terms[f"G/{view.name}_class"] = weights.classification * self._classification(
                judged.attributes, view, batch
            )
            if weights.paired:
                terms[f"G/{view.name}_paired"] = weights.paired * F.l1_loss(view.made, view.real)
        top = batch.mouth_top
        if weights.paired_region:
            terms["G/regions_paired"] = weights.paired_region * (
                F.l1_loss(crop_eyes(fake.output), crop_eyes(batch.target))
                + F.l1_loss(crop_mouth(fake.output, top), crop_mouth(batch.target, top))
            )
        if weights.paired_unseen:
            terms["G/unseen_paired"] = weights.paired_unseen * losses.masked_l1(
                fake.output, batch.target, 1 - batch.visible
            )
        if weights.paired_small:
            terms["G/small_paired"] = weights.paired_small * losses.masked_l1(
                fake.output, batch.target, batch.lids_and_lips
            )
        return {
            **terms,
            **self._flow_terms(batch, fake),
            **self._shade_terms(batch, fake),
            **self._attention_terms(batch, fake),
            **self._inside_terms(batch, fake),
        }

    def _flow_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """L1 to the exact flow F: stage I's flow to w·F in each region, the final flow to F."""
        weights, top, flow = self.weights, batch.mouth_top, batch.flow
        counted = batch.visible * (1 + weights.flow_small * batch.lids_and_lips)
        terms: dict[str, Tensor] = {}
        if weights.local_flow and fake.local is not None:
            made = fake.local.change.flow_or_zero()
            eyes = self.generators.eye_window * crop_eyes(flow)
            mouth = self.generators.mouth_window * crop_mouth(flow, top)
            terms["G/local_flow"] = weights.local_flow * (
                losses.masked_l1(crop_eyes(made), eyes, crop_eyes(counted))
                + losses.masked_l1(crop_mouth(made, top), mouth, crop_mouth(counted, top))
            )
        if weights.flow:
            made = fake.change.flow_or_zero()
            terms["G/flow"] = weights.flow * losses.masked_l1(made, flow, counted)
        return terms

    def _shade_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """L1 and square to the exact shade S: stage I's to 1 + w (S − 1), the final one to S."""
        weights, top, visible = self.weights, batch.mouth_top, batch.visible
        if fake.change.shade is None or not (weights.local_shade or weights.shade):
            return {}
        terms: dict[str, Tensor] = {}
        exact = exact_shade(batch)
        difference = partial(losses.masked_elastic, square=weights.shade_square)
        if weights.local_shade and fake.local is not None and fake.local.change.shade is not None:
            made = fake.local.change.shade
            eyes = 1 + self.generators.eye_window * (crop_eyes(exact) - 1)
            mouth = 1 + self.generators.mouth_window * (crop_mouth(exact, top) - 1)
            terms["G/local_shade"] = weights.local_shade * (
                difference(crop_eyes(made), eyes, crop_eyes(visible))
                + difference(crop_mouth(made, top), mouth, crop_mouth(visible, top))
            )
        if weights.shade:
            terms["G/shade"] = weights.shade * difference(fake.change.shade, exact, visible)
        return terms

    def _attention_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """Cross entropy of the masks to where the source shows the target."""
        if not self.weights.attention:
            return {}
        top, visible = batch.mouth_top, batch.visible
        masks: list[tuple[Tensor, Tensor]] = []  # each with its target
        if fake.local is not None:
            keep = fake.local.change.keep
            mouth = 1 - self.generators.mouth_window * (1 - crop_mouth(visible, top))
            eyes = 1 - self.generators.eye_window * (1 - crop_eyes(visible))
            masks += [(crop_mouth(keep, top), mouth), (crop_eyes(keep), eyes)]
        masks += [(fake.change.keep, visible)]
        total = sum(
            losses.visibility(keep, wanted, unseen=self.weights.attention_unseen)
            for keep, wanted in masks
        )
        return {"G/attention": self.weights.attention * torch.as_tensor(total)}

    def _inside_terms(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """L1 to the places of teeth and gums in the picture of an open mouth, and its share."""
        if fake.local is None or fake.local.mouth.inside is None:
            return {}
        weights, top, heads = self.weights, batch.mouth_top, fake.local.mouth.inside
        shown, terms = crop_mouth(batch.shows_inside, top), dict[str, Tensor]()
        if weights.inside:
            flow = crop_mouth(batch.inside, top) - pixel_centres(heads.flow)
            terms["G/inside"] = weights.inside * losses.masked_l1(heads.flow, flow, shown)
        if weights.inside_share:
            terms["G/inside_share"] = weights.inside_share * losses.visibility(
                1 - heads.share, 1 - shown, unseen=weights.attention_unseen
            )
        return terms

    def diagnostics(self, batch: PairBatch, fake: FlowSynthesis) -> Terms:
        """Figures that tell whether training goes well."""
        label = batch.whole_label[:, : self.generators.config.labels]
        return diagnose(self.discriminators, batch.source, batch.target, label, fake)

    def _views(self, batch: PairBatch, fake: FlowSynthesis) -> Iterator[View]:
        return discriminated(self.discriminators, batch.target, fake, batch.mouth_top)

    def _classification(self, logits: Tensor, view: View, batch: PairBatch) -> Tensor:
        """Cross entropy of a view's class logits (B, N) to what it shows.

        A region shows its own label, the whole face the mean of both. Faces with action units on
        top of a class belong to no class, and are not counted.
        """
        labels = {"eyes": batch.eye_label, "mouth": batch.label, "whole": batch.whole_label}
        label, count = labels[view.name], self.generators.config.labels
        plain = (label[:, count:] == 0).all(dim=1)
        return losses.classification(logits, label[:, :count], counted=plain)


def exact_shade(batch: PairBatch) -> Tensor:
    """The light of the targets, divided by that of the sources warped to them.

    Both are smoothed first, by 1, 2, 1 along rows and columns, so that an edge that was blurred by
    warping counts as no shade.

    Returns:
        (B, 1, 128, 128), 0.4 to 1.6, a factor of light counted from black; without meaning where
        the source does not show the target.
    """
    moved = warp_by_flow(batch.source, batch.flow)

    def light(image: Tensor) -> Tensor:
        shown = batch.visible * (1 + image.mean(dim=1, keepdim=True))
        smooth = F.avg_pool2d(F.avg_pool2d(shown, 2, stride=1, padding=1), 2, stride=1)
        return LEAST_LIGHT + smooth

    return (light(batch.target) / light(moved)).clamp(1 - SHADE_LIMIT, 1 + SHADE_LIMIT)
