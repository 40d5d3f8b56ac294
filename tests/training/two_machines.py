"""A step, or a run, in as many processes as it is told: ``two_machines.py WHAT SET OUT PROCESSES``.

``step`` writes, for several methods, the weights after one step in double precision; ``run`` trains
to the end; ``killed`` ends all processes with SIGKILL after the second checkpoint.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tiny_methods import SHAPES, tiny
from tiny_run import CONFIG, SHAPE

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.registry import Shape
from lgpgan.training.config import TrainingConfig
from lgpgan.training.loop import Trainer
from lgpgan.training.machines import Machines
from lgpgan.training.observer import Observer, TrainingProgress
from lgpgan.training.run import RunOptions, train
from lgpgan.training.state import TrainingState

EXACT = {"precision": "fp64", "penalty_every": 1, "discriminator_updates": 1}
STEPS: Mapping[str, tuple[TrainingConfig, Shape]] = {
    "studio": (replace(CONFIG, **EXACT), SHAPE),
    **{method: (tiny(method, **EXACT), SHAPES[method]) for method in ("stargan", "ganimation")},
}
"""The runs of which one step is made, by a name."""


def one_step(name: str, prepared: PreparedSet, folder: Path, machines: Machines) -> dict[str, Any]:
    """Terms and weights of the first step of a run."""
    config, shape = STEPS[name]
    state = TrainingState(config, shape, prepared.content_hash, machines.device)
    trainer = Trainer(state, prepared, folder, machines=machines)
    terms = trainer.step(*trainer.batch())
    return {
        "terms": terms,
        "G": state.generators.state_dict(),
        "D": state.discriminators.state_dict(),
    }


def all_steps(data: Path, out: Path, processes: int) -> None:
    prepared, machines = PreparedSet.load(data), Machines("cpu", processes=processes)
    made = {name: one_step(name, prepared, out.parent, machines) for name in STEPS}
    if machines.is_first:
        torch.save(made, out)


def main() -> None:
    torch.set_num_threads(1)
    what, data, out, processes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    if what == "step":
        all_steps(data, out, processes)
        return

    def report(progress: TrainingProgress) -> None:
        if what == "killed" and progress.images == 36:
            os.killpg(0, signal.SIGKILL)

    resume = (out / "checkpoint.pt").exists()
    options = RunOptions(shape=SHAPE, processes=processes, resume=resume)
    train(data, out, CONFIG, options, Observer(progress=report))


if __name__ == "__main__":
    main()
