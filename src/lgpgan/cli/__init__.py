"""The command line: ``lgpgan COMMAND``. Thin over :mod:`lgpgan.editing` and its neighbours."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lgpgan.cli.application import run

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run the command and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))
