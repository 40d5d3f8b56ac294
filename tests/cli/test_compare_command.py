"""``lgpgan compare`` from end to end, on a tiny set with simple judges."""

from __future__ import annotations

import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_run import write_tiny_set

from lgpgan.cli.application import run
from lgpgan.comparing import cells as cells_module
from lgpgan.comparing.rows import TABLE_IV
from lgpgan.datasets.prepared import CORRESPONDENCE
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.methods.weights import load_method
from lgpgan.training.observer import Observer, TrainingProgress
from lgpgan.training.run import train
from quick_comparison import BUDGET, use_light_output, use_quick_judges, use_tiny_networks

pytestmark = pytest.mark.xdist_group("comparison")  # one for most tests

TFLOP = f"{BUDGET / 1e12:g}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio set. Do not change it."""
    return write_tiny_set(tmp_path_factory.mktemp("tiny") / "set").folder


def make_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_judges(monkeypatch)
    use_tiny_networks(monkeypatch)
    use_light_output(monkeypatch)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)


@pytest.fixture
def labelled(data: Path, tmp_path: Path) -> Path:
    """The set without what makes pairs of it."""
    folder = shutil.copytree(data, tmp_path / "labelled")
    shutil.rmtree(folder / CORRESPONDENCE)
    return folder


@dataclass(frozen=True)
class Compared:
    """A comparison of doing nothing and StarGAN.

    Attributes:
        command: what was run.
        out: its folder. Do not change it.
        printed: what it printed.
        told: what it told meanwhile.
    """

    command: list[str]
    out: Path
    printed: str
    told: str


