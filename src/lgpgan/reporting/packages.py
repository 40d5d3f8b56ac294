"""The packages that pages and figures need, asked for before work that ends in one."""

from __future__ import annotations

from lgpgan.packages import require

__all__ = ["check_packages"]


def check_packages() -> None:
    """Make sure that pages and figures can be written.

    Raises:
        MissingPartError: when a package is not installed.
    """
    require("Pages and figures need", "jinja2", "plotly", "matplotlib", extra="report")
