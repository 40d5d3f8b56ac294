"""Numbers of people and of faces in words: "1 person", "2,000 faces"."""

from __future__ import annotations

__all__ = ["faces_text", "people_text"]


def people_text(count: int) -> str:
    """A number of people in words."""
    return f"{count:,} {'person' if count == 1 else 'people'}"


def faces_text(count: int) -> str:
    """A number of faces in words."""
    return f"{count:,} {'face' if count == 1 else 'faces'}"
