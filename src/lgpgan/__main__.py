"""``python -m lgpgan``: the command, for launchers that start modules."""

from __future__ import annotations

from lgpgan.cli import main

main()
