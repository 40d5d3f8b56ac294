"""The application: every address of the server, as FastAPI describes it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Path, Query
from fastapi import Request as HttpRequest
from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp

import lgpgan
from lgpgan.serving.access import Access, AccessMiddleware
from lgpgan.serving.answers import ErrorAnswer, Health, Info, PhotoAnswer, Picture
from lgpgan.serving.counting import CountingMiddleware
from lgpgan.serving.error_handlers import field_error, handle_errors
from lgpgan.serving.errors import ApiError
from lgpgan.serving.forms import form_fields, is_form
from lgpgan.serving.information import info_of
from lgpgan.serving.limits import REQUEST_BYTES
from lgpgan.serving.page_files import add_pages
from lgpgan.serving.requests import (
    AnimationRequest,
    EditRequest,
    FormatName,
    PictureFormat,
    PictureRequest,
    Request,
    SheetRequest,
    StripRequest,
    ThumbnailsRequest,
)
from lgpgan.serving.service import Service
from lgpgan.serving.tags import Tag, has_already
from lgpgan.serving.transfer import HEALTH, TransferMiddleware

__all__ = ["make_application"]

ResultT = TypeVar("ResultT")
Id = Annotated[str, Path(description="of an opened photo")]

FORM_BYTES = 65_536
"""What a form adds to the photo in it."""
PHOTO_PATHS = ("/api/photos", "/api/edit")
"""Whose bodies are photos."""


def make_application(
    service: Service, access: Access, *, metrics: bool = False, weights_digest: str = ""
) -> ASGIApp:
    """The application of a server.

    Args:
        service: what works. It is started with the application, where it does not run yet.
        access: who may ask.
        metrics: whether figures for Prometheus are given at ``/metrics``.
        weights_digest: SHA-256 of the weights' file, which clients are told.
    """
    app = FastAPI(
        title="lgpgan",
        version=lgpgan.__version__,
        summary="Photos in, the same people with other expressions out.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lambda _: service.running(),
        responses={"default": {"model": ErrorAnswer, "description": "an error, as a sentence"}},
    )
    handle_errors(app)
    api = APIRouter(dependencies=[Depends(_refuse_unknown)])
    _add_information(api, service, weights_digest)
    _add_photos(api, service)
    _add_pictures(api, service)
    _add_single_edit(api, service)
    app.include_router(api)
    add_pages(app)
    if metrics:
        _add_metrics(app, service)

    def most(path: str) -> int:
        return service.limits.photo_bytes + FORM_BYTES if path in PHOTO_PATHS else REQUEST_BYTES

    within = TransferMiddleware(app, service.limits, most)
    return CountingMiddleware(AccessMiddleware(within, access), service.metrics)


async def _refuse_unknown(request: HttpRequest) -> None:
    """Refuse a field in the address that means nothing: a slip of the pen is no default.

    Raises:
        ApiError: naming it.
    """
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise ApiError(
                "unusable",
                f"{name[:40]}: there is no such field in this address; "
                f"{'choose one of ' + ', '.join(known) if known else 'leave it out'}.",
            )


async def _unless_gone(request: HttpRequest, work: Awaitable[ResultT]) -> ResultT:
    """The result of work; it is cancelled when the client hangs up.

    Raises:
        ApiError: when the client has hung up. Nobody reads it.
    """

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(hung_up())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ApiError("bad_request", "the client has hung up.")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await leaving


def _add_information(api: APIRouter, service: Service, digest: str) -> None:
    @api.get(HEALTH, tags=["server"], response_description="it does")
    async def health() -> Health:
        """Whether the server answers."""
        service.facts  # noqa: B018 - refuses while it starts
        return Health()

    @api.get("/api/info", tags=["server"], response_description="all of that")
    async def info() -> Info:
        """What the server can do: version, weights, what they can be asked for, limits."""
        return info_of(service.facts, service.limits, digest)


def _binary(*media_types: str) -> dict[str, Any]:
    """A body of bytes, for the description."""
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types}


def _photo_body(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """A photo as the body, or in a form with other fields, for the description."""
    properties = {"photo": {"type": "string", "format": "binary"}, **fields}
    form = {"type": "object", "required": ["photo"], "properties": properties}
    photo = _binary("image/*", "application/octet-stream")
    content = photo | {"multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


EDIT_FIELD = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": {"$ref": "#/components/schemas/EditRequest"},
}
PICTURE = {"content": _binary("image/*"), "description": "the picture"}
FILM = {"content": _binary("image/gif", "video/mp4"), "description": "the animation"}
UNCHANGED = {"description": "the client has it already"}


async def _photo_in(request: HttpRequest, *others: str) -> tuple[bytes, dict[str, bytes]]:
    """The photo that a request holds, and the other fields of its form.

    Args:
        request: with its body whole, as :class:`TransferMiddleware` hands it on.
        others: names of fields that a form may have besides.

    Raises:
        ApiError: when it holds none.
    """
    content_type = request.headers.get("content-type", "")
    body: bytes = (await request.receive())["body"]  # the request's own method makes a copy
    fields: dict[str, bytes] = {}
    if is_form(content_type):
        fields = await asyncio.to_thread(form_fields, content_type, body, ("photo", *others))
        body = fields.pop("photo", b"")
    elif content_type and not content_type.lower().startswith(
        ("image/", "application/octet-stream", "application/x-www-form-urlencoded")
    ):
        raise ApiError(
            "media_type",
            "send the photo itself, as image/jpeg or the like, or a form with it in 'photo'.",
        )
    if not body:
        raise ApiError("bad_request", "there is no photo in the request; send one.")
    return body, fields


def _add_photos(api: APIRouter, service: Service) -> None:
    @api.post(
        "/api/photos",
        status_code=201,
        tags=["photos"],
        openapi_extra=_photo_body(),
        response_description="the photo and its faces",
    )
    async def open_photo(request: HttpRequest, response: Response) -> PhotoAnswer:
        """Open a photo: its faces are found, and it is kept in memory for a while."""
        content, _ = await _photo_in(request)
        answer = await _unless_gone(request, service.open(content))
        response.headers["Location"] = request.url_for("show_photo", photo=answer.id).path
        return answer

    @api.get("/api/photos/{photo}", tags=["photos"], response_description="the photo")
    async def show_photo(photo: Id) -> PhotoAnswer:
        """What is known of an opened photo."""
        return service.photo(photo)

    @api.delete(
        "/api/photos/{photo}", status_code=204, tags=["photos"], response_description="it is gone"
    )
    async def forget_photo(photo: Id) -> None:
        """Forget a photo at once."""
        service.store.remove(photo)

    @api.get(
        "/api/photos/{photo}/picture",
        tags=["photos"],
        response_class=Response,
        responses={200: PICTURE, 304: UNCHANGED},
    )
    async def picture(
        request: HttpRequest,
        photo: Id,
        tag: Tag = None,
        side: Annotated[int, Query(description="pixels along the longer side, at most")] = 1600,
        crop: Annotated[
            str | None,
            Query(description="left,top,right,bottom of the part, in pixels of the photo"),
        ] = None,
        format: PictureFormat = "jpeg",
    ) -> Response:
        """The photo itself, as browsers can show it: upright, sRGB, reduced."""
        wanted = _model(
            PictureRequest,
            {"side": side, "format": format} | ({} if crop is None else {"crop": crop.split(",")}),
        )
        return await _send_picture(service, request, photo, wanted, tag)


def _model(kind: type[Any], values: dict[str, Any]) -> Any:
    """A request made of values that did not come as JSON.

    Raises:
        ApiError: naming the first that is wrong.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise field_error(error.errors()) from error


