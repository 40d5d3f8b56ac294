"""The training loop: steps, statistics, checkpoints, how a run is stopped and taken up again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.datasets.prepared import PreparedSet, template_description
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import locked
from lgpgan.methods.registry import Shape
from lgpgan.methods.weights import WEIGHTS, WeightsInfo, load_method, save_weights
from lgpgan.training.assembly import assemble
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted, deferred_interruption
from lgpgan.training.machines import Machines
from lgpgan.training.state import TrainingState
from lgpgan.training.statistics import Statistics
from lgpgan.training.step import GanStep, diverged, statistics_kept
from lgpgan.training.watch import Watch

__all__ = ["CHECKPOINT", "STATISTICS", "WEIGHTS", "Trainer", "TrainingProgress", "train"]

CHECKPOINT = "checkpoint.pt"
STATISTICS = "statistics.jsonl"
SHEETS = "sheets"
PATIENCE = 0.1
"""Share of the run before anything is said about how training goes."""


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
    shape: Shape | None = None,
    resume: bool = False,
    warm_start: Path | None = None,
    device: str = "cpu",
    processes: int = 1,
    nodes: int = 1,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
) -> Path:
    """Train a method on a prepared set.

    Args:
        data: the prepared set.
        run: folder of the run: checkpoint, statistics, sample sheets and weights go there.
        config: the run's options; a resumed run keeps those that it was begun with.
        shape: of the networks; what the options say if None.
        resume: go on from the run's checkpoint.
        warm_start: weights to begin with, of the same method and of networks of the same shape;
            classes of the same name keep what they learnt.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        processes: on each node.
        nodes: how many machines.
        progress: called after every step.
        notice: called with a sentence when training does not seem to go well, or does not follow
            an option.

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
    if not resume and (run / CHECKPOINT).exists():
        raise InputError(f"{run} already holds a run; add --resume to go on, or name a new folder.")
    if not resume and (run / WEIGHTS).exists():
        raise InputError(f"{run} already holds weights; name a new folder for a new run.")
    machines = Machines(device, processes=processes, nodes=nodes)
    place = (prepared.content_hash, machines.device)
    if resume:
        state = TrainingState.load(run / CHECKPOINT, *place)
        _compare_options(state.config, config, run, notice)
    else:
        shape = shape or config.shape_for(prepared)
        state = TrainingState(config, shape, *place)
        if warm_start is not None:
            state.warm_start(load_method(warm_start), prepared.classes)
    return Trainer(state, prepared, run, progress, notice, machines).run()


def _compare_options(
    begun: TrainingConfig, asked: TrainingConfig, run: Path, notice: Callable[[str], None]
) -> None:
    """Say which of the options asked for a resumed run does not follow.

    Raises:
        InputError: when the run is of another method or preset.
    """
    if type(begun) is not type(asked):
        raise InputError(
            f"{run} holds a run of {begun.method}, preset {begun.preset}, not of {asked.method}, "
            f"preset {asked.preset}; to go on with it add --method {begun.method} --preset "
            f"{begun.preset}, or name a new folder."
        )
    defaults = type(asked)()
    ignored = [
        field.name
        for field in fields(asked)
        if getattr(asked, field.name)
        not in (getattr(begun, field.name), getattr(defaults, field.name))
    ]
    if ignored:
        notice(f"a resumed run keeps its own options; ignored: {', '.join(ignored)}.")


