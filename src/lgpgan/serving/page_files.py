"""The files of the page, read once: no path that a client names is ever opened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["INDEX", "PageFile", "page_files"]

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: of the file.
        media_type: as browsers want it.
        tag: by which caches know it.
    """

    content: bytes
    media_type: str
    tag: str


def page_files(folder: Path = FOLDER) -> dict[str, PageFile]:
    """All files of the page, by their names."""
    files = sorted(path for path in folder.iterdir() if path.suffix in TYPES)
    return {
        path.name: PageFile(
            content := path.read_bytes(),
            TYPES[path.suffix],
            f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        )
        for path in files
    }
