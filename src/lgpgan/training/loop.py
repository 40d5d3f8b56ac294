"""The training loop: steps, statistics, checkpoints, how a run is stopped and taken up again."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet, template_description
from lgpgan.errors import InputError, LgpganError, TrainingError
from lgpgan.expressions import Expression
from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.methods.lgpgan.studio_objective import StudioObjective, Terms
from lgpgan.methods.weights import WeightsInfo, save_weights
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted, deferred_interruption
from lgpgan.training.state import TrainingState
from lgpgan.training.statistics import StatisticsFile
from lgpgan.training.validation import paired_error, save_sheet

__all__ = ["CHECKPOINT", "STATISTICS", "WEIGHTS", "Trainer", "TrainingProgress", "train"]

CHECKPOINT = "checkpoint.pt"
STATISTICS = "statistics.jsonl"
WEIGHTS = "weights.safetensors"
SHEETS = "sheets"

BF16_INSTRUCTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
"""Of :mod:`torch.cpu`: what tells that a processor multiplies bfloat16 faster than float32."""


@dataclass(frozen=True)
class TrainingProgress:
    """Where a run stands, for whoever watches.

    Attributes:
        images: seen so far.
        total: of the whole run.
        images_per_second: lately.
        error_ratio: the last validation's, against doing nothing; None before the first.
    """

    images: int
    total: int
    images_per_second: float
    error_ratio: float | None

    @property
    def seconds_left(self) -> float:
        """Estimated from the lately measured rate."""
        return (self.total - self.images) / max(self.images_per_second, 1e-9)


def train(
    data: Path,
    run: Path,
    config: TrainingConfig,
    *,
    shape: LgpGanConfig | None = None,
    resume: bool = False,
    device: str = "cpu",
    progress: Callable[[TrainingProgress], None] = lambda _: None,
) -> Path:
    """Train LGP-GAN on a studio set.

    Args:
        data: the prepared set.
        run: folder of the run: checkpoint, statistics, sample sheets and weights go there.
        config: the run's options; a resumed run keeps those that it was begun with.
        shape: of the networks; the narrow variant if None.
        resume: go on from the run's checkpoint.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        progress: called after every step.

    Returns:
        The weights' file.

    Raises:
        InputError: when data or run cannot be used as asked.
        TrainingError: when a loss is not finite; the last checkpoint is left as it is.
        Interrupted: when Ctrl-C was pressed, after the step was finished and the state saved.
        KeyboardInterrupt: when it was pressed again meanwhile; the last checkpoint is left as it
            is.
    """
    prepared = PreparedSet.load(data)
    where = _usable_device(device)
    if resume:
        state = TrainingState.load(run / CHECKPOINT, prepared.content_hash, where)
    elif (run / CHECKPOINT).exists():
        raise InputError(f"{run} already holds a run; add --resume to go on, or name a new folder.")
    elif (run / WEIGHTS).exists():
        raise InputError(f"{run} already holds weights; name a new folder for a new run.")
    else:
        state = TrainingState(config, shape or LgpGanConfig.narrow(), prepared.content_hash, where)
    return Trainer(state, prepared, run, progress).run()


class Trainer:
    """Runs the steps of one training.

    Args:
        state: what is trained.
        prepared: the studio set.
        folder: of the run.
        progress: called after every step.
    """

    def __init__(
        self,
        state: TrainingState,
        prepared: PreparedSet,
        folder: Path,
        progress: Callable[[TrainingProgress], None] = lambda _: None,
    ) -> None:
        config = state.config
        if config.threads:
            torch.set_num_threads(config.threads)
        self.state = state
        self.prepared = prepared
        self.folder = folder
        self.progress = progress
        self.pairs = StudioPairs(
            prepared, "train", augmentation=config.augmentation, seed=config.seed
        )
        self.kept_out = StudioPairs(prepared, "test") if prepared.split("test") else None
        self.objective = StudioObjective(state.generators, state.discriminators, config.weights)
        self.half = use_bf16(config.precision, state.device)
        self.statistics = StatisticsFile(folder / STATISTICS)
        self.error_ratio: float | None = None
        self._rate = 0.0

    def run(self) -> Path:
        """Train to the end, or until somebody interrupts it; either way the state is saved.

        Returns:
            The weights' file.

        Raises:
            InputError: when the run's folder cannot be written to.
            TrainingError: when a loss is not finite.
            Interrupted: when it was stopped between two steps.
        """
        state, config = self.state, self.state.config
        try:
            (self.folder / SHEETS).mkdir(parents=True, exist_ok=True)
            self.statistics.rewind(state.images)
        except OSError as error:
            raise InputError(f"{self.folder} cannot be written to ({error.strerror}).") from error
        with deferred_interruption() as interruption:
            while state.images < config.images and not interruption.requested:
                self._advance()
                try:
                    self.progress(
                        TrainingProgress(state.images, config.images, self._rate, self.error_ratio)
                    )
                except KeyboardInterrupt:
                    interruption.requested = True
            self.save()
        if interruption.requested:
            raise Interrupted
        return self.folder / WEIGHTS

    def _advance(self) -> None:
        """One step, timed and recorded, and what is due after it."""
        state, config = self.state, self.state.config
        started = time.perf_counter()
        terms = self.step(self.batch())
        state.means.add({name: term.item() for name, term in terms.items()})
        elapsed = time.perf_counter() - started
        state.seconds += elapsed
        rate = config.batch / elapsed
        self._rate = rate if not self._rate else 0.98 * self._rate + 0.02 * rate
        try:
            self._housekeep()
        except OSError as error:
            raise LgpganError(
                f"a file in {self.folder} could not be written ({error}). Once that is mended, the "
                "run goes on from its last checkpoint with --resume."
            ) from error

    def batch(self) -> PairBatch:
        """The batch of the step to come."""
        step = self.state.images // self.state.config.batch
        return self.pairs.batch(step, self.state.config.batch).to(self.state.device)

    def step(self, batch: PairBatch) -> dict[str, Tensor]:
        """One update of the discriminators and one of the generators.

        Returns:
            Every weighted loss term.

        Raises:
            TrainingError: when a term is not finite; nothing was updated by it.
        """
        state, objective = self.state, self.objective
        state.set_rates()
        with self._precision():
            fake = objective.synthesise(batch)
            terms = dict(objective.discriminator_terms(batch, fake))
        step = state.images // state.config.batch
        if step % state.config.penalty_every == 0:
            terms |= objective.gradient_penalty(batch, state.config.penalty_every)
        self._update(state.discriminator_optimiser, terms)

        with _frozen(state.discriminators):
            with self._precision():
                generator_terms = objective.generator_terms(batch, fake)
            self._update(state.generator_optimiser, generator_terms)

        state.images += state.config.batch
        state.update_average()
        return {**terms, **generator_terms}

    def _update(self, optimiser: torch.optim.Optimizer, terms: Terms) -> None:
        loss = torch.stack(list(terms.values())).sum()
        if not math.isfinite(loss.item()):
            bad = ", ".join(name for name, term in terms.items() if not math.isfinite(term.item()))
            raise self._diverged(f"these loss terms are no longer finite: {bad}")
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()

    def _diverged(self, what: str) -> TrainingError:
        return TrainingError(
            f"after {self.state.images} images {what}. Nothing was saved since; begin a new run "
            "with lower learning rates, or with precision fp32."
        )

    @contextlib.contextmanager
    def _precision(self) -> Iterator[None]:
        with torch.autocast(self.state.device.type, torch.bfloat16, enabled=self.half):
            yield

    def _housekeep(self) -> None:
        """What is due after a step: statistics, a look at the people kept out, a checkpoint."""
        config = self.state.config
        last = self.state.images >= config.images
        if self._due(config.report_every) or last:
            self._report(self.state.means.take())
        if self.kept_out is not None and (self._due(config.validate_every) or last):
            measured = paired_error(self.state.average, self.kept_out)
            self.error_ratio = measured.ratio
            values = {f"kept_out/{e}": error for e, error in measured.by_expression.items()}
            self._report({"kept_out/ratio": measured.ratio, **values})
            sheet = self.folder / SHEETS / f"{self.state.images:08d}.png"
            save_sheet(sheet, self.state.average, self.kept_out)
        if self._due(config.save_every):
            self.save()

    def _due(self, every: int) -> bool:
        """Whether the last step crossed a multiple of ``every`` images."""
        return self.state.images % every < self.state.config.batch

    def _report(self, values: dict[str, float]) -> None:
        self.statistics.write(self.state.images, self.state.seconds, values)

    def save(self) -> None:
        """Write the checkpoint, and the averaged generators as weights.

        Raises:
            TrainingError: when a weight is not finite; the files written before are kept.
        """
        if not self.state.is_finite():
            raise self._diverged("some weights are no longer finite")
        self.state.save(self.folder / CHECKPOINT)
        info = WeightsInfo(
            method="lgp-gan",
            config=asdict(self.state.shape),
            labels=tuple(str(expression) for expression in Expression),
            template=template_description(),
            data_hash=self.prepared.content_hash,
            images=self.state.images,
            citations=tuple(self.prepared.description["citations"]),
        )
        save_weights(self.folder / WEIGHTS, self.state.average, info)


@contextlib.contextmanager
def _frozen(networks: nn.Module) -> Iterator[None]:
    """Without gradients for the networks' weights, so that none are worked out in vain."""
    networks.requires_grad_(False)
    try:
        yield
    finally:
        networks.requires_grad_(True)


def _usable_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter from a torch built without CUDA
        raise InputError(f"there is no device '{name}' here to train on.") from error
    return device


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether to multiply in bfloat16: asked for, or ``auto`` and the hardware is made for it."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # These are private, and older versions lack them.
    found = (getattr(torch.cpu, name, None) for name in BF16_INSTRUCTIONS)
    return any(check() for check in found if check is not None)
