"""What is said of a collection's photos: used, rescued, left out, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lgpgan.datasets import outcome as module
from lgpgan.datasets.layouts.listing import LeftOut, Reason
from lgpgan.datasets.outcome import ADVICE, LOOKS, Outcome
from lgpgan.datasets.outcome_page import SHOWN, write_outcome
from lgpgan.datasets.records import Record
from lgpgan.faces.detection import Look


def record(number: int, look: Look = Look.FIRST, expression: str = "happy") -> Record:
    return Record(
        file_name=f"{number}.png",
        person="",
        photo=f"photo {number}",
        expression=expression,
        intensity=1.0,
        action_units=None,
        landmarks=np.zeros((68, 2)),
        split=("train", "test")[number % 2],
        look=look,
    )


def outcome(looks: list[Look], left_out: Mapping[str, LeftOut]) -> Outcome:
    records = [record(number, look) for number, look in enumerate(looks)]
    return Outcome(len(looks) + len(left_out), len(looks), records, left_out)


def left(reason: Reason, count: int) -> dict[str, LeftOut]:
    return {f"{reason} {number}.jpg": LeftOut(reason, "a detail.") for number in range(count)}


def test_every_reason_and_every_look_has_words() -> None:
    assert set(ADVICE) == set(Reason)
    assert set(LOOKS) == set(Look)


def test_what_was_found_is_counted_by_look_and_by_reason() -> None:
    made = outcome(
        [Look.BORDER, Look.FIRST, Look.FIRST], left(Reason.TOO_SMALL, 1) | left(Reason.NO_FACE, 2)
    )
    assert list(made.sentences()) == [
        "a face was found in 3 of 6 photos; of those used: 2 at the first look, 1 enlarged, with a "
        "border",
        "left out 3: 2 no face, 1 too small",
    ]
    assert made.counts() == (["train", "test"], {"happy": [2, 1], "all": [2, 1]})


def test_nothing_used_is_no_failure() -> None:
    made = outcome([], left(Reason.NO_FACE, 2))
    assert made.counts() == ([], {"all": []})
    assert next(iter(made.sentences())) == "a face was found in 0 of 2 photos"


@pytest.mark.parametrize(("without", "said"), [(1, False), (2, True)])
def test_many_photos_left_out_bring_advice(
    without: int, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a tenth."""
    monkeypatch.setattr(module, "has_networks", lambda: True)
    made = outcome([Look.FIRST] * (10 - without), left(Reason.TOO_SMALL, without))
    expected = f"most are left out as 'too small' ({without}): {ADVICE[Reason.TOO_SMALL]}"
    assert list(made.advice()) == ([expected] if said else [])


@pytest.mark.parametrize("installed", [False, True])
def test_networks_that_would_help_are_named(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "has_networks", lambda: installed)
    made = outcome([Look.FIRST] * 40, left(Reason.NO_FACE, 3))
    said = list(made.advice())
    assert len(said) == (0 if installed else 1)
    if not installed:
        assert "3 photos were left out for want of a face" in said[0]
        assert "lgpgan assets --fetch mediapipe" in said[0]
    assert not list(outcome([Look.FIRST] * 40, left(Reason.CUT_OFF, 3)).advice())


def test_the_page_shows_reasons_and_rescues_and_escapes_names(tmp_path: Path) -> None:
    made = outcome(
        [Look.FIRST, Look.NETWORKS],
        {"<script>alert(1)</script>\udce9.jpg": LeftOut(Reason.NO_FACE, "no face & no name.")},
    )
    picture = np.zeros((128, 128, 3), np.uint8)
    for name in ("0.png", "1.png", "out.jpg"):
        Image.fromarray(picture).save(tmp_path / name)
    write_outcome(made, tmp_path, tmp_path, dict.fromkeys(made.left_out, tmp_path / "out.jpg"))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<script>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\udce9.jpg: no face &amp; no name." in page
    assert page.count('<img src="data:image/jpeg;base64,') == 2  # not the first look's
    assert 'data-kind="left out: no face"' in page
    assert 'data-kind="found by MediaPipe&#x27;s networks"' in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_shows_a_hundred_of_a_kind(tmp_path: Path) -> None:
    made = outcome([Look.FIRST], left(Reason.UNREADABLE, SHOWN + 5))
    write_outcome(made, tmp_path, tmp_path, {})
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == SHOWN
    assert f"{SHOWN + 5}, of which {SHOWN} are shown" in page


def test_a_page_of_nothing_special(tmp_path: Path) -> None:
    write_outcome(outcome([Look.FIRST], {}), tmp_path, tmp_path, {})
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    assert "<script>" not in page