class Trainer:
    """Runs the steps of one training.

    Args:
        state: what is trained.
        prepared: the set.
        folder: of the run.
        progress: called after every step.
        notice: called with a sentence when training does not seem to go well.
        machines: where the run takes place; one process on the state's device if None.

    Raises:
        InputError: when the set does not suit the preset, or the batch cannot be shared out.
    """

    def __init__(
        self,
        state: TrainingState,
        prepared: PreparedSet,
        folder: Path,
        progress: Callable[[TrainingProgress], None] = lambda _: None,
        notice: Callable[[str], None] = lambda _: None,
        machines: Machines | None = None,
    ) -> None:
        config = state.config
        if config.threads:
            torch.set_num_threads(config.threads)
        self.state = state
        self.prepared = prepared
        self.folder = folder
        self.progress = progress
        self.notice = notice
        self.machines = machines or Machines(str(state.device))
        self.shares = self.machines.shares(config.batch, config.accumulate)
        self.batches, self.objective, self.kept_out = assemble(state, prepared)
        self.gan_step = GanStep(state, self.objective, self.machines)
        self.statistics = Statistics(folder / STATISTICS, board=config.tensorboard)
        self.watch = Watch(patience=round(PATIENCE * config.images), classes=len(prepared.classes))
        self.error_ratio: float | None = None
        self._rate = 0.0

    def run(self) -> Path:
        """Train to the end, or until somebody interrupts it; either way the state is saved.

        Returns:
            The weights' file.

        Raises:
            InputError: when the run's folder cannot be written to, or another run is doing so.
            TrainingError: when a loss is not finite.
            Interrupted: when it was stopped between two steps.
        """
        with locked(self.folder) if self.machines.is_first else nullcontext():
            return self._run()

    def _run(self) -> Path:
        state, config = self.state, self.state.config
        try:
            (self.folder / SHEETS).mkdir(parents=True, exist_ok=True)
            if self.machines.is_first:
                self.statistics.rewind(state.images)
        except OSError as error:
            raise InputError(f"{self.folder} cannot be written to ({error.strerror}).") from error
        with deferred_interruption() as interruption:
            while state.images < config.images:
                interruption.requested = self.machines.anyone(interruption.requested)
                if interruption.requested:
                    break
                self._advance()
                try:
                    self._tell()
                except KeyboardInterrupt:
                    interruption.requested = True
            self.save()
        if interruption.requested:
            raise Interrupted
        return self.folder / WEIGHTS

    def _tell(self) -> None:
        """Say where the run stands, in the first process alone."""
        if self.machines.is_first:
            images, total = self.state.images, self.state.config.images
            self.progress(TrainingProgress(images, total, self._rate, self.error_ratio))

    def _advance(self) -> None:
        """One step, timed and recorded, and what is due after it."""
        state, config = self.state, self.state.config
        started = time.perf_counter()
        try:
            terms = self.step(*self.batch())
        except (RuntimeError, MemoryError) as error:
            if not _is_memory_shortage(error):
                raise
            raise self._out_of_memory() from error
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

    def batch(self) -> list[PairBatch | LabelledBatch]:
        """This process's share of the batch of the step to come, in its parts."""
        return [self._part(share) for share in self.shares]

    def _part(self, share: slice) -> PairBatch | LabelledBatch:
        step, size = self.state.images // self.state.config.batch, self.state.config.batch
        return self.batches.batch(step, size, share).to(self.state.device, self.state.dtype)

    def step(self, *parts: PairBatch | LabelledBatch) -> dict[str, Tensor]:
        """One step; see :meth:`lgpgan.training.step.GanStep.__call__`."""
        return self.gan_step(*parts)

    def _out_of_memory(self) -> LgpganError:
        """The error to raise, which says how many images at a time would fit."""
        config = self.state.config
        share = config.batch // self.machines.count
        size = share // config.accumulate
        smaller = next((n for n in range(size // 2, 0, -1) if share % n == 0), None)
        if smaller is None:
            advice = "Take a device with more memory, or narrower networks (--networks)."
        else:
            advice = (
                f"{smaller} at a time may fit: begin a new run with --accumulate "
                f"{share // smaller}."
            )
        return LgpganError(
            f"memory ran out with {size} images at a time; nothing was saved since the last "
            f"checkpoint. {advice}"
        )

    def _housekeep(self) -> None:
        """What is due after a step: statistics, a look at the people kept out, a checkpoint."""
        config = self.state.config
        last = self.state.images >= config.images
        if self._due(config.report_every) or last:
            self._report(self.state.means.take() | self._diagnose())
        if self.kept_out is not None and (self._due(config.validate_every) or last):
            if self.machines.is_first:
                self._look()
            self.machines.wait()
        if self._due(config.save_every):
            self.save()

    @torch.no_grad()
    def _diagnose(self) -> dict[str, float]:
        """Figures of the batch to come; what they tell of the run is said."""
        part = self._part(self.shares[0])
        with self.gan_step.precision(), statistics_kept(self.state.generators):
            fake = self.objective.synthesise(part)
            figures = dict(self.objective.diagnostics(part, fake))
        values = {name: float(value) for name, value in self.machines.average(figures).items()}
        if self.machines.is_first:
            for sentence in self.watch.look(self.state.images, values):
                self.notice(sentence)
        return {f"diagnostics/{name}": value for name, value in values.items()}

    def _look(self) -> None:
        """A look at the people kept out; the weights with the least error are the run's."""
        assert self.kept_out is not None
        measured = self.kept_out.measure(self.state.average)
        ratio = self.error_ratio = measured.get("ratio")
        best = self.state.best_ratio
        is_best = ratio is not None and ratio < (math.inf if best is None else best)
        if is_best and self.state.is_finite():  # else save() says so, in every process
            self.state.best_ratio = ratio
            self._write_weights()
            if not self._due(self.state.config.save_every):
                self.state.save(self.folder / CHECKPOINT)  # which remembers how good they are
        self._report({f"kept_out/{name}": value for name, value in measured.items()})
        sheet = self.folder / SHEETS / f"{self.state.images:08d}.png"
        self.kept_out.save_sheet(sheet, self.state.average)

    def _due(self, every: int) -> bool:
        """Whether the last step crossed a multiple of ``every`` images."""
        return self.state.images % every < self.state.config.batch

    def _report(self, values: dict[str, float]) -> None:
        if self.machines.is_first:
            self.statistics.write(self.state.images, self.state.seconds, values)

    def save(self) -> None:
        """Write the checkpoint, and the averaged generators as weights, in the first process.

        Where looks at the people kept out measure an error, the weights are those of the look with
        the least, and are written there.

        Raises:
            TrainingError: when a weight is not finite; the files written before are kept.
        """
        if not self.state.is_finite():
            raise diverged(self.state.images, "some weights are no longer finite")
        if self.machines.is_first:
            self._write()
        self.machines.wait()

    def _write(self) -> None:
        if self.state.best_ratio is None:
            self._write_weights()
        self.state.save(self.folder / CHECKPOINT)

    def _write_weights(self) -> None:
        info = WeightsInfo(
            method=self.state.config.method,
            config=asdict(self.state.shape),
            labels=self.prepared.classes,
            template=template_description(),
            data_hash=self.prepared.content_hash,
            images=self.state.images,
            citations=tuple(self.prepared.description["citations"]),
            preset=self.state.config.preset,
        )
        save_weights(self.folder / WEIGHTS, self.state.average, info)


def _is_memory_shortage(error: RuntimeError | MemoryError) -> bool:
    """Whether a step failed for lack of memory: on CPUs torch says so only in words."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)
