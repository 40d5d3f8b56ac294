"""How many photos of a folder are edited a second, and how much memory a large folder takes.

    python benchmarks/folders.py [--photos 40] [--jobs 1 2] [--memory 50 500]

The folder holds the demo photo again and again, under other names. The rate is that of the whole
command, and of what is left without the start: twice the photos less once the photos. Memory is the
most that the command and each of its processes had.
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

from preparing import family, peak_of


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=40, help="how many to measure the speed with")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], metavar="PROCESSES")
    parser.add_argument("--memory", type=int, nargs="*", default=[50, 500], metavar="PHOTOS")
    options = parser.parse_args()
    for jobs in options.jobs:
        (once, _), (twice, _) = (
            edit(count, jobs) for count in (options.photos, 2 * options.photos)
        )
        rate = options.photos / (twice - once)
        print(
            f"--jobs {jobs}: {options.photos / once:.2f} photos/s with the start, "
            f"{rate:.2f} photos/s without"
        )
    for count in options.memory:
        _, (own, first, second, *_) = edit(count, 2)
        print(
            f"{count} photos, --jobs 2: peak memory {own:.0f} MB, and of its processes "
            f"{first:.0f} and {second:.0f} MB"
        )


def edit(count: int, jobs: int) -> tuple[float, Sequence[float]]:
    """Edit a folder of so many photos; seconds, and peak memory in MB, the command's own first."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        first = photos / "0.jpg"
        Image.fromarray(skimage.data.astronaut()).save(first, quality=92)
        for number in range(1, count):
            os.link(first, photos / f"{number}.jpg")
        command = [
            *(sys.executable, "-c", "from lgpgan.cli import main; main()", "edit", str(photos)),
            *("--to", "happy", "-o", f"{folder}/out", "--jobs", str(jobs)),
        ]
        peaks: dict[int, int] = {}
        # One thread without --jobs as well, so that processes alone make the difference.
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        started = time.perf_counter()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None:
                for pid in family(process.pid):
                    peaks[pid] = max(peaks.get(pid, 0), peak_of(pid))
                time.sleep(0.1)
            taken = time.perf_counter() - started
            if process.returncode:
                sys.exit(process.stderr.read().decode() if process.stderr else "")
        own = peaks.pop(process.pid)
        return taken, [peak / 1024 for peak in (own, *sorted(peaks.values(), reverse=True))]


if __name__ == "__main__":
    main()
