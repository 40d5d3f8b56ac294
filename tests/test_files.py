from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.errors import LgpganError
from lgpgan.files import replacing, write_text


def test_a_file_takes_the_old_ones_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_nothing_is_left_of_a_file_that_was_not_finished(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_is_written_with_its_folder(tmp_path: Path) -> None:
    path = write_text(tmp_path / "new" / "file.md", "é\nline\n")
    assert path.read_bytes() == b"\xc3\xa9\nline\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_text_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LgpganError, match=r"file/new\.md cannot be written \(.+\)\."):
        write_text(tmp_path / "file" / "new.md", "text")
