from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lgpgan import files
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import (
    before_reading,
    cache_folder,
    digest_of_file,
    is_unfinished,
    locked,
    memory_file,
    path_of,
    regular_file,
    replacing,
    same_file,
    write_bytes,
    write_text,
)


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


@pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")
class TestUnfinishedFiles:
    def test_no_link_is_followed(self, tmp_path: Path) -> None:
        """A link under the unfinished file's name, which could be guessed, lost its target."""
        target = tmp_path / "private"
        target.write_text("mine")
        (tmp_path / ".file.part").symlink_to(target)
        write_bytes(tmp_path / "file", b"new")
        assert target.read_text() == "mine"

    def test_names_differ_every_time(self, tmp_path: Path) -> None:
        names = []
        for _ in range(3):
            with replacing(tmp_path / "file") as unfinished:
                names.append(unfinished.name)
                assert is_unfinished(unfinished)
        assert len(set(names)) == 3

    def test_a_name_that_is_taken_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files.secrets, "token_hex", lambda _: "known")
        (tmp_path / ".lgpgan-known.part").symlink_to(tmp_path / "private")
        with pytest.raises(FileExistsError):
            write_bytes(tmp_path / "file", b"new")
        assert not (tmp_path / "private").exists()
        assert (tmp_path / ".lgpgan-known.part").is_symlink()

    def test_a_file_that_was_replaced_meanwhile_is_not_taken(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("old")
        (tmp_path / "other").write_text("another's")
        with (
            pytest.raises(LgpganError, match="another program has replaced"),
            replacing(tmp_path / "file") as unfinished,
        ):
            (tmp_path / "other").replace(unfinished)
        with (
            pytest.raises(LgpganError, match="another program has replaced"),
            replacing(tmp_path / "file") as unfinished,
        ):
            unfinished.unlink()
        assert (tmp_path / "file").read_text() == "old"
        assert list(tmp_path.iterdir()) == [tmp_path / "file"]

    def test_long_names_are_written(self, tmp_path: Path) -> None:
        """The unfinished file's name was six letters longer, and 255 are the most."""
        path = tmp_path / ("x" * 255)
        assert write_bytes(path, b"new").read_bytes() == b"new"

    def test_files_get_ordinary_permissions(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            path = write_bytes(tmp_path / "file", b"")
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_of_two_runs_the_last_whole_file_stays(self, tmp_path: Path) -> None:
        """They shared the unfinished file: once in twenty times what stayed was of both."""
        path = tmp_path / "file"
        contents = [bytes([letter]) * 300_000 for letter in b"ab"]
        failures: list[BaseException] = []

        def write(content: bytes) -> None:
            try:
                for _ in range(10):
                    write_bytes(path, content, flush=False)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(content,)) for content in contents]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert not path.exists() or path.read_bytes() in contents
        for thread in threads:
            thread.join()
        assert not failures
        assert path.read_bytes() in contents
        assert list(tmp_path.iterdir()) == [path]

    def test_what_a_killed_run_left_is_removed(self, tmp_path: Path) -> None:
        stale, held = (tmp_path / f".lgpgan-{name}.part" for name in ("a", "b"))
        others = [tmp_path / ".lgpgan-done.jsonl", tmp_path / ".other.part"]
        (tmp_path / "target").write_text("mine")
        link = tmp_path / ".lgpgan-link.part"
        link.symlink_to(tmp_path / "target")
        for path in (stale, held, *others):
            path.touch()
        with held.open("rb") as handle:
            files.fcntl.flock(handle, files.fcntl.LOCK_EX)
            write_bytes(tmp_path / "file", b"new")
        assert not stale.exists()
        kept = [held, *others, link, tmp_path / "target"]
        assert all(os.path.lexists(path) for path in kept)

    def test_a_file_that_is_taken_for_stale_is_made_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another process may come between the file's making and its lock."""
        lock, calls = files.fcntl.flock, []

        def removed_before(handle: int, how: int) -> None:
            calls.append(handle)
            if len(calls) == 1:
                (unfinished,) = tmp_path.iterdir()
                unfinished.unlink()
            lock(handle, how)

        monkeypatch.setattr(files.fcntl, "flock", removed_before)
        assert write_bytes(tmp_path / "file", b"new").read_bytes() == b"new"
        assert len(calls) == 2
        assert list(tmp_path.iterdir()) == [tmp_path / "file"]


class TestRegularFiles:
    def test_what_would_hang_or_never_end_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(InputError, match="is not a regular file; name one"):
                regular_file(path)
        with pytest.raises(InputError, match="is a folder; name a file in it"):
            regular_file(tmp_path)
        with pytest.raises(FileNotFoundError):
            regular_file(tmp_path / "missing")

    def test_links_to_files_are_files(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "link").symlink_to("file")
        assert regular_file(tmp_path / "link") == tmp_path / "link"


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


def test_of_a_file_that_changed_nobody_knows_what_was_read(tmp_path: Path) -> None:
    """Regression: what was made of another file counted as made of the one that came back."""
    file, kept = tmp_path / "file", tmp_path / "kept"
    file.write_text("first")
    before = before_reading(file)
    assert before.digest == digest_of_file(file)
    assert before.digest_of_what_was_read() == before.digest
    file.rename(kept)
    file.write_text("other")
    assert before.digest_of_what_was_read() == ""
    assert before_reading(tmp_path / "none").digest_of_what_was_read() == ""


def test_a_cache_folder_that_nobody_can_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: "this should not have happened (RuntimeError: ... home directory)"."""
    monkeypatch.setenv("LGPGAN_CACHE", "~nosuchuser/x")
    with pytest.raises(InputError, match="set LGPGAN_CACHE to a folder by its whole path"):
        cache_folder()


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_file_for_what_only_writes_to_files(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the system has no files in memory; nothing is left of it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.delattr("os.memfd_create", raising=False)
    elif not hasattr(os, "memfd_create"):
        pytest.skip("this system has no files in memory")
    with memory_file() as path:
        path.write_bytes(b"first")
        with path.open("ab") as file:
            file.write(b", second")
        assert path.read_bytes() == b"first, second"
        assert bool(list(tmp_path.iterdir())) != in_memory
    assert not list(tmp_path.iterdir())
