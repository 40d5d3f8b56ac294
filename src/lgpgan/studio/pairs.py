"""Batches of exact pairs from a studio set: all of it in memory, drawn and augmented per step.

Every draw is keyed by seed and step alone, so training that was stopped goes on with the batches
that it would have seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.faces import load_faces, mouth_centres, mouth_tops, to_signed
from lgpgan.datasets.prepared import CORRESPONDENCE, BlendedFace, PreparedSet, Record
from lgpgan.errors import InputError
from lgpgan.expressions import Expression, label_vector, mixture_vector
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.studio.camera import Camera, photograph
from lgpgan.studio.correspondence import Correspondence
from lgpgan.studio.occluders import draw_occluder, hide

__all__ = ["Augmentation", "StudioPairs", "is_first_take"]

FIRST_TAKE = "_0"
"""Ends the name of a photo's first take."""


@dataclass(frozen=True)
class Augmentation:
    """How pairs are varied; source and target alike.

    Attributes:
        photo_sources: share of pairs whose source shows what the original photo shows; the
            others' is any of its faces.
        blended_targets: share of pairs whose target shows two classes, at once or one above the
            nose and another below it, where the set has such faces.
        gain: standard deviation of the brightness factor.
        tint: standard deviation of each colour's factor.
        gamma: standard deviation of the logarithm of the gamma.
        scale: standard deviation of the size.
        rotation: standard deviation, in radians.
        shift: standard deviation, in pixels.
        grey: share of pairs without colour.
        blur: share of pairs that are blurred a little.
        occluded: share of pairs with glasses, hair, a hat or a hand in front of the face.
        camera: light and cameras other than the studio's.
        region_jitter: the mouth region moves up or down by up to so many pixels.
    """

    photo_sources: float = 0.5
    blended_targets: float = 0.3
    gain: float = 0.15
    tint: float = 0.06
    gamma: float = 0.15
    scale: float = 0.05
    rotation: float = 0.05
    shift: float = 1.5
    grey: float = 0.05
    blur: float = 0.15
    occluded: float = 0.2
    camera: Camera = field(default_factory=Camera)
    region_jitter: int = 2


