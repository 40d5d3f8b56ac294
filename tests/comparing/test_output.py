"""What a comparison leaves behind: which rows it shows, and which files it writes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import made_up_cell, made_up_cells

from lgpgan.comparing.output import editors_here, statistics_here, write_comparison
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import LgpganError
from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.trials import Trials
from lgpgan.reporting.edits_shown import show_edits
from lgpgan.reporting.faces_shown import ShownFace
from lgpgan.reporting.results import HowMade
from lgpgan.reporting.results_model import cell_from_json, read_cells
from marked import unmarked_pictures
from quick_comparison import IDENTITY, STARGAN, STUDIO_BASELINE, at, complete

pytestmark = pytest.mark.xdist_group("finished cell")  # which is computed once


@pytest.mark.usefixtures("quick")
def test_rows_whose_runs_are_here_are_shown(tiny_set: PreparedSet, begun: Path) -> None:
    told: list[str] = []
    comparison = at(tiny_set, begun, notice=told.append)
    complete(comparison, Evaluator(tiny_set, Judges.load()), [IDENTITY])
    finished = read_cells(comparison.options.finished)
    assert list(editors_here(comparison, [IDENTITY, STARGAN], finished)) == [
        "doing nothing",
        "StarGAN",
    ]
    assert told == []


def test_statistics_of_the_runs_that_are_here(tiny_set: PreparedSet, begun: Path) -> None:
    comparison = at(tiny_set, begun)
    shutil.copytree(begun / "runs" / "stargan-narrow-0", begun / "runs" / "stargan-narrow-1")
    (begun / "runs" / "stargan-narrow-1" / "statistics.jsonl").write_text("{}\n")
    finished = [
        cell_from_json(made_up_cell(*row))
        for row in (("identity",), ("stargan/narrow", 0), ("stargan/narrow", 1))
    ]
    cells = [IDENTITY, STARGAN, replace(STARGAN, seed=1)]
    found = statistics_here(comparison, cells, finished)
    assert list(found) == ["StarGAN"]
    assert found["StarGAN"][-1]["images"] == 24
    assert any("G/cycle" in line for line in found["StarGAN"])


@pytest.mark.usefixtures("quick")
def test_rows_finished_elsewhere_are_named_once(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    told: list[str] = []
    finished = [
        cell_from_json(made_up_cell(*row))
        for row in (("identity",), ("studio",), ("stargan/narrow", 0), ("stargan/narrow", 1))
    ]
    cells = [IDENTITY, STUDIO_BASELINE, STARGAN, replace(STARGAN, seed=1)]
    editors = editors_here(at(tiny_set, tmp_path, notice=told.append), cells, finished)
    assert list(editors) == ["doing nothing"]
    (sentence,) = told
    assert sentence.startswith("Figures 4 and 5 leave out StarGAN; 3-D face: ")


@pytest.fixture
def shown(tiny_set: PreparedSet) -> list[ShownFace]:
    titles = ("LGP-GAN, exact pairs, without flow", "3-D face")
    return show_edits(Trials.of(tiny_set), dict.fromkeys(titles, IdentityBaseline()))


@pytest.mark.usefixtures("quick")
def test_everything_is_written_and_the_same_again(tmp_path: Path, shown: list[ShownFace]) -> None:
    def write() -> dict[str, bytes]:
        made = HowMade("lgpgan compare SET")
        files = write_comparison(tmp_path / "out", made_up_cells(), shown, ["Nobody: Noise"], made)
        return {str(file.relative_to(tmp_path / "out")): file.read_bytes() for file in files}

    first = write()
    rows = ("figure4_lgp-gan-exact-pairs-without-flow", "figure4_3-d-face", "figure5_1")
    assert set(first) == {
        "report.html",
        "results.md",
        "table.tex",
        *(f"figures/{row}{part}{kind}" for row in rows for part in ("", "_regions")
          for kind in (".png", ".pdf")),
    }  # fmt: skip
    on_disk = {str(path.relative_to(tmp_path / "out")) for path in tmp_path.rglob("*.*")}
    assert on_disk == set(first)
    assert b"lgpgan compare SET" in first["results.md"]
    assert b"lgpgan compare SET" in first["report.html"]
    assert first["table.tex"].startswith(b"\\begin{table*}")
    assert unmarked_pictures(tmp_path) == []
    assert first["figures/figure5_1.png"].startswith(b"\x89PNG")
    assert first["figures/figure5_1.pdf"].startswith(b"%PDF")
    assert write() == first


@pytest.mark.usefixtures("quick")
def test_without_faces_there_are_no_figures(tmp_path: Path) -> None:
    files = write_comparison(tmp_path, made_up_cells(1), [], [], HowMade())
    assert [file.name for file in files] == ["report.html", "results.md", "table.tex"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["table.tex", "figures"])
def test_what_cannot_be_written_is_named(tmp_path: Path, shown: list[ShownFace], name: str) -> None:
    (tmp_path / name).mkdir() if "." in name else (tmp_path / name).write_text("in the way")
    with pytest.raises(LgpganError, match=f"{name}.* cannot be written"):
        write_comparison(tmp_path, made_up_cells(1), shown, [], HowMade())
