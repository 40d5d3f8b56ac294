"""Batches of exact pairs from a studio set: all of it in memory, drawn and augmented per step.

Every draw is keyed by seed and step alone, so training that was stopped goes on with the batches
that it would have seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import BadZipFile

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet, Record
from lgpgan.errors import InputError
from lgpgan.expressions import Expression, label_vector
from lgpgan.faces.alignment import MOUTH, TEMPLATE_SIZE
from lgpgan.faces.regions import MOUTH_DROP, MOUTH_SIZE
from lgpgan.studio.correspondence import Correspondence

__all__ = ["Augmentation", "StudioPairs"]


@dataclass(frozen=True)
class Augmentation:
    """How pairs are varied; source and target alike.

    Attributes:
        photo_sources: share of pairs whose source shows what the original photo shows; the
            others' has any expression.
        gain: standard deviation of the brightness factor.
        tint: standard deviation of each colour's factor.
        gamma: standard deviation of the logarithm of the gamma.
        scale: standard deviation of the size.
        rotation: standard deviation, in radians.
        shift: standard deviation, in pixels.
        grey: share of pairs without colour.
        blur: share of pairs that are blurred a little.
        region_jitter: the mouth region moves up or down by up to so many pixels.
    """

    photo_sources: float = 0.5
    gain: float = 0.15
    tint: float = 0.06
    gamma: float = 0.15
    scale: float = 0.05
    rotation: float = 0.05
    shift: float = 1.5
    grey: float = 0.05
    blur: float = 0.15
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
        groups: defaultdict[str, dict[Expression, Record]] = defaultdict(dict)
        for record in prepared.split(split):
            groups[record.photo][record.expression] = record
        self.photos = sorted(groups)
        if not self.photos or any(len(group) < len(Expression) for group in groups.values()):
            raise InputError(
                f"{prepared.folder} holds no exact pairs in its split '{split}'; "
                "the studio preset trains on sets made by: lgpgan studio PHOTOS DEST"
            )
        rows = [[groups[photo][e] for e in Expression] for photo in self.photos]
        self.images = _load_images(prepared, rows)  # (P, 8, 128, 128, 3) uint8
        self.photographed = np.array([row[0].photographed.position for row in rows])
        self.labels = np.stack(
            [[label_vector(r.expression, r.intensity) for r in row] for row in rows]
        )
        self.mouths = np.stack([[np.mean(r.landmarks[MOUTH], axis=0) for r in row] for row in rows])
        self.correspondence = [_load_correspondence(prepared, photo) for photo in self.photos]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.photos) * len(Expression)

    def batch(self, step: int, size: int) -> PairBatch:
        """The augmented batch of a step."""
        rng = np.random.default_rng((self.seed, step))
        photo = rng.integers(len(self.photos), size=size)
        source = rng.integers(len(Expression), size=size)
        from_photo = rng.random(size) < self.augmentation.photo_sources
        source = np.where(from_photo, self.photographed[photo], source)
        target = rng.integers(len(Expression), size=size)
        return self._augment(self.pairs(photo, source, target), photo, source, target, rng)

    def pairs(
        self, photo: NDArray[np.integer], source: NDArray[np.integer], target: NDArray[np.integer]
    ) -> PairBatch:
        """Pairs as they are: index of the photo, and of source and target expression, each (B,)."""
        flows = [
            self.correspondence[p].flow(a, b)
            for p, a, b in zip(photo.tolist(), source.tolist(), target.tolist(), strict=True)
        ]
        flow = np.stack([flow for flow, _ in flows]).transpose(0, 3, 1, 2)
        return PairBatch(
            source=_to_tensor(self.images[photo, source]),
            target=_to_tensor(self.images[photo, target]),
            label=torch.from_numpy(self.labels[photo, target]),
            flow=torch.from_numpy(np.ascontiguousarray(flow)),
            visible=torch.from_numpy(np.stack([visible for _, visible in flows]))[:, None],
            mouth_top=_region_top(torch.from_numpy(self.mouths[photo, source][:, 1])),
        )

    def _augment(
        self,
        batch: PairBatch,
        photo: NDArray[np.integer],
        source: NDArray[np.integer],
        target: NDArray[np.integer],
        rng: np.random.Generator,
    ) -> PairBatch:
        options, size = self.augmentation, len(photo)
        one_sided = Expression.CONTEMPTUOUS.position
        # Contempt is the left side's: a mirrored one would be another class.
        mirror = (rng.random(size) < 0.5) & (source != one_sided) & (target != one_sided)
        to_input = _draw_affine(options, mirror, rng)  # (B, 2, 3), output to input pixels
        grid = _sampling_grid(to_input)
        images = torch.cat([batch.source, batch.target], dim=1)
        images = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
        source_image, target_image = self._recolour(images, rng).chunk(2, dim=1)
        flow, visible = _warp_flow(batch.flow, batch.visible, to_input, grid)
        mouth = torch.from_numpy(self.mouths[photo, source]).float()
        linear, offset = to_input[:, :, :2], to_input[:, :, 2]
        moved = torch.linalg.solve(linear, (mouth - offset)[:, :, None])[:, 1, 0]
        jitter = rng.integers(-options.region_jitter, options.region_jitter + 1, size)
        return PairBatch(
            source=source_image.contiguous(),
            target=target_image.contiguous(),
            label=batch.label,
            flow=flow,
            visible=visible,
            mouth_top=_region_top(moved + torch.from_numpy(jitter)),
        )

    def _recolour(self, images: Tensor, rng: np.random.Generator) -> Tensor:
        """Change light, colour and sharpness of (B, 6, H, W): source and target alike."""
        options, size = self.augmentation, len(images)

        def column(values: NDArray[np.floating | np.bool_]) -> Tensor:
            return torch.from_numpy(values.astype(np.float32)).reshape(size, -1, 1, 1)

        gain = np.clip(rng.normal(1, options.gain, (size, 1)), 0.6, 1.3)
        tint = np.tile(gain * rng.normal(1, options.tint, (size, 3)), 2)
        gamma = np.exp(rng.normal(0, options.gamma, (size, 1)))
        unit = (images + 1) / 2  # 0 to 1
        unit = unit.clamp(1e-3, 1).pow(column(gamma)) * column(tint)
        grey = column(rng.random(size) < options.grey)
        means = torch.cat(
            [half.mean(1, keepdim=True).expand(-1, 3, -1, -1) for half in unit.chunk(2, 1)], 1
        )
        unit = unit + grey * (means - unit)
        blurred = F.avg_pool2d(F.pad(unit, (1, 1, 1, 1), mode="reflect"), 3, 1)
        strength = column((rng.random(size) < options.blur) * rng.uniform(0, 1, size))
        unit = unit + strength * (blurred - unit)
        return (unit * 2 - 1).clamp(-1, 1)


def _load_images(prepared: PreparedSet, rows: Sequence[Sequence[Record]]) -> NDArray[np.uint8]:
    if prepared.size != TEMPLATE_SIZE:
        raise InputError(f"{prepared.folder} holds faces of {prepared.size} pixels, not 128.")

    def read(record: Record) -> NDArray[np.uint8]:
        pixels = cv2.imread(str(prepared.folder / record.file_name))
        if pixels is None:
            raise InputError(f"{prepared.folder / record.file_name} is missing or damaged.")
        return np.asarray(pixels[..., ::-1], np.uint8)

    return np.stack([[read(record) for record in row] for row in rows])


def _load_correspondence(prepared: PreparedSet, photo: str) -> Correspondence:
    path = prepared.folder / CORRESPONDENCE / f"{photo}.npz"
    try:
        return Correspondence.load(path)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise InputError(f"{path} is missing or damaged.") from error


def _to_tensor(images: NDArray[np.uint8]) -> Tensor:
    """(B, H, W, 3) uint8 → (B, 3, H, W) float, −1 to 1."""
    return torch.from_numpy(images.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1)


def _region_top(mouth_row: Tensor) -> Tensor:
    """First row (B,) of the mouth region, from the row of the mouth landmarks' mean."""
    top = torch.round(mouth_row + MOUTH_DROP - MOUTH_SIZE[0] / 2).long()
    return top.clamp(0, TEMPLATE_SIZE - MOUTH_SIZE[0])


def _draw_affine(
    options: Augmentation, mirror: NDArray[np.bool_], rng: np.random.Generator
) -> Tensor:
    """Similarities (B, 2, 3) about the picture's middle, from output to input pixels."""
    size = len(mirror)
    scale = np.exp(rng.normal(0, options.scale, size))
    angle = rng.normal(0, options.rotation, size)
    flip = np.where(mirror, -1.0, 1.0)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.stack([np.stack([cos * flip, -sin], -1), np.stack([sin * flip, cos], -1)], 1)
    middle = np.full(2, TEMPLATE_SIZE / 2)
    offset = middle - linear @ middle + rng.normal(0, options.shift, (size, 2))
    return torch.from_numpy(np.concatenate([linear, offset[:, :, None]], 2).astype(np.float32))


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
