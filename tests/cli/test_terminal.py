"""What is printed cannot steer a terminal, whatever a file is called."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

import lgpgan
from lgpgan.cli import terminal
from lgpgan.cli.application import run
from lgpgan.cli.terminal import printable, say, tell, tell_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 128×128 – été 日本\u00a0語", "plain, 128×128 – été 日本\u00a0語"),
        ("a\x1b[31mred\x1b]0;title\x07", r"a\x1b[31mred\x1b]0;title\x07"),
        ("two\nlines\r\tand a tab", r"two\nlines\r\tand a tab"),
        ("gnp.\u202egpj\u2066", r"gnp.\u202egpj\u2066"),
        ("c1 \x9b31m", r"c1 \x9b31m"),
        ("byte \udcff", r"byte \udcff"),
        ("\u2028", r"\u2028"),
    ],
)
def test_signs_that_are_not_seen_become_escapes(text: str, shown: str) -> None:
    """Regression: a photo called so moved the cursor, and turned the line round."""
    assert printable(text) == shown


def test_what_the_terminal_lacks_becomes_an_escape() -> None:
    assert printable("é×", "ascii") == r"\xe9\xd7"


def test_an_error_names_the_file_harmlessly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["edit", str(tmp_path / "a\x1b[2Jb\udcff\n.jpg")]) == 2
    assert capsys.readouterr().err.endswith(
        "a\\x1b[2Jb\\udcff\\n.jpg does not exist; check how it is spelled.\n"
    )
    assert run(["da\x1bnce", "--debug"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_json_has_escapes_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    tell_json({"photo": "a\x1b\udcff\n.jpg", "path": Path("b")})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed) == {"photo": "a\x1b\udcff\n.jpg", "path": "b"}


def test_nobody_who_reads_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        say("a sentence")
    monkeypatch.setattr(sys, "stdout", None)
    tell("a line")
    tell_json({})


def test_commands_print_in_no_other_way() -> None:
    folder = Path(lgpgan.__file__).parent
    sources = [path for path in folder.rglob("*.py") if path != Path(terminal.__file__)]
    assert len(sources) > 100
    for path in sources:
        assert not re.search(r"\bprint\(|std(out|err)\.write", path.read_text()), path
