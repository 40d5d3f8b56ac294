"""Pages: all is inside them, nothing is loaded, and no name gets to be code."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from made_up import CLASSES, made_up_cell, made_up_cells
from PIL import Image

from lgpgan.errors import MissingPartError
from lgpgan.faces.regions import EYE_BOX, mouth_box_at
from lgpgan.photos.marks import description_in_xmp
from lgpgan.reporting import page_template as page_module
from lgpgan.reporting.faces_shown import ShownFace
from lgpgan.reporting.page import comparison_page, evaluation_page
from lgpgan.reporting.results_model import cell_from_json

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(1)">{{ 7 * 7 }}'


class Elements(HTMLParser):
    """Every tag with its attributes, the text outside of scripts, and that of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: dict[str | None, str] = {}
        self.styles = ""
        self._inside: tuple[str, str | None] = ("", None)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = (tag, dict(attrs).get("id"))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ("", None)

    def handle_data(self, data: str) -> None:
        tag, name = self._inside
        if tag == "script":
            self.scripts[name] = self.scripts.get(name, "") + data
        elif tag == "style":
            self.styles += data
        else:
            self.text += data

    def stored(self, name: str) -> Any:
        return json.loads(self.scripts[name])


@pytest.fixture
def no_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five megabytes that most tests need not look at."""
    monkeypatch.setattr(page_module, "_plotly", lambda: "/* plotly.js */")


def loaded(elements: Elements) -> list[str]:
    """What a browser would fetch or lead to."""
    fetching = ("src", "href", "srcset", "action", "poster", "data", "formaction")
    return [value for _, found in elements.tags for name in fetching if (value := found.get(name))]


@pytest.mark.usefixtures("no_plotly")
def test_a_comparison_holds_everything(shown: ShownFace) -> None:
    elements = Elements(comparison_page(made_up_cells(), faces=[shown], command="lgpgan compare X"))
    for words in (
        "The paper's Table IV, with more columns",
        "What they do not",
        "Figure 4",
        "Figure 5",
        "lgpgan compare X",
        "525afa702b4a72cb",
        "Altered: expressions were changed by computer",
        "FID and inception score need",
    ):
        assert words in elements.text
    plots = elements.stored("page-plots")
    drawn = {found["data-plot"] for _, found in elements.tags if "data-plot" in found}
    assert drawn <= plots.keys()
    assert {"overview", "trade", "confusion-0-0"} <= drawn
    assert "breakdown" in plots


@pytest.mark.usefixtures("no_plotly")
def test_losses_of_runs_that_are_here_can_be_looked_at() -> None:
    runs = {"StarGAN": [{"images": 8, "G/cycle": 2.0}], EVIL: [{"images": 8, "G/cycle": 1.0}]}
    elements = Elements(comparison_page(made_up_cells(), statistics=runs))
    assert "How the runs went" in elements.text
    plots = elements.stored("page-plots")
    assert plots["losses-0"]["data"][0]["y"] == [2.0]
    drawn = [found["data-plot"] for _, found in elements.tags if "data-plot" in found]
    assert [name for name in drawn if name and name.startswith("losses")] == [
        "losses-0",
        "losses-1",
    ]
    assert not [found for tag, found in elements.tags if found.get("onerror")]
    assert "How the runs went" not in Elements(comparison_page(made_up_cells())).text


@pytest.mark.usefixtures("no_plotly")
def test_an_evaluation_holds_everything(shown: ShownFace) -> None:
    evaluation = made_up_cells()[0].evaluation
    elements = Elements(evaluation_page(evaluation, faces=[shown], command="lgpgan evaluate X"))
    for words in ("LGP-GAN, studio", "accuracy, fer ↑", "real images: 80.2 %", "lgpgan evaluate X"):
        assert words in elements.text
    assert {"breakdown", "confusion-0", "confusion-1"} == elements.stored("page-plots").keys()


@pytest.mark.usefixtures("no_plotly")
def test_every_picture_is_there_once_and_unharmed(shown: ShownFace) -> None:
    elements = Elements(comparison_page(made_up_cells(), faces=[shown]))
    pictures = elements.stored("page-pictures")
    places = [found for _, found in elements.tags if "data-picture" in found]
    faces = [f for made in shown.outputs.values() for f in made.values()]
    assert len(places) == 7 * (1 + 8) + 8 * (1 + 7)  # Figure 4 of every row, and Figure 5
    assert {place["data-picture"] for place in places} == pictures.keys()
    assert len(pictures) == len({face.tobytes() for face in faces} | {shown.face.tobytes()})
    first = pictures[str(places[0]["data-picture"])]
    assert first.startswith("data:image/png;base64,")
    decoded = Image.open(io.BytesIO(base64.b64decode(first.split(",")[1])))
    np.testing.assert_array_equal(np.asarray(decoded), shown.face)
    for place in places:
        content = base64.b64decode(pictures[str(place["data-picture"])].split(",")[1])
        marked = description_in_xmp(Image.open(io.BytesIO(content)).info.get("xmp", b""))
        untouched = content == base64.b64decode(first.split(",")[1])
        assert (marked is None) == untouched
    assert all(place["alt"] for place in places)


def test_nothing_is_loaded_from_anywhere(shown: ShownFace) -> None:
    for html in (
        comparison_page(made_up_cells(), faces=[shown]),
        evaluation_page(made_up_cells()[0].evaluation, faces=[shown]),
    ):
        elements = Elements(html)
        assert all(value.startswith("#") for value in loaded(elements))
        assert "link" not in {tag for tag, _ in elements.tags}
        assert not re.search(r"url\(|@import", elements.styles)
        policies = [
            str(found["content"])
            for _, found in elements.tags
            if found.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1
        assert "default-src 'none'" in policies[0]
        assert "http" not in policies[0]
        assert html.count("plotly.js v") == 1


@pytest.mark.usefixtures("no_plotly")
def test_names_stay_text(shown: ShownFace) -> None:
    cell = made_up_cell("stargan/narrow") | {"title": EVIL}
    evaluation = cell["evaluation"]
    evaluation["subject"]["title"] = evaluation["data"]["folder"] = EVIL
    evaluation["data"]["citations"] = evaluation["missing"] = [EVIL]
    evaluation["measures"]["accuracy_fer"]["about"] = EVIL
    evaluation["measures"]["accuracy_fer"]["by"]["gender"] = {
        EVIL: {"value": 0.5, "interval": None, "count": 1}
    }
    face = ShownFace(EVIL, EVIL, shown.face, 64, {EVIL: {EVIL: shown.face}})
    harmless = made_up_cell("stargan/narrow")
    read, usual = cell_from_json(cell), cell_from_json(harmless)
    named = ShownFace("x", "y", shown.face, 64, {usual.title: {"z": shown.face}})
    for evil, plain in (
        (
            comparison_page([read], faces=[face], command=EVIL),
            comparison_page([usual], faces=[named], command="x"),
        ),
        (
            evaluation_page(read.evaluation, faces=[face], command=EVIL),
            evaluation_page(usual.evaluation, faces=[named], command="x"),
        ),
    ):
        found, expected = Elements(evil), Elements(plain)
        tags = [tag for tag, _ in found.tags]
        assert tags.count("script") == [tag for tag, _ in expected.tags].count("script") == 4
        assert not any("onerror" in attributes for _, attributes in found.tags)
        assert "{{ 7 * 7 }}" in found.text
        assert "<script>alert(1)" in found.text
        json.loads(found.scripts["page-plots"])


@pytest.mark.usefixtures("no_plotly")
def test_pages_do_with_little() -> None:
    values = made_up_cell("stargan/narrow")
    values["evaluation"] |= {"distances": {}, "confusion": {}, "missing": []}
    for key in ("accuracy_fer", "accuracy_face_api", "identity_distance"):
        del values["evaluation"]["measures"][key]
    cell = cell_from_json(values)
    comparison = Elements(comparison_page([cell]))
    assert "Figure 4" not in comparison.text
    assert "What the recognisers read" not in comparison.text
    assert "trade" not in comparison.stored("page-plots")
    assert "Missing" not in Elements(evaluation_page(cell.evaluation)).text


@pytest.mark.usefixtures("no_plotly")
def test_targets_that_a_row_lacks_leave_a_gap(shown: ShownFace) -> None:
    few = {title: {"sad": made["sad"]} for title, made in shown.outputs.items()}
    few["StarGAN"] = dict(shown.outputs["StarGAN"])
    part = ShownFace("", "happy", shown.face, 66, few)
    elements = Elements(comparison_page(made_up_cells(1), faces=[part]))
    places = [found for _, found in elements.tags if "data-picture" in found]
    figure_4 = 6 * 2 + 9  # an input and sad; StarGAN all
    figure_5 = len(CLASSES) * 2 + 6  # input and StarGAN; the others where sad was asked for
    assert len(places) == figure_4 + figure_5


def test_the_style_cuts_out_the_regions() -> None:
    style = page_module._own("report.css")
    mouth = mouth_box_at(64)
    for part in (
        f"width: calc(128 / {EYE_BOX.width} * 100%); left: calc(-{EYE_BOX.left} / {EYE_BOX.width}",
        f"top: calc(-{EYE_BOX.top} / {EYE_BOX.height} * 100%)",
        f"width: {100 * 128 // mouth.width}%; left: -{100 * mouth.left // mouth.width}%",
        f"top: calc(var(--mouth-top) / -{mouth.height} * 100%)",
    ):
        assert style.count(part) == 1


@pytest.mark.parametrize(
    ("module", "package", "load"),
    [
        ("jinja2", "jinja2", page_module._environment),
        ("plotly.offline", "plotly", page_module._plotly),
    ],
)
def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, package: str, load: Any
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPartError, match=rf"need {package}, .*lgpgan\[report\]"):
        load.__wrapped__()
