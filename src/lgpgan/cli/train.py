"""``lgpgan train``: a prepared set in, weights out."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted
from lgpgan.training.loop import TrainingProgress
from lgpgan.training.loop import train as train_method
from lgpgan.training.machines import speaks
from lgpgan.training.plan import plan
from lgpgan.training.presets import StudioConfig, find_preset

__all__ = ["form"]


def form(arguments: Sequence[str]) -> Callable[..., int]:
    """The command, with the options and defaults of the preset that the arguments name.

    Raises:
        InputError: when there is no such method, or it has no such preset.
    """
    named = _named(arguments)
    kind = find_preset(named.get("method", StudioConfig.method), named.get("preset"))
    defaults = kind()

    def train(
        data: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SET")],
        *,
        out: Annotated[Path, tyro.conf.arg(metavar="RUN")],
        method: str = kind.method,
        preset: str = kind.preset,
        config: TrainingConfig = defaults,
        resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
        warm_start: Annotated[Path | None, tyro.conf.arg(metavar="RUN|WEIGHTS")] = None,
        device: str = "cpu",
        processes: int = 1,
        nodes: int = 1,
        dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    ) -> int:
        """Train LGP-GAN, or a method that it is compared with, on a prepared set.

        The preset 'studio' of LGP-GAN learns from the exact pairs of 'lgpgan studio', on a CPU
        within hours. Every method has 'paper', the published objective and schedule, for any
        labelled faces that 'lgpgan prepare' has prepared, which wants a GPU; and 'narrow', the same
        objective on networks that a CPU can train. '--method stargan --preset paper --help' shows
        the values of a preset.

        Ctrl-C finishes the step, saves, and says how to go on; pressed twice, it does not save. The
        run's folder holds the checkpoint, statistics.jsonl, sample sheets of people kept out of
        training, and weights.safetensors, which 'lgpgan edit --weights' takes.

        Examples:
          lgpgan train runs/studio --out runs/mine
          lgpgan train runs/studio --out runs/mine --resume
          lgpgan train runs/studio --out runs/short --images 50000 --batch 8
          lgpgan train runs/studio --out runs/without-local --without local
          lgpgan train runs/rafd --out runs/paper --preset paper --device cuda
          lgpgan train runs/rafd --out runs/paper --preset paper --dry-run
          lgpgan train runs/rafd --out runs/stargan --method stargan
          lgpgan train runs/rafd --out runs/stargan --method stargan --resume

        Args:
            data: The set.
            out: Folder of the run.
            method: 'lgp-gan', 'stargan', 'attgan' or 'ganimation'.
            preset: 'studio' (LGP-GAN alone, its default), 'narrow' (the others' default), 'paper'.
            config: Options of the run; a resumed one keeps those that it was begun with.
            resume: Go on from the run's checkpoint; name its method and preset.
            warm_start: Weights, or a run, of the same method to begin with; classes of the same
                name keep what they learnt.
            device: 'cpu', or 'cuda' for a GPU.
            processes: On each machine, one a GPU.
            nodes: Machines; start the command on each with torchrun or srun.
            dry_run: Only print the options, what the run would need, and how long it would take.
        """
        if dry_run:
            return _dry_run(data, config, device, processes)
        more = [] if method == StudioConfig.method else ["--method", method]
        more += [] if preset == find_preset(method).preset else ["--preset", preset]
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
    # What may be given again adds a value each time; otherwise tyro would forget all but the last.
    repeatable: Callable[..., int] = tyro.conf.configure(tyro.conf.UseAppendAction)(train)
    return repeatable


def _named(arguments: Sequence[str]) -> dict[str, str]:
    """The values of ``--method`` and ``--preset`` among the arguments, where they are there."""
    named = {}
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, sign, value = argument.partition("=")
        if option in ("--method", "--preset"):
            named[option.removeprefix("--")] = value if sign else following
    return named


def _say(sentence: str) -> None:
    if speaks():
        sys.stderr.write(f"{sentence}\n")


def _dry_run(data: Path, config: TrainingConfig, device: str, processes: int) -> int:
    planned = plan(config, PreparedSet.load(data), device, processes)
    sys.stdout.write(json.dumps(planned.config, indent=2) + "\n")
    sys.stdout.write("".join(f"{line}\n" for line in planned.lines()))
    return 0
