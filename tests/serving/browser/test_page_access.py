"""Keyboard, screen readers, phones, colours; and that the page keeps to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opened_page import OpenedPage

pytestmark = pytest.mark.xdist_group("browser")

CHECKS = (
    (Path(__file__).parent / "checks.js").read_text(encoding="utf-8").partition("\n")[2].rstrip()
)


def test_the_whole_way_with_the_keyboard_alone(
    opened_page: OpenedPage,
) -> None:
    page, keys = opened_page.page, opened_page.page.keyboard
    for _ in range(12):
        keys.press("Tab")
        if focused(opened_page) == "sample":
            break
    keys.press("Enter")
    opened_page.wait_until_open()
    assert focused(opened_page) == "stage"
    keys.press("5")  # happy
    opened_page.wait_until_shown()
    tab_to(opened_page, "strength")
    for _ in range(5):
        keys.press("ArrowLeft")
    opened_page.wait_until_shown()
    assert opened_page.settings == "all=happy:0.95"
    keys.press("d")
    assert focused(opened_page) == "divider"
    keys.press("Home")
    keys.press("PageUp")
    assert page.get_attribute("#divider", "aria-valuetext") == "10 % before, 90 % after"
    keys.down("b")
    assert page.is_visible("#tag-before")
    assert page.is_hidden("#tag-after")
    keys.up("b")
    assert page.is_visible("#tag-after")
    tab_to(opened_page, "download")
    keys.press("Enter")
    page.wait_for_selector("#downloads button:focus")
    with page.expect_download() as waiting:
        keys.press("Enter")
    assert waiting.value.suggested_filename == "sample_happy_intensity-95.jpg"


def test_the_divider_and_the_photo_are_moved_with_the_mouse(
    opened_page: OpenedPage, two_faces: Path
) -> None:
    page, mouse = opened_page.page, opened_page.page.mouse
    opened_page.pick(two_faces)
    opened_page.express("happy")
    page.click("#compare")
    box = page.locator("#divider .knob").bounding_box()
    stage = page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(stage["x"] + stage["width"] / 4, y, steps=3)
    mouse.up()
    assert page.get_attribute("#divider", "aria-valuenow") == "25"
    page.click("#zoom-face")
    for _ in range(3):
        page.click("#zoom-in")
    face = page.locator(".outline[data-face='1']")
    before = face.bounding_box()["x"]
    mouse.move(stage["x"] + 300, stage["y"] + 100)
    mouse.down()
    mouse.move(stage["x"] + 400, stage["y"] + 100, steps=4)
    mouse.up()
    assert face.bounding_box()["x"] == pytest.approx(before + 100, abs=1)
    assert opened_page.settings == "all=happy"  # a drag is no click on a face
    mouse.wheel(0, 2000)
    page.wait_for_timeout(50)
    assert face.bounding_box()["width"] < 200


def test_every_control_is_reached_named_and_seen(opened_page: OpenedPage, two_faces: Path) -> None:
    opened_page.pick(two_faces)
    opened_page.express("happy")
    page = opened_page.page
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(focused(opened_page))
        assert looked_at(opened_page, "focusIsSeen"), focused(opened_page)
    wanted = {
        *(
            "undo",
            "reset",
            "help",
            "theme",
            "new-photo",
            "download",
            "stage",
            "zoom-in",
            "zoom-out",
        ),
        *("zoom-fit", "zoom-face", "show-outlines", "compare", "before", "strength", "mix"),
        *("unit-AU1", "preset-name", "preset-save", "preset-export", "preset-import", "copy"),
    }
    assert wanted <= reached
    assert looked_at(opened_page, "nameless") == []
    stage = page.get_by_role("img", name="Synthetic edit of the photo: happy")
    assert stage.count() == 1
    faces = page.get_by_role("group", name="Faces").get_by_role("button")
    assert faces.all_text_contents() == ["Face 1", "Face 2"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert looked_at(opened_page, "faint") == [], scheme


def test_single_keys_can_be_turned_off_and_colours_chosen(
    opened_page: OpenedPage, one_face: Path
) -> None:
    opened_page.pick(one_face)
    page = opened_page.page
    page.keyboard.press("?")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("5")
    assert opened_page.settings == ""
    page.click("#help")
    page.check("#single-keys")
    page.click("#help-close")
    page.keyboard.press("5")
    assert opened_page.settings == "all=happy"
    page.emulate_media(color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    page.click("#theme")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    opened_page.load()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_on_a_phone_the_photo_stays_in_sight_and_nothing_is_cut(
    phone: OpenedPage, one_face: Path
) -> None:
    page = phone.page
    assert looked_at(phone, "tooWide") == []
    phone.pick(one_face)
    page.get_by_role("radio", name="Happy").tap()
    phone.wait_until_shown()
    assert looked_at(phone, "tooWide") == []
    page.locator("#copy").scroll_into_view_if_needed()
    stage = page.locator("#stage").bounding_box()
    code = page.locator("#copy").bounding_box()
    assert stage["y"] >= 0
    assert stage["height"] > 200
    assert code["y"] > stage["y"] + stage["height"]  # beside it, not below it
    assert looked_at(phone, "tooSmall") == []
    page.locator("#download").tap()
    menu = page.locator("#downloads").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390


def test_the_policy_of_the_page_lets_nothing_else_in(opened_page: OpenedPage) -> None:
    opened_page.expected += ["Content Security Policy", "violates the following"]
    page = opened_page.page
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "globalThis.reached = 'script'";
            document.head.append(script);
            document.body.insertAdjacentHTML("beforeend", "<p id=styled style='color: red'>x</p>");
            document.getElementById("styled").setAttribute("onclick", "globalThis.reached = 'on'");
            document.getElementById("styled").click();
        }"""
    )
    assert page.evaluate("getComputedStyle(styled).color") != "rgb(255, 0, 0)"
    page.evaluate("() => { setTimeout('globalThis.reached = 1') }")
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate("() => fetch('http://192.0.2.1/')")
    assert page.evaluate("globalThis.reached") is None
    assert len(opened_page.problems) >= 4


def test_files_of_the_page_hold_nothing_inline() -> None:
    folder = Path(__file__).parents[3] / "src/lgpgan/serving/page"
    page = (folder / "index.html").read_text(encoding="utf-8")
    for forbidden in (" style=", " onclick=", "javascript:", "<style", "http://", "https://"):
        assert forbidden not in page
    for script in folder.glob("*.js"):
        text = script.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        for forbidden in ("innerHTML", "eval(", "http://", "https://", "document.write"):
            assert forbidden not in text, script.name


def looked_at(opened: OpenedPage, check: str) -> Any:
    """What one of the checks in checks.js finds."""
    return opened.page.evaluate(f"{CHECKS.rstrip()}.{check}()")


def focused(opened: OpenedPage) -> str:
    return opened.page.evaluate("document.activeElement.id")


def tab_to(opened: OpenedPage, name: str) -> None:
    for _ in range(70):
        if focused(opened) == name:
            return
        opened.page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached")
