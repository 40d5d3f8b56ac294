"""Whatever is sent to the API: an answer of a kind that is described, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import MakeClient, make_client, portrait
from starlette.testclient import TestClient

from lgpgan.serving.errors import KINDS

__all__ = ["make_client", "portrait"]

FEWER = settings(max_examples=max(10, settings().max_examples // 10))
"""Each is a request, which may be an edit."""


@pytest.fixture(scope="session")
def fuzzed(make_client: MakeClient, portrait: bytes) -> Iterator[TestClient]:
    """A client of a server that has a photo, whose id is an attribute."""
    with make_client() as client:
        headers = {"Content-Type": "image/jpeg"}
        opened = client.post("/api/photos", content=portrait, headers=headers)
        client.photo = opened.json()["id"]  # type: ignore[attr-defined]
        yield client


def check(answer: Any) -> None:
    """An answer that is well, or an error as it is described."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert KINDS[error["kind"]] == error["status"] == answer.status_code
        assert error["message"].endswith(".")


@pytest.fixture(scope="session")
def operations(fuzzed: TestClient) -> list[Any]:
    """Every operation of the description but that which takes the photo away."""
    schema = schemathesis.openapi.from_dict(fuzzed.get("/api/openapi.json").json())
    every = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in every if operation.method.upper() != "DELETE"]


@given(st.data())
@FEWER
def test_what_the_description_allows_and_what_it_does_not(
    fuzzed: TestClient, operations: list[Any], data: st.DataObject
) -> None:
    """Requests made of the description, for the photo that there is."""
    operation = data.draw(st.sampled_from(operations))
    mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if "photo" in case.path_parameters:
        case.path_parameters["photo"] = fuzzed.photo  # type: ignore[attr-defined]
    sent = case.as_transport_kwargs()
    headers = {str(name): str(value) for name, value in dict(case.headers or {}).items()}
    if case.media_type is not None:
        headers.setdefault("Content-Type", case.media_type)
    check(
        fuzzed.request(
            case.method,
            case.formatted_path,
            params=case.query,
            headers=headers,
            content=content_of(sent),
        )
    )


def content_of(sent: dict[str, Any]) -> bytes:
    if "json" in sent:
        return json.dumps(sent["json"]).encode()
    data = sent.get("data", b"")
    return data if isinstance(data, bytes) else str(data).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "target", "targets", "face", "select", "min_size", "format", "quality", "private",
        "preview", "stream", "steps", "side", "intensity",
    ]
)  # fmt: skip
TARGETS = st.fixed_dictionaries(
    {},
    optional={
        "to": st.sampled_from(["happy", "happy=0.5,sad=0.2", "neutral", "", "=", "happy=nan"])
        | JSON,
        "eyes": st.sampled_from(["sad", "angry"]) | JSON,
        "units": st.sampled_from(["AU4", "AU12=0.5,AU4", {"12": 0.5}, {"AU4": 2}]) | JSON,
        "intensity": st.floats(-1, 2) | JSON,
    },
)
ROUTES = ("edits", "thumbnails", "strip", "sheet", "animation")


@given(
    st.sampled_from(ROUTES[:4]),
    st.dictionaries(FIELDS, JSON, max_size=3),
    TARGETS,
)
@FEWER
def test_nearly_right_requests(
    fuzzed: TestClient, route: str, fields: dict[str, Any], target: dict[str, Any]
) -> None:
    """Fields that there are, with values that may be anything; NaN and infinities included."""
    asked = {"target": target} | fields if route == "edits" else fields
    asked.setdefault("steps", 2) if route == "strip" else None
    content = json.dumps(asked).encode()
    headers = {"Content-Type": "application/json"}
    path = f"/api/photos/{fuzzed.photo}/{route}"  # type: ignore[attr-defined]
    check(fuzzed.post(path, content=content, headers=headers))


@given(st.sampled_from(ROUTES), st.binary(max_size=200))
@FEWER
def test_bytes_in_place_of_json(fuzzed: TestClient, route: str, content: bytes) -> None:
    path = f"/api/photos/{fuzzed.photo}/{route}"  # type: ignore[attr-defined]
    check(fuzzed.post(path, content=content, headers={"Content-Type": "application/json"}))


@given(st.data())
@FEWER
def test_broken_photos_and_forms(fuzzed: TestClient, portrait: bytes, data: st.DataObject) -> None:
    """A photo with bytes changed, cut, or as a form that is broken."""
    content = bytearray(portrait)
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    boundary = data.draw(st.text("abc-'()+_,./:=? ", max_size=10))
    kinds = ["image/jpeg", "image/png", "", f"multipart/form-data; boundary={boundary}"]
    kind = data.draw(st.sampled_from(kinds))
    if "form" in kind:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'
        content = bytearray(head.encode()) + content + f"\r\n--{boundary}--\r\n".encode()
        content = content[data.draw(st.integers(0, 40)) :]
    path = data.draw(st.sampled_from(["/api/photos", "/api/edit?to=happy"]))
    answer = fuzzed.post(path, content=bytes(content), headers={"Content-Type": kind})
    check(answer)
    if answer.status_code == 201:
        fuzzed.delete(answer.headers["location"])


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=6), st.text(max_size=9), max_size=4))
@FEWER
def test_any_address(fuzzed: TestClient, path: str, query: dict[str, str]) -> None:
    for start in ("/", "/page/", "/api/photos/"):
        check(fuzzed.get(start + path.encode("utf-8", "replace").hex(), params=query))
    check(fuzzed.get("/api/photos/x/picture", params=query))
