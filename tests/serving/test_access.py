"""Who may ask: Host, Origin, token; and the headers of every answer."""

from __future__ import annotations

import socket

import pytest
from servers import MakeClient
from starlette.testclient import TestClient

from lgpgan.errors import InputError
from lgpgan.serving.access import HEADERS, Access, is_local

TOKEN = "a-token.of~ones+own=="


def status(client: TestClient, headers: dict[str, str], method: str = "POST") -> int:
    return client.request(method, "/api/photos", headers=headers).status_code


class TestHost:
    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "127.0.0.1:7861", "localhost", "LOCALHOST:80", "[::1]", "[::1]:7861"],
    )
    def test_the_servers_own_names(self, client: TestClient, host: str) -> None:
        assert client.get("/api/info", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "",
            "evil.example",
            "evil.example:7861",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil@localhost",
            "localhost:port",
            "localhost/../x",
            "127.0.0.1 evil",
            "[::1",
            "::1",
            "192.168.0.7",
            "0.0.0.0",
            "2130706433",
        ],
    )
    def test_no_other_name(self, client: TestClient, host: str) -> None:
        """As a page sends it whose name is led here (DNS rebinding)."""
        for path in ("/", "/api/info", "/api/health", "/docs", "/metrics"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 421
            assert answer.json()["error"]["kind"] == "host"

    def test_names_of_a_server_for_others(self) -> None:
        access = Access.of("0.0.0.0", ["Faces.Example"])
        for name in ("faces.example:80", "192.168.0.7:7861", "[fe80::1]", socket.gethostname()):
            assert access.knows(name), name
        assert not access.knows("evil.example")
        assert not Access.of("127.0.0.1").knows("192.168.0.7")


class TestOrigin:
    def test_pages_of_the_server_and_programs_may_send(self, client: TestClient) -> None:
        host = {"Host": "localhost:7861"}
        own = host | {"Origin": "http://localhost:7861", "Sec-Fetch-Site": "same-origin"}
        for headers in ({}, host, own, {"Sec-Fetch-Site": "none"}):
            assert status(client, headers) == 400  # there is no photo in it

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "http://evil.example:7861"},
            {"Origin": "http://localhost:7861"},  # the Host is another one
            {"Origin": "http://127.0.0.1:8000"},
            {"Origin": "http://127.0.0.1"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "file://127.0.0.1:7861"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_no_other_page(self, client: TestClient, headers: dict[str, str]) -> None:
        for method in ("POST", "DELETE", "PUT", "PATCH"):
            answer = client.request(
                method, "/api/photos", headers={"Host": "127.0.0.1:7861"} | headers
            )
            assert answer.status_code == 403, method
            assert answer.json()["error"]["kind"] == "origin"

    def test_no_answer_may_be_read_elsewhere(self, client: TestClient) -> None:
        """No CORS: neither an answer nor a preflight lets another page in."""
        asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        for answer in (
            client.get("/api/info", headers=asked),
            client.options("/api/photos", headers=asked),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]


class TestToken:
    def test_made_where_others_can_connect(self) -> None:
        assert Access.of("127.0.0.1").token == ""
        assert Access.of("::1").token == ""
        assert Access.of("127.0.0.1", token=TOKEN).token == TOKEN
        first, second = Access.of("0.0.0.0").token, Access.of("0.0.0.0").token
        assert len(first) >= 32
        assert first != second
        assert Access.of("0.0.0.0", token="").token == ""
        for unsendable in ("ключ", "a b", "a&b", "a\n"):  # regression: nobody could bring them
            with pytest.raises(InputError, match="--token may hold"):
                Access.of("127.0.0.1", token=unsendable)
        assert [is_local(name) for name in ("localhost", "127.1.2.3", "10.0.0.1", "a.b")] == [
            True,
            True,
            False,
            False,
        ]

    def test_asked_for_where_photos_are(self, make_client: MakeClient) -> None:
        with make_client(token=TOKEN) as client:
            for path in ("/docs", "/page/docs.css", "/api/health", "/api/openapi.json"):
                assert client.get(path).status_code == 200
            for path in ("/api/info", "/metrics", "/api/photos/x", "/nowhere", "/docs/x"):
                for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}):
                    answer = client.get(path, headers=headers)
                    assert answer.status_code == 401, path
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert TOKEN not in answer.text
            headers = {"Authorization": f"Bearer {TOKEN}"}
            assert client.get("/api/info", headers=headers).status_code == 200
            assert client.post("/api/photos", headers=headers).status_code == 400


def test_every_answer_has_careful_headers(client: TestClient) -> None:
    for path in ("/docs", "/api/info", "/nowhere", "/api/photos/x", "/page/docs.css"):
        headers = client.get(path).headers
        for name, value in HEADERS.items():
            assert headers[name] == value
        kept = "no-cache" if path.startswith("/page/") else "no-store"
        assert headers["Cache-Control"] == kept
        assert "server" not in headers
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
