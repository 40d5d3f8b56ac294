"""Checks for the packages that pages and figures need, before long work begins."""

from __future__ import annotations

from importlib.util import find_spec

from lgpgan.errors import MissingPartError

__all__ = ["check_packages"]

PACKAGES = ("jinja2", "plotly", "matplotlib")


def check_packages() -> None:
    """Check that the packages for pages and figures are installed.

    Raises:
        MissingPartError: when a package is not installed.
    """
    absent = [name for name in PACKAGES if find_spec(name) is None]
    if absent:
        raise MissingPartError(
            f"Pages and figures need {' and '.join(absent)}; install what they need with: pip "
            "install 'lgpgan[report]'"
        )
