"""What an installation takes on the disk: of editing alone, and with each extra.

python benchmarks/installed_size.py                 every extra
python benchmarks/installed_size.py base torch      these
python benchmarks/installed_size.py base --parts 8  and the biggest packages

Each is installed by pip into a fresh environment, with the versions of constraints.txt. Written are
lines of the table in docs/installing.md: MiB of the folder of packages, without pip itself. pip
chooses which build of torch is measured: docs/installing.md says how to get the one for CPUs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from pathlib import Path

from lgpgan.packages import EXTRAS

ROOT = Path(__file__).resolve().parents[1]
BASE = "base"
MEBIBYTE = 1 << 20


def install(folder: Path, extra: str) -> Path:
    """Install lgpgan with an extra into a new environment; returns the folder of its packages."""
    venv.create(folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    what = str(ROOT) if extra == BASE else f"{ROOT}[{extra}]"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-qq"]
    command += ["--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt"), what]
    subprocess.run(command, check=True)
    (packages,) = folder.glob("[Ll]ib/**/site-packages")
    return packages


def sizes(folder: Path) -> Counter[str]:
    """Bytes on the disk of everything in a folder."""
    of: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            about = path.stat()
            blocks = getattr(about, "st_blocks", -(-about.st_size // 512))
            of[path.relative_to(folder).parts[0]] += blocks * 512
    return of


def main() -> None:
    """Measure the extras that are named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help=f"{BASE}, {', '.join(EXTRAS)}")
    parser.add_argument("--parts", type=int, default=0, help="list so many of the biggest packages")
    options = parser.parse_args()
    for extra in options.extras or (BASE, *EXTRAS):
        with tempfile.TemporaryDirectory(prefix="lgpgan-size-") as folder:
            of = sizes(install(Path(folder) / "environment", extra))
        size = sum(of.values()) / MEBIBYTE
        purpose = EXTRAS[extra].purpose if extra in EXTRAS else "editing photos"
        print(f"| `{extra}` | {purpose} | {size:.0f} |", flush=True)
        for name, taken in of.most_common(options.parts):
            print(f"    {taken / MEBIBYTE:6.1f}  {name}")


if __name__ == "__main__":
    main()
