"""Sets of new faces from end to end: the same however they are made, or not made at all."""

from __future__ import annotations

import csv
import errno
import json
import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from conftest import UNJUDGED
from interruptions import contents
from lgpgan.augmentation import augment as augment_module
from lgpgan.augmentation import making
from lgpgan.augmentation.augment import AugmentationReport, augment_set
from lgpgan.augmentation.data import open_data
from lgpgan.augmentation.gates import Candidates, Gate, Gates
from lgpgan.augmentation.methods import TrainedMethod
from lgpgan.augmentation.options import AugmentationOptions, GateLimits
from lgpgan.datasets.building import Worker
from lgpgan.datasets.faces import mouth_tops, to_pixels, to_signed
from lgpgan.datasets.inspection import inspect_set
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.expression import label_vector
from lgpgan.files import locked
from lgpgan.methods.weights import load_method
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work
from marked import unmarked_pictures

Make = Callable[..., AugmentationReport]


@pytest.fixture
def make(people: PreparedSet, small_weights: Path, tmp_path: Path) -> Make:
    """Makes a set in a folder of this name."""

    def make(name: str = "made", *, processes: int = 1, **values: Any) -> AugmentationReport:
        limits = GateLimits(left_out=values.pop("left_out", UNJUDGED), change=0.0)
        options = AugmentationOptions(
            **{"per_class": 3, "classes": ["happy", "sad"], "limits": limits} | values
        )
        folder = tmp_path / name
        prepared = open_data(people.folder, folder)
        method = TrainedMethod(small_weights)
        return augment_set(prepared, folder, method, options, processes=processes)

    return make


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BLOCK", 2)


class Picky(Gate):
    """Rejects the first so many faces that it is shown."""

    def __init__(self, rejecting: int) -> None:
        self.left = rejecting

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        verdicts = np.arange(len(candidates)) >= self.left
        self.left = max(0, self.left - len(candidates))
        return verdicts


def test_is_a_prepared_set_of_what_was_asked_for(make: Make, tmp_path: Path) -> None:
    report = make()
    loaded = PreparedSet.load(tmp_path / "made")
    inspection = inspect_set(loaded)
    assert inspection.counts == {"happy": {"train": 3}, "sad": {"train": 3}}
    assert loaded.records == report.prepared.records
    assert report.rejected == {"happy": {}, "sad": {}}
    assert report.short == {}
    for record in loaded.records:
        assert record.person in ("ann", "ben")
        assert record.source == "Nobody: made-up faces"
        assert record.photographed == "neutral"
        assert record.action_units is None
        assert 0.5 <= record.intensity <= 1.2
    assert {r.licence for r in loaded.records if r.person == "ann"} == {"CC0"}


def test_faces_are_the_generators_output(
    make: Make, people: PreparedSet, small_weights: Path, tmp_path: Path
) -> None:
    generator = load_method(small_weights).generator
    for record in make(per_class=1).prepared.records:
        with Image.open(people.folder / record.photo) as picture:
            source = np.array(picture)
        (original,) = (face for face in people.records if face.file_name == record.photo)
        top = mouth_tops(torch.tensor(original.landmarks[48:, 1].mean())[None])
        label = torch.from_numpy(label_vector(record.expression, record.intensity))[None]
        with torch.inference_mode():
            wanted = to_pixels(generator(to_signed(source[None]), label, top).output)[0]
        with Image.open(tmp_path / "made" / record.file_name) as picture:
            # A batch is rounded otherwise than one face alone.
            np.testing.assert_allclose(np.asarray(picture, float), wanted, atol=1)
            assert "synthetic" in picture.text["Description"]  # type: ignore[attr-defined]
    assert unmarked_pictures(tmp_path / "made") == []  # the sheet once was


