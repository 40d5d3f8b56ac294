"""Labels that both recognisers find unlikely, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import ALL_BUT_CONTEMPT
from lgpgan.datasets import label_doubts
from lgpgan.datasets.label_doubts import doubtful_labels, write_doubts
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.tables import read_table
from lgpgan.errors import MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.recognisers.recogniser import Recognisers
from lgpgan.reporting.doubts_page import doubts_page
from small_set import Entry, write_small_set


class Sure:
    """Finds the classes as likely as it is told, whatever the face."""

    def __init__(self, name: str, **likely: float) -> None:
        self.name = name
        self.recognised = ALL_BUT_CONTEMPT
        self.likely = likely

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        one = [self.likely.get(str(expression), 0.0) for expression in Expression]
        return np.array([one] * len(faces))


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    """A face of every class."""
    return write_small_set(tmp_path / "set", [Entry("ann", str(e), "train") for e in Expression])


def judged_by(monkeypatch: pytest.MonkeyPatch, *recognisers: Sure) -> None:
    found = Recognisers(recognisers, {})
    monkeypatch.setattr(label_doubts, "available_recognisers", lambda: found)


def test_a_label_is_doubted_where_both_find_it_unlikely(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fer = Sure("fer", happy=0.85, sad=0.15)
    face_api = Sure("face-api", happy=0.5, angry=0.4, fearful=0.06, disgusted=0.04)
    judged_by(monkeypatch, fer, face_api)
    doubts = doubtful_labels(prepared)
    # Happy is read, sad and angry are likely for one of the two, nobody knows contempt.
    assert [doubt.record.expression for doubt in doubts] == [
        "neutral",
        "surprised",
        "disgusted",
        "fearful",
    ]
    assert [doubt.likelihood for doubt in doubts] == [0, 0, 0.04, 0.06]
    assert {doubt.suggestion for doubt in doubts} == {Expression.HAPPY}


def test_nothing_is_suggested_where_the_two_differ(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, Sure("fer", happy=1.0), Sure("face-api", sad=1.0))
    doubts = doubtful_labels(prepared)
    assert {doubt.suggestion for doubt in doubts} == {None}
    assert {"happy", "sad"}.isdisjoint(doubt.record.expression for doubt in doubts)


def test_the_list_says_what_both_read(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged_by(monkeypatch, Sure("fer", happy=0.9), Sure("face-api", happy=0.8, sad=0.05))
    write_doubts(tmp_path / "doubts.csv", doubtful_labels(prepared))
    rows = {row["label"]: row for row in read_table(tmp_path / "doubts.csv")}
    sad = rows["sad"]
    assert (sad["suggestion"], sad["fer_reads"], sad["face-api_reads"]) == ("happy",) * 3
    assert sad["fer_probability"] == "0.900"
    assert sad["face-api_probability_of_label"] == "0.050"


def test_one_recogniser_alone_is_not_enough(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Recognisers((Sure("fer", happy=1.0),), {"face-api": "fetch it."})
    monkeypatch.setattr(label_doubts, "available_recognisers", lambda: found)
    with pytest.raises(MissingPartError, match="fetch it"):
        doubtful_labels(prepared)


def test_the_page_shows_every_class_by_itself_and_escapes_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "<b>set"
    prepared = write_small_set(folder, [Entry("ann", "sad", "train"), Entry("", "angry", "train")])
    judged_by(monkeypatch, Sure("fer", happy=1.0), Sure("face-api", happy=1.0))
    page = doubts_page(prepared, doubtful_labels(prepared))
    assert "<b>set" not in page
    assert "&lt;b&gt;set" in page
    for title in ("any class", "sad", "angry"):
        assert f">{title}</option>" in page
    assert page.count('class="doubt"') == 4  # each among all, and among its class
    assert page.count("data:image/png;base64,") == 2
    assert "default-src 'none'" in page