@pytest.fixture(scope="module")
def compared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """The same for all tests that do not care how it comes about."""
    folder = tmp_path_factory.mktemp("compared")
    out, files = folder / "out", [folder / name for name in ("printed", "told")]
    command = ["compare", str(data), "--out", str(out), "--methods", "identity", "stargan"]
    command += ["--budget", TFLOP]
    with (
        pytest.MonkeyPatch.context() as patched,
        files[0].open("w", encoding="utf-8") as printed,
        files[1].open("w", encoding="utf-8") as told,
        redirect_stdout(printed),
        redirect_stderr(told),
    ):
        make_quick(patched)
        assert run(command) == 0
    return Compared(command, out, *(file.read_text(encoding="utf-8") for file in files))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_comparison_and_the_same_again(
    compared: Compared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, printed = compared.out, compared.printed
    assert "| StarGAN |" in printed
    assert "| doing nothing |" in printed
    assert printed.endswith(f"{out}/report.html\n{out}/results.md\n{out}/table.tex\n")
    assert "0 of 2 cells are finished." in compared.told
    assert "stargan-narrow-0 …" in compared.told
    assert {path.name for path in out.iterdir()} == {
        *("cells", "figures", "runs", "report.html", "results.md", "table.tex")
    }
    assert f"lgpgan {' '.join(compared.command)} --seeds 1" in (out / "results.md").read_text()
    before = everything(out)

    def unexpected(*arguments: Any, **options: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(cells_module, "train", unexpected)
    monkeypatch.setattr(Evaluator, "__init__", unexpected)
    assert run(compared.command) == 0
    assert capsys.readouterr().err == "2 of 2 cells are finished.\n"
    assert everything(out) == before


def test_a_dry_run_writes_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["compare", str(data), "--out", str(out), "--ablation", "--budget", TFLOP, "--seeds"]
    assert run([*command, "2", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "0 of 10 cells are finished."
    assert lines[1].startswith("  lgp-gan-studio-0: 32 images of ")
    assert lines[-2].startswith("  lgp-gan-studio-without-pairs-1: 32 images of ")
    assert not out.exists()


def test_the_usual_rows_are_those_that_the_set_suits(
    labelled: Path,
    tmp_path: Path,
    small_head_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["compare", str(labelled), "--out", str(tmp_path / "out"), "--dry-run"]
    assert run([*command, "--face-model", str(small_head_file)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == f"0 of {len(TABLE_IV) - 1} cells are finished."
    assert printed.err.startswith("note: the row 'lgp-gan/studio' learns from exact pairs")


def test_a_usual_row_without_the_3d_face_is_left_out_with_a_note(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole comparison was refused."""
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    assert run(["compare", str(data), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == f"0 of {len(TABLE_IV) - 1} cells are finished."
    assert printed.err.startswith("note: the row 'studio' is left out: ")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--methods", "stargan", "lgp-gan/studio"], 2, "'lgp-gan/studio' learns from exact pairs"),
        (["--methods", "stargan", "nonsense"], 2, "there is no row 'nonsense'"),
        (["--methods", "stargan", "studio"], 1, "the row 'studio' cannot be computed"),
        (["--methods", "stargan", "--ablation"], 2, "in place of --methods"),
        (["--methods", "identity", "--seeds", "0"], 2, "at least one seed"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    labelled: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    out = tmp_path / "out"
    assert run(["compare", str(labelled), "--out", str(out), *arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (out / "runs").exists()


def test_stopped_it_says_how_to_go_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any) -> Path:
        *others, observer = arguments

        def stop(state: TrainingProgress) -> None:
            observer.progress(state)
            if state.images == 16:
                raise KeyboardInterrupt

        return train(*others, Observer(progress=stop))

    out = tmp_path / "out"
    command = ["compare", str(data), "--out", str(out), "--methods", "stargan", "--budget", TFLOP]
    with monkeypatch.context() as patch:
        patch.setattr(cells_module, "train", stopped)
        assert run(command) == 130
    told = capsys.readouterr().err
    weights = out / "runs" / "stargan-narrow-0" / "weights.safetensors"
    assert load_method(weights).info.images == 16
    *_, sentence, last = told.splitlines()
    assert last == "lgpgan: interrupted."
    assert sentence.startswith("stopped; finished cells and saved runs are kept. To go on: lgpgan ")
    again = sentence.partition("To go on: lgpgan ")[2].split()
    assert run(again) == 0
    assert load_method(weights).info.images == 24


class TestAsPublished:
    def test_weights_of_fid_are_missed_first(
        self,
        data: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        command = ["compare", str(data), "--out", str(tmp_path / "out"), "--as-published"]
        assert run(command) == 1
        assert "needs FID and inception score" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

    def test_every_method_at_its_own_length(
        self, labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["compare", str(labelled), "--out", str(tmp_path / "out"), "--as-published"]
        assert run([*command, "--without-fid", "--dry-run"]) == 0
        told = capsys.readouterr().out.splitlines()
        assert [line.rpartition(" of ")[0].strip() for line in told[2:6]] == [
            "stargan-paper-0: 3,200,000 images",
            "attgan-paper-0: 36,400,000 images",
            "ganimation-paper-0: 6,000,000 images",
            "lgp-gan-paper-0: 3,200,000 images",
        ]

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (["--budget", "3"], "have their own lengths"),
            (["--ablation"], "stand in place of --methods"),
            (["--methods", "identity"], "stand in place of --methods"),
            (["--processes", "0"], "--processes"),
            (["--accumulate", "0"], "in one part at least, not 0"),
        ],
    )
    def test_what_does_not_go_with_it(
        self,
        data: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        more: list[str],
        told: str,
    ) -> None:
        command = ["compare", str(data), "--out", str(tmp_path / "out"), "--as-published"]
        assert run([*command, "--without-fid", *more]) == 2
        assert told in capsys.readouterr().err


def test_a_finished_run_is_taken_in(data: Path, compared: Compared, tmp_path: Path) -> None:
    trained = compared.out / "runs" / "stargan-narrow-0"
    command = ["compare", str(data), "--out", str(tmp_path), "--runs", str(trained)]
    assert run([*command, "--without-fid"]) == 0
    assert not (tmp_path / "runs").exists()
    results = (tmp_path / "results.md").read_text()
    assert "| StarGAN |" in results
    assert f"--runs {trained}" in results
    assert "--budget" not in results  # nothing was trained within one
