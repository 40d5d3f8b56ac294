"""A step, or a run, in as many processes as it is told: ``two_machines.py WHAT SET OUT PROCESSES``.

``step`` writes the weights after one step in double precision; ``run`` trains to the end;
``killed`` ends all processes with SIGKILL after the second checkpoint.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from tiny_run import CONFIG, SHAPE

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.training.loop import Trainer, TrainingProgress, train
from lgpgan.training.machines import Machines
from lgpgan.training.state import TrainingState

EXACT = replace(CONFIG, precision="fp64", penalty_every=1)


def one_step(data: Path, out: Path, processes: int) -> None:
    prepared = PreparedSet.load(data)
    machines = Machines("cpu", processes=processes)
    state = TrainingState(EXACT, SHAPE, prepared.content_hash, machines.device)
    trainer = Trainer(state, prepared, out.parent, machines=machines)
    terms = trainer.step(*trainer.batch())
    if machines.is_first:
        weights = {"G": state.generators.state_dict(), "D": state.discriminators.state_dict()}
        torch.save({"terms": terms, **weights}, out)


def main() -> None:
    torch.set_num_threads(1)
    what, data, out, processes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    if what == "step":
        one_step(data, out, processes)
        return

    def report(progress: TrainingProgress) -> None:
        if what == "killed" and progress.images == 36:
            os.killpg(0, signal.SIGKILL)

    resume = (out / "checkpoint.pt").exists()
    train(data, out, CONFIG, shape=SHAPE, processes=processes, resume=resume, progress=report)


if __name__ == "__main__":
    main()
