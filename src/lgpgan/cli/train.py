"""``lgpgan train``: a studio set in, weights out."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted
from lgpgan.training.loop import TrainingProgress
from lgpgan.training.loop import train as train_method

__all__ = ["train"]

DEFAULTS = TrainingConfig()


def train(
    data: Annotated[Path, tyro.conf.Positional],
    *,
    out: Path,
    config: TrainingConfig = DEFAULTS,
    resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    device: str = "cpu",
) -> int:
    """Train LGP-GAN on a set made by 'lgpgan studio' (the studio preset).

    Ctrl-C finishes the step, saves, and says how to go on; pressed twice, it does not save. The
    run's folder holds the checkpoint, statistics.jsonl, sample sheets of people kept out of
    training, and weights.safetensors, which 'lgpgan edit --weights' takes.

    Examples:
      lgpgan train runs/studio --out runs/mine
      lgpgan train runs/studio --out runs/mine --resume
      lgpgan train runs/studio --out runs/short --images 50000 --batch 8

    Args:
        data: The set.
        out: Folder of the run.
        config: Options of the run; a resumed one keeps those that it was begun with.
        resume: Go on from the run's checkpoint.
        device: 'cpu', or 'cuda' for a GPU.
    """
    if resume and config != DEFAULTS:
        changed = [
            field.name
            for field in dataclasses.fields(config)
            if getattr(config, field.name) != getattr(DEFAULTS, field.name)
        ]
        sys.stderr.write(
            f"note: a resumed run keeps its own options; ignored: {', '.join(changed)}\n"
        )
    with progress_bar("training") as advance:

        def show(state: TrainingProgress) -> None:
            error = "" if state.error_ratio is None else f", error {state.error_ratio:.3f}"
            advance(state.images, state.total, f"{state.images_per_second:.0f} images/s{error}")

        again = shlex.join(
            ["lgpgan", "train", str(data), "--out", str(out), "--resume", "--device", device]
        )
        try:
            weights = train_method(data, out, config, resume=resume, device=device, progress=show)
        except Interrupted:
            sys.stderr.write(f"stopped; everything is saved. To go on: {again}\n")
            raise
        except KeyboardInterrupt:
            sys.stderr.write(f"stopped at once. To go on from the last checkpoint: {again}\n")
            raise
    sys.stdout.write(f"{weights}\n")
    return 0
