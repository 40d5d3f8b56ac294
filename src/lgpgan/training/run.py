"""Beginning a run, going on with one, and making one longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST
from lgpgan.errors import InputError
from lgpgan.files import same_file
from lgpgan.methods.registry import Shape
from lgpgan.methods.weights import load_method
from lgpgan.training.config import TrainingConfig
from lgpgan.training.loop import Trainer
from lgpgan.training.machines import Machines
from lgpgan.training.observer import Observer
from lgpgan.training.presets import find_preset
from lgpgan.training.run_files import CHECKPOINT, WEIGHTS
from lgpgan.training.state import TrainingState

__all__ = ["CHOSEN_ON_TEST", "RunOptions", "check_folder", "train"]


CHOSEN_ON_TEST = (
    "this set has no people for validation, so the best weights are chosen on its test people, and "
    "figures of 'lgpgan evaluate' on them are a little too good. Make a set with some: where a "
    "list names the splits, give some of its people the split 'validation'."
)


@dataclass(frozen=True)
class RunOptions:
    """How a run begins, and where it takes place.

    Attributes:
        shape: shape of the networks; what the training's options say if None.
        resume: go on from the run's checkpoint.
        extend_to: length in images that a resumed run is to have in place of its own; None keeps
            its own.
        warm_start: weights to begin with, of the same method and of networks of the same shape;
            classes of the same name keep what they learnt.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        processes: processes on each machine.
        nodes: number of machines.
    """

    shape: Shape | None = None
    resume: bool = False
    extend_to: int | None = None
    warm_start: Path | None = None
    device: str = "cpu"
    processes: int = 1
    nodes: int = 1


def train(
    data: Path,
    run: Path,
    config: TrainingConfig,
    options: RunOptions = RunOptions(),
    observer: Observer = Observer(),  # noqa: B008 - it cannot be changed
) -> Path:
    """Train a method on a prepared set.

    Args:
        data: the prepared set.
        run: folder of the run: checkpoint, statistics, sample sheets and weights go there.
        config: options of the training; a resumed run keeps those that it was begun with.
        options: how the run begins, and where it takes place.
        observer: what is told while it goes on.

    Returns:
        The weights' file.

    Raises:
        InputError: when data or run cannot be used as asked.
        TrainingError: when a loss is not finite; the last checkpoint is left as it is.
        Interrupted: when Ctrl-C was pressed or SIGTERM came, after the step was finished and the
            state saved.
        KeyboardInterrupt: when Ctrl-C was pressed again meanwhile; the last checkpoint is left as
            it is.
    """
    prepared = PreparedSet.load(data)
    check_folder(run, data, resume=options.resume)
    machines = Machines(options.device, processes=options.processes, nodes=options.nodes)
    place = (prepared.content_hash, machines.device)
    if options.resume:
        state = TrainingState.load(run / CHECKPOINT, *place)
        _compare_options(state.config, config, run, options, observer.notice)
        if options.extend_to is not None:
            _extend(state, options.extend_to, run, observer.notice)
    else:
        shape = options.shape or config.shape_for(prepared)
        state = TrainingState(config, shape, *place)
        if options.warm_start is not None:
            state.warm_start(load_method(options.warm_start), prepared.classes)
    if state.config.sees_pairs and prepared.chosen_on == TEST and prepared.split(TEST):
        observer.notice(CHOSEN_ON_TEST)
    return Trainer(state, prepared, run, observer, machines).run()


def check_folder(run: Path, data: Path, *, resume: bool) -> None:
    """Make sure that a run can be written to a folder.

    Args:
        run: the folder.
        data: the set's.
        resume: whether the run goes on.

    Raises:
        InputError: when the folder is the set's, or holds another run.
    """
    if same_file(data, run):
        raise InputError(f"{run} is the set itself; name another folder for the run.")
    if not resume and (run / CHECKPOINT).exists():
        raise InputError(f"{run} already holds a run; add --resume to go on, or name a new folder.")
    if not resume and (run / WEIGHTS).exists():
        raise InputError(f"{run} already holds weights; name a new folder for a new run.")


def _compare_options(
    begun: TrainingConfig,
    asked: TrainingConfig,
    run: Path,
    options: RunOptions,
    notice: Callable[[str], None],
) -> None:
    """Say which of the options asked for a resumed run does not follow.

    Raises:
        InputError: when the run is of another method or preset.
    """
    if (begun.method, begun.preset) != (asked.method, asked.preset):
        raise InputError(
            f"{run} holds a run of {begun.method}, preset {begun.preset}, not of {asked.method}, "
            f"preset {asked.preset}; to go on with it add --method {begun.method} --preset "
            f"{begun.preset}, or name a new folder."
        )
    preset = find_preset(asked.method, asked.preset)
    followed = {"images"} if options.extend_to is not None else set()
    ignored = [
        field.name
        for field in fields(asked)
        if field.name not in followed
        and getattr(asked, field.name)
        not in (getattr(begun, field.name), getattr(preset, field.name))
    ]
    if ignored:
        notice(f"a resumed run keeps its own options; ignored: {', '.join(ignored)}.")


def _extend(state: TrainingState, images: int, run: Path, notice: Callable[[str], None]) -> None:
    """Make a run longer; its learning rates follow the schedule of the new length from now on.

    Raises:
        InputError: when that would make it shorter.
    """
    begun = state.config
    if images < begun.images:
        raise InputError(
            f"{run} holds a run of {begun.images:,} images, and --images {images} is fewer; name "
            "more to make the run longer, or leave out --images to finish it as it is."
        )
    if images == begun.images:
        return
    state.config = replace(begun, images=images)
    now, then = begun.rate(state.images), state.config.rate(state.images)
    notice(
        f"the run is extended from {begun.images:,} to {images:,} images. The learning rates "
        f"follow the schedule of the new length: after {state.images:,} images they are "
        f"{then:.0%} of their full values, and not {now:.0%}."
    )
