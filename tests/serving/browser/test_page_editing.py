"""From a photo to a downloaded file, as a person does it."""

from __future__ import annotations

import base64
import io
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.cli.application import run
from lgpgan.editing.editor import Editor
from lgpgan.photos.marks import SourceType
from opened_page import OpenedPage

pytestmark = pytest.mark.xdist_group("browser")


def pixels_of(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_dropped_photo_becomes_a_file_with_the_commands_bytes(
    opened_page: OpenedPage, one_face: Path, shipped: Editor, tmp_path: Path
) -> None:
    opened_page.drop(one_face)
    opened_page.express("happy")
    opened_page.slide("#strength", 80)
    name, content = opened_page.download()
    assert name == "portrait_happy_intensity-80.jpg"
    shipped.edit(one_face, "happy", intensity=0.8).save(tmp_path / "command.jpg")
    assert content == (tmp_path / "command.jpg").read_bytes()
    assert SourceType.EDITED.encode() in content


def test_what_the_page_shows_to_copy_makes_the_same_file(
    opened_page: OpenedPage, one_face: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_page.pick(one_face)
    opened_page.express("sad")
    opened_page.page.click("[data-part=mouth]")
    opened_page.express("surprised")
    opened_page.page.select_option("#mix", "happy")
    opened_page.slide("#share", 30)
    opened_page.slide("#unit-AU4", 50)
    _, content = opened_page.download("lossless")
    program, *arguments = shlex.split(opened_page.page.inner_text("#code"))
    assert program == "lgpgan"
    monkeypatch.chdir(tmp_path)
    Path(one_face.name).write_bytes(one_face.read_bytes())
    arguments[-1] = "command.png"
    assert run(arguments) == 0
    assert content == Path("command.png").read_bytes()
    _, content = opened_page.download()
    opened_page.page.get_by_role("tab", name="Python").click()
    exec(opened_page.page.inner_text("#code"), {})
    assert content == Path("edited.jpg").read_bytes()


def test_two_faces_have_a_target_each(
    opened_page: OpenedPage, two_faces: Path, shipped: Editor
) -> None:
    opened_page.pick(two_faces)
    page = opened_page.page
    opened_page.express("sad")
    assert opened_page.settings == "all=sad"  # everyone, so far
    assert "--face" not in page.inner_text("#code")
    page.click(".outline[data-face='1']")
    opened_page.express("surprised")
    page.get_by_role("radio", name="Face 2").click()
    opened_page.express("angry")
    assert opened_page.settings == "1=surprised&2=angry"
    name, content = opened_page.download()
    assert name == "pair_surprised_angry.png"
    middle = 320
    edited = pixels_of(content)
    first = shipped.edit(two_faces, "surprised", face=1).pixels
    second = shipped.edit(two_faces, "angry", face=2).pixels
    assert np.array_equal(edited[:, :middle], first[:, :middle])
    assert np.array_equal(edited[:, middle:], second[:, middle:])
    page.click("#reset")
    page.keyboard.press("f")  # everyone
    page.keyboard.press("f")
    page.keyboard.press("f")
    opened_page.express("angry")
    assert opened_page.settings == "2=angry"  # the other one stays as it is
    _, content = opened_page.download()
    assert np.array_equal(pixels_of(content), second)


def test_zoomed_in_the_pixels_are_those_of_the_file(
    opened_page: OpenedPage, astronaut: NDArray[np.uint8], shipped: Editor, tmp_path: Path
) -> None:
    photo = tmp_path / "large.png"
    face = astronaut[40:240, 140:340]
    Image.fromarray(cv2.resize(face, (1000, 1000), interpolation=cv2.INTER_CUBIC)).save(photo)
    opened_page.pick(photo)
    opened_page.express("surprised")
    page = opened_page.page
    page.locator("#stage").dblclick(position={"x": 400, "y": 300})
    assert page.inner_text("#zoom") == "100 %"
    page.wait_for_selector("#stage[data-shows=full]")
    expected = shipped.edit(photo, "surprised").pixels
    assert lies_in(on_screen(opened_page), expected)
    page.keyboard.down("b")
    page.wait_for_timeout(100)  # for the next frame
    assert lies_in(on_screen(opened_page), np.asarray(Image.open(photo)))


def on_screen(opened: OpenedPage) -> NDArray[np.uint8]:
    """The middle of the stage, as it is drawn: (200, 200, 3)."""
    url = opened.page.evaluate("document.getElementById('canvas').toDataURL()")
    drawn = pixels_of(base64.b64decode(url.partition(",")[2]))
    row, column = drawn.shape[0] // 2 - 100, drawn.shape[1] // 2 - 100
    return drawn[row : row + 200, column : column + 200]


def lies_in(part: NDArray[np.uint8], whole: NDArray[np.uint8]) -> bool:
    """Whether a picture holds another one, to the bit."""
    distances = cv2.matchTemplate(whole, part, cv2.TM_SQDIFF)
    row, column = np.unravel_index(np.argmin(distances), distances.shape)
    return np.array_equal(whole[row : row + len(part), column : column + len(part)], part)


def test_sheets_strips_and_animations_come_as_files(
    opened_page: OpenedPage, one_face: Path
) -> None:
    opened_page.pick(one_face)
    opened_page.express("happy")
    for item, kind, name in (
        ("Sheet", "PNG", "portrait_sheet.png"),
        ("Strip", "PNG", "portrait_strip.png"),
        ("Animation", "GIF", "portrait_happy.gif"),
    ):
        written, content = opened_page.download(item)
        assert written == name
        assert Image.open(io.BytesIO(content)).format == kind


def test_a_photo_that_the_server_forgot_is_opened_again(
    opened_page: OpenedPage, one_face: Path
) -> None:
    opened_page.paste(one_face)
    assert opened_page.page.locator(".outline").count() == 1
    held = opened_page.page.evaluate("JSON.parse(sessionStorage['lgpgan.photo'])[0]")
    forgotten = opened_page.page.request.delete(f"{opened_page.address}api/photos/{held}")
    assert forgotten.status == 204
    opened_page.expected.append("404")
    opened_page.express("happy")
    assert opened_page.errors == []
    assert opened_page.page.is_visible("#tag-after")


def test_of_many_moves_the_newest_is_shown(opened_page: OpenedPage, one_face: Path) -> None:
    opened_page.pick(one_face)
    opened_page.express("happy")
    before = len(opened_page.requests)
    opened_page.page.evaluate(
        """() => {
            const slider = document.getElementById("strength");
            for (let value = 1; value <= 60; value++) {
                slider.value = value;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
            }
            slider.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    opened_page.wait_until_shown()
    sent = opened_page.requests[before:]
    edits = [request.post_data_json for request in sent if request.url.endswith("/edits")]
    previews = [edit for edit in edits if "preview" in edit]
    assert len(previews) <= 3
    assert previews[-1]["target"] == {"to": "happy", "intensity": 0.6}
    opened_page.page.click("#undo")
    assert opened_page.settings == "all=happy"
