"""CSV files; what their columns mean is tested where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.datasets.tables import read_header, read_table, write_table
from lgpgan.errors import InputError


def test_rows_go_by_the_header(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('path, label\n"a, b.png",häppy\nc.png\n', encoding="utf-8-sig")
    assert read_table(file) == [
        {"path": "a, b.png", "label": "häppy"},
        {"path": "c.png", "label": None},
    ]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv cannot be read: No such file"):
        read_table(tmp_path / "nowhere.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\0\0\0")
    with pytest.raises(InputError, match=r"picture\.csv is not text; save it as"):
        read_table(tmp_path / "picture.csv")
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n[2]\n')
    with pytest.raises(InputError, match=r"rows\.jsonl, line 2 is no JSON object"):
        read_table(tmp_path / "rows.jsonl")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_lists_of_any_encoding_and_delimiter_are_read(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    """Regression: only commas and UTF-8 were."""
    file = tmp_path / "list.csv"
    rows = [("path", "label", "note"), ("björn.png", "sad", "a, b"), ("ann.png", "happy", "")]
    file.write_text("\n".join(map(f"{delimiter}".join, _quoted(rows))) + "\n", encoding=encoding)
    assert read_header(file) == {"path", "label", "note"}
    assert read_table(file)[0] == {"path": "björn.png", "label": "sad", "note": "a, b"}


def _quoted(rows: list[tuple[str, ...]]) -> list[list[str]]:
    return [[f'"{cell}"' for cell in row] for row in rows]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """Regression: a class called =1+1 went into a CSV file as a formula for spreadsheets."""
    write_table(
        tmp_path / "out.csv", ("a", "b"), [("=1+1", -2.5), ("@x", "-3"), ("-x", None), ("ok", 1)]
    )
    assert read_table(tmp_path / "out.csv") == [
        {"a": "'=1+1", "b": "-2.5"},
        {"a": "'@x", "b": "-3"},
        {"a": "'-x", "b": ""},
        {"a": "ok", "b": "1"},
    ]


def test_only_lists_have_a_header(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,label\na.png,sad\n", encoding="utf-8-sig")
    assert read_header(tmp_path / "list.csv") == {"path", "label"}
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0\x00")
    assert read_header(tmp_path / "picture.csv") == frozenset()
    assert read_header(tmp_path / "nowhere.csv") == frozenset()