class StudioPairs:
    """The renders of one split of a studio set, and the exact flow between them.

    Args:
        prepared: the set.
        split: ``train`` or ``test``.
        augmentation: how pairs are varied.
        seed: of the draws.

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
    ) -> None:
        self.augmentation = augmentation or Augmentation()
        self.seed = seed
        groups = _groups(prepared, split)
        self.photos = sorted(groups)
        shown = [face for photo in self.photos for face in groups[photo]]
        self.images = load_faces(prepared, shown)
        self.counts = np.array([len(groups[photo]) for photo in self.photos])
        self.starts = np.cumsum(self.counts) - self.counts
        self.photographed = np.array(
            [Expression(groups[photo][0].photographed).position for photo in self.photos]
        )
        self.eye_labels = np.stack([_labels(face)[0] for face in shown])
        self.labels = np.stack([_labels(face)[1] for face in shown])
        self.mouths = mouth_centres(shown)
        self.blends = [
            [
                number
                for number, face in enumerate(groups[photo])
                if isinstance(face, BlendedFace) and face.variant is None
            ]
            for photo in self.photos
        ]
        self.correspondence = [_load_correspondence(prepared, photo) for photo in self.photos]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def batch(self, step: int, size: int, part: slice = slice(None)) -> PairBatch:
        """The augmented batch of a step, or a part of it.

        Args:
            step: number of the batch.
            size: of the whole batch.
            part: which of its samples are wanted.
        """
        draws = self._draw(step, size).part(part)
        return self._augment(self.pairs(draws.photo, draws.source, draws.target), draws)

    def _draw(self, step: int, size: int) -> _Draws:
        """Everything that is random in a batch."""
        rng, options = np.random.default_rng((self.seed, step)), self.augmentation
        photo = rng.integers(len(self.photos), size=size)
        source = rng.integers(self.counts[photo])
        from_photo = rng.random(size) < options.photo_sources
        source = np.where(from_photo, self.photographed[photo], source)
        target = rng.integers(len(Expression), size=size)
        # Drawn apart, so that sets without such faces give the same pairs as without this option.
        apart = np.random.default_rng((self.seed, step, 1))
        blended, which = apart.random(size) < options.blended_targets, apart.random(size)
        for number in np.flatnonzero(blended):
            if found := self.blends[photo[number]]:
                target[number] = found[int(which[number] * len(found))]
        one_sided = self._is_one_sided(photo, source) | self._is_one_sided(photo, target)
        mirror = (rng.random(size) < 0.5) & ~one_sided
        return _Draws(
            photo=photo,
            source=source,
            target=target,
            to_input=_draw_affine(options, mirror, rng),
            gain=np.clip(rng.normal(1, options.gain, (size, 1)), 0.6, 1.3),
            tint=rng.normal(1, options.tint, (size, 3)),
            gamma=np.exp(rng.normal(0, options.gamma, (size, 1))),
            grey=rng.random(size) < options.grey,
            blur=(rng.random(size) < options.blur) * rng.uniform(0, 1, size),
            jitter=rng.integers(-options.region_jitter, options.region_jitter + 1, size),
            occluded=rng.random(size) < options.occluded,
            key=rng.integers(2**62, size=size),
        )

    def _is_one_sided(
        self, photo: NDArray[np.integer], face: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Whether faces show contempt, the left side's: mirrored they would be another class."""
        contempt, shown = Expression.CONTEMPTUOUS.position, self.starts[photo] + face
        one_sided: NDArray[np.bool_] = (
            self.labels[shown, contempt] + self.eye_labels[shown, contempt] > 0
        )
        return one_sided

    def pairs(
        self, photo: NDArray[np.integer], source: NDArray[np.integer], target: NDArray[np.integer]
    ) -> PairBatch:
        """Pairs as they are.

        Args:
            photo: (B,) index of the photo.
            source: (B,) which of its faces; the first eight are the expressions, in their order.
            target: the same of the target.
        """
        flows = [
            self.correspondence[p].flow(a, b)
            for p, a, b in zip(photo.tolist(), source.tolist(), target.tolist(), strict=True)
        ]
        flow = np.stack([flow for flow, _ in flows]).transpose(0, 3, 1, 2)
        here, there = self.starts[photo] + source, self.starts[photo] + target
        return PairBatch(
            source=to_signed(self.images[here]),
            target=to_signed(self.images[there]),
            label=torch.from_numpy(self.labels[there]),
            flow=torch.from_numpy(np.ascontiguousarray(flow)),
            visible=torch.from_numpy(np.stack([visible for _, visible in flows]))[:, None],
            mouth_top=mouth_tops(torch.from_numpy(self.mouths[here][:, 1])),
            eye_label=torch.from_numpy(self.eye_labels[there]),
        )

    def _augment(self, batch: PairBatch, draws: _Draws) -> PairBatch:
        rngs = [np.random.default_rng(key) for key in draws.key.tolist()]
        for number in np.flatnonzero(draws.occluded).tolist():
            hide(draw_occluder(rngs[number]), *_arrays(batch, number))
        to_input = torch.from_numpy(draws.to_input)
        grid = _sampling_grid(to_input)
        images = torch.cat([batch.source, batch.target], dim=1)
        images = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
        source_image, target_image = _recolour(images, draws).chunk(2, dim=1)
        flow, visible = _warp_flow(batch.flow, batch.visible, to_input, grid)
        mouth = torch.from_numpy(self.mouths[self.starts[draws.photo] + draws.source]).float()
        linear, offset = to_input[:, :, :2], to_input[:, :, 2]
        moved = torch.linalg.solve(linear, (mouth - offset)[:, :, None])[:, 1, 0]
        augmented = PairBatch(
            source=source_image.contiguous(),
            target=target_image.contiguous(),
            label=batch.label,
            flow=flow,
            visible=visible,
            mouth_top=mouth_tops(moved + torch.from_numpy(draws.jitter)),
            eye_label=batch.eye_label,
        )
        for pair, rng in enumerate(rngs):
            photograph(self.augmentation.camera, rng, *_arrays(augmented, pair))
        return augmented


class _Draws(NamedTuple):
    """What is random in a batch of B pairs.

    Attributes:
        photo: (B,) index of the photo.
        source: (B,) which of the photo's faces.
        target: (B,) the same of the target.
        to_input: (B, 2, 3) float32 similarity from output to input pixels.
        gain: (B, 1) factor of the brightness.
        tint: (B, 3) factor of each colour.
        gamma: (B, 1) exponent.
        grey: (B,) bool.
        blur: (B,) strength, 0 to 1.
        jitter: (B,) rows that the mouth region is moved by.
        occluded: (B,) whether something is in front of the face.
        key: (B,) int64, seed of whatever is drawn for a pair alone.
    """

    photo: NDArray[np.integer]
    source: NDArray[np.integer]
    target: NDArray[np.integer]
    to_input: NDArray[np.float32]
    gain: NDArray[np.floating]
    tint: NDArray[np.floating]
    gamma: NDArray[np.floating]
    grey: NDArray[np.bool_]
    blur: NDArray[np.floating]
    jitter: NDArray[np.integer]
    occluded: NDArray[np.bool_]
    key: NDArray[np.int64]

    def part(self, which: slice) -> _Draws:
        """The draws of some of the pairs."""
        return self._replace(**{name: values[which] for name, values in self._asdict().items()})


