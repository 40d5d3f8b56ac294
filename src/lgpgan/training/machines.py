"""Where a run takes place: one process or several, on CPUs or GPUs, through Lightning Fabric.

Every process holds the whole networks and works through its share of each batch; the gradients are
averaged before each update, so all processes stay the same. Nothing is wrapped: the steps read as
on one machine.
"""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor, nn

from lgpgan.errors import InputError
from lgpgan.networks.device import usable_device
from lgpgan.parallel.processes import number_of_processes

__all__ = [
    "Machines",
    "device_memory",
    "device_name",
    "full_precision",
    "is_first_process",
    "reproducible",
    "size_of_share",
    "usable_devices",
    "use_bf16",
]

RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Where torchrun, srun and Fabric say which process this is."""

WITHOUT_BF16 = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI")
"""Values of ``ONEDNN_MAX_CPU_ISA`` that forbid instructions for bfloat16: without these, its
products take a hundred times as long."""
BF16_INSTRUCTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
"""Of :mod:`torch.cpu`: what tells that a processor multiplies bfloat16 faster than float32."""


MEMORY_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
"""Where Linux says how much memory the control group of a process may take: versions 2 and 1."""


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
        processes = number_of_processes(processes, "--processes")
        nodes = number_of_processes(nodes, "--nodes")
        found = usable_devices(device, processes)
        index = found.index if found.type == "cuda" else None
        if "TORCHELASTIC_RUN_ID" in os.environ:
            processes = int(os.environ["LOCAL_WORLD_SIZE"])
            nodes = int(os.environ["WORLD_SIZE"]) // processes
        several = processes * nodes > 1
        self._fabric = Fabric(
            accelerator=found.type,
            devices=processes if index is None else [index],
            num_nodes=nodes,
            strategy=DDPStrategy() if several else "auto",
        )
        self._fabric.launch()
        self.device: torch.device = self._fabric.device
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)  # what is made without a device lies there too

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
        size = size_of_share(batch, self.count, parts)
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

    def any(self, *flags: bool) -> list[bool]:
        """For each flag, whether it is set in any of the processes."""
        if self.count == 1:
            return list(flags)
        found = self._fabric.all_reduce(torch.tensor(flags, dtype=torch.float32), reduce_op="max")
        assert isinstance(found, Tensor)
        return [bool(flag) for flag in found]

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.count > 1:
            self._fabric.barrier()


def usable_devices(name: str, processes: int) -> torch.device:
    """A device that is there, as often as there are processes on a machine.

    Args:
        name: ``cpu``, ``cuda`` or ``cuda:N``.
        processes: how many; each has a GPU of its own.

    Raises:
        InputError: when there is no such device here, or not so many.
    """
    device = usable_device(name)
    if device.index is not None and processes > 1:
        raise InputError(f"'{name}' is one device; for {processes} processes name '{device.type}'.")
    if device.type == "cuda" and processes > torch.cuda.device_count():
        raise InputError(
            f"there are {torch.cuda.device_count()} GPUs here, not {processes}; name fewer."
        )
    return device


def size_of_share(batch: int, processes: int, parts: int) -> int:
    """Images at a time in each process.

    Args:
        batch: images of a step.
        processes: that share them, on all machines together.
        parts: how many each process works on one after the other.

    Raises:
        InputError: when the batch cannot be divided so.
    """
    pieces = processes * parts
    if batch % pieces:
        raise InputError(
            f"a batch of {batch} cannot be divided among {processes} processes in {parts} parts "
            f"each; choose a multiple of {pieces}."
        )
    return batch // pieces


def is_first_process() -> bool:
    """Whether this process is the first of a run, from what started it; one alone is."""
    return all(os.environ.get(name, "0") == "0" for name in RANKS)


def device_name(device: torch.device) -> str:
    """The name of a device for a person to read: the card, or the processor and its threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{_processor()}, {threads} thread{'' if threads == 1 else 's'}"


def device_memory(device: torch.device) -> float:
    """Bytes of memory that a device has, whether they are free or not; infinity where not known.

    Of the CPU it is the main memory, or what this process's control group may take of it, as in a
    container or a job of a cluster.
    """
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    limits = [math.inf]
    for file in MEMORY_LIMITS:
        with suppress(OSError, ValueError):  # there is none, or it says "max"
            limits.append(int(Path(file).read_text(encoding="ascii")))
    with suppress(AttributeError, ValueError, OSError):  # other systems than Linux
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return float(min(limits))


def _processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # other systems than Linux
        lines = []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, "") or platform.processor() or platform.machine()


@contextmanager
def full_precision(*, wanted: bool) -> Iterator[None]:
    """Inside, float32 is multiplied in full; by default convolutions on GPUs round it to TF32.

    Args:
        wanted: whether to do so at all.
    """
    if not wanted:
        yield
        return
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


@contextmanager
def reproducible(device: torch.device, *, wanted: bool) -> Iterator[None]:
    """Inside, a GPU uses only operations that give the same bits every time.

    On a CPU all operations of a run are such, so nothing changes there.

    Args:
        device: where the run takes place.
        wanted: whether to do so at all.

    Raises:
        RuntimeError: inside, by torch, when there is no such operation.
    """
    if not wanted or device.type == "cpu":
        yield
        return
    os.environ.setdefault(
        "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
    )  # read when its first product is made
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether to multiply in bfloat16: asked for, or ``auto`` and the hardware is made for it."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() in WITHOUT_BF16:
        return False
    # These are private, and older versions lack them.
    found = (getattr(torch.cpu, name, None) for name in BF16_INSTRUCTIONS)
    return any(check() for check in found if check is not None)
