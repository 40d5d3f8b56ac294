"""How fast new labelled faces are made, in how much memory, and what is rejected.

    python benchmarks/augmenting.py DATA [--method default] [--faces 300] [--jobs 1 2]
        [--like-set SET] [--engine local]

DATA is a prepared set. For every number of faces (``--faces 1000 5000 10000``) and of processes the
command ``lgpgan augment`` makes a set of its own in a temporary folder, start and card included.
Memory is the peak of the process that was started, and of those that it started in turn; flat over
the number of faces is what it should be. The smallest of several processes is Python's own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from family_memory import watch_memory

MADE = "made"


@dataclass(frozen=True)
class Run:
    """What came of one command.

    Attributes:
        faces: that were kept.
        drawn: kept and rejected.
        rejected: reason to their number.
        seconds: from start to end.
        own: peak memory of the command itself in MB.
        others: of each process that it started, largest first.
    """

    faces: int
    drawn: int
    rejected: Counter[str]
    seconds: float
    own: float
    others: Sequence[float]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a prepared set")
    parser.add_argument("--method", default="default", help="default, studio, or a run")
    parser.add_argument("--to", nargs="*", default=["happy", "sad", "surprised"], metavar="CLASS")
    parser.add_argument("--faces", type=int, nargs="*", default=[300], help="how many in all")
    parser.add_argument("--like-set", help="the set whose look the new faces are given")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    parser.add_argument(
        "--engine", default="local", help="local or ray, whose workers' memory is not seen"
    )
    options = parser.parse_args()
    print(
        f"{options.method}, engine {options.engine}, from {options.data}: {', '.join(options.to)}\n"
    )
    print("| faces | processes | a second | by each process | memory (MB) | of its processes |")
    print("| ---: | ---: | ---: | ---: | ---: | --- |")
    found = []
    for faces, workers in itertools.product(options.faces, options.jobs):
        command = ["augment", str(options.data), "--method", options.method]
        command += ["--engine", options.engine, "--jobs", str(workers)]
        command += ["--like-set", options.like_set] if options.like_set else []
        run = augment(command, options.to, faces)
        rate = run.faces / run.seconds
        others = ", ".join(f"{memory:.0f}" for memory in run.others) or "none"
        print(
            f"| {run.faces:,} | {workers} | {rate:.2f} | {rate / workers:.2f} | {run.own:.0f} |"
            f" {others} |",
            flush=True,
        )
        found.append(run)
    print("\nRejected, by reason:\n")
    for run in found:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in run.rejected.most_common())
        share = run.rejected.total() / run.drawn
        print(f"- {run.faces:,} of {run.drawn:,} drawn: {share:.0%} ({reasons or 'none'})")


def augment(command: Sequence[str], classes: Sequence[str], faces: int) -> Run:
    """Make so many faces, shared out among the classes."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / MADE
        words = [
            *(sys.executable, "-c", "from lgpgan.cli import main; main()"),
            *(*command, str(made), "--per-class", str(-(-faces // len(classes)))),
            *(word for name in classes for word in ("--to", name)),
            *("--write-as", "folders"),
        ]
        started = time.perf_counter()
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            peaks = watch_memory(process)
            seconds = time.perf_counter() - started
            if process.returncode:
                sys.exit(process.stderr.read().decode() if process.stderr else "")
        about = json.loads((made / "dataset.json").read_text())["augmentation"]
    rejected: Counter[str] = Counter()
    for of_class in about["rejected"].values():
        rejected.update(of_class)
    own = peaks.pop(process.pid)
    others = sorted(peaks.values(), reverse=True)
    return Run(about["kept"], about["drawn"], rejected, seconds, own, others)


if __name__ == "__main__":
    main()