async def _send_picture(
    service: Service, request: HttpRequest, photo: str, wanted: Request, tag: str | None
) -> Response:
    """The answer with a picture, or 304 where the client has it."""
    own = service.tag(photo, wanted)
    if has_already(tag, own):
        return Response(status_code=304, headers={"ETag": own})
    made = await _unless_gone(request, service.picture(photo, wanted))
    return _picture_response(made, {"ETag": own})


def _picture_response(picture: Picture, headers: dict[str, str]) -> Response:
    plain = picture.name.encode("ascii", "replace").decode().replace("?", "_")
    headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(picture.name)}"
    )
    if picture.notes:
        headers["Lgpgan-Notes"] = json.dumps(picture.notes)
    return Response(picture.content, headers=headers, media_type=picture.media_type)


def _add_pictures(api: APIRouter, service: Service) -> None:
    pictures: dict[str, Any] = {
        "tags": ["pictures"],
        "response_class": Response,
        "responses": {200: PICTURE, 304: UNCHANGED},
    }

    @api.post("/api/photos/{photo}/edits", **pictures)
    async def edit(
        request: HttpRequest, photo: Id, wanted: EditRequest, tag: Tag = None
    ) -> Response:
        """The photo with other expressions, or a preview of it."""
        return await _send_picture(service, request, photo, wanted, tag)

    @api.post("/api/photos/{photo}/thumbnails", **pictures)
    async def thumbnails(
        request: HttpRequest, photo: Id, wanted: ThumbnailsRequest, tag: Tag = None
    ) -> Response:
        """One face with several targets: squares in a row."""
        return await _send_picture(service, request, photo, wanted, tag)

    @api.post("/api/photos/{photo}/strip", **pictures)
    async def strip(
        request: HttpRequest, photo: Id, wanted: StripRequest, tag: Tag = None
    ) -> Response:
        """A face at many strengths, captioned, as 'lgpgan edit --strip' writes it."""
        return await _send_picture(service, request, photo, wanted, tag)

    @api.post("/api/photos/{photo}/sheet", **pictures)
    async def sheet(
        request: HttpRequest, photo: Id, wanted: SheetRequest, tag: Tag = None
    ) -> Response:
        """The photo and every expression, captioned, as 'lgpgan edit' writes it."""
        return await _send_picture(service, request, photo, wanted, tag)

    @api.post("/api/photos/{photo}/animation", **pictures | {"responses": {200: FILM}})
    async def animation(
        request: HttpRequest, photo: Id, wanted: AnimationRequest, tag: Tag = None
    ) -> Response:
        """From neutral to the expression and back, as 'lgpgan edit --gif' writes it."""
        return await _send_picture(service, request, photo, wanted, tag)


