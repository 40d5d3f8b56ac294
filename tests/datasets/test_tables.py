"""CSV files; what their columns mean is tested where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.datasets.tables import read_header, read_table
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
    (tmp_path / "latin.csv").write_bytes("path,label\nbjörn.png,sad\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.csv is not text in UTF-8"):
        read_table(tmp_path / "latin.csv")


def test_only_lists_have_a_header(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,label\na.png,sad\n", encoding="utf-8-sig")
    assert read_header(tmp_path / "list.csv") == {"path", "label"}
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0\x00")
    assert read_header(tmp_path / "picture.csv") == frozenset()
    assert read_header(tmp_path / "nowhere.csv") == frozenset()
