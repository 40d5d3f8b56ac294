"""Batches of labelled faces: one tensor in memory, drawn per step.

Every draw is keyed by the seed and the sample's number in the run. So training that was stopped
goes on with the same batches, and several processes that share a batch see together what one
process alone sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.datasets.faces import load_faces, mouth_centres, mouth_tops, to_signed
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import unit_vector
from lgpgan.expressions.expression import TABLE_I, Expression

__all__ = ["FAINTEST", "Draws", "LabelledFaces", "Targets"]

Targets = Literal["uniform", "permuted"]

FAINTEST = 0.6
"""Faces with a lower intensity of their class are left out: in a studio set some are faint."""


@dataclass(frozen=True)
class Draws:
    """How faces and targets are drawn.

    Attributes:
        flips: turn every second face, on average, about its vertical axis. It moves one-sided
            contempt to the other side.
        targets: ``uniform`` draws them from all classes, or from all faces where labels hold action
            units; ``permuted`` gives the labels of a batch out in another order.
        noise: largest number that is added to, or taken from, each value of a target.
    """

    flips: bool = False
    targets: Targets = "uniform"
    noise: float = 0.0


class LabelledFaces:
    """The faces of one split of a prepared set, of any classes.

    The label of a face is its class; or, where the set keeps the shares of several, these shares.

    Args:
        prepared: the set.
        split: ``train`` or ``test``.
        seed: seed of the draws.
        device: where the faces are kept, as bytes, if they fit into half of its free memory.
        units: numbers of action units; labels then hold their intensities in place of classes, and
            the target is what another face shows.
        max_cut: the share of a face, 0 to 1, that may have lain beyond its photo's border; faces of
            which more did are left out.
        draws: how faces and targets are drawn.

    Raises:
        InputError: when there is no face in this split, or none of a class to learn from; when the
            set is damaged, or was changed since it was made.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        split: str,
        *,
        seed: int = 0,
        device: torch.device | None = None,
        units: Sequence[int] | None = None,
        max_cut: float = 1.0,
        draws: Draws = Draws(),
    ) -> None:
        records = [face for face in prepared.split(split) if (face.cut or 0.0) <= max_cut]
        if units is None:  # which say how faint a face is; a class does not
            records = [record for record in records if record.intensity >= FAINTEST]
        shown = {record.expression for record in records}
        missing = [name for name in prepared.classes if name not in shown]
        if not shown or (missing and split == "train"):  # what is kept out may lack a class
            which = f"no face of {', '.join(missing)}" if shown else "no face"
            raise InputError(
                f"{prepared.folder} has {which} in its split '{split}'; prepare it again with more "
                "photos, or without that class."
            )
        self.seed = seed
        self.draws = draws
        self.classes = prepared.classes
        self.faces = _keep(torch.from_numpy(load_faces(prepared, records)), device)
        if units is None:
            self.condition = torch.tensor([_shares(r, self.classes) for r in records])
            self.wanted = torch.eye(len(self.classes))
        else:
            self.condition = self.wanted = torch.tensor([_units(r, units) for r in records])
        self.mouth_top = mouth_tops(torch.from_numpy(mouth_centres(records)[:, 1]))
        self._permutation = lru_cache(maxsize=2)(self._shuffle)

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.faces)

    def batch(self, step: int, size: int, part: slice = slice(None)) -> LabelledBatch:
        """The batch of a step, or a part of it.

        Every face is seen once before any is seen again.

        Args:
            step: number of the batch.
            size: size of the whole batch.
            part: which of its samples to return.
        """
        rng = np.random.default_rng((self.seed, 1, step))
        targets = torch.from_numpy(rng.integers(len(self.wanted), size=size))
        mix = torch.from_numpy(rng.random(size)).float()
        further = np.random.default_rng((self.seed, 2, step))
        flipped = torch.from_numpy(further.random(size) < 0.5)[part]
        order = torch.from_numpy(further.permutation(size))
        index = torch.tensor([self._chosen(step * size + i) for i in range(size)])
        label = self.condition[index]
        target = label[order] if self.draws.targets == "permuted" else self.wanted[targets]
        if self.draws.noise:
            noise = further.uniform(-self.draws.noise, self.draws.noise, target.shape)
            target = target + torch.from_numpy(noise).float()
        image = to_signed(self.faces[index[part].to(self.faces.device)])
        if self.draws.flips:
            turned = flipped.to(image.device)[:, None, None, None]
            image = torch.where(turned, image.flip(-1), image)
        return LabelledBatch(
            image=image,
            label=label[part],
            target=target[part],
            mouth_top=self.mouth_top[index[part]],
            mix=mix[part],
        )

    def _chosen(self, sample: int) -> int:
        """Index of the face that is shown as this sample of the run, counted from 0."""
        epoch, position = divmod(sample, len(self))
        return int(self._permutation(epoch)[position])

    def _shuffle(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng((self.seed, 0, epoch)).permutation(len(self))


def _shares(record: Record, classes: Sequence[str]) -> list[float]:
    """The share of every class in a face's label; of classes that the set lacks there is none."""
    voted = record.shares or {}
    shares = [max(0.0, voted.get(name, 0.0)) for name in classes]
    total = sum(shares)
    if total > 0:
        return [share / total for share in shares]
    return [float(name == record.expression) for name in classes]


def _units(record: Record, units: Sequence[int]) -> tuple[float, ...]:
    """Intensities of a face's action units, 0 to 1; where not known those of its class, at 1."""
    known = record.action_units
    if known is None:
        known = dict.fromkeys(TABLE_I[Expression(record.expression)], 1.0)
    return unit_vector(known, units)


def _keep(faces: Tensor, device: torch.device | None) -> Tensor:
    """The faces on a GPU, where they fit; on the CPU otherwise."""
    if device is None or device.type != "cuda":
        return faces
    free, _ = torch.cuda.mem_get_info(device)
    return faces.to(device) if faces.numel() < free / 2 else faces
