"""Errors as clients get them: a status, a kind for programs, and a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import Response

from lgpgan.errors import InputError, LgpganError, MissingPartError, TooLargeError, explained
from lgpgan.parallel.giving_up import GivenUpError

__all__ = ["KINDS", "ApiError", "api_error", "error_response"]

KINDS: Mapping[str, int] = {
    "bad_request": 400,
    "token": 401,
    "origin": 403,
    "photo_unknown": 404,
    "not_found": 404,
    "method": 405,
    "slow": 408,
    "superseded": 409,
    "too_large": 413,
    "media_type": 415,
    "host": 421,
    "unusable": 422,
    "busy": 429,
    "internal": 500,
    "unavailable": 503,
}
"""Every kind of error, with its status."""


class ApiError(HTTPException):
    """What a client is told.

    Args:
        kind: one of :data:`KINDS`.
        message: a sentence that says what to do.
        retry_after: seconds after which trying again makes sense.
    """

    def __init__(self, kind: str, message: str, retry_after: int | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if kind == "token":
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(KINDS[kind], message, headers)
        self.kind = kind
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type[ApiError], tuple[str, str, int | None]]:
        return ApiError, (self.kind, self.detail, self.retry_after)


def api_error(error: Exception) -> ApiError:
    """What a client is told of an error, whatever was raised."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, MemoryError):
        return ApiError(
            "unavailable", "memory ran out; try again, or use a smaller photo.", retry_after=5
        )
    if isinstance(error, GivenUpError):
        return ApiError("unavailable", "the server is stopping; try again later.", retry_after=5)
    told = explained(error)
    if isinstance(told, TooLargeError):
        return ApiError("too_large", str(told))
    if isinstance(told, InputError):
        return ApiError("unusable", str(told))
    if isinstance(told, MissingPartError):
        return ApiError("unavailable", str(told))
    if type(told) is LgpganError:
        return ApiError("internal", str(told))
    return ApiError(
        "internal",
        "this should not have happened; whoever runs the server finds the reason where it was "
        "started.",
    )


def error_response(error: ApiError) -> Response:
    """The answer that tells a client."""
    problem = {"status": error.status_code, "kind": error.kind, "message": error.detail}
    return Response(
        json.dumps({"error": problem}),
        error.status_code,
        dict(error.headers or {}),
        "application/json",
    )
