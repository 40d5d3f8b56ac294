"""Which of a photo's faces are edited."""

from __future__ import annotations

from typing import Literal

__all__ = ["Select"]

Select = Literal["all", "largest"]
"""All faces of a photo, or the largest alone."""