@pytest.mark.usefixtures("small_blocks")
def test_is_the_same_from_several_processes(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block by a worker of its own, which came there as to another process, in any order."""
    make("one", mixtures=0.5)

    def scattered(
        jobs: Sequence[tuple[str, Any]], start: Callable[[], Worker], processes: int, engine: Engine
    ) -> Iterator[None]:
        assert (processes, engine) == (4, work)
        for name, block in reversed(jobs):
            pickle.loads(pickle.dumps(start))().process(name, block)
            yield

    monkeypatch.setattr(augment_module, "work_through", scattered)
    make("two", mixtures=0.5, processes=4)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert len(list((tmp_path / "two/.done").iterdir())) == 4


def test_another_seed_gives_other_faces(make: Make, tmp_path: Path) -> None:
    make("one")
    make("two", seed=1)
    one, two = (contents(tmp_path / name) for name in ("one", "two"))
    assert one["train/happy/happy-000000.png"] != two["train/happy/happy-000000.png"]


@pytest.mark.usefixtures("small_blocks")
def test_goes_on_where_it_was(make: Make, tmp_path: Path) -> None:
    make("whole")
    make("stopped")
    stopped = tmp_path / "stopped"
    for name in ("dataset.json", "metadata.jsonl", "README.md", ".done/happy-000002.json"):
        (stopped / name).unlink()
    (stopped / "train/happy/happy-000002.png").unlink()
    kept = stopped / "train/happy/happy-000000.png"
    before = kept.stat().st_mtime_ns
    make("stopped")
    assert contents(stopped) == contents(tmp_path / "whole")
    assert kept.stat().st_mtime_ns == before


def test_a_second_run_in_the_same_folder_is_refused(make: Make, tmp_path: Path) -> None:
    with locked(tmp_path / "made"), pytest.raises(InputError, match="another run is writing to"):
        make()
    assert list((tmp_path / "made").iterdir()) == []


def test_is_not_mixed_with_another_set(make: Make) -> None:
    make()
    with pytest.raises(InputError, match="begun with other options"):
        make(seed=1)


def test_rejected_faces_are_drawn_anew(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three happy faces two are rejected at first; the sad ones all pass."""
    monkeypatch.setattr(Gates, "load", lambda limits: Gates({"ugly": Picky(2)}))
    report = make()
    assert report.rejected == {"happy": {"ugly": 2}, "sad": {}}
    assert report.short == {}
    with (tmp_path / "made/report/rejected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["class"], row["number"], row["reason"]) for row in rows] == [
        ("happy", "0", "ugly"),
        ("happy", "1", "ugly"),
    ]
    described = report.prepared.description["augmentation"]
    assert (described["drawn"], described["kept"]) == (8, 6)
    counts = described["groups"]["gender"]
    assert sum(group["rejected"] for group in counts.values()) == 2


def test_faces_that_never_pass_are_missing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five verdicts against: three, then two of three."""
    monkeypatch.setattr(Gates, "load", lambda limits: Gates({"ugly": Picky(5)}))
    report = make(attempts=2)
    assert report.rejected["happy"] == {"ugly": 5}
    assert report.short == {"happy": 2}
    assert len(report.prepared.records) == 4


def test_a_class_of_which_nothing_passes(make: Make, tmp_path: Path) -> None:
    """Random weights make no faces: the detector finds none in made-up ones."""
    with pytest.raises(InputError, match=r"no face of 'sad' passed the gates \(2 no face\)"):
        make(left_out=["other person", "not read"], attempts=2, per_class=1, classes=["sad"])
    assert not (tmp_path / "made/dataset.json").exists()


def test_a_set_that_changes_while_it_is_read(
    people: PreparedSet, small_weights: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    prepared = open_data(people.folder, folder)
    for record in people.split("train"):
        path = people.folder / record.file_name
        Image.fromarray(np.zeros((128, 128, 3), np.uint8)).save(path)
    # Whoever prepares the set again also writes its checksums again.
    (people.folder / "SHA256SUMS").write_text("")
    options = AugmentationOptions(per_class=1, limits=GateLimits(left_out=UNJUDGED))
    with pytest.raises(InputError, match="was changed since the set was made"):
        augment_set(prepared, folder, TrainedMethod(small_weights), options)
    assert not (folder / "dataset.json").exists()
    assert not list(folder.rglob("*.png"))


def test_what_nobody_foresaw_is_named_and_tried_again(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it ended the work on all other faces."""
    attempt = making.Augmenter._attempt

    def fail(self: making.Augmenter, wanted: str, *more: Any) -> Any:
        if wanted == "happy":
            raise ZeroDivisionError("oh")
        return attempt(self, wanted, *more)

    with monkeypatch.context() as broken:
        broken.setattr(making.Augmenter, "_attempt", fail)
        with pytest.raises(LgpganError, match=r"3 faces could not be made.*'happy'.*oh"):
            make()
    assert len(list((tmp_path / "made/train").rglob("*.png"))) == 3
    assert len(make().prepared.records) == 6


def test_a_full_disk(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def refuse(path: Path, content: Any) -> int:
        write(path, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", refuse)
        with pytest.raises(
            LgpganError, match=r"made cannot be written \(No space left .*make room"
        ):
            make()
    assert not list((tmp_path / "made/train").rglob("*.*"))
    assert len(make().prepared.records) == 6


def test_a_set_with_nobody_to_learn_from(people: PreparedSet, tmp_path: Path) -> None:
    copy = tmp_path / "kept-out"
    shutil.copytree(people.folder, copy)
    (copy / "SHA256SUMS").unlink()
    lines = [json.loads(line) for line in (copy / "metadata.jsonl").read_text().splitlines()]
    tested = [json.dumps(line | {"split": "test"}) for line in lines]
    (copy / "metadata.jsonl").write_text("\n".join(tested) + "\n")
    with pytest.raises(InputError, match="no face in its split 'train'"):
        open_data(copy, tmp_path / "made")


def test_a_destination_inside_of_the_set(people: PreparedSet) -> None:
    with pytest.raises(InputError, match="name a folder outside of it"):
        open_data(people.folder, people.folder / "more")


def test_an_unlabelled_folder(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="put the photos into one folder a class"):
        open_data(portraits[0].parent, tmp_path / "made")


def test_a_class_without_photos(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("happy", "neutral"):
        (tmp_path / "faces" / name).mkdir(parents=True)
    shutil.copy(portraits[0], tmp_path / "faces/neutral/first.png")
    with pytest.raises(InputError, match="the class 'happy' has no images"):
        open_data(tmp_path / "faces", tmp_path / "made")


def test_a_folder_of_photos_is_prepared_first(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing is said of who they are: they are all for training all the same."""
    for name, portrait in zip(("happy", "neutral"), portraits, strict=True):
        (tmp_path / "faces" / name).mkdir(parents=True)
        shutil.copy(portrait, tmp_path / "faces" / name)
    prepared = open_data(tmp_path / "faces", tmp_path / "made")
    assert prepared.folder == tmp_path / "made-faces"
    assert sorted(record.expression for record in prepared.records) == ["happy", "neutral"]
    assert not (tmp_path / "made").exists()
