"""Operations and memory of a step, counted without making it, and the rate of a machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from lgpgan.methods.objective import Terms
from lgpgan.methods.registry import METHODS, Shape
from lgpgan.training.config import TrainingConfig

__all__ = ["Operations", "StepArithmetic", "count_step", "matrix_product_rate"]

ADAM_COPIES = 4
"""Numbers kept for each weight: itself, its gradient, and Adam's two moments."""


@dataclass(frozen=True)
class StepArithmetic:
    """Floating-point operations and memory of one step, for one image.

    Attributes:
        synthesis: operations of the generators' forward pass.
        discriminators: operations of the discriminators' terms, forward and backward.
        penalty: operations of the gradient penalty, forward and backward.
        generators: operations of the generators' terms, forward and backward.
        generator_parameters: number of weights of all generators.
        discriminator_parameters: number of weights of all discriminators.
        activations: bytes kept for the backward pass of the generators, in float32.
    """

    synthesis: float
    discriminators: float
    penalty: float
    generators: float
    generator_parameters: int
    discriminator_parameters: int
    activations: int

    def operations(self, config: TrainingConfig) -> float:
        """Floating-point operations an image, averaged over the kinds of steps."""
        recomputed = self.synthesis if config.accumulate > 1 else 0.0
        return (
            self.synthesis
            + self.discriminators
            + self.penalty / config.penalty_every
            + (self.generators + recomputed) / config.discriminator_updates
        )

    def memory(self, config: TrainingConfig, processes: int = 1) -> float:
        """Bytes that a process needs, in float32: weights, gradients, optimisers, activations."""
        weights = ADAM_COPIES * (self.generator_parameters + self.discriminator_parameters)
        average = self.generator_parameters
        images = config.batch / processes / config.accumulate
        return 4.0 * (weights + average) + images * self.activations


def count_step(config: TrainingConfig, shape: Shape) -> StepArithmetic:
    """Count the operations of a step with tensors that have shapes but no values."""
    method = METHODS[config.method]
    with torch.device("meta"):
        generators = method.generators(shape).to("meta")
        discriminators = method.discriminators(shape).to("meta")
    objective = config.objective(generators, discriminators)
    batch = config.example_batch(shape)
    with Operations() as synthesis, _saved_bytes() as of_synthesis:
        fake = objective.synthesise(batch)

    def count(terms: Terms) -> None:
        torch.autograd.backward(torch.stack(list(terms.values())).sum())

    with Operations() as penalty:
        count(objective.gradient_penalty(batch, fake, 1))
    with Operations() as discrimination:
        count(objective.discriminator_terms(batch, fake))
    discriminators.requires_grad_(False)
    with Operations() as generation, _saved_bytes() as of_terms:
        count(objective.generator_terms(batch, fake))
    return StepArithmetic(
        synthesis=synthesis.total,
        discriminators=discrimination.total,
        penalty=penalty.total,
        generators=generation.total,
        generator_parameters=sum(p.numel() for p in generators.parameters()),
        discriminator_parameters=sum(p.numel() for p in discriminators.parameters()),
        activations=sum((of_synthesis | of_terms).values()),
    )


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the operations of matrix products and convolutions.

    Torch's own counter follows modules too, and refuses gradients by an input that no module made.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


@contextmanager
def _saved_bytes() -> Iterator[dict[int, int]]:
    """Bytes of what is kept for a backward pass, by the storage that holds it."""
    kept: dict[int, int] = {}
    storages = []  # kept alive, so that no two share a number

    def note(tensor: Tensor) -> Tensor:
        if not tensor.requires_grad or tensor.grad_fn is not None:
            storage = tensor.untyped_storage()
            storages.append(storage)
            kept[storage._cdata] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield kept


def matrix_product_rate(
    device: torch.device | None = None, dtype: torch.dtype = torch.float32, *, size: int = 2048
) -> float:
    """Floating-point operations a second of a plain matrix product here, the median of five."""
    where = device or torch.device("cpu")
    a, b = (torch.randn(size, size, device=where, dtype=dtype) for _ in range(2))
    times = []
    for _ in range(6):
        started = time.perf_counter()
        product = a @ b
        product.sum().item()  # waits for the device
        times.append(time.perf_counter() - started)
    return 2 * size**3 / median(times[1:])
