"""Errors of an application, whoever raises them, as clients are told."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lgpgan.errors import LgpganError
from lgpgan.serving.errors import KINDS, ApiError, api_error, error_response

__all__ = ["field_error", "handle_errors"]

logger = logging.getLogger("lgpgan.serving")


def handle_errors(app: FastAPI) -> None:
    """Make an application tell every error as JSON with a sentence."""

    async def tell(request: HttpRequest, error: Exception) -> Response:
        if isinstance(error, RequestValidationError):
            return error_response(_validation_error(request, error))
        if isinstance(error, HTTPException) and not isinstance(error, ApiError):
            return error_response(_http_error(error))
        told = api_error(error)
        if told.kind == "internal" and isinstance(error, LgpganError):  # uvicorn logs the others
            logger.error("a request failed", exc_info=error)
        return error_response(told)

    for kind in (RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, tell)
    app.add_exception_handler(LgpganError, tell)


def _http_error(error: HTTPException) -> ApiError:
    if error.status_code == KINDS["method"]:
        told = ApiError("method", "this address knows other methods only; see /docs.")
        told.headers = error.headers
        return told
    if error.status_code == KINDS["not_found"]:
        return ApiError("not_found", "there is nothing at this address; see /docs.")
    return ApiError("bad_request", "the request cannot be read; see /docs.")


def _validation_error(request: HttpRequest, error: RequestValidationError) -> ApiError:
    problems = error.errors()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return ApiError("bad_request", "the body is no JSON; see /docs.")
    if problems and problems[0]["loc"] == ("body",) and media_type != "application/json":
        return ApiError("media_type", "send the fields as JSON, with that Content-Type.")
    return field_error(problems)


def field_error(problems: Any) -> ApiError:
    """What a client is told of fields that are wrong: the first, and why.

    Args:
        problems: as pydantic lists them.
    """
    parts = [str(part)[:40] for part in problems[0]["loc"] if part not in ("body", "query")]
    place = ".".join(parts)
    if problems[0]["type"] == "extra_forbidden":
        return ApiError("unusable", f"{place}: there is no such field here; see /docs.")
    reason = str(problems[0]["msg"])
    return ApiError("unusable", f"{place or 'the request'}: {reason[:1].lower()}{reason[1:]}.")
