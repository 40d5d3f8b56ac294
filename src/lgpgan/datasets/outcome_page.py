"""The list of photos that are left out of a set, and a page that shows what became of all.

The page is one file that needs only a browser. It shows the photos of every reason to leave one
out, and the faces of every look that found some, but for the first. Names and labels come from
other people's collections, so every text is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path

from PIL import Image

from lgpgan.datasets.outcome import LOOKS, Outcome
from lgpgan.datasets.tables import write_table
from lgpgan.faces.detection import Look
from lgpgan.files import replacing
from lgpgan.photos.marks import jpeg_marks, mark_of

__all__ = ["PAGE", "write_outcome"]

PAGE = "index.html"
LIST = "left_out.csv"

SHOWN = 100
"""How many photos of a kind the page shows."""
SIDE = 112
"""Longest side of the pictures, in pixels."""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What became of the photos</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 1280px; margin: 2rem auto; padding: 0 1.5rem;
  font: 16px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .15rem .8rem .15rem 0; text-align: right; }
th:first-child { text-align: left; font-weight: 500; }
.photos { display: flex; flex-wrap: wrap; gap: .8rem; }
figure { width: 112px; margin: 0; font-size: .75rem; overflow-wrap: anywhere; }
[hidden] { display: none; }
</style>
</head>
<body>
<h1>What became of the photos</h1>
"""
_SCRIPT = """<script>
"use strict";
const kind = document.getElementById("kind"), text = document.getElementById("text");
function filter() {
  for (const section of document.querySelectorAll("section")) {
    section.hidden = kind.value !== "" && kind.value !== section.dataset.kind;
    for (const photo of section.querySelectorAll("figure")) {
      photo.hidden = !photo.textContent.toLowerCase().includes(text.value.toLowerCase());
    }
  }
}
kind.addEventListener("change", filter);
text.addEventListener("input", filter);
</script>
</body>
</html>
"""


def write_outcome(
    outcome: Outcome, folder: Path, report: Path, thumbnails: Mapping[str, Path]
) -> None:
    """Write the page of a set, and the list of the photos that are left out.

    Args:
        outcome: what became of the photos.
        folder: the set's.
        report: the folder to write to.
        thumbnails: photo to its picture, of those that are left out and could be read.
    """
    rows = ((photo, *asdict(left).values()) for photo, left in outcome.left_out.items())
    write_table(report / LIST, ("photo", "reason", "detail"), rows)
    with replacing(report / PAGE) as unfinished:
        unfinished.write_text("".join(_parts(outcome, folder, thumbnails)), encoding="utf-8")


def _parts(outcome: Outcome, folder: Path, thumbnails: Mapping[str, Path]) -> Iterator[str]:
    kinds = {
        f"left out: {reason}": [
            (photo, f"{photo}: {left.detail}", thumbnails.get(photo))
            for photo, left in outcome.left_out.items()
            if left.reason is reason
        ]
        for reason in outcome.reasons
    } | {
        f"found {LOOKS[look]}": [
            (record.photo, f"{record.photo}: {record.expression}", folder / record.file_name)
            for record in outcome.records
            if record.look == look
        ]
        for look in outcome.looks
        if look is not Look.FIRST
    }
    yield _HEAD
    for sentence in (*outcome.sentences(), *outcome.advice()):
        yield f"<p>{escape(sentence)}.</p>\n"
    yield from _table(outcome)
    if kinds:
        yield '<p><label>Show <select id="kind"><option value="">everything</option>'
        for kind, photos in kinds.items():
            name = escape(kind)
            yield f'<option value="{name}">{name} ({len(photos)})</option>'
        yield '</select></label> <label>whose name or reason holds <input id="text"></label></p>\n'
    for kind, photos in kinds.items():
        shown = photos[:SHOWN]
        some = f", of which {len(shown)} are shown" if len(shown) < len(photos) else ""
        yield f'<section data-kind="{escape(kind)}"><h2>{escape(kind)}</h2>\n'
        yield f'<p>{len(photos)}{some}.</p>\n<div class="photos">\n'
        for photo, caption, picture in shown:
            image = f'<img src="{_data(picture)}" alt="{_text(photo)}">' if picture else ""
            yield f"<figure>{image}<figcaption>{_text(caption)}</figcaption></figure>\n"
        yield "</div></section>\n"
    yield _SCRIPT if kinds else "</body>\n</html>\n"


def _table(outcome: Outcome) -> Iterator[str]:
    """The faces of every class in every split."""
    splits, rows = outcome.counts()
    yield f"<table><tr><th></th>{''.join(f'<th>{escape(split)}</th>' for split in splits)}</tr>\n"
    for name, counts in rows.items():
        cells = "".join(f"<td>{count}</td>" for count in counts)
        yield f"<tr><th>{_text(name)}</th>{cells}</tr>\n"
    yield "</table>\n"


def _text(text: str) -> str:
    """Escaped text; bytes of a file name that are no text are shown as such."""
    return escape(text.encode(errors="backslashreplace").decode())


def _data(path: Path) -> str:
    """A picture, made small, as the page holds it."""
    stream = io.BytesIO()
    with Image.open(path) as image:
        marks = jpeg_marks(mark_of(image))
        image.thumbnail((SIDE, SIDE))
        image.save(stream, "JPEG", quality=85, **marks)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
