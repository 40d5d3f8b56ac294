"""Where a run takes place: one process or several, on CPUs or GPUs, through Lightning Fabric.

Every process holds the whole networks and works through its share of each batch; the gradients are
averaged before each update, so all processes stay the same. Nothing is wrapped: the steps read as
on one machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor, nn

from lgpgan.errors import InputError
from lgpgan.networks.device import usable_device

__all__ = ["Machines", "speaks", "use_bf16"]

RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Where torchrun, srun and Fabric say which process this is."""

BF16_INSTRUCTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
"""Of :mod:`torch.cpu`: what tells that a processor multiplies bfloat16 faster than float32."""


class Machines:
    """The processes of a run.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        processes: on each node; one a GPU. What ``torchrun`` started counts more.
        nodes: how many machines.

    Raises:
        InputError: when there is no such device here, or not so many.
    """

    def __init__(
        self,
        device: str = "cpu",
        *,
        processes: int = 1,
        nodes: int = 1,
    ) -> None:
        kind, index = _usable_device(device, processes)
        if "TORCHELASTIC_RUN_ID" in os.environ:
            processes = int(os.environ["LOCAL_WORLD_SIZE"])
            nodes = int(os.environ["WORLD_SIZE"]) // processes
        several = processes * nodes > 1
        self._fabric = Fabric(
            accelerator=kind,
            devices=processes if index is None else [index],
            num_nodes=nodes,
            strategy=DDPStrategy() if several else "auto",
        )
        self._fabric.launch()
        self.device: torch.device = self._fabric.device

    @property
    def count(self) -> int:
        """Number of processes."""
        return int(self._fabric.world_size)

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reports and writes."""
        return bool(self._fabric.is_global_zero)

    def shares(self, batch: int, parts: int) -> list[slice]:
        """This process's share of a batch, in so many parts.

        Raises:
            InputError: when the batch cannot be divided so.
        """
        pieces = self.count * parts
        if batch % pieces:
            raise InputError(
                f"a batch of {batch} cannot be divided among {self.count} processes in {parts} "
                f"parts each; choose a multiple of {pieces}."
            )
        size = batch // pieces
        first = self._fabric.global_rank * parts
        return [slice(i * size, (i + 1) * size) for i in range(first, first + parts)]

    def average_gradients(self, networks: nn.Module) -> None:
        """Give every process the mean of all processes' gradients."""
        if self.count > 1:
            gradients = [p.grad for p in networks.parameters() if p.grad is not None]
            for gradient, mean in zip(gradients, self._mean(gradients), strict=True):
                gradient.copy_(mean)

    def average(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """Means of scalars over all processes."""
        if self.count == 1:
            return values
        return dict(zip(values, self._mean(list(values.values())), strict=True))

    def _mean(self, tensors: list[Tensor]) -> Iterable[Tensor]:
        flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        total = self._fabric.all_reduce(flat, reduce_op="mean")
        assert isinstance(total, Tensor)
        parts = torch.split(total, [tensor.numel() for tensor in tensors])
        return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]

    def anyone(self, here: bool) -> bool:
        """Whether something holds in any of the processes."""
        if self.count == 1:
            return here
        found = self._fabric.all_reduce(torch.tensor(float(here)), reduce_op="max")
        return bool(found)

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.count > 1:
            self._fabric.barrier()


def _usable_device(name: str, processes: int) -> tuple[str, int | None]:
    """Kind and number of a device that is there."""
    device = usable_device(name)
    if device.index is not None and processes > 1:
        raise InputError(f"'{name}' is one device; for {processes} processes name '{device.type}'.")
    if device.type == "cuda" and processes > torch.cuda.device_count():
        raise InputError(
            f"there are {torch.cuda.device_count()} GPUs here, not {processes}; name fewer."
        )
    return device.type, device.index if device.type == "cuda" else None


def speaks() -> bool:
    """Whether this process is the first of a run, from what started it; one alone is."""
    return all(os.environ.get(name, "0") == "0" for name in RANKS)


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether to multiply in bfloat16: asked for, or ``auto`` and the hardware is made for it."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # These are private, and older versions lack them.
    found = (getattr(torch.cpu, name, None) for name in BF16_INSTRUCTIONS)
    return any(check() for check in found if check is not None)
