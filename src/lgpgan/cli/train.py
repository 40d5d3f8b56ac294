"""``lgpgan train``: a prepared set in, weights out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.terminal import tell, tell_json
from lgpgan.cli.training_lines import say, watch_training
from lgpgan.cli.usage import USUAL
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.training.as_published import PAPER, differences
from lgpgan.training.as_published import as_published as as_published_run
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted
from lgpgan.training.machines import is_first_process
from lgpgan.training.options import StudioConfig
from lgpgan.training.plan import plan
from lgpgan.training.presets import find_preset
from lgpgan.training.run import RunOptions, check_folder
from lgpgan.training.run import train as train_method

__all__ = ["form"]

AS_PUBLISHED = "--as-published"
SIGNAL_EXIT = 128
"""Added to the number of the signal that stopped a run: its exit code, as in a shell."""


def form(arguments: Sequence[str]) -> Callable[..., int]:
    """The command, with the options and defaults of the preset that the arguments name.

    Raises:
        InputError: when there is no such method, or it has no such preset.
    """
    named = _named(arguments)
    method_named = named.get("method", StudioConfig.method)
    if AS_PUBLISHED in arguments:
        if named.get("preset", PAPER) != PAPER:
            raise InputError(f"{AS_PUBLISHED} stands for the preset '{PAPER}'; name no other.")
        defaults = as_published_run(method_named)
    else:
        defaults = find_preset(method_named, named.get("preset"))

    def train(
        data: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SET")],
        *,
        out: Annotated[Path | None, tyro.conf.arg(metavar="RUN"), USUAL] = None,
        method: str = defaults.method,
        preset: str = defaults.preset,
        as_published: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
        config: TrainingConfig = defaults,
        resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
        warm_start: Annotated[Path | None, tyro.conf.arg(metavar="RUN|WEIGHTS")] = None,
        device: str = "cpu",
        processes: int = 1,
        nodes: int = 1,
        dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
        as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
    ) -> int:
        """Train LGP-GAN, or a method that it is compared with, on a prepared set.

        The preset 'studio' of LGP-GAN learns from the exact pairs of 'lgpgan studio', on a CPU
        within hours. Every method has 'paper', the published objective and schedule, for any
        labelled faces that 'lgpgan prepare' has prepared, which wants a GPU; and 'narrow', the same
        objective on networks that a CPU can train. '--method stargan --preset paper --help' shows
        the values of a preset.

        Ctrl-C and SIGTERM finish the step, save, and say how to go on; Ctrl-C pressed twice does
        not save. The run's folder holds the checkpoint, statistics.jsonl, sample sheets of people
        kept out of training, and weights.safetensors, which 'lgpgan edit --weights' takes.

        Examples:
          lgpgan train runs/studio --out runs/mine
          lgpgan train runs/studio --out runs/mine --resume
          lgpgan train runs/studio --out runs/mine --resume --images 200000
          lgpgan train runs/studio --out runs/short --images 50000 --batch 8
          lgpgan train runs/studio --out runs/without-local --without local
          lgpgan train runs/rafd --out runs/paper --as-published --device cuda
          lgpgan train runs/rafd --preset paper --dry-run
          lgpgan train runs/rafd --out runs/stargan --method stargan
          lgpgan train runs/rafd --out runs/stargan --method stargan --resume

        Args:
            data: The set.
            out: Folder of the run; needed for all but --dry-run.
            method: 'lgp-gan', 'stargan', 'attgan' or 'ganimation'.
            preset: 'studio' (LGP-GAN alone, its default), 'narrow' (the others' default), 'paper'.
            as_published: The preset 'paper' in float32, as the method's authors trained it; what
                still differs from the publication is listed at the end.
            config: Options of the run; a resumed one keeps those that it was begun with.
            resume: Go on from the run's checkpoint; name its method and preset. More --images
                than before make the run longer, with the learning rates of the new length.
            warm_start: Weights, or a run, of the same method to begin with; classes of the same
                name keep what they learnt.
            device: 'cpu', or 'cuda' for a GPU.
            processes: Processes on each machine, one for each GPU.
            nodes: Machines; start the command on each with torchrun or srun.
            dry_run: Only print what the run would need, and how long it would take.
            as_json: With --dry-run: print one JSON object, with the value of every option.
        """
        if dry_run:
            if resume:
                raise InputError(
                    "--dry-run tells of a new run, and --resume goes on with one; leave out one of "
                    "them."
                )
            prepared = PreparedSet.load(data)
            if out is not None:
                check_folder(out, data, resume=False)
            planned = plan(config, prepared, device, processes, nodes=nodes, warm_start=warm_start)
            if as_json:
                tell_json(planned.to_json(), indent=2)
            else:
                tell(*planned.lines())
            return 0
        if as_json:
            raise InputError("--json belongs to --dry-run; add that, or leave out --json.")
        if out is None:
            raise InputError("a run needs a folder; name one with --out.")
        more = [] if method == StudioConfig.method else ["--method", method]
        if as_published:
            more.append(AS_PUBLISHED)
        elif preset != find_preset(method).preset:
            more += ["--preset", preset]
        for name, value in (("--processes", processes), ("--nodes", nodes)):
            more += [name, str(value)] if value > 1 else []
        again = shlex.join(
            ["lgpgan", "train", str(data), "--out", str(out), "--resume", "--device", device, *more]
        )
        options = RunOptions(
            resume=resume,
            extend_to=config.images if resume and "images" in named else None,
            warm_start=warm_start,
            device=device,
            processes=processes,
            nodes=nodes,
        )
        with watch_training() as observer:
            try:
                weights = train_method(data, out, config, options, observer)
            except Interrupted as stopped:
                say(f"stopped; everything is saved. To go on: {again}")
                return SIGNAL_EXIT + stopped.signal_number
            except KeyboardInterrupt:
                say(f"stopped at once. To go on from the last checkpoint: {again}")
                raise
        if is_first_process():
            tell(weights)
            if as_published:
                say("what differs from the publication:")
                for sentence in differences(config, PreparedSet.load(data)):
                    say(f"- {sentence}")
        return 0

    train.__annotations__["config"] = type(defaults)
    # What may be given again adds a value each time; otherwise tyro would forget all but the last.
    repeatable: Callable[..., int] = tyro.conf.configure(tyro.conf.UseAppendAction)(train)
    return repeatable


def _named(arguments: Sequence[str]) -> dict[str, str]:
    """The values of ``--method``, ``--preset`` and ``--images``, where the arguments have them."""
    named = {}
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, sign, value = argument.partition("=")
        if option in ("--method", "--preset", "--images"):
            named[option.removeprefix("--")] = value if sign else following
    return named
