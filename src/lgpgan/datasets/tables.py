"""Lists that people keep as CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

from lgpgan.errors import InputError

__all__ = ["read_table"]


def read_table(path: Path) -> list[dict[str, str | None]]:
    """The rows of a CSV file in UTF-8, each by the names in its header.

    Raises:
        InputError: when it cannot be read, or is not text in UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not text in UTF-8; save it as such.") from error
