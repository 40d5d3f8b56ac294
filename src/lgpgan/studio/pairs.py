"""Batches of exact pairs from a studio set, which is kept in memory.

Every draw is keyed by the seed and the step alone, so a training that was stopped goes on with the
same batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.faces import load_faces, mouth_centres, mouth_tops, to_signed
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.expression import Expression
from lgpgan.studio.augmentation import Augmentation, recolour
from lgpgan.studio.camera import photograph
from lgpgan.studio.exchange import Lender, Wearer, exchange
from lgpgan.studio.occluders import anchor_points, occlude
from lgpgan.studio.pair_geometry import (
    draw_similarities,
    sampling_grid,
    to_output,
    warp_flow,
    warp_inside,
)
from lgpgan.studio.photo_groups import (
    faces_by_photo,
    half_labels,
    how_often,
    load_correspondence,
    targets_of,
)
from lgpgan.studio.skin_paint import Skin, paint
from lgpgan.studio.skin_tone import darken

__all__ = ["StudioPairs"]


class StudioPairs:
    """The renders of one split of a studio set, and the exact flow between them.

    Args:
        prepared: the set.
        split: ``train``, ``validation`` or ``test``.
        augmentation: how pairs are varied.
        seed: seed of the draws.
        units: numbers of the action units that labels hold behind the classes. Faces that show
            others on top of a class are sources, never targets.

    Raises:
        InputError: when the set has no exact pairs, or none in this split, or is damaged.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        split: str,
        *,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        units: Sequence[int] = (),
    ) -> None:
        self.augmentation = augmentation or Augmentation()
        self.seed = seed
        groups = faces_by_photo(prepared, split)
        self.photos = sorted(groups)
        shown = [face for photo in self.photos for face in groups[photo]]
        self.images = load_faces(prepared, shown)
        self.counts = np.array([len(groups[photo]) for photo in self.photos])
        self.starts = np.cumsum(self.counts) - self.counts
        self._how_often = how_often(
            [groups[photo][0] for photo in self.photos], self.augmentation.balance
        )
        self.photographed = np.array(
            [Expression(groups[photo][0].photographed).position for photo in self.photos]
        )
        self.eye_labels = np.stack([half_labels(face, units)[0] for face in shown])
        self.labels = np.stack([half_labels(face, units)[1] for face in shown])
        self.mouths = mouth_centres(shown)
        self.anchors = anchor_points(shown)
        self.neutral = self.starts + Expression.NEUTRAL.position
        self.landmarks = np.array([face.landmarks for face in shown], np.float32)
        self.blends = [targets_of(groups[photo], units, added=False) for photo in self.photos]
        self.with_units = [targets_of(groups[photo], units, added=True) for photo in self.photos]
        self.correspondence = [
            load_correspondence(prepared, photo, len(groups[photo])) for photo in self.photos
        ]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def batch(self, step: int, size: int, part: slice = slice(None)) -> PairBatch:
        """The augmented batch of a step, or a part of it.

        Args:
            step: number of the batch.
            size: size of the whole batch.
            part: which of its samples to return.
        """
        draws = self._draw(step, size).part(part)
        return self._augment(self.pairs(draws.photo, draws.source, draws.target), draws)

    def _draw(self, step: int, size: int) -> _Draws:
        """Everything that is random in a batch."""
        rng, options = np.random.default_rng((self.seed, step)), self.augmentation
        photo = rng.choice(len(self.photos), size=size, p=self._how_often)
        source = rng.integers(self.counts[photo])
        from_photo = rng.random(size) < options.photo_sources
        source = np.where(from_photo, self.photographed[photo], source)
        target = rng.integers(len(Expression), size=size)
        # Drawn apart, so that sets without such faces give the same pairs as without this option.
        for stream, share, goals in (
            (1, options.blended_targets, self.blends),
            (3, options.unit_targets, self.with_units),
        ):
            apart = np.random.default_rng((self.seed, step, stream))
            chosen, which = apart.random(size) < share, apart.random(size)
            for number in np.flatnonzero(chosen):
                if found := goals[photo[number]]:
                    target[number] = found[int(which[number] * len(found))]
        unchanged = np.random.default_rng((self.seed, step, 2)).random(size) < options.unchanged
        target = np.where(unchanged & (source < len(Expression)), source, target)
        one_sided = self._is_one_sided(photo, source) | self._is_one_sided(photo, target)
        mirror = (rng.random(size) < 0.5) & ~one_sided
        return _Draws(
            photo=photo,
            source=source,
            target=target,
            to_input=draw_similarities(options, mirror, rng),
            jitter=rng.integers(-options.region_jitter, options.region_jitter + 1, size),
            key=rng.integers(2**63, size=size),
        )

    def _is_one_sided(
        self, photo: NDArray[np.integer], face: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Whether faces show contempt, which is of the left side and must not be mirrored."""
        contempt, shown = Expression.CONTEMPTUOUS.position, self.starts[photo] + face
        one_sided: NDArray[np.bool_] = (
            self.labels[shown, contempt] + self.eye_labels[shown, contempt] > 0
        )
        return one_sided

    def pairs(
        self, photo: NDArray[np.integer], source: NDArray[np.integer], target: NDArray[np.integer]
    ) -> PairBatch:
        """Pairs without augmentation.

        Args:
            photo: (B,) indices of photos.
            source: (B,) number of the source among the photo's faces; the first eight are the
                expressions, in their order.
            target: (B,) number of the target, likewise.
        """
        flows = [
            self.correspondence[p].flow(a, b)
            for p, a, b in zip(photo.tolist(), source.tolist(), target.tolist(), strict=True)
        ]
        flow = np.stack([flow for flow, _ in flows]).transpose(0, 3, 1, 2)
        insides = [
            self.correspondence[p].places_inside(b)
            for p, b in zip(photo.tolist(), target.tolist(), strict=True)
        ]
        inside = np.stack([places for places, _ in insides]).transpose(0, 3, 1, 2)
        small = [
            self.correspondence[p].lids_and_closing_lips(a, b, f)
            for p, a, b, (f, _) in zip(
                photo.tolist(), source.tolist(), target.tolist(), flows, strict=True
            )
        ]
        here, there = self.starts[photo] + source, self.starts[photo] + target
        return PairBatch(
            source=to_signed(self.images[here]),
            target=to_signed(self.images[there]),
            label=torch.from_numpy(self.labels[there]),
            flow=torch.from_numpy(np.ascontiguousarray(flow)),
            visible=torch.from_numpy(np.stack([visible for _, visible in flows]))[:, None],
            mouth_top=mouth_tops(torch.from_numpy(self.mouths[here][:, 1])),
            eye_label=torch.from_numpy(self.eye_labels[there]),
            inside=torch.from_numpy(np.ascontiguousarray(inside)),
            shows_inside=torch.from_numpy(np.stack([shown for _, shown in insides]))[:, None],
            lids_and_lips=torch.from_numpy(np.stack(small))[:, None],
        )

    def _skins(self, draws: _Draws) -> list[Skin]:
        """The skin of each pair, on which make-up and beards are painted."""
        drawn = zip(*(v.tolist() for v in (draws.photo, draws.source, draws.target)), strict=True)
        return [
            Skin(
                self.images[self.neutral[photo]],
                self.landmarks[self.neutral[photo]],
                self.correspondence[photo],
                source,
                target,
            )
            for photo, source, target in drawn
        ]

    def _openings(self, draws: _Draws) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Where the source and the target of each pair show eyes or a mouth's inside."""
        drawn = zip(draws.photo.tolist(), draws.source.tolist(), draws.target.tolist(), strict=True)
        return [
            (
                self.correspondence[photo].shows_openings(source),
                self.correspondence[photo].shows_openings(target),
            )
            for photo, source, target in drawn
        ]

    def _exchanged(
        self, draws: _Draws, generators: Sequence[np.random.Generator]
    ) -> tuple[list[Wearer], list[Lender | None]]:
        """The shape and the skin of each pair; a skin is lent with the same two classes."""
        wearers, lenders = list[Wearer](), list[Lender | None]()
        drawn = zip(draws.photo.tolist(), draws.source.tolist(), draws.target.tolist(), strict=True)
        for (photo, source, target), rng in zip(drawn, generators, strict=True):
            faces = (source, target)
            wearers.append(
                Wearer(
                    self.landmarks[self.starts[photo] + source],
                    self.correspondence[photo],
                    faces,
                )
            )
            lent, other = rng.random() < self.augmentation.exchanged, rng.integers(len(self.photos))
            if not lent or max(faces) >= len(Expression):
                lenders.append(None)
                continue
            shown = self.images[self.starts[other] + np.array(faces)]
            lenders.append(Lender(shown, self.correspondence[int(other)], faces))
        return wearers, lenders

    def _augment(self, batch: PairBatch, draws: _Draws) -> PairBatch:
        options, shown = self.augmentation, self.starts[draws.photo] + draws.source
        generators = [np.random.default_rng(key) for key in draws.key.tolist()]
        # Drawn apart, so that all other kinds stay what they are without this one.
        apart = [np.random.default_rng((key, 1)) for key in draws.key.tolist()]
        once_more = [np.random.default_rng((key, 2)) for key in draws.key.tolist()]
        darkening = [np.random.default_rng((key, 3)) for key in draws.key.tolist()]
        batch = exchange(batch, *self._exchanged(draws, once_more), once_more)
        batch = darken(batch, self._openings(draws), options.darker, darkening)
        batch = paint(batch, self._skins(draws), options, apart)
        to_input = torch.from_numpy(draws.to_input)
        grid = sampling_grid(to_input)
        images = torch.cat([batch.source, batch.target], dim=1)
        images = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
        source, target = images.chunk(2, dim=1)
        flow, visible = warp_flow(batch.flow, batch.visible, to_input, grid)
        small = F.grid_sample(batch.lids_and_lips, grid, padding_mode="border", align_corners=False)
        mirrored = torch.from_numpy(np.linalg.det(draws.to_input[:, :, :2]) < 0)
        inside, shows_inside = warp_inside(batch.inside, batch.shows_inside, grid, mirrored)
        mouth = to_output(self.mouths[shown][:, None], draws.to_input)[:, 0, 1]
        moved = batch._replace(
            source=source,
            target=target,
            flow=flow,
            visible=visible,
            inside=inside,
            shows_inside=shows_inside,
            lids_and_lips=small,
            mouth_top=mouth_tops(torch.from_numpy(mouth + draws.jitter)),
        )
        anchors = to_output(self.anchors[shown], draws.to_input)
        occluded = occlude(moved, anchors, options, generators)
        return photograph(recolour(occluded, options, generators), options, generators)


class _Draws(NamedTuple):
    """The random choices of a batch of B pairs.

    Attributes:
        photo: (B,) index of the photo.
        source: (B,) number of the source among the photo's faces.
        target: (B,) number of the target.
        to_input: (B, 2, 3) float32 similarity from output to input pixels.
        jitter: (B,) rows that the mouth region is moved by.
        key: (B,) seeds of the generators for light, colours, camera and occluders.
    """

    photo: NDArray[np.integer]
    source: NDArray[np.integer]
    target: NDArray[np.integer]
    to_input: NDArray[np.float32]
    jitter: NDArray[np.integer]
    key: NDArray[np.integer]

    def part(self, which: slice) -> _Draws:
        """The draws of some of the pairs."""
        return self._replace(**{name: values[which] for name, values in self._asdict().items()})
