"""Forms with files in them, read in memory: a file that is sent never touches a disk."""

from __future__ import annotations

from collections.abc import Collection

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lgpgan.serving.errors import ApiError

__all__ = ["form_fields", "is_form"]

MOST_PARTS = 8


def is_form(content_type: str) -> bool:
    """Whether a request's body is a form with files."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def form_fields(content_type: str, body: bytes, known: Collection[str]) -> dict[str, bytes]:
    """The fields of a form by their names; what their files are called is passed over.

    Args:
        content_type: of the request, with the boundary.
        body: of the request.
        known: names that a field may have.

    Raises:
        ApiError: when it is broken, or has too many parts, or a field that means nothing.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise ApiError("bad_request", "the form has no boundary; send it as multipart/form-data.")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise ApiError("bad_request", "the form is broken; send it again.") from error
    if not reader.ended:
        raise ApiError("bad_request", "the form is cut short; send it again.")
    for name in reader.fields:
        if name not in known:
            raise ApiError(
                "unusable",
                f"{name[:40]}: there is no such field in this form; choose one of "
                f"{', '.join(known)}.",
            )
    return {name: b"".join(pieces) for name, pieces in reader.fields.items()}


class _Reader:
    """Collects what a parser finds."""

    def __init__(self) -> None:
        self.fields: dict[str, list[bytes]] = {}
        self.ended = False
        self._parts = 0
        self._header = [b"", b""]
        self._pieces: list[bytes] = []

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._add,
            "on_header_field": lambda data, start, end: self._extend(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._extend(1, data[start:end]),
            "on_header_end": self._end_header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ApiError("bad_request", f"the form has more than {MOST_PARTS} parts.")
        self._pieces = []

    def _add(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def _extend(self, part: int, text: bytes) -> None:
        self._header[part] += text

    def _end_header(self) -> None:
        name, value = self._header
        self._header = [b"", b""]
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            field = options.get(b"name", b"").decode("utf-8", "replace")
            self.fields[field] = self._pieces

    def _end(self) -> None:
        self.ended = True
