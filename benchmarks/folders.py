"""How many photos of a folder are edited a second, and how much memory a large folder takes.

    python benchmarks/folders.py [--photos 80] [--jobs 1 2] [--engines local ray] [--memory 50 500]

The folder holds the demo photo again and again, under other names. The rate is that of the last
three quarters of the photos, so that starting is left out; how long it took to the first is said
beside it. Memory is the most that the command and each of its processes had.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import skimage.data
from PIL import Image

from family_memory import family, peak_of


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=80, help="how many to measure the speed with")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], metavar="PROCESSES")
    parser.add_argument("--engines", nargs="*", default=["local", "ray"], metavar="ENGINE")
    parser.add_argument("--memory", type=int, nargs="*", default=[50, 500], metavar="PHOTOS")
    options = parser.parse_args()
    for engine in options.engines:
        for jobs in options.jobs:
            rate, start, _ = edit(options.photos, jobs, engine)
            print(
                f"--engine {engine} --jobs {jobs}: {rate:.1f} photos a second, "
                f"the first after {start:.1f} s"
            )
    for count in options.memory:
        _, _, (own, first, second, *_) = edit(count, 2)
        print(
            f"{count} photos, --jobs 2: peak memory {own:.0f} MB, and of its processes "
            f"{first:.0f} and {second:.0f} MB"
        )


def edit(count: int, jobs: int, engine: str = "local") -> tuple[float, float, Sequence[float]]:
    """Edit so many photos.

    Returns:
        Photos a second, seconds to the first, and peak memory in MB, the command's own first.
    """
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        first = photos / "0.jpg"
        Image.fromarray(skimage.data.astronaut()).save(first, quality=92)
        for number in range(1, count):
            os.link(first, photos / f"{number}.jpg")
        command = [
            *(sys.executable, "-c", "from lgpgan.cli import main; main()", "edit", str(photos)),
            *("--to", "happy", "-o", f"{folder}/out", "--jobs", str(jobs), "--json"),
            *("--engine", engine),
        ]
        # One thread without --jobs as well, so that processes alone make the difference.
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        started, times = time.perf_counter(), list[float]()
        peaks: dict[int, int] = {}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            for _ in process.stdout or ():
                times.append(time.perf_counter())
                for pid in family(process.pid):
                    peaks[pid] = max(peaks.get(pid, 0), peak_of(pid))
        if process.returncode:
            sys.exit(f"lgpgan edit ended with {process.returncode}")
        own = peaks.pop(process.pid)
        began = count // 4  # all processes are at work then
        rate = (count - 1 - began) / (times[-1] - times[began])
        return (
            rate,
            times[0] - started,
            [peak / 1024 for peak in (own, *sorted(peaks.values(), reverse=True))],
        )


if __name__ == "__main__":
    main()
