"""The API: what is opened, edited, shown and forgotten, and what it says when it cannot."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from lgpgan.cli.application import run
from lgpgan.editing.animation import Animation
from lgpgan.editing.editor import Editor
from lgpgan.photos.marks import read_provenance
from lgpgan.photos.writing import encode_photo

JPEG = {"Content-Type": "image/jpeg"}


def pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def kind_of(answer: object) -> tuple[int, str]:
    body = answer.json()["error"]  # type: ignore[attr-defined]
    assert body["status"] == answer.status_code  # type: ignore[attr-defined]
    assert body["message"].endswith(".")
    return body["status"], body["kind"]


class TestPhotos:
    def test_a_photo_is_opened_shown_and_forgotten(
        self, client: TestClient, portrait: bytes
    ) -> None:
        opened = client.post("/api/photos", content=portrait, headers=JPEG)
        assert opened.status_code == 201
        told = opened.json()
        assert (told["width"], told["height"], told["format"]) == (300, 300, "jpeg")
        assert (told["suffix"], told["media_type"]) == (".jpg", "image/jpeg")
        (face,) = told["faces"]
        assert face["number"] == 1
        assert np.shape(face["landmarks"]) == (68, 2)
        place = opened.headers["location"]
        assert client.get(place).json() == told
        assert client.delete(place).status_code == 204
        assert kind_of(client.get(place)) == (404, "photo_unknown")
        assert kind_of(client.delete(place)) == (404, "photo_unknown")

    def test_a_form_does_as_well_and_its_name_is_nobodys_business(
        self, client: TestClient, portrait: bytes
    ) -> None:
        answer = client.post("/api/photos", files={"photo": ("../../etc/passwd", portrait)})
        assert answer.status_code == 201
        assert "passwd" not in answer.text

    def test_the_photo_itself_as_browsers_show_it(self, client: TestClient, photo: str) -> None:
        for name in ("jpeg", "webp", "png"):
            answer = client.get(f"/api/photos/{photo}/picture?side=120&format={name}")
            assert answer.headers["content-type"] == f"image/{name}"
            assert pixels(answer.content).shape == (120, 120, 3)
        part = client.get(f"/api/photos/{photo}/picture?crop=10,20,110,70")
        assert pixels(part.content).shape == (50, 100, 3)

    def test_what_is_no_photo_is_refused(self, client: TestClient, portrait: bytes) -> None:
        def post(content: bytes, media_type: str) -> tuple[int, str]:
            headers = {"Content-Type": media_type}
            return kind_of(client.post("/api/photos", content=content, headers=headers))

        assert post(b"", "image/jpeg") == (400, "bad_request")
        assert post(b"no picture", "image/jpeg") == (422, "unusable")
        assert post(portrait[:2000], "image/jpeg") == (422, "unusable")
        assert post(portrait, "text/html") == (415, "media_type")
        assert post(portrait, "multipart/form-data") == (400, "bad_request")
        assert post(b"--x\r\n\r\n", "multipart/form-data; boundary=x") == (400, "bad_request")
        grey = np.full((64, 64, 3), 90, np.uint8)
        stream = io.BytesIO()
        Image.fromarray(grey).save(stream, "PNG")
        assert post(stream.getvalue(), "image/png") == (422, "unusable")


class TestEdits:
    def test_bytes_are_those_of_the_command(
        self,
        client: TestClient,
        photo: str,
        portrait: bytes,
        weights: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """For a photo, a sheet, a strip and an animation."""
        short = {".gif": Animation(rate=2, longest_side=200)}
        monkeypatch.setattr("lgpgan.editing.animation.ANIMATIONS", short)
        (tmp_path / "p.jpg").write_bytes(portrait)

        def command(*options: str) -> bytes:
            arguments = [str(tmp_path / "p.jpg"), "--weights", str(weights), *options]
            assert run(["edit", *arguments, "-o", str(tmp_path / "made")]) == 0
            return sorted((tmp_path / "made").glob("*"), key=os.path.getmtime)[-1].read_bytes()

        def served(route: str, **fields: object) -> bytes:
            answer = client.post(f"/api/photos/{photo}/{route}", json=fields)
            assert answer.status_code == 200, answer.text
            return answer.content

        smile = ("--to", "happy=0.6,sad=0.2", "--au", "AU4=0.5", "--intensity", "0.9", "--private")
        target = {"to": {"happy": 0.6, "sad": 0.2}, "units": {"AU4": 0.5}, "intensity": 0.9}
        assert served("edits", target=target, private=True) == command(*smile)
        strip = command("--to", "happy", "--strip", "3")
        assert served("strip", targets=[{"to": "happy"}], steps=3) == strip
        assert served("animation", target={"to": "happy"}) == command("--to", "happy", "--gif")
        command()
        assert served("sheet") == (tmp_path / "made/p_sheet.png").read_bytes()
        happy = (tmp_path / "made/p_happy.jpg").read_bytes()
        assert served("edits", target={"to": "happy"}) == happy
        once = client.post("/api/edit?to=happy", content=portrait, headers=JPEG)
        assert once.content == happy

    def test_all_that_is_made_says_that_it_is_synthetic(
        self,
        client: TestClient,
        photo: str,
        portrait: bytes,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        happy = {"to": "happy"}
        asked = {
            "edits": [{"target": happy}, {"target": happy, "preview": {"side": 100}}],
            "thumbnails": [{"side": 40}, {"side": 40, "format": "webp"}],
            "animation": [{"target": happy, "format": "mp4"}],
        }
        short = {".mp4": Animation(rate=2, longest_side=200)}
        monkeypatch.setattr("lgpgan.editing.animation.ANIMATIONS", short)
        for route, requests in asked.items():
            for number, request in enumerate(requests):
                answer = client.post(f"/api/photos/{photo}/{route}", json=request)
                assert answer.status_code == 200, answer.text
                suffix = answer.headers["content-type"].partition("/")[2]
                file = tmp_path / f"{route}{number}.{suffix}"
                file.write_bytes(answer.content)
                assert read_provenance(file) is not None, file.name
        shown = client.get(f"/api/photos/{photo}/picture")
        (tmp_path / "shown.jpg").write_bytes(shown.content)
        assert read_provenance(tmp_path / "shown.jpg") is None
        said = "Facial expression changed to happy by lgpgan: a synthetic image."
        marked, _ = encode_photo(pixels(portrait), "JPEG", description=said)
        again = client.post("/api/photos", content=marked, headers=JPEG).headers["location"]
        (tmp_path / "shown.jpg").write_bytes(client.get(f"{again}/picture").content)
        assert read_provenance(tmp_path / "shown.jpg") == said

    def test_one_target_a_face(self, client: TestClient, couple: bytes) -> None:
        answer = client.post("/api/photos", content=couple, headers={"Content-Type": "image/png"})
        route = f"/api/photos/{answer.json()['id']}/edits"
        happy, sad = {"to": "happy"}, {"to": "sad", "intensity": 0.5}

        def edited(**fields: object) -> NDArray[np.uint8]:
            answer = client.post(route, json=fields)
            assert answer.status_code == 200, answer.text
            return pixels(answer.content)

        before, half = pixels(couple), 280
        first, second = edited(target=happy, face=1), edited(target=sad, face=2)
        np.testing.assert_array_equal(first[:, half:], before[:, half:])
        np.testing.assert_array_equal(second[:, :half], before[:, :half])
        both = edited(targets={"1": happy, "2": sad})
        np.testing.assert_array_equal(both[:, :half], first[:, :half])
        np.testing.assert_array_equal(both[:, half:], second[:, half:])
        alone = edited(targets={"2": sad})
        np.testing.assert_array_equal(alone, second)
        np.testing.assert_array_equal(edited(targets={"1": sad, "2": sad}), edited(target=sad))
        for wrong in (
            {"targets": {"3": happy}},
            {"targets": {"x": happy}},
            {"targets": {"1": happy}, "face": 1},
            {"target": happy, "targets": {"1": happy}},
            {"target": happy, "face": 1, "select": "largest"},
            {"target": happy, "min_size": 400},
            {},
        ):
            assert kind_of(client.post(route, json=wrong)) == (422, "unusable"), wrong

    def test_a_preview_shows_the_edit(
        self, client: TestClient, photo: str, portrait: bytes
    ) -> None:
        """Smaller, and for a part of the photo, but the same edit."""
        route = f"/api/photos/{photo}/edits"
        whole = client.post(route, json={"target": {"to": "angry"}, "format": "png"})
        fields = {"target": {"to": "angry"}, "format": "png", "preview": {"side": 150}}
        small = pixels(client.post(route, json=fields).content)
        assert small.shape == (150, 150, 3)
        edited, before = (
            np.asarray(Image.fromarray(pixels(each)).resize((150, 150), Image.Resampling.BOX), int)
            for each in (whole.content, portrait)
        )
        assert np.abs(edited - small).mean() < 0.5 * np.abs(edited - before).mean()
        fields["preview"] = {"side": 2000, "crop": [50, 40, 250, 240]}
        part = pixels(client.post(route, json=fields).content)
        assert np.abs(pixels(whole.content)[40:240, 50:250].astype(int) - part).mean() < 0.1
        fields["preview"] = {"side": 100, "crop": [400, 40, 450, 240]}
        assert kind_of(client.post(route, json=fields)) == (422, "unusable")

    def test_thumbnails_are_a_row_of_squares(self, client: TestClient, photo: str) -> None:
        answer = client.post(f"/api/photos/{photo}/thumbnails", json={"side": 48})
        assert pixels(answer.content).shape == (48, 8 * 48, 3)

    def test_what_the_client_has_is_not_made_again(self, client: TestClient, photo: str) -> None:
        """Regression: files of the page knew neither lists of tags nor the star."""
        route, fields = f"/api/photos/{photo}/edits", {"target": {"to": "happy"}}
        first = client.post(route, json=fields)
        tag = {"If-None-Match": first.headers["etag"]}
        again = client.post(route, json=fields | {"stream": "a"}, headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        page = client.get("/page/page.js").headers["etag"]
        for said in (page, f'"x", {page}', f"W/{page}", "*"):
            answer = client.get("/page/page.js", headers={"If-None-Match": said})
            assert answer.status_code == 304, said
        assert client.get("/page/page.js", headers=tag).status_code == 200
        other = client.post(route, json={"target": {"to": "sad"}}, headers=tag)
        assert other.status_code == 200
        assert other.headers["etag"] != first.headers["etag"]

    def test_notes_and_names(self, client: TestClient, astronaut: NDArray[np.uint8]) -> None:
        rgba = np.dstack([astronaut[:300, 90:390], np.full((300, 300), 200, np.uint8)])
        stream = io.BytesIO()
        Image.fromarray(rgba).save(stream, "PNG")
        answer = client.post(
            "/api/edit?to=happy&format=jpeg&quality=40", files={"photo": stream.getvalue()}
        )
        (note,) = json.loads(answer.headers["lgpgan-notes"])
        assert "transparency" in note
        assert 'filename="edited_happy.jpg"' in answer.headers["content-disposition"]
        fine = client.post("/api/edit?to=happy&format=jpeg", files={"photo": stream.getvalue()})
        assert len(answer.content) < len(fine.content) / 2

    def test_once_with_fields_in_the_form(self, client: TestClient, portrait: bytes) -> None:
        kept = len(client.service.store)  # type: ignore[attr-defined]
        form = {"photo": portrait, "request": json.dumps({"target": {"to": "happy"}}).encode()}
        answer = client.post("/api/edit", files=form)
        address = client.post("/api/edit?to=happy", content=portrait, headers=JPEG)
        assert answer.content == address.content
        assert len(client.service.store) == kept  # type: ignore[attr-defined]
        assert kind_of(client.post("/api/edit?to=happy", files=form)) == (422, "unusable")
        form["request"] = b"{"
        assert kind_of(client.post("/api/edit", files=form)) == (400, "bad_request")

    def test_fields_that_mean_nothing_are_named(
        self, client: TestClient, photo: str, portrait: bytes
    ) -> None:
        """Regression: a slip of the pen in the address, or in a form, was passed over."""
        for answer, name in (
            (
                client.post("/api/edit?to=sad&intensty=1", content=portrait, headers=JPEG),
                "intensty",
            ),
            (client.get(f"/api/photos/{photo}/picture?sied=99"), "sied"),
            (client.get("/api/info?what=1"), "what"),
            (client.post("/api/edit?to=sad", files={"photo": portrait, "too": b"sad"}), "too"),
            (client.post("/api/photos", files={"photo": portrait, "request": b"{}"}), "request"),
        ):
            assert kind_of(answer) == (422, "unusable")
            assert name in answer.json()["error"]["message"]
        described = client.get("/api/openapi.json").json()["paths"]["/api/edit"]["post"]
        form = described["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert set(form["properties"]) == {"photo", "request"}

    @pytest.mark.parametrize(
        "text",
        [
            '{"targets": {"%s": {"to": "happy"}}}' % ("9" * 5000),
            '{"targets": {"\\u0663": {"to": "happy"}}}',
            '{"targets": {"01": {"to": "happy"}}}',
            '{"target": {"to": "\\ud800"}}',
            '{"target": {"to": {"\\udfff": 1}}}',
            '{"target": {"units": "AU%s"}}' % ("9" * 5000),
            '{"target": {"units": {"AU%s": 1}}}' % ("9" * 5000),
            '{"target": {"to": "happy", "intensity": 1%s}}' % ("0" * 400),
            '{"target": {"to": "happy"}, "stream": "\\ud800"}',
            '{"target": {"to": "happy"}, "face": 1%s}' % ("0" * 400),
            '{"target": {"to": "happy"}, "\\ud800": 1}',
        ],
    )
    def test_numbers_and_letters_that_are_none(
        self, client: TestClient, photo: str, text: str
    ) -> None:
        """Regression: thousands of digits, and half a letter, were a 500."""
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"/api/photos/{photo}/edits", content=text, headers=headers)
        assert kind_of(answer) == (422, "unusable")
        assert len(answer.content) < 6000

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"target": {"to": "hapy"}}, "choose one of angry"),
            ({"target": {"to": "happy", "intensity": 7}}, "choose one from 0 to 1.3"),
            ({"target": {"units": {"AU99": 1}}}, "no action unit 99"),
            ({"target": {"to": "happy"}, "face": 9}, "there is one face"),
            ({"target": {"to": "happy"}, "quality": 80, "format": "png"}, "has no quality"),
            ({"to": "happy"}, "to: there is no such field here; see /docs."),
            ({"target": {"to": "happy", "intensity": "x"}}, "target.intensity"),
            ({"target": {"to": "happy"}, "preview": {"side": 99999}}, "preview.side"),
        ],
    )
    def test_errors_are_the_sentences_of_the_command(
        self, client: TestClient, photo: str, fields: dict[str, object], said: str
    ) -> None:
        answer = client.post(f"/api/photos/{photo}/edits", json=fields)
        assert kind_of(answer) == (422, "unusable")
        assert said in answer.json()["error"]["message"]


class TestServer:
    def test_it_says_what_it_can_do(self, client: TestClient, editor: Editor) -> None:
        """Regression: the units of lids and gaze were left out, which edits take."""
        assert client.get("/api/health").json() == {"status": "ok"}
        info = client.get("/api/info").json()
        assert info["classes"] == list(editor.classes)
        assert [unit["number"] for unit in info["units"]] == list(editor.units)
        groups = {control["key"]: control["group"] for control in info["controls"]}
        eyes = dict.fromkeys(("AU5", "AU7", "AU45"), "eye")
        gaze = dict.fromkeys(("AU61", "AU62", "AU63", "AU64"), "gaze")
        assert groups == {"AU4": "brow", "AU12": "mouth", **eyes, **gaze}
        assert info["weights"]["digest"] == "d" * 64
        assert {each["name"] for each in info["formats"]} >= {"jpeg", "png", "webp", "tiff"}
        assert info["limits"]["photo_bytes"] == 64_000_000

    def test_the_api_is_described_without_anything_from_afar(self, client: TestClient) -> None:
        description = client.get("/api/openapi.json").json()
        assert "/api/photos/{photo}/edits" in description["paths"]
        page = client.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text
        assert "http" not in page.text.replace("http-equiv", "")
        for path in description["paths"]:
            assert path.replace("{", "{") in page.text
        assert client.get("/page/docs.css").status_code == 200

    def test_no_path_of_a_client_is_opened(self, client: TestClient) -> None:
        for path in ("..%2f..%2fapplication.py", "%2e%2e/application.py", "nothing.js", "a%00.js"):
            assert kind_of(client.get(f"/page/{path}")) == (404, "not_found")

    def test_other_addresses_and_methods(self, client: TestClient) -> None:
        assert kind_of(client.get("/nowhere")) == (404, "not_found")
        refused = client.put("/api/info")
        assert kind_of(refused) == (405, "method")
        assert refused.headers["allow"] == "GET"
        wrong = client.post("/api/photos/x/edits", content=b"{}")
        assert kind_of(wrong) == (415, "media_type")
        headers = {"Content-Type": "application/json"}
        broken = client.post("/api/photos/x/edits", content=b"{", headers=headers)
        assert kind_of(broken) == (400, "bad_request")

    def test_figures_for_prometheus(self, client: TestClient, photo: str) -> None:
        text = client.get("/metrics").text
        kept = len(client.service.store)  # type: ignore[attr-defined]
        assert f"lgpgan_photos {kept}.0" in text
        assert photo not in text
        assert 'route="/api/photos/{photo}"' in text or 'route="/api/photos"' in text

    def test_a_fault_of_the_server_is_told_apart(
        self, client: TestClient, portrait: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*values: object, **options: object) -> Sequence[object]:
            raise ZeroDivisionError("a secret path")

        monkeypatch.setattr("lgpgan.serving.worker.read_photo", fail)
        answer = client.post("/api/photos", content=portrait, headers=JPEG)
        assert kind_of(answer) == (500, "internal")
        assert "secret" not in answer.text
        monkeypatch.setattr(
            "lgpgan.serving.worker.read_photo", lambda *v, **o: (_ for _ in ()).throw(MemoryError())
        )
        answer = client.post("/api/photos", content=portrait, headers=JPEG)
        assert kind_of(answer) == (503, "unavailable")
        assert answer.headers["retry-after"] == "5"
