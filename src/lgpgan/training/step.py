"""One step of a GAN: the discriminators' update and, when it is their turn, the generators'."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lgpgan.errors import TrainingError
from lgpgan.methods.change import Fake
from lgpgan.methods.objective import Objective, Terms
from lgpgan.training.config import Batch
from lgpgan.training.machines import Machines, use_bf16
from lgpgan.training.state import TrainingState

__all__ = ["GanStep", "diverged", "statistics_kept"]


class GanStep:
    """Updates a run's networks.

    Args:
        state: what is trained.
        objective: the losses.
        machines: the processes among which the gradients are averaged.
    """

    def __init__(
        self, state: TrainingState, objective: Objective[Any, Fake], machines: Machines
    ) -> None:
        self.state = state
        self.objective = objective
        self.machines = machines
        self.bfloat16 = use_bf16(state.config.precision, state.device)

    def __call__(self, *parts: Batch) -> dict[str, Tensor]:
        """One update of the discriminators and, when it is their turn, one of the generators.

        Args:
            parts: of the batch; one after the other, the updates are those of all together.

        Returns:
            Every weighted loss term.

        Raises:
            TrainingError: when a term is not finite; nothing was updated by it.
        """
        state, config, whole = self.state, self.state.config, len(parts) == 1
        state.set_rates()
        number = state.images // config.batch
        turn, penalised = config.moves_generators(number), number % config.penalty_every == 0
        kept: list[Fake] = []  # with its gradients, where one part is the whole batch

        def of_discriminators(part: Batch) -> Terms:
            fake = self._synthesise(part, gradients=turn and whole)
            kept[:] = [fake] if whole else []
            with self.precision():
                terms = self.objective.discriminator_terms(part, fake)
            if not penalised:
                return terms
            return {**terms, **self.objective.gradient_penalty(part, fake, config.penalty_every)}

        def of_generators(part: Batch) -> Terms:
            fake = kept[0] if whole else self._synthesise(part, gradients=True)
            with self.precision():
                return self.objective.generator_terms(part, fake)

        terms = self._update(
            state.discriminator_optimiser, state.discriminators, of_discriminators, parts
        )
        if turn:
            with _frozen(state.discriminators):
                terms |= self._update(
                    state.generator_optimiser, state.generators, of_generators, parts
                )
        state.images += config.batch
        if turn:
            state.update_moving_average()
        return terms

    @contextlib.contextmanager
    def precision(self) -> Iterator[None]:
        """Inside, matrix products are made in bfloat16 if the run says so."""
        with torch.autocast(self.state.device.type, torch.bfloat16, enabled=self.bfloat16):
            yield

    def _synthesise(self, part: Batch, *, gradients: bool) -> Fake:
        with self.precision(), torch.set_grad_enabled(gradients):
            return self.objective.synthesise(part)

    def _update(
        self,
        optimiser: torch.optim.Optimizer,
        networks: nn.Module,
        loss: Callable[[Batch], Terms],
        parts: Sequence[Batch],
    ) -> dict[str, Tensor]:
        """One step of an optimiser from the terms of each part; returns their means."""
        optimiser.zero_grad(set_to_none=True)
        share = 1 / len(parts)
        means: dict[str, Tensor] = {}
        for part in parts:
            terms = loss(part)
            torch.autograd.backward(torch.stack(list(terms.values())).sum() * share)
            for name, term in terms.items():
                means[name] = means.get(name, 0) + term.detach() * share
        means = self.machines.average(means)
        if not torch.stack(list(means.values())).isfinite().all():  # one wait for the device
            bad = ", ".join(name for name, term in means.items() if not term.isfinite())
            raise diverged(self.state.images, f"these loss terms are no longer finite: {bad}")
        self.machines.average_gradients(networks)
        optimiser.step()
        return means


def diverged(images: int, what: str) -> TrainingError:
    """The error to raise when a run has gone astray after so many images."""
    return TrainingError(
        f"after {images} images {what}. Nothing was saved since; begin a new run with lower "
        "learning rates, or with precision fp32."
    )


@contextlib.contextmanager
def _frozen(networks: nn.Module) -> Iterator[None]:
    """Without gradients for the networks' weights, so that none are worked out in vain."""
    networks.requires_grad_(False)
    try:
        yield
    finally:
        networks.requires_grad_(True)


@contextlib.contextmanager
def statistics_kept(networks: nn.Module) -> Iterator[None]:
    """Inside, networks can be looked at without a trace in batch normalisation's statistics."""
    kept = [buffer.clone() for buffer in networks.buffers()]
    try:
        yield
    finally:
        for buffer, before in zip(networks.buffers(), kept, strict=True):
            buffer.copy_(before)
