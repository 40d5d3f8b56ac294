"""What the command needs before it does anything, as a multiple of Python's own start.

python benchmarks/starting.py

Processor time, the least of several runs, of an interpreter of its own each; then the dearest
imports of `lgpgan edit --help`, by what each takes itself.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
from collections.abc import Sequence

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "lgpgan --version": ["-m", "lgpgan", "--version"],
    "lgpgan --help": ["-m", "lgpgan", "--help"],
    "lgpgan edit --help": ["-m", "lgpgan", "edit", "--help"],
    "from lgpgan import Editor": ["-c", "from lgpgan import Editor"],
}


def processor_seconds(arguments: Sequence[str], runs: int) -> float:
    """Processor time of an interpreter, the least of several runs."""
    return min(_once(arguments) for _ in range(runs))


def _once(arguments: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def dearest(arguments: Sequence[str], count: int) -> list[tuple[float, str]]:
    """The imports that take longest themselves, in milliseconds."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], check=True, capture_output=True, text=True
    )
    lines = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE)
    return sorted(((int(own) / 1000, name) for own, name in lines), reverse=True)[:count]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    reference = processor_seconds(COMMANDS["python -c pass"], runs)
    for name, arguments in COMMANDS.items():
        seconds = processor_seconds(arguments, runs)
        print(f"{name:<26} {seconds / reference:6.1f} times  ({seconds:.3f} s)")
    for own, name in dearest(COMMANDS["lgpgan edit --help"], 10):
        print(f"{own:8.1f} ms  {name}")


if __name__ == "__main__":
    main()
