"""Sets built from photos: labelled, the same whatever the workers, and resumable after a kill."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.action_units import ACTION_UNITS, action_units
from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.face3d.correspondence import Correspondence
from lgpgan.faces.alignment import eye_centres
from lgpgan.files import locked
from lgpgan.studio.builder import BuildReport, Studio, StudioOptions, build_studio_set
from lgpgan.studio.photos import PhotoEntry
from lgpgan.studio.variation import Variation
from marked import unmarked_pictures

ONE_TAKE = StudioOptions(takes=1, seed=7)

Build = Callable[..., BuildReport]


@pytest.fixture
def entries(portraits: tuple[Path, Path]) -> list[PhotoEntry]:
    first, second = portraits
    return [
        PhotoEntry(
            path=first,
            person="ann",
            split="train",
            source="NASA",
            licence="public domain",
            age=41.0,
            gender="female",
        ),
        PhotoEntry(path=second, person="bo/2", split="test"),
    ]


@pytest.fixture
def build(tmp_path: Path, small_head_file: Path, entries: list[PhotoEntry]) -> Build:
    """Build into a folder of this name."""

    def call(
        name: str = "set",
        photos: Sequence[PhotoEntry] = entries,
        options: StudioOptions = ONE_TAKE,
        **more: object,
    ) -> BuildReport:
        more = {"processes": 1} | more
        return build_studio_set(photos, tmp_path / name, small_head_file, options, **more)

    return call


@pytest.fixture(scope="module")
def plain(portraits: tuple[Path, Path]) -> list[PhotoEntry]:
    """The photos of ``entries`` without what is known of them."""
    first, second = portraits
    return [PhotoEntry(first, "ann", split="train"), PhotoEntry(second, "bo/2", split="test")]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, small_head_file: Path, plain: list[PhotoEntry]
) -> BuildReport:
    """The set of ``plain``, built without interruption. Do not change it."""
    folder = tmp_path_factory.mktemp("whole") / "set"
    return build_studio_set(plain, folder, small_head_file, ONE_TAKE, processes=1)


@pytest.fixture(scope="module")
def first_alone(
    tmp_path_factory: pytest.TempPathFactory, small_head_file: Path, plain: list[PhotoEntry]
) -> BuildReport:
    """The set of the first of them. Do not change it."""
    folder = tmp_path_factory.mktemp("first") / "set"
    return build_studio_set(plain[:1], folder, small_head_file, ONE_TAKE, processes=1)


@pytest.fixture
def built(whole: BuildReport, tmp_path: Path) -> Path:
    """The set of ``plain`` where ``build`` builds."""
    return shutil.copytree(whole.prepared.folder, tmp_path / "set")


@pytest.fixture
def begun(first_alone: BuildReport, tmp_path: Path) -> Path:
    """The set of the first of them there."""
    return shutil.copytree(first_alone.prepared.folder, tmp_path / "set")


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_every_photo_becomes_eight_labelled_faces(build: Build, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = build(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert report.images == 16
    assert report.skipped == {}
    read = PreparedSet.load(tmp_path / "set")
    assert read.content_hash == report.prepared.content_hash
    assert len(read.split("train")) == len(read.split("test")) == 8
    for record in read.records:
        assert record.file_name == f"{record.split}/{record.expression}/{record.photo}.png"
        with Image.open(read.folder / record.file_name) as picture:
            assert (picture.size, picture.mode) == ((128, 128), "RGB")
        assert record.intensity == 1
        assert record.photographed is Expression.NEUTRAL
        wanted = action_units(RECIPES[record.expression])
        assert record.action_units == {unit: round(value, 4) for unit, value in wanted.items()}
        right, left = eye_centres(record.landmarks)
        np.testing.assert_allclose((right, left), [(45, 42), (83, 42)], atol=2.5)
    ann = next(record for record in read.records if record.split == "train")
    assert (ann.person, ann.photo, ann.source) == ("ann", "ann_0", "NASA")
    assert (ann.licence, ann.age, ann.gender, ann.ethnicity) == (
        "public domain",
        41,
        "female",
        None,
    )
    bo = read.split("test")[0]
    assert (bo.person, bo.photo) == ("bo/2", "bo_2_0")
    assert read.description["citations"] == ["NASA"]
    assert read.description["counts"]["train"] == dict.fromkeys(map(str, Expression), 1)
    assert read.description["studio"]["takes"] == 1


def test_every_face_says_that_it_is_synthetic(whole: BuildReport) -> None:
    assert unmarked_pictures(whole.prepared.folder) == []


def test_landmarks_move_as_the_expression_says(whole: BuildReport) -> None:
    points = {record.expression: record.landmarks for record in whole.prepared.split("train")}
    neutral = points[Expression.NEUTRAL]
    corners, brows, chin = [48, 54], slice(19, 25), 8
    assert (points[Expression.HAPPY][corners, 1] < neutral[corners, 1] - 1).all()
    assert (points[Expression.SAD][corners, 1] > neutral[corners, 1] + 0.5).all()
    assert points[Expression.ANGRY][brows, 1].mean() > neutral[brows, 1].mean() + 1
    assert points[Expression.SURPRISED][brows, 1].mean() < neutral[brows, 1].mean() - 1
    assert points[Expression.SURPRISED][chin, 1] > neutral[chin, 1] + 2
    contempt = points[Expression.CONTEMPTUOUS] - neutral
    assert np.linalg.norm(contempt[54]) > 4 * np.linalg.norm(contempt[48])


def test_take_zero_of_a_neutral_photo_is_the_photo(
    whole: BuildReport, small_head_file: Path, portraits: tuple[Path, Path]
) -> None:
    """The first neutral face is what the camera saw, down to the averaging of 2 × 2 pixels."""
    (record,) = [r for r in whole.prepared.split("train") if r.expression == "neutral"]
    fitted = Studio(small_head_file, whole.prepared.folder, ONE_TAKE).fit_photo(portraits[0])
    wanted = cv2.resize(fitted.picture, (128, 128), interpolation=cv2.INTER_AREA)
    found = pixels_of(whole.prepared.folder / record.file_name)
    np.testing.assert_array_equal(found, wanted)


def test_the_flow_between_the_faces_is_there(whole: BuildReport) -> None:
    for photo in ("ann_0", "bo_2_0"):
        pair = Correspondence.load(whole.prepared.folder / "correspondence" / f"{photo}.npz")
        assert pair.triangle.shape == (8, 128, 128)
        flow, visible = pair.flow(Expression.NEUTRAL.position, Expression.SURPRISED.position)
        assert np.linalg.norm(flow, axis=-1).max() > 3
        assert 0.9 < visible.mean() < 1


def test_further_takes_vary_and_are_labelled(build: Build, entries: list[PhotoEntry]) -> None:
    options = StudioOptions(takes=2, seed=1, variation=Variation(identity=0.5))
    report = build(photos=entries[:1], options=options)
    takes = [
        {r.expression: r for r in report.prepared.records if r.photo == f"ann_{number}"}
        for number in (0, 1)
    ]
    assert [len(take) for take in takes] == [8, 8]
    happy = takes[1][Expression.HAPPY]
    assert 0.05 <= happy.intensity <= 1.3
    assert happy.intensity != 1
    assert happy.action_units[12] == pytest.approx(0.85 * happy.intensity, rel=0.5)
    shift = takes[1][Expression.NEUTRAL].landmarks - takes[0][Expression.NEUTRAL].landmarks
    assert np.abs(shift).max() > 0.5  # another face shape
    other_seed = build("other", entries[:1], dataclasses.replace(options, seed=2))
    again = {r.expression: r for r in other_seed.prepared.records if r.photo == "ann_1"}
    assert again[Expression.HAPPY].intensity != happy.intensity


def test_further_takes_hold_blends(build: Build, entries: list[PhotoEntry], tmp_path: Path) -> None:
    variation = Variation(mixtures=2, halves=1, variants=1, units=2)
    report = build(photos=entries[:1], options=StudioOptions(takes=2, seed=1, variation=variation))
    blended = report.prepared.blended_split("train")
    assert [face.file_name for face in blended] == [
        f"train/blended/ann_1_{number:02d}.png" for number in range(6)
    ]
    assert report.images == 8 + 8 + 6
    assert report.prepared.description["blended"] == {"train": 6}
    assert [face.eyes == face.mouth for face in blended] == [True, True, False, True, True, True]
    assert [len(face.eyes) for face in blended[:2]] == [2, 2]
    assert [face.variant is None for face in blended] == [True, True, True, False, True, True]
    assert [bool(face.added_units) for face in blended] == [False] * 4 + [True] * 2
    assert report.prepared.added_units
    assert set(report.prepared.added_units) <= set(ACTION_UNITS)
    pictures = []
    for face in blended:
        assert face.blendshapes
        assert face.action_units == action_units(face.blendshapes)
        with Image.open(tmp_path / "set" / face.file_name) as image:
            assert image.size == (128, 128)
            pictures.append(np.asarray(image).astype(float))
    assert all(np.abs(a - b).mean() > 0.1 for a, b in itertools.pairwise(pictures))
    correspondences = {
        number: Correspondence.load(tmp_path / f"set/correspondence/ann_{number}.npz")
        for number in (0, 1)
    }
    assert [len(correspondences[number].positions) for number in (0, 1)] == [8, 14]


def test_a_class_alone_says_what_it_was_drawn_with(whole: BuildReport) -> None:
    for record in whole.prepared.records:
        assert record.blendshapes is not None
        drawn = {name.removesuffix("_L").removesuffix("_R") for name in record.blendshapes}
        recipe = RECIPES[Expression(record.expression)]
        assert drawn == {name.removesuffix("_L").removesuffix("_R") for name in recipe}


def test_a_photo_that_smiles_stands_for_its_own_class(
    build: Build, entries: list[PhotoEntry]
) -> None:
    smiling = dataclasses.replace(entries[0], expression=Expression.HAPPY)
    report = build(photos=[smiling], options=StudioOptions(takes=2, seed=1))
    records = {(r.photo, r.expression): r for r in report.prepared.records}
    assert {r.photographed for r in records.values()} == {Expression.HAPPY}
    folder = report.prepared.folder
    own = [records[f"ann_{n}", Expression.HAPPY] for n in (0, 1)]
    first, second = (pixels_of(folder / record.file_name) for record in own)
    np.testing.assert_array_equal(first, second)
    assert own[0].intensity == own[1].intensity
    assert 0.2 <= own[0].intensity <= 1.3
    assert own[0].action_units[12] > 0.1
    rested = records["ann_0", Expression.NEUTRAL].landmarks
    shown = own[0].landmarks
    assert (rested[[48, 54], 1] > shown[[48, 54], 1]).all()  # the smile was taken away


def test_photos_that_cannot_be_used_are_listed(
    build: Build, entries: list[PhotoEntry], tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    (tmp_path / "broken.jpg").write_bytes(b"not an image")
    portrait = pixels_of(entries[0].path)
    Image.fromarray(np.hstack([portrait, portrait])).save(tmp_path / "two.png")
    Image.fromarray(portrait[:150]).save(tmp_path / "cut.png")
    bad = {
        name: PhotoEntry(tmp_path / name, name, split="train")
        for name in ("noise.png", "broken.jpg", "two.png", "cut.png", "missing.png")
    }
    report = build(photos=[*bad.values(), entries[0]])
    assert report.images == 8
    reasons = {Path(photo).name: reason for photo, reason in report.skipped.items()}
    assert reasons.keys() == bad.keys()
    assert "no face" in reasons["noise.png"]
    assert "2 faces" in reasons["two.png"]
    assert "the photo's border" in reasons["cut.png"]
    assert "broken.jpg" in reasons["broken.jpg"]
    assert "does not exist" in reasons["missing.png"]
    assert json.loads((tmp_path / "set" / "dataset.json").read_text())["skipped"] == report.skipped
    assert not list((tmp_path / "set").rglob("*noise*.png"))


def test_what_nobody_foresaw_stops_none_of_the_others(
    build: Build, entries: list[PhotoEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: what a photo raised that was no sentence ended the work on all others."""
    fit_photo = Studio.fit_photo

    def fail(self: Studio, path: Path, *more: object) -> object:
        if path == entries[0].path:
            raise MemoryError
        return fit_photo(self, path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Studio, "fit_photo", fail)
    report = build()
    assert report.images == 8
    assert "memory ran out" in report.skipped[str(entries[0].path)]


