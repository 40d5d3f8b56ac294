"""What a run would do, need and take, without doing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import TypeAdapter

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.networks.device import usable_device
from lgpgan.training.arithmetic import StepArithmetic, count_step, matrix_product_rate
from lgpgan.training.config import TrainingConfig
from lgpgan.training.machines import use_bf16
from lgpgan.training.presets import StudioConfig

__all__ = ["Plan", "duration", "plan", "sustained_rate"]

EFFICIENCY = 0.45
"""Share of the rate of a plain matrix product that a step reaches: 0.4–0.6 measured on CPUs."""


@dataclass(frozen=True)
class Plan:
    """A run on paper.

    Attributes:
        config: every option, resolved.
        arithmetic: of a step, for one image.
        faces: number of faces by class, in the training split.
        steps: of the discriminators.
        gigaflops: floating-point operations an image, in thousand millions.
        memory: bytes that a process needs beside the faces.
        faces_memory: bytes of the faces.
        seconds: an estimate for the whole run on the device it was asked for.
    """

    config: dict[str, Any]
    arithmetic: StepArithmetic
    faces: dict[str, int]
    steps: int
    gigaflops: float
    memory: float
    faces_memory: float
    seconds: float

    def lines(self) -> list[str]:
        """The plan for a person to read, after the options."""
        counted = ", ".join(f"{name} {count}" for name, count in self.faces.items())
        of = self.arithmetic
        return [
            f"training faces: {sum(self.faces.values())} ({counted})",
            f"parameters: generators {of.generator_parameters:,}, discriminators "
            f"{of.discriminator_parameters:,}",
            f"steps: {self.steps:,}; arithmetic: {self.gigaflops:.1f} GFLOP an image",
            f"memory: about {self.memory / 2**30:.1f} GiB a process, and "
            f"{self.faces_memory / 2**30:.2f} GiB of faces",
            f"time: about {duration(self.seconds)} on this device",
        ]


def plan(config: TrainingConfig, prepared: PreparedSet, device: str, processes: int = 1) -> Plan:
    """Work out what a run would need; takes a few seconds, mostly to measure the device."""
    shape = config.shape_for(prepared)
    arithmetic = count_step(config, shape)
    operations = arithmetic.operations(config)
    rate = sustained_rate(config, device)
    counts = Counter(record.expression for record in prepared.split("train"))
    blended = len(prepared.blended_split("train")) if isinstance(config, StudioConfig) else 0
    return Plan(
        config={
            "method": config.method,
            "preset": config.preset,
            **TypeAdapter(type(config)).dump_python(config, mode="json"),
        },
        arithmetic=arithmetic,
        faces={name: counts[name] for name in prepared.classes},
        steps=-(-config.images // config.batch),
        gigaflops=operations / 1e9,
        memory=arithmetic.memory(config, processes),
        faces_memory=(counts.total() + blended) * 3.0 * prepared.size**2,
        seconds=config.images * operations / rate / (1 if device == "cpu" else processes),
    )


def sustained_rate(config: TrainingConfig, device: str) -> float:
    """Floating-point operations a second that a step is expected to reach; measures the device.

    Raises:
        InputError: when there is no such device.
    """
    where = usable_device(device)
    kind = torch.bfloat16 if use_bf16(config.precision, where) else torch.float32
    return matrix_product_rate(where, kind) * EFFICIENCY


def duration(seconds: float) -> str:
    """So many seconds, in words."""
    hours = seconds / 3600
    if hours < 1:
        return f"{seconds / 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
