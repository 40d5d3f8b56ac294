"""Training a cell's run by the command ``lgpgan train``, in as many processes as there are GPUs.

Processes that share a run are started from the command line that began it. A comparison's own
command line would make each of them compare.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from lgpgan.errors import LgpganError
from lgpgan.training.config import TrainingConfig
from lgpgan.training.presets import find_preset
from lgpgan.training.run import RunOptions

__all__ = ["train_apart", "train_command"]


def train_apart(data: Path, run: Path, config: TrainingConfig, options: RunOptions) -> None:
    """Train a run to its end in processes of its own.

    Args:
        data: the prepared set.
        run: folder of the run.
        config: options of the training.
        options: how the run begins, and where it takes place.

    Raises:
        LgpganError: when the command failed; it has said why.
        KeyboardInterrupt: when it was stopped; it has saved the run.
    """
    command = [sys.executable, "-m", "lgpgan", *train_command(data, run, config, options)]
    with subprocess.Popen(command) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C reached it too; it saves the run first
            raise
    if code > 128:
        raise KeyboardInterrupt
    if code:
        raise LgpganError(f"{run} could not be trained; the lines above say why.")


def train_command(data: Path, run: Path, config: TrainingConfig, options: RunOptions) -> list[str]:
    """The words of the command that trains a run, behind ``lgpgan``."""
    return [
        *("train", str(data), "--out", str(run)),
        *("--method", config.method, "--preset", config.preset),
        *_changed_options(config),
        *("--device", options.device, "--processes", str(options.processes)),
        *(["--resume"] if options.resume else []),
    ]


def _changed_options(config: TrainingConfig) -> Iterator[str]:
    """Each option that is not its preset's, as it is typed."""
    preset = find_preset(config.method, config.preset)
    for field in fields(config):
        value, usual = getattr(config, field.name), getattr(preset, field.name)
        if value == usual:
            continue
        name = field.name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{name}" if value else f"--no-{name}"
        elif isinstance(value, tuple) and all(isinstance(one, str) for one in value):
            for one in value:  # a word each time
                yield from (f"--{name}", one)
        else:
            yield f"--{name}"
            yield from map(str, value if isinstance(value, tuple) else (value,))
