"""Checks for the packages that pages and figures need, before long work begins."""

from __future__ import annotations

from lgpgan.packages import require

__all__ = ["check_packages"]


def check_packages() -> None:
    """Check that the packages for pages and figures are installed.

    Raises:
        MissingPartError: when a package is not installed.
    """
    require("Pages and figures need", "jinja2", "plotly", "matplotlib", extra="report")
