"""Named pipes where files are expected: opening one waits for ever."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def replace_by_pipe(path: Path) -> Path:
    """Put a named pipe where a file or folder was, or where there was none; returns its path."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return path