def _arrays(
    batch: PairBatch, number: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Source, target, flow and visibility of one pair, to be changed in place."""
    return (
        batch.source[number].numpy(),
        batch.target[number].numpy(),
        batch.flow[number].numpy(),
        batch.visible[number, 0].numpy(),
    )


def _recolour(images: Tensor, draws: _Draws) -> Tensor:
    """Change light, colour and sharpness of (B, 6, H, W): source and target alike."""

    def column(values: NDArray[np.floating | np.bool_]) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).reshape(len(images), -1, 1, 1)

    unit = (images + 1) / 2  # 0 to 1
    unit = unit.clamp(1e-3, 1).pow(column(draws.gamma))
    unit = unit * column(np.tile(draws.gain * draws.tint, 2))
    means = torch.cat(
        [half.mean(1, keepdim=True).expand(-1, 3, -1, -1) for half in unit.chunk(2, 1)], 1
    )
    unit = unit + column(draws.grey) * (means - unit)
    blurred = F.avg_pool2d(F.pad(unit, (1, 1, 1, 1), mode="reflect"), 3, 1)
    unit = unit + column(draws.blur) * (blurred - unit)
    return (unit * 2 - 1).clamp(-1, 1)


def _groups(prepared: PreparedSet, split: str) -> dict[str, list[Record | BlendedFace]]:
    """The faces of each photo: the eight expressions in their order, then the others.

    Raises:
        InputError: when there are no exact pairs.
    """
    classes: defaultdict[str, dict[Expression, Record]] = defaultdict(dict)
    exact = prepared.classes == tuple(Expression)
    for record in prepared.split(split) if exact else ():
        classes[record.photo][Expression(record.expression)] = record
    if not classes or any(len(group) < len(Expression) for group in classes.values()):
        raise InputError(
            f"{prepared.folder} holds no exact pairs in its split '{split}'; "
            "the studio preset trains on sets made by: lgpgan studio PHOTOS DEST. For labelled "
            "faces name another preset, as --preset paper."
        )
    groups: dict[str, list[Record | BlendedFace]] = {
        photo: [group[expression] for expression in Expression] for photo, group in classes.items()
    }
    for face in prepared.blended_split(split):
        groups[face.photo].append(face)
    return groups


def _labels(face: Record | BlendedFace) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Labels (8,) of a face's eyes and of its mouth."""
    if isinstance(face, BlendedFace):
        return mixture_vector(face.eyes), mixture_vector(face.mouth)
    label = label_vector(face.expression, face.intensity)
    return label, label


def is_first_take(photo: str) -> bool:
    """Whether a record's ``photo`` names a first take, which follows the recipes exactly."""
    return photo.endswith(FIRST_TAKE)


def _load_correspondence(prepared: PreparedSet, photo: str) -> Correspondence:
    path = prepared.folder / CORRESPONDENCE / f"{photo}.npz"
    try:
        return Correspondence.load(path)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise InputError(f"{path} is missing or damaged.") from error


def _draw_affine(
    options: Augmentation, mirror: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Similarities (B, 2, 3) float32 about the picture's middle, from output to input pixels."""
    size = len(mirror)
    scale = np.exp(rng.normal(0, options.scale, size))
    angle = rng.normal(0, options.rotation, size)
    flip = np.where(mirror, -1.0, 1.0)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.stack([np.stack([cos * flip, -sin], -1), np.stack([sin * flip, cos], -1)], 1)
    middle = np.full(2, TEMPLATE_SIZE / 2)
    offset = middle - linear @ middle + rng.normal(0, options.shift, (size, 2))
    return np.concatenate([linear, offset[:, :, None]], 2).astype(np.float32)


def _sampling_grid(to_input: Tensor) -> Tensor:
    """Grid (B, 128, 128, 2) for ``grid_sample`` from transforms in pixels."""
    half = TEMPLATE_SIZE / 2
    linear, offset = to_input[:, :, :2], to_input[:, :, 2:]
    shifted = (linear.sum(2, keepdim=True) * half + offset) / half - 1
    return F.affine_grid(
        torch.cat([linear, shifted], dim=2),
        [len(to_input), 1, TEMPLATE_SIZE, TEMPLATE_SIZE],
        align_corners=False,
    )


def _warp_flow(
    flow: Tensor, visible: Tensor, to_input: Tensor, grid: Tensor
) -> tuple[Tensor, Tensor]:
    """Flow and visibility as they are after both pictures went through the same transform."""
    moved = F.grid_sample(flow, grid, padding_mode="border", align_corners=False)
    inverse = torch.linalg.inv(to_input[:, :, :2])
    turned = torch.einsum("bij,bjhw->bihw", inverse, moved)
    seen = F.grid_sample(visible, grid, padding_mode="border", align_corners=False)
    return turned.contiguous(), seen
