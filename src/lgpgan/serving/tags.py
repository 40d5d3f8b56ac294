"""Tags by which clients know what they have already."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header

__all__ = ["Tag", "has_already", "tag_of"]

Tag = Annotated[str | None, Header(alias="If-None-Match")]
"""What a client has, as it says: tags with commas between them, or a star for anything."""


def tag_of(content: bytes) -> str:
    """The tag of what is known by some bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def has_already(said: str | None, tag: str) -> bool:
    """Whether a client has what a tag stands for.

    Args:
        said: of the client; see :data:`Tag`.
        tag: of what it asks for.
    """
    each = [one.strip().removeprefix("W/") for one in (said or "").split(",")]
    return tag in each or each == ["*"]
