"""``lgpgan train``: a prepared set in, weights out."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.training.config import PRESETS, PaperConfig, StudioConfig
from lgpgan.training.interruption import Interrupted
from lgpgan.training.loop import TrainingProgress
from lgpgan.training.loop import train as train_method
from lgpgan.training.machines import speaks
from lgpgan.training.plan import plan

__all__ = ["form"]


def form(arguments: Sequence[str]) -> Callable[..., int]:
    """The command, with the options and defaults of the preset that the arguments name.

    Raises:
        InputError: when there is no such preset.
    """
    kind = PRESETS[_preset(arguments)]
    defaults = kind()

    def train(
        data: Annotated[Path, tyro.conf.Positional],
        *,
        out: Path,
        preset: str = kind.preset,
        config: StudioConfig | PaperConfig = defaults,
        resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
        warm_start: Path | None = None,
        device: str = "cpu",
        processes: int = 1,
        nodes: int = 1,
        dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    ) -> int:
        """Train LGP-GAN on a prepared set.

        The preset 'studio' learns from the exact pairs of 'lgpgan studio', on a CPU within hours;
        'paper' is the published objective and schedule, for any labelled faces that 'lgpgan
        prepare' has prepared, and wants a GPU. '--preset paper --help' shows its values.

        Ctrl-C finishes the step, saves, and says how to go on; pressed twice, it does not save. The
        run's folder holds the checkpoint, statistics.jsonl, sample sheets of people kept out of
        training, and weights.safetensors, which 'lgpgan edit --weights' takes.

        Examples:
          lgpgan train runs/studio --out runs/mine
          lgpgan train runs/studio --out runs/mine --resume
          lgpgan train runs/studio --out runs/short --images 50000 --batch 8
          lgpgan train runs/rafd --out runs/paper --preset paper --device cuda
          lgpgan train runs/rafd --out runs/paper --preset paper --dry-run

        Args:
            data: The set.
            out: Folder of the run.
            preset: 'studio' or 'paper'.
            config: Options of the run; a resumed one keeps those that it was begun with.
            resume: Go on from the run's checkpoint.
            warm_start: Weights to begin with; classes of the same name keep what they learnt.
            device: 'cpu', or 'cuda' for a GPU.
            processes: On each machine, one a GPU.
            nodes: Machines; start the command on each with torchrun or srun.
            dry_run: Only print the options, what the run would need, and how long it would take.
        """
        if dry_run:
            return _dry_run(data, config, device, processes)
        if resume and config != defaults:
            ignored = ", ".join(_changed(config, defaults))
            _say(f"note: a resumed run keeps its own options; ignored: {ignored}")
        more = [] if preset == StudioConfig.preset else ["--preset", preset]
        for name, value in (("--processes", processes), ("--nodes", nodes)):
            more += [name, str(value)] if value > 1 else []
        again = shlex.join(
            ["lgpgan", "train", str(data), "--out", str(out), "--resume", "--device", device, *more]
        )
        with progress_bar("training") as advance:

            def show(state: TrainingProgress) -> None:
                error = "" if state.error_ratio is None else f", error {state.error_ratio:.3f}"
                advance(state.images, state.total, f"{state.images_per_second:.0f} images/s{error}")

            try:
                weights = train_method(
                    data,
                    out,
                    config,
                    resume=resume,
                    warm_start=warm_start,
                    device=device,
                    processes=processes,
                    nodes=nodes,
                    progress=show,
                    notice=lambda sentence: _say(f"warning: {sentence}"),
                )
            except Interrupted:
                _say(f"stopped; everything is saved. To go on: {again}")
                raise
            except KeyboardInterrupt:
                _say(f"stopped at once. To go on from the last checkpoint: {again}")
                raise
        if speaks():
            sys.stdout.write(f"{weights}\n")
        return 0

    train.__annotations__["config"] = kind
    return train


def _preset(arguments: Sequence[str]) -> str:
    """The value of ``--preset`` among the arguments."""
    name = StudioConfig.preset
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--preset":
            name = following
        elif argument.startswith("--preset="):
            name = argument.partition("=")[2]
    if name not in PRESETS:
        raise InputError(f"there is no preset '{name}'; choose one of {', '.join(PRESETS)}.")
    return name


def _say(sentence: str) -> None:
    if speaks():
        sys.stderr.write(f"{sentence}\n")


def _dry_run(data: Path, config: StudioConfig | PaperConfig, device: str, processes: int) -> int:
    planned = plan(config, PreparedSet.load(data), device, processes)
    sys.stdout.write(json.dumps(planned.config, indent=2) + "\n")
    sys.stdout.write("".join(f"{line}\n" for line in planned.lines()))
    return 0


def _changed(config: StudioConfig | PaperConfig, defaults: StudioConfig | PaperConfig) -> list[str]:
    return [
        field.name
        for field in dataclasses.fields(config)
        if getattr(config, field.name) != getattr(defaults, field.name)
    ]
