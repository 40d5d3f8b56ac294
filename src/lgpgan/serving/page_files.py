"""The files of the page, read once: no path that a client names is ever opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from lgpgan.serving.api_page import api_page
from lgpgan.serving.errors import ApiError
from lgpgan.serving.tags import Tag, has_already, tag_of

__all__ = ["PageFile", "add_pages", "page_files"]

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
        path.name: PageFile(content := path.read_bytes(), TYPES[path.suffix], tag_of(content))
        for path in files
    }


def add_pages(app: FastAPI) -> None:
    """Let an application send the page, and the description of its API."""
    files = page_files()

    def send(name: str, tag: str | None) -> Response:
        file = files.get(name)
        if file is None:
            raise ApiError("not_found", "there is nothing at this address; see /docs.")
        headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
        if has_already(tag, file.tag):
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def index(tag: Tag = None) -> Response:
        return send(INDEX, tag)

    @app.api_route("/page/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(name: str, tag: Tag = None) -> Response:
        return send(name, tag)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def description() -> dict[str, Any]:
        return app.openapi()

    @app.api_route("/docs", methods=["GET", "HEAD"], include_in_schema=False)
    async def documentation() -> Response:
        return Response(api_page(app.openapi()), media_type="text/html; charset=utf-8")