def _add_single_edit(api: APIRouter, service: Service) -> None:
    @api.post(
        "/api/edit",
        tags=["pictures"],
        response_class=Response,
        responses={200: PICTURE},
        openapi_extra=_photo_body(request=EDIT_FIELD),
    )
    async def edit_once(
        request: HttpRequest,
        to: str | None = None,
        eyes: str | None = None,
        mouth: str | None = None,
        units: str | None = None,
        intensity: float | None = None,
        face: int | None = None,
        select: str | None = None,
        min_size: float | None = None,
        format: FormatName | None = None,
        quality: int | None = None,
        private: bool | None = None,
    ) -> Response:
        """A photo in, the edited photo out; nothing is kept.

        The fields stand in the address, or as JSON in the field 'request' of a form.
        """
        content, fields = await _photo_in(request, "request")
        target = {
            "to": to, "eyes": eyes, "mouth": mouth, "units": units, "intensity": intensity,
        }  # fmt: skip
        rest = {
            "face": face, "select": select, "min_size": min_size, "format": format,
            "quality": quality, "private": private,
        }  # fmt: skip
        values: dict[str, Any] = {name: value for name, value in rest.items() if value is not None}
        asked = {name: value for name, value in target.items() if value is not None}
        if asked:
            values["target"] = asked
        if "request" in fields:
            if values:
                raise ApiError("unusable", "name the fields in the address or the form, not both.")
            wanted = _model_of_json(fields["request"])
        else:
            wanted = _model(EditRequest, values)
        made = await _unless_gone(request, service.edit_once(content, wanted))
        return _picture_response(made, {})


def _model_of_json(text: bytes) -> EditRequest:
    try:
        return EditRequest.model_validate_json(text)
    except ValidationError as error:
        problems = error.errors()
        if problems[0]["type"] == "json_invalid":
            raise ApiError("bad_request", "the field 'request' is no JSON; see /docs.") from error
        raise field_error(problems) from error


def _add_metrics(app: FastAPI, service: Service) -> None:
    @app.get("/metrics", tags=["server"], response_class=Response)
    async def figures() -> Response:
        """Figures for Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")
