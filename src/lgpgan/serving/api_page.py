"""The page that describes the API, made of its OpenAPI description, without any script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["api_page"]

METHODS = ("get", "post", "put", "delete")
OF_ALL = ("default", "422")
"""Answers that the page names once: every error has the same shape."""
FOREIGN = ("HTTPValidationError", "ValidationError")
"""Shapes that FastAPI describes and that are never sent."""


def api_page(description: Mapping[str, Any]) -> str:
    """The page, as HTML.

    Args:
        description: of the API, as OpenAPI 3.1 has it.
    """
    information = description["info"]
    title = f"{information['title']} {information['version']}: the API"
    body = "".join(_body(description))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="icon" href="page/icon.svg" type="image/svg+xml">\n'
        '<link rel="stylesheet" href="page/docs.css">\n</head>\n<body>\n<main>\n'
        f"<h1>{escape(title)}</h1>\n<p>{escape(information.get('summary', ''))} "
        'Every error is an <a href="docs#ErrorAnswer">ErrorAnswer</a>. '
        'The same for programs: <a href="api/openapi.json">openapi.json</a>.</p>\n'
        f"{body}</main>\n</body>\n</html>\n"
    )


def _body(description: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Addresses</h2>\n"
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield from _operation(path, method, item[method])
    yield "<h2>Shapes</h2>\n<p>Fields with a star are needed.</p>\n"
    for name, schema in sorted(description["components"]["schemas"].items()):
        if not name.startswith(FOREIGN):
            yield from _shape(name, schema)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<section>\n<h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3>\n"
    yield f"<p>{escape(operation.get('description', operation.get('summary', '')))}</p>\n"
    rows = [
        (
            escape(each["name"]),
            f"{escape(each['in'])}, {_type(each.get('schema', {}))}",
            escape(each.get("description", "")),
        )
        for each in operation.get("parameters", [])
    ]
    yield from _table(("parameter", "type", ""), rows)
    bodies = [
        (f"<code>{escape(kind)}</code>", _type(content.get("schema", {})))
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    yield from _table(("body", "type"), bodies)
    answers = [
        (escape(status), _contents(answer), escape(answer.get("description", "")))
        for status, answer in operation.get("responses", {}).items()
        if status not in OF_ALL
    ]
    yield from _table(("answer", "type", ""), answers)
    yield "</section>\n"


def _contents(answer: Mapping[str, Any]) -> str:
    """What an answer holds."""
    return ", ".join(
        f"<code>{escape(kind)}</code> {_type(content.get('schema', {}))}".strip()
        for kind, content in answer.get("content", {}).items()
    )


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section id="{escape(name)}">\n<h3>{escape(name)}</h3>\n'
    yield f"<p>{escape(schema.get('description', ''))}</p>\n"
    needed = schema.get("required", ())
    rows = [
        (escape(field) + (" *" if field in needed else ""), _type(value), _explained(value))
        for field, value in schema.get("properties", {}).items()
    ]
    yield from _table(("field", "type", ""), rows)
    yield "</section>\n"


def _explained(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    said = schema.get("description", "")
    return escape(said if default is None else f"{said} (default {default})".strip())


def _type(schema: Mapping[str, Any]) -> str:
    """What a value is, in a few words, as HTML; links lead to shapes."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rpartition("/")[2])
        return f'<a href="docs#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return escape(", ".join(map(str, schema["enum"])))
    if schema.get("format") == "binary":
        return "bytes"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"))
        if key in schema
    ]
    return escape(" ".join([str(schema.get("type", "")), *bounds]))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """A table, or nothing where it has no rows.

    Args:
        head: of the columns.
        rows: cells, as HTML.
    """
    if rows:
        yield "<table>\n<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>\n"
        for row in rows:
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n"
        yield "</table>\n"
