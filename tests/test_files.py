from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from lgpgan.errors import InputError, LgpganError
from lgpgan.files import locked, path_of, replacing, same_file, write_text


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


def test_text_is_written_into_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "text.md"
    assert write_text(path, "größer\n") == path
    assert path.read_bytes() == "größer\n".encode()


def test_text_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LgpganError, match=r"text\.md cannot be written \("):
        write_text(tmp_path / "file" / "text.md", "text")


HOLDING = """
import sys, time
from pathlib import Path
from lgpgan.files import locked

with locked(Path(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(600)
"""


class TestLocking:
    def test_a_folder_is_made_and_held_by_one_run_at_a_time(self, tmp_path: Path) -> None:
        folder = tmp_path / "new" / "run"
        with locked(folder):
            with pytest.raises(InputError, match=rf"another run is writing to {folder}; wait"):
                locked(folder).__enter__()
            with locked(folder.parent):
                pass
        with locked(folder):
            assert list(folder.iterdir()) == []

    def test_an_error_lets_go(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt), locked(tmp_path):
            raise KeyboardInterrupt
        with locked(tmp_path):
            pass

    def test_a_killed_run_lets_go(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "holding\n"
            with pytest.raises(InputError, match="another run"):
                locked(tmp_path).__enter__()
            process.kill()
        with locked(tmp_path):
            assert list(tmp_path.iterdir()) == []

    def test_where_locks_are_not_known_there_are_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("fcntl.flock", unknown)
        with locked(tmp_path), locked(tmp_path):
            pass

    def test_a_place_that_cannot_be_a_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match=r"file cannot be written to \("):
            locked(tmp_path / "file").__enter__()


class TestPaths:
    def test_what_is_named_is_a_path(self) -> None:
        assert path_of("a/b.jpg") == Path("a/b.jpg")
        assert path_of("x" * 255) == Path("x" * 255)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "is empty"),
            ("a\0b", "NUL"),
            ("x" * 256, "too long"),
            ("é" * 128, "too long"),
            ("x/" * 2100, "too long"),
        ],
    )
    def test_what_no_file_can_be_called_is_refused(self, text: str, said: str) -> None:
        """Regression: an empty one stood for the current folder, all of which was edited."""
        with pytest.raises(InputError, match=said):
            path_of(text)

    def test_one_file_under_two_names(self, tmp_path: Path) -> None:
        file, link = tmp_path / "file", tmp_path / "link"
        file.write_text("x")
        link.symlink_to(file)
        assert same_file(file, link)
        assert same_file(tmp_path / "new", tmp_path / "." / "new")
        assert not same_file(file, tmp_path / "new")