def test_a_photo_replaced_while_it_is_read_is_rendered_again(
    build: Build, entries: list[PhotoEntry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest was taken when it had been read: renders of the earlier one stayed."""
    path = tmp_path / "own.png"
    path.write_bytes(entries[0].path.read_bytes())
    own = PhotoEntry(path, "own", split="train")
    fit_photo = Studio.fit_photo

    def fit_and_replace(self: Studio, photo: Path, *more: object) -> object:
        fitted = fit_photo(self, photo, *more)  # type: ignore[arg-type]
        path.write_bytes(entries[1].path.read_bytes())
        return fitted

    with monkeypatch.context() as patched:
        patched.setattr(Studio, "fit_photo", fit_and_replace)
        before = build(photos=[own]).prepared.records[0].landmarks
    assert not np.array_equal(build(photos=[own]).prepared.records[0].landmarks, before)


def test_a_photo_that_was_mended_is_tried_again(
    build: Build, entries: list[PhotoEntry], tmp_path: Path
) -> None:
    """What was once skipped stayed skipped, whatever became of the photo."""
    path = tmp_path / "late.png"
    late = PhotoEntry(path, "late", split="train")
    assert str(path) in build(photos=[entries[0], late]).skipped
    path.write_bytes(entries[1].path.read_bytes())
    report = build(photos=[entries[0], late])
    assert report.skipped == {}
    assert report.images == 16


def test_nothing_to_work_on_is_an_error(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photo to work on"):
        build(photos=[])
    missing = [
        PhotoEntry(tmp_path / f"missing{number}.png", str(number), split="train")
        for number in range(5)
    ]
    with pytest.raises(InputError, match="none of the 5 photos could be used") as refused:
        build(photos=missing)
    assert not set("{}[]") & set(str(refused.value))  # regression: a Python dictionary was shown
    assert str(refused.value).endswith("; for other reasons (2).")


def test_another_folder_is_not_touched(build: Build, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="already holds something else; name a new folder"):
        build()
    assert [p.name for p in (tmp_path / "set").iterdir()] == ["thesis.txt"]


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    "options", [StudioOptions(takes=2, seed=7), StudioOptions(takes=1, seed=8)]
)
def test_other_options_are_refused(
    build: Build, plain: list[PhotoEntry], options: StudioOptions
) -> None:
    with pytest.raises(InputError, match="begun with other options"):
        build(photos=plain[:1], options=options)


@pytest.mark.usefixtures("begun")
def test_another_split_is_refused(build: Build, plain: list[PhotoEntry]) -> None:
    """Photos done before kept their old split, so a person could end up on both sides."""
    moved = dataclasses.replace(plain[0], split="test")
    with pytest.raises(InputError, match=r"ann.* begun with another list of photos"):
        build(photos=[moved, plain[1]])


@pytest.mark.usefixtures("built")
def test_photos_that_left_the_list_are_noticed(build: Build, plain: list[PhotoEntry]) -> None:
    with pytest.raises(InputError, match=r"bo_2.* begun with another list of photos"):
        build(photos=plain[:1])


@pytest.mark.usefixtures("begun")
def test_photos_can_be_added(build: Build, plain: list[PhotoEntry], whole: BuildReport) -> None:
    assert build(photos=plain).prepared.content_hash == whole.prepared.content_hash


@pytest.mark.usefixtures("begun")
def test_the_order_of_a_persons_photos_is_watched(build: Build, plain: list[PhotoEntry]) -> None:
    """Files are numbered by the list: in another order one photo was rendered twice, one never."""
    twice = [dataclasses.replace(entry, person="ann", split="train") for entry in plain]
    with pytest.raises(InputError, match=r"'ann' .* another list of photos"):
        build(photos=twice[::-1])


def test_what_the_list_says_may_be_corrected(build: Build, entries: list[PhotoEntry]) -> None:
    build(photos=entries[:1])
    corrected = dataclasses.replace(entries[0], licence="CC0-1.0", age=None)
    (licence,) = {record.licence for record in build(photos=[corrected]).prepared.records}
    assert licence == "CC0-1.0"
    assert PreparedSet.load(build(photos=[corrected]).prepared.folder).records[0].age is None


def test_photos_without_a_split_and_no_takes_are_refused(
    build: Build, entries: list[PhotoEntry], tmp_path: Path
) -> None:
    """Without a split, renders went to folders at the root of the disk."""
    with pytest.raises(InputError, match="needs its split"):
        build(photos=[dataclasses.replace(entries[0], split="")])
    with pytest.raises(InputError, match="one take at least"):
        build(options=StudioOptions(takes=0))
    for name in ("mixtures", "halves", "variants"):
        with pytest.raises(InputError, match="from 0 to 100 mixtures"):
            build(options=StudioOptions(variation=Variation(**{name: -1})))
    assert not (tmp_path / "set").exists()


def test_a_folder_that_cannot_be_written_is_named(build: Build, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"file.* cannot be written"):
        build("file")
    with pytest.raises(InputError, match=r"file.set cannot be written"):
        build("file/set")


def test_people_with_several_photos_have_them_numbered(
    build: Build, entries: list[PhotoEntry]
) -> None:
    twice = [entries[0], dataclasses.replace(entries[1], person="ann", split="train")]
    report = build(photos=twice)
    assert {record.photo for record in report.prepared.records} == {"ann_0", "ann-2_0"}
    assert {record.person for record in report.prepared.records} == {"ann"}


def test_names_that_cannot_be_told_apart_as_files_are_refused(
    build: Build, entries: list[PhotoEntry]
) -> None:
    clash = [entries[1], dataclasses.replace(entries[0], person="bo:2")]
    with pytest.raises(InputError, match="differ only in signs that file names cannot hold"):
        build(photos=clash)


def test_the_number_of_workers_does_not_matter(
    build: Build, plain: list[PhotoEntry], whole: BuildReport
) -> None:
    report = build(photos=plain, processes=2)
    assert report.prepared.content_hash == whole.prepared.content_hash
    assert report.prepared.records == whole.prepared.records


def test_the_same_again_changes_nothing(
    build: Build, plain: list[PhotoEntry], whole: BuildReport, built: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*.png")}
    seen: list[tuple[int, int]] = []
    report = build(photos=plain, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 2)]
    assert report.prepared.content_hash == whole.prepared.content_hash
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_build_that_stopped_goes_on(
    build: Build,
    plain: list[PhotoEntry],
    whole: BuildReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save, saved = Studio._save, []

    def stopping(self: Studio, picture: np.ndarray, file_name: str) -> None:
        if len(saved) == 11:
            raise KeyboardInterrupt
        saved.append(file_name)
        save(self, picture, file_name)

    monkeypatch.setattr(Studio, "_save", stopping)
    with pytest.raises(KeyboardInterrupt):
        build(photos=plain)
    assert not (tmp_path / "set" / "dataset.json").exists()
    monkeypatch.setattr(Studio, "_save", save)
    done = {p: p.stat().st_mtime_ns for p in (tmp_path / "set" / "train").rglob("*.png")}
    assert len(done) == 8
    report = build(photos=plain)
    assert report.prepared.content_hash == whole.prepared.content_hash
    assert {path: path.stat().st_mtime_ns for path in done} == done


def test_lost_markers_are_made_again(
    build: Build, plain: list[PhotoEntry], whole: BuildReport, built: Path
) -> None:
    (built / ".done" / "ann.json").unlink()
    (built / ".done" / ".lgpgan-0.part").write_text('{"reco')
    assert build(photos=plain).prepared.content_hash == whole.prepared.content_hash


def test_a_folder_that_was_only_just_begun_is_continued(
    build: Build, plain: list[PhotoEntry], whole: BuildReport, tmp_path: Path
) -> None:
    """Killed before its settings were written whole, a set could neither go on nor be replaced."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / ".lgpgan-0.part").write_text('{"takes"')
    assert build(photos=plain).prepared.content_hash == whole.prepared.content_hash


SCRIPT = """
import json, multiprocessing, sys, threading, time
from pathlib import Path
from lgpgan.studio import builder
from lgpgan.studio.builder import Studio, StudioOptions, build_studio_set
from lgpgan.studio.photos import PhotoEntry

def main():
    photos, destination, model, takes, workers = json.loads(sys.argv[1])
    entries = [PhotoEntry(Path(path), person, split=split) for path, person, split in photos]
    if workers == 1:
        save, saved = Studio._save, []
        def hanging(self, picture, file_name):
            saved.append(file_name)
            save(self, picture, file_name)
            if len(saved) == 11:
                print("ready", flush=True)
                time.sleep(600)
        Studio._save = hanging
    else:
        def report():
            while len(multiprocessing.active_children()) < workers:
                time.sleep(0.05)
            while not list(Path(destination).rglob("*.png")):
                time.sleep(0.05)
            print("ready", *(c.pid for c in multiprocessing.active_children()), flush=True)
        threading.Thread(target=report, daemon=True).start()
    options = StudioOptions(takes=takes, seed=7)
    build_studio_set(entries, Path(destination), Path(model), options, processes=workers)

if __name__ == "__main__":
    main()
"""


def kill_in_the_middle(
    tmp_path: Path, plain: list[PhotoEntry], head: Path, *, takes: int, processes: int
) -> list[int]:
    """Kill a build in another process without warning; returns its workers' process ids."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    photos = [(str(entry.path), entry.person, entry.split) for entry in plain]
    arguments = json.dumps([photos, str(tmp_path / "set"), str(head), takes, processes])
    with subprocess.Popen(
        [sys.executable, str(script), arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        word, *pids = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
    assert word == "ready"
    assert process.returncode == -signal.SIGKILL
    return [int(pid) for pid in pids]


def test_a_killed_build_goes_on(
    build: Build,
    plain: list[PhotoEntry],
    whole: BuildReport,
    tmp_path: Path,
    small_head_file: Path,
) -> None:
    kill_in_the_middle(tmp_path, plain, small_head_file, takes=1, processes=1)
    left = tmp_path / "set"
    assert [path.name for path in (left / ".done").iterdir()] == ["ann.json"]
    assert len(list(left.rglob("*.png"))) == 11
    assert not (left / "dataset.json").exists()
    assert build(photos=plain).prepared.content_hash == whole.prepared.content_hash


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_workers_leave_with_a_killed_build(
    plain: list[PhotoEntry], tmp_path: Path, small_head_file: Path
) -> None:
    """They stayed, rendering into the folder that the resumed build was writing, then for ever."""
    pids = kill_in_the_middle(tmp_path, plain, small_head_file, takes=500, processes=2)
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, pids))


def test_a_worker_that_dies_is_reported(build: Build, plain: list[PhotoEntry]) -> None:
    """It ended in a traceback of concurrent.futures."""
    entry = dataclasses.replace(plain[0], path=Deadly())
    with pytest.raises(LgpganError, match=r"process .* ended .*run the same command again"):
        build(photos=[entry, plain[1]], processes=2)


class Deadly:
    """Stands for a photo that brings the process down that takes it up."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)

    def __str__(self) -> str:
        return "deadly.png"


def test_the_head_decides_what_can_be_drawn(
    build: Build, plain: list[PhotoEntry], tmp_path: Path, small_head_file: Path
) -> None:
    with np.load(small_head_file) as file:
        arrays = dict(file)
    lacking = arrays["expression_names"] != "noseSneer_R"
    for name in ("expression", "expression_names"):
        arrays[name] = arrays[name][lacking]
    np.savez(tmp_path / "lacking.npz", **arrays)
    with pytest.raises(InputError, match="lacks the blendshape noseSneer"):
        build_studio_set(plain, tmp_path / "set", tmp_path / "lacking.npz", ONE_TAKE, processes=1)


def test_a_second_build_in_the_same_folder_is_refused(build: Build, tmp_path: Path) -> None:
    with locked(tmp_path / "set"), pytest.raises(InputError, match="another run is writing to"):
        build()
    assert list((tmp_path / "set").iterdir()) == []
