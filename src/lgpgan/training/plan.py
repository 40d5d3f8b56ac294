"""What a run would do, need and take, without doing it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.registry import METHODS, Shape
from lgpgan.methods.weights import load_method
from lgpgan.parallel.processes import number_of_processes
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.config import TrainingConfig
from lgpgan.training.machines import (
    device_memory,
    device_name,
    size_of_share,
    usable_devices,
)
from lgpgan.training.probe import probed_rate
from lgpgan.training.state import begin_with

__all__ = ["Plan", "duration", "expected_seconds", "plan"]


@dataclass(frozen=True)
class Plan:
    """What a run would do, need and take.

    Attributes:
        config: the value of every option, method and preset included.
        arithmetic: operations of a step, for one image.
        faces: number of faces by class, in the training split.
        steps: steps of the discriminators.
        gigaflops: floating-point operations an image, in thousand millions.
        memory: bytes that a process needs beside the faces.
        faces_memory: bytes of the faces.
        processes: on the machine.
        room: bytes of memory that the device of a process has; infinity where not known.
        on_gpus: whether each process has a device of its own.
        device: name of the device that the run was asked for.
        seconds: an estimate for the whole run on that device.
    """

    config: dict[str, Any]
    arithmetic: StepArithmetic
    faces: dict[str, int]
    steps: int
    gigaflops: float
    memory: float
    faces_memory: float
    processes: int
    room: float
    on_gpus: bool
    device: str
    seconds: float

    def lines(self) -> list[str]:
        """The plan for a person to read."""
        counted = ", ".join(f"{name} {count}" for name, count in self.faces.items())
        of = self.arithmetic
        lines = [
            f"training faces: {sum(self.faces.values())} ({counted})",
            f"parameters: generators {of.generator_parameters:,}, discriminators "
            f"{of.discriminator_parameters:,}",
            f"steps: {self.steps:,}; arithmetic: {self.gigaflops:.1f} GFLOP an image",
            f"memory: about {self.memory / 2**30:.1f} GiB a process, and "
            f"{self.faces_memory / 2**30:.2f} GiB of faces",
            f"time: about {duration(self.seconds)} on {self.device}",
        ]
        return [*lines, *self.warnings()]

    def warnings(self) -> list[str]:
        """What speaks against beginning the run."""
        if self.bytes_needed <= self.room:
            return []
        return [
            f"warning: the run needs about {self.bytes_needed / 2**30:,.1f} GiB, and there are "
            f"{self.room / 2**30:,.1f} GiB of memory here; choose a smaller --batch, more "
            "--accumulate, fewer --processes or narrower --networks."
        ]

    @property
    def bytes_needed(self) -> float:
        """Bytes that a device must hold; all processes without a GPU share the main memory.

        Faces do not count: where there is no room for them, they stay in a file.
        """
        return self.memory if self.on_gpus else self.processes * self.memory

    def to_json(self) -> dict[str, Any]:
        """The plan as plain values: the options, and what the run would need."""
        return {
            "options": self.config,
            "training_faces": self.faces,
            "generator_parameters": self.arithmetic.generator_parameters,
            "discriminator_parameters": self.arithmetic.discriminator_parameters,
            "steps": self.steps,
            "gigaflops_per_image": self.gigaflops,
            "bytes_per_process": self.memory,
            "bytes_of_faces": self.faces_memory,
            "bytes_of_memory_here": None if math.isinf(self.room) else self.room,
            "warnings": self.warnings(),
            "device": self.device,
            "seconds": self.seconds,
        }


def plan(
    config: TrainingConfig,
    prepared: PreparedSet,
    device: str,
    processes: int = 1,
    *,
    nodes: int = 1,
    warm_start: Path | None = None,
) -> Plan:
    """Work out what a run would need; takes up to some twenty seconds, to measure steps on it.

    Args:
        config: options of the training.
        prepared: the set.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        processes: processes on each machine.
        nodes: machines.
        warm_start: weights to begin with.

    Raises:
        InputError: when there is no such device, when the batch cannot be divided among the
            processes, or when training cannot begin with these weights.
    """
    where = usable_devices(device, number_of_processes(processes, "--processes"))
    of_all = processes * number_of_processes(nodes, "--nodes")
    size_of_share(config.batch, of_all, config.accumulate)
    shape = config.shape_for(prepared)
    if warm_start is not None:
        generators = METHODS[config.method].generators(shape)
        begin_with(generators, config.method, load_method(warm_start), prepared.classes)
    arithmetic = count_step(config, shape)
    operations = arithmetic.operations(config)
    named = device_name(where)
    counts = Counter(record.expression for record in prepared.split("train"))
    return Plan(
        config={
            "method": config.method,
            **TypeAdapter(type(config)).dump_python(config, mode="json"),
        },
        arithmetic=arithmetic,
        faces={name: counts[name] for name in prepared.classes},
        steps=-(-config.images // config.batch),
        gigaflops=operations / 1e9,
        memory=arithmetic.memory(config, of_all),
        faces_memory=config.training_faces(prepared) * 3.0 * prepared.size**2,
        processes=processes,
        room=device_memory(where),
        on_gpus=where.type == "cuda",
        device=named if of_all == 1 or where.type == "cpu" else f"{of_all} × {named}",
        seconds=expected_seconds(config, shape, arithmetic, where, processes, nodes=nodes),
    )


def expected_seconds(
    config: TrainingConfig,
    shape: Shape,
    arithmetic: StepArithmetic,
    device: torch.device,
    processes: int = 1,
    *,
    nodes: int = 1,
) -> float:
    """Seconds that a run is expected to take; a few steps of it are measured on the device.

    What the machines tell each other between steps does not count.

    Args:
        config: options of the run.
        shape: of its networks.
        arithmetic: operations of a step.
        device: where its steps are measured.
        processes: processes on each machine. Those on a CPU share its cores, so that several take
            as long as one; each of the others has a GPU of its own.
        nodes: machines.
    """
    rate = probed_rate(config, shape, arithmetic, device)
    at_once = nodes if device.type == "cpu" else nodes * processes
    return config.images * arithmetic.operations(config) / rate / at_once


def duration(seconds: float) -> str:
    """A time in words, as ``3.2 hours``."""
    hours = seconds / 3600
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if hours < 1:
        return f"{seconds / 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
