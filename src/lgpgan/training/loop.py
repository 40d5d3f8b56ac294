"""The training loop: steps, statistics, validations, checkpoints, and how a run is stopped."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import locked
from lgpgan.networks.device import threads
from lgpgan.training.config import Batch
from lgpgan.training.drawing import drawn_ahead
from lgpgan.training.interruption import Interrupted, Interruption, deferred_interruption
from lgpgan.training.machines import Machines, full_precision, reproducible
from lgpgan.training.memory import is_memory_shortage, memory_shortage
from lgpgan.training.monitor import DiagnosticsMonitor, Patience
from lgpgan.training.observer import Observer, Pace, TrainingProgress, TrainingReport
from lgpgan.training.run_files import RunFiles
from lgpgan.training.state import TrainingState
from lgpgan.training.statistics import Statistics
from lgpgan.training.step import GanStep, diverged, statistics_kept
from lgpgan.training.validation import Validation

__all__ = ["Trainer"]


class Trainer:
    """Runs the steps of one training.

    Args:
        state: what is trained.
        prepared: the set.
        folder: the run's folder.
        observer: what is told while the run goes on.
        machines: where the run takes place; one process on the state's device if None.

    Raises:
        InputError: when the set does not suit the preset, or the batch cannot be shared out.
    """

    def __init__(
        self,
        state: TrainingState,
        prepared: PreparedSet,
        folder: Path,
        observer: Observer = Observer(),  # noqa: B008 - it cannot be changed
        machines: Machines | None = None,
    ) -> None:
        config = state.config
        _check_reproducible(state)
        if config.compile:
            state.generators.compile()
        self.state = state
        self.files = RunFiles(folder, prepared)
        self.observer = observer
        self.machines = machines or Machines(str(state.device))
        self.shares = self.machines.shares(config.batch, config.accumulate)
        self.batches = config.batches(prepared, state.shape, state.device)
        kept_out = bool(prepared.split(prepared.chosen_on))
        self.validation = config.validation(prepared, state.shape) if kept_out else None
        self.objective = config.objective(state.generators, state.discriminators)
        self.gan_step = GanStep(state, self.objective, self.machines)
        self._drawn = drawn_ahead(self._shares_of, state, self.batches)
        self.statistics = Statistics(self.files.statistics, board=config.tensorboard)
        self.monitor = DiagnosticsMonitor(
            patience=Patience.of_run(config.images), classes=len(prepared.classes)
        )
        self.error_ratio: float | None = None
        self._pace = Pace()
        self._saved_at = time.monotonic()
        self._reported: dict[str, float] | None = None

    def run(self) -> Path:
        """Train to the end, or until somebody interrupts it; either way the state is saved.

        Returns:
            The weights' file.

        Raises:
            InputError: when the run's folder cannot be written to, or another run is doing so.
            TrainingError: when a loss is not finite.
            Interrupted: when it was stopped between two steps.
        """
        alone = locked(self.files.folder) if self.machines.is_first else nullcontext()
        config = self.state.config
        same_bits = reproducible(self.state.device, wanted=config.deterministic)
        exact = full_precision(wanted=config.precision == "fp32")
        with alone, same_bits, exact, threads(config.threads):
            return self._run()

    def _run(self) -> Path:
        state, config = self.state, self.state.config
        try:
            self.files.make_folders()
            if self.machines.is_first:
                self.statistics.rewind(state.images)
        except OSError as error:
            raise InputError(
                f"{self.files.folder} cannot be written to ({error.strerror})."
            ) from error
        with deferred_interruption() as interruption:
            while state.images < config.images:
                stop, overdue = self.machines.any(interruption.requested, self._is_overdue())
                if stop:
                    interruption.requested = True
                    break
                self._advance(save=overdue)
                self._tell(interruption)
            self.save()
        if interruption.requested:
            raise Interrupted(interruption.signal_number)
        return self.files.weights

    def _is_overdue(self) -> bool:
        """Whether the last checkpoint was written too long ago by the clock."""
        minutes = self.state.config.save_minutes
        return bool(minutes) and time.monotonic() - self._saved_at >= 60 * minutes

    def _tell(self, interruption: Interruption) -> None:
        """Tell the observer where the run stands, in the first process alone.

        An observer may stop the run as Ctrl-C does, by raising ``KeyboardInterrupt``.
        """
        reported, self._reported = self._reported, None
        if not self.machines.is_first:
            return
        images, total = self.state.images, self.state.config.images
        progress = TrainingProgress(images, total, self._pace.images_per_second, self.error_ratio)
        try:
            if reported is not None:
                self.observer.report(TrainingReport(progress, reported))
            self.observer.progress(progress)
        except KeyboardInterrupt:
            interruption.requested = True

    def _advance(self, *, save: bool) -> None:
        """Make one step, and what is due after it; ``save`` writes a checkpoint in any case."""
        state, config = self.state, self.state.config
        started = time.perf_counter()
        try:
            terms = self.step(*self.batch())
        except (RuntimeError, MemoryError) as error:
            if not is_memory_shortage(error):
                raise
            raise memory_shortage(config, self.machines.count) from error
        if terms:  # one wait for the device
            values = torch.stack([term.double() for term in terms.values()]).tolist()
            state.means.add(dict(zip(terms, values, strict=True)))
        elapsed = time.perf_counter() - started
        state.seconds += elapsed
        self._pace.add(config.batch, elapsed)
        try:
            self._housekeep(save=save)
        except OSError as error:
            raise LgpganError(
                f"a file in {self.files.folder} could not be written ({error}). Once that is "
                "mended, the run goes on from its last checkpoint with --resume."
            ) from error

    def batch(self) -> list[Batch]:
        """This process's share of the batch of the step to come, in its parts."""
        step = self.state.images // self.state.config.batch
        return [self._placed(part) for part in self._drawn(step)]

    def _shares_of(self, step: int) -> list[Batch]:
        """This process's share of a step's batch, in its parts, where they were drawn."""
        size = self.state.config.batch
        return [self.batches.batch(step, size, share) for share in self.shares]

    def _placed(self, part: Batch) -> Batch:
        return part.to(self.state.device, self.state.dtype)

    def step(self, *parts: Batch) -> dict[str, Tensor]:
        """One step; see :meth:`lgpgan.training.step.GanStep.__call__`."""
        return self.gan_step(*parts)

    def _housekeep(self, *, save: bool) -> None:
        """Write what is due after a step: statistics, a validation, a checkpoint."""
        config = self.state.config
        last = self.state.images >= config.images
        if self._due(config.report_every) or last:
            self._reported = self.state.means.take() | self._diagnose()
            self._record(self._reported)
        validation = self.validation if self._due(config.validate_every) or last else None
        if validation is not None:
            (improved,) = self.machines.any(
                self.machines.is_first and self._is_improved(validation)
            )
            save = save or improved
        if self._due(config.save_every) or save:
            self.save()
        if validation is not None and self.machines.is_first:
            sheet = self.files.sheet(self.state.images)
            validation.save_sheet(sheet, self.state.moving_average)

    @torch.no_grad()
    def _diagnose(self) -> dict[str, float]:
        """Diagnostics of the next batch; the observer is told what they warn of."""
        step, size = self.state.images // self.state.config.batch, self.state.config.batch
        part = self._placed(self.batches.batch(step, size, self.shares[0]))
        with self.gan_step.precision(), statistics_kept(self.state.generators):
            fake = self.objective.synthesise(part)
            figures = dict(self.objective.diagnostics(part, fake))
        values = {name: float(value) for name, value in self.machines.average(figures).items()}
        if self.machines.is_first:
            updates = self.state.generator_updates
            for sentence in self.monitor.warnings(self.state.images, updates, values):
                self.observer.notice(sentence)
        return {f"diagnostics/{name}": value for name, value in values.items()}

    def _is_improved(self, validation: Validation) -> bool:
        """Validate on the people kept out; returns whether the weights are the best so far."""
        measured = validation.measure(self.state.moving_average)
        self.error_ratio = measured.get("ratio")
        self._record({f"kept_out/{name}": value for name, value in measured.items()})
        return self.files.keep_best(self.state, self.error_ratio)

    def _due(self, every: int) -> bool:
        """Whether the last step crossed a multiple of ``every`` images."""
        return self.state.images % every < self.state.config.batch

    def _record(self, values: dict[str, float]) -> None:
        """Add a line to the statistics, in the first process alone."""
        if self.machines.is_first:
            self.statistics.write(self.state.images, self.state.seconds, values)

    def save(self) -> None:
        """Write the checkpoint and the weights, in the first process alone.

        Raises:
            TrainingError: when a weight is not finite; the files written before are kept.
        """
        if not self.state.is_finite():
            raise diverged(self.state.images, "some weights are no longer finite")
        if self.machines.is_first:
            self.files.save(self.state)
        self._saved_at = time.monotonic()
        self.machines.wait()


def _check_reproducible(state: TrainingState) -> None:
    """Refuse what no operation can do with the same bits every time.

    Raises:
        InputError: for networks with a flow on a GPU.
    """
    has_flow = state.config.networks == "flow"
    if state.config.deterministic and has_flow and state.device.type != "cpu":
        raise InputError(
            "networks with a flow cannot be trained on a GPU with the same bits every time: the "
            "gradient of reading an image along a flow has no such operation there. Leave out "
            "--deterministic, or train on the CPU."
        )
