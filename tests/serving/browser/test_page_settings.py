"""Undo, the address, presets, photos by other ways, and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from opened_page import OpenedPage

pytestmark = pytest.mark.xdist_group("browser")


def test_undo_redo_and_reset(opened_page: OpenedPage, one_face: Path) -> None:
    opened_page.pick(one_face)
    page = opened_page.page
    assert page.is_disabled("#undo")
    opened_page.express("happy")
    opened_page.slide("#strength", 50)
    page.click("#undo")
    assert opened_page.settings == "all=happy"
    page.keyboard.press("Control+z")
    assert opened_page.settings == ""
    assert page.is_hidden("#tag-after")
    page.click("#redo")
    page.keyboard.press("Control+Shift+z")
    assert opened_page.settings == "all=happy:0.5"
    assert page.input_value("#strength") == "50"
    page.click("#reset")
    assert opened_page.settings == ""
    page.click("#undo")
    assert opened_page.settings == "all=happy:0.5"


def test_a_reload_keeps_photo_and_settings(opened_page: OpenedPage, one_face: Path) -> None:
    opened_page.pick(one_face)
    opened_page.express("sad")
    opened_page.slide("#strength", 70)
    opened_page.page.reload()
    opened_page.wait_until_open()
    opened_page.wait_until_shown()
    assert opened_page.settings == "all=sad:0.7"
    assert opened_page.page.input_value("#strength") == "70"
    assert opened_page.page.inner_text("#photo-name") == one_face.name
    assert opened_page.page.is_visible("#tag-after")


def test_an_address_brings_settings_to_any_photo(opened_page: OpenedPage, two_faces: Path) -> None:
    settings = "1=fearful/happy:0.8;AU4:0.5&2=sad+angry:0.25:1.1"
    opened_page.load(f"#{settings}")
    opened_page.pick(two_faces)
    opened_page.wait_until_shown()
    assert opened_page.settings == settings
    code = opened_page.page.inner_text("#code")
    assert "--eyes fearful --mouth happy=0.8 --au AU4=0.5 --face 1" in code
    assert "--to sad=0.75,angry=0.25 --intensity 1.1 --face 2" in code
    senseless = "all=bored&1=happy:9&1=happy;AU99:1&1=%E0%A4%A&&=;/+::&9=sad&1=happy+sad:2&1"
    opened_page.load(f"#{senseless}")
    opened_page.wait_until_open()
    assert opened_page.settings == ""  # what makes no sense is left out
    assert opened_page.page.is_hidden("#tag-after")


def test_a_token_is_taken_out_of_the_address_and_sent(
    opened_page: OpenedPage, one_face: Path
) -> None:
    opened_page.load("#token=secret&all=happy")
    assert opened_page.settings == "all=happy"
    opened_page.pick(one_face)
    api = [request for request in opened_page.requests if "/api/" in request.url]
    assert {request.headers.get("authorization") for request in api[1:]} == {"Bearer secret"}
    assert not any("secret" in request.url for request in api)


def test_controls_that_the_page_does_not_know_appear(
    opened_page: OpenedPage, one_face: Path
) -> None:
    def add_gaze(route: Any) -> None:
        answer = route.fetch()
        gaze = {"key": "gaze", "label": "gaze to the right", "group": "gaze", "default": 0}
        info = answer.json()
        info["controls"].append(gaze | {"minimum": -1, "maximum": 1, "step": 0.1})
        route.fulfill(response=answer, json=info)

    opened_page.page.route("**/api/info", add_gaze)
    opened_page.load()
    opened_page.pick(one_face)
    opened_page.expected.append("422")  # these weights cannot draw it
    opened_page.slide("#unit-gaze", -50)
    assert opened_page.settings == "all=neutral;gaze:-0.5"
    edits = [request for request in opened_page.requests if request.url.endswith("/edits")]
    asked = edits[-1].post_data_json
    assert asked["target"] == {"to": "neutral", "units": {"gaze": -0.5}}
    assert "--au gaze=-0.5" in opened_page.page.inner_text("#code")


def test_eyes_look_elsewhere(opened_page: OpenedPage, one_face: Path) -> None:
    """Regression: the page had no sliders for the gaze, which every edit can turn."""
    opened_page.pick(one_face)
    opened_page.slide("#unit-AU61", 50)
    assert opened_page.settings == "all=neutral;AU61:0.5"
    edits = [request for request in opened_page.requests if request.url.endswith("/edits")]
    assert edits[-1].post_data_json["target"]["units"] == {"AU61": 0.5}


def test_a_preset_is_kept_saved_and_loaded(
    opened_page: OpenedPage, one_face: Path, tmp_path: Path
) -> None:
    page = opened_page.page
    opened_page.pick(one_face)
    opened_page.express("happy")
    opened_page.slide("#unit-AU12", 30)
    page.fill("#preset-name", "חיוך")  # right to left
    page.click("#preset-save")
    with page.expect_download() as waiting:
        page.click("#preset-export")
    saved = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert saved == [{"name": "חיוך", "to": "happy", "units": {"AU12": 0.3}}]
    page.get_by_role("button", name="Delete the preset").click()
    page.click("#reset")
    file = tmp_path / "preset.json"
    file.write_text(json.dumps(saved), encoding="utf-8")
    page.set_input_files("#preset-file", file)
    page.wait_for_selector("#presets li")
    assert opened_page.settings == "all=happy;AU12:0.3"
    opened_page.load()
    assert page.locator("#presets .chip").all_inner_texts() == ["חיוך"] or page.is_hidden("#studio")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "holds no JSON"),
        ('{"name": "x", "to": "bored"}', "do not know “bored”"),
        ('{"name": "x", "to": {"happy": 2}}', "more than 1.3"),
        ('{"to": "happy"}', "has no name"),
        ('{"name": "x", "units": {"AU12": 4}}', "AU12 is out of range"),
        ('{"name": "x", "to": {"happy": "much"}}', "share of “happy”"),
        ('{"name": "x", "gaze": 1}', "“gaze” means nothing"),
        ("[null]", "has no name"),
        ('{"name": "x", "to": [1]}', "do not know"),
    ],
)
def test_a_preset_that_is_none_is_refused_in_a_sentence(
    preset_page: OpenedPage, tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "preset.json"
    file.write_text(content, encoding="utf-8")
    preset_page.page.evaluate("document.getElementById('errors').replaceChildren()")
    preset_page.page.set_input_files("#preset-file", file)
    preset_page.page.wait_for_selector("#errors p")
    (error,) = preset_page.errors
    assert sentence in error
    assert error.endswith(".")


@pytest.fixture(scope="module")
def preset_page(browser: object, address: str, one_face: Path) -> object:
    with OpenedPage.of(browser, address) as opened:
        opened.pick(one_face)
        yield opened


def test_of_two_photos_the_later_one_is_shown(
    opened_page: OpenedPage, one_face: Path, two_faces: Path
) -> None:
    """Regression: the picture of the former one came late, and was shown in its place."""
    late: list[Any] = []

    def keep_the_first(route: Any) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    page = opened_page.page
    page.route("**/picture?*", keep_the_first)
    with page.expect_request("**/picture?*"):
        page.set_input_files("#file", one_face)
    opened_page.pick(two_faces)
    with page.expect_request(lambda request: request.method == "DELETE"):  # it is not kept
        late[0].continue_()
    assert page.inner_text("#photo-name") == two_faces.name
    assert page.locator(".outline").count() == 2


def test_a_photo_is_taken_with_the_camera(opened_page: OpenedPage) -> None:
    page = opened_page.page
    page.click("#camera")
    page.wait_for_selector("#camera-shoot:enabled")
    page.click("#camera-shoot")
    opened_page.wait_until_open()
    assert page.inner_text("#photo-name") == "camera.png"
    assert page.locator(".outline").count() == 1
    assert page.evaluate("document.getElementById('video').srcObject") is None  # it is off


def test_what_is_no_photo_is_refused_in_a_sentence(opened_page: OpenedPage, tmp_path: Path) -> None:
    opened_page.expected.append("422")
    page = opened_page.page
    text = tmp_path / "notes.txt"
    text.write_text("no photo")
    page.set_input_files("#file", text)
    assert opened_page.errors == ["That was no photo. Use an image file, such as JPEG or PNG."]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff rest is missing")
    page.set_input_files("#file", broken)
    page.wait_for_selector("#errors p")
    assert len(opened_page.errors) == 1
    assert page.is_visible("#welcome")
    empty = tmp_path / "empty.png"
    Image.fromarray(np.full((64, 64, 3), 200, np.uint8)).save(empty)
    page.set_input_files("#file", empty)
    page.wait_for_selector("#errors p:text('face')")
    assert len(opened_page.errors) == 1  # of the last photo alone


def test_the_name_of_a_photo_stays_on_the_page(
    opened_page: OpenedPage, one_face: Path, tmp_path: Path
) -> None:
    name = "צילום של 'מירי' $(x).jpg"
    photo = tmp_path / name
    photo.write_bytes(one_face.read_bytes())
    opened_page.pick(photo)
    opened_page.express("happy")
    assert opened_page.page.inner_text("#photo-name") == name
    assert (
        opened_page.page.evaluate(
            "getComputedStyle(document.getElementById('photo-name')).unicodeBidi"
        )
        == "isolate"
    )
    sent = b"".join(
        request.url.encode() + str(request.headers).encode() + (request.post_data_buffer or b"")
        for request in opened_page.requests
    )
    assert "מירי".encode() not in sent
    assert b"%D7" not in sent.upper()
    written, _ = opened_page.download()
    assert written.startswith("צילום")
    assert written.endswith("happy.jpg")
