"""Collections become prepared sets: aligned, labelled, resumable, with a report of what is not."""

from __future__ import annotations

import csv
import dataclasses
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from collections_on_disk import portrait, save, write_rafd
from lgpgan.datasets import preparer
from lgpgan.datasets.collecting import CollectionOptions, collect
from lgpgan.datasets.layouts.listing import Entry, LeftOut, Reason
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.preparer import FaceRules, Preparer
from lgpgan.datasets.preparing import PreparingReport, prepare_set
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import align, eye_centres, warp
from lgpgan.faces.detection import Face
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.files import locked
from lgpgan.photos.photo import Photo
from lgpgan.studio.builder import StudioOptions, build_studio_set
from lgpgan.studio.photos import PhotoEntry

Prepare = Callable[..., PreparingReport]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small RaFD."""
    return write_rafd(tmp_path_factory.mktemp("collection"))


@pytest.fixture(scope="module")
def entries(collection: Path) -> list[Entry]:
    """The faces of its first two people, one for each split."""
    found = collect(collection, CollectionOptions(test_share=0.34)).entries
    by_split = {entry.split: entry.person for entry in found}
    return [entry for entry in found if entry.person in by_split.values()]


@pytest.fixture(scope="module")
def whole(entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> PreparingReport:
    """Their set, prepared without interruption."""
    return prepare_set(entries, tmp_path_factory.mktemp("whole") / "set", processes=1)


@pytest.fixture
def prepare(tmp_path: Path, entries: list[Entry]) -> Prepare:
    """Prepare into a folder of this test's own."""

    def call(photos: Sequence[Entry] = entries, **more: object) -> PreparingReport:
        return prepare_set(photos, tmp_path / "set", **({"processes": 1} | more))  # type: ignore[arg-type]

    return call


def picture(path: Path, pixels: NDArray[np.uint8], **values: object) -> Entry:
    """An entry of a picture that is written."""
    save(path, pixels)
    given = {"label": "happy", "split": "train"} | values
    return Entry(photo=path.name, path=path, **given)  # type: ignore[arg-type]


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def test_every_photo_becomes_an_aligned_labelled_face(
    whole: PreparingReport, entries: list[Entry]
) -> None:
    read = PreparedSet.load(whole.prepared.folder)
    assert read.classes == tuple(Expression)
    assert len(read.records) == len(entries) == 16
    assert read.verify().keys() == {record.file_name for record in read.records}
    by_photo = {entry.photo.removesuffix(".jpg"): entry for entry in entries}
    for record in read.records:
        entry = by_photo[record.photo]
        assert record.file_name == f"{entry.split}/{entry.label}/{record.photo}.png"
        assert (record.person, record.expression) == (entry.person, entry.label)
        assert (record.photographed, record.intensity) == (entry.label, 1)
        assert record.action_units is None
        assert (record.camera, record.gaze) == ("090", "frontal")
        assert pixels_of(read.folder / record.file_name).shape == (128, 128, 3)
        right, left = eye_centres(record.landmarks)
        np.testing.assert_allclose((right, left), [(45, 42), (83, 42)], atol=0.01)
    assert read.description["regions"]["eyes"] == {"top": 14, "left": 16, "height": 48, "width": 96}
    assert {(record.look, record.cut) for record in read.records} == {("first", 0)}
    assert whole.left_out == {}
    assert read.description["found"] == {"first": 16}
    assert not list((read.folder / "report" / "left_out").iterdir())


def test_faces_are_cut_out_as_everywhere_else(whole: PreparingReport, entries: list[Entry]) -> None:
    (face,) = PatientDetector().detect(pixels_of(entries[0].path))
    wanted = warp(pixels_of(entries[0].path), align(face.landmarks), 128)
    name = f"{entries[0].split}/{entries[0].label}/{entries[0].path.stem}.png"
    np.testing.assert_array_equal(pixels_of(whole.prepared.folder / name), wanted)


def test_faces_may_be_larger(prepare: Prepare, entries: list[Entry]) -> None:
    prepared = prepare(entries[:1], size=256).prepared
    (record,) = prepared.records
    assert prepared.size == 256
    assert pixels_of(prepared.folder / record.file_name).shape == (256, 256, 3)
    right, left = eye_centres(record.landmarks)
    np.testing.assert_allclose((right, left), [(90, 84), (166, 84)], atol=0.01)


def test_other_sizes_are_refused(prepare: Prepare, entries: list[Entry]) -> None:
    """Regression: the command refused them, but the function did not."""
    with pytest.raises(InputError, match="there is no size 100; choose one of 128, 256"):
        prepare(entries[:1], size=100)


def test_the_number_of_workers_does_not_matter(prepare: Prepare, whole: PreparingReport) -> None:
    assert prepare(processes=2).prepared.content_hash == whole.prepared.content_hash


def test_what_cannot_be_used_is_left_out_and_shown(
    prepare: Prepare, entries: list[Entry], astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    face = portrait(0)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not an image")
    bad = [
        picture(tmp_path / "noise.png", noise),
        picture(tmp_path / "two.png", np.hstack([face, face])),
        picture(tmp_path / "tiny.png", portrait(0, side=32), cropped=True),
        picture(tmp_path / "cut.png", astronaut[:140, 60:380]),
        Entry(photo="broken.jpg", path=broken, label="happy", split="train"),
        Entry(photo="gone.jpg", path=tmp_path / "gone.jpg", label="happy", split="train"),
    ]
    before = {"side.jpg": LeftOut(Reason.NOT_FRONTAL, "it was taken from the side.")}
    report = prepare([*entries, *bad], left_out=before)
    assert len(report.prepared.records) == len(entries)
    reasons = {photo: left.reason for photo, left in report.left_out.items()}
    assert reasons["noise.png"] == Reason.NO_FACE
    assert reasons["two.png"] == Reason.SEVERAL_FACES
    assert reasons["tiny.png"] == Reason.TOO_SMALL
    assert reasons["cut.png"] == Reason.CUT_OFF
    assert reasons["broken.jpg"] == reasons["gone.jpg"] == Reason.UNREADABLE
    assert reasons["side.jpg"] == Reason.NOT_FRONTAL
    folder = report.prepared.folder / "report"
    with (folder / "left_out.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["photo"]: row for row in csv.DictReader(file)}
    assert rows.keys() == report.left_out.keys()
    assert (rows["two.png"]["reason"], rows["two.png"]["detail"]) == (
        "several faces",
        "2 faces were found; one is needed.",
    )
    thumbnails = {path.stem for path in (folder / "left_out").iterdir()}
    assert thumbnails == {"noise", "two", "tiny", "cut"}
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 4
    assert report.outcome.looked_at == len(entries) + len(bad)
    assert report.outcome.found == len(entries) + 2  # the frame of the tiny one is none
    assert report.prepared.description["left_out"]["unreadable"] == 2


def test_a_class_of_which_nothing_is_left_is_refused_and_nothing_is_lost(
    prepare: Prepare, entries: list[Entry], tmp_path: Path
) -> None:
    flat = picture(tmp_path / "flat.png", np.full((99, 99, 3), 9, np.uint8), label="bored")
    with pytest.raises(InputError, match=r"none of the 1 photos of the class 'bored' .*1 no face"):
        prepare([*entries, flat])
    report = tmp_path / "set" / "report" / "left_out.csv"
    assert "flat.png,no face" in report.read_text()
    seen: list[tuple[int, int]] = []
    prepare(entries, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(16, 16)]


def test_preparing_that_stopped_goes_on(
    prepare: Prepare,
    whole: PreparingReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, written = Preparer._write, []

    def stopping(self: Preparer, name: str, *more: object) -> object:
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(name)
        return write(self, name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Preparer, "_write", stopping)
    with pytest.raises(KeyboardInterrupt):
        prepare()
    assert not (tmp_path / "set" / "dataset.json").exists()
    monkeypatch.setattr(Preparer, "_write", write)
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "set").rglob("*.png")}
    assert len(done) == 5
    assert prepare().prepared.content_hash == whole.prepared.content_hash
    assert {path: path.stat().st_mtime_ns for path in done} == done


def test_a_photo_that_was_mended_is_taken(
    prepare: Prepare, entries: list[Entry], tmp_path: Path
) -> None:
    bad = picture(tmp_path / "late.png", np.zeros((99, 99, 3), np.uint8))
    assert list(prepare([*entries, bad]).left_out) == ["late.png"]
    save(tmp_path / "late.png", portrait(5))
    report = prepare([*entries, bad])
    assert report.left_out == {}
    assert len(report.prepared.records) == 17
    assert not list((tmp_path / "set" / "report").rglob("*late*"))


@pytest.mark.parametrize("change", [{"split": "test"}, {"label": "sad"}, {"person": "rafd-99"}])
def test_another_list_is_refused(
    prepare: Prepare, entries: list[Entry], change: dict[str, str]
) -> None:
    first = next(entry for entry in entries if entry.split == "train" and entry.label == "happy")
    prepare([first])
    with pytest.raises(InputError, match=r"Rafd090.* other classes or splits"):
        prepare([dataclasses.replace(first, **change)])  # type: ignore[arg-type]


def test_another_size_and_another_folder_are_refused(
    prepare: Prepare, entries: list[Entry], tmp_path: Path
) -> None:
    prepare(entries[:1])
    with pytest.raises(InputError, match="begun with other options"):
        prepare(entries[:1], size=256)
    (tmp_path / "set" / "prepare.json").unlink()
    with pytest.raises(InputError, match="already holds something else"):
        prepare(entries[:1])
    with pytest.raises(InputError, match="no photo to work on"):
        prepare([])


def test_photos_of_the_same_name_are_told_apart(prepare: Prepare, entries: list[Entry]) -> None:
    photos = ["a/1.jpg", "a_1.png", "A/1.JPG", f"{'long/' * 60}ü.jpg", "../.hidden.jpg"]
    named = [
        dataclasses.replace(entry, photo=photo, label="happy")
        for entry, photo in zip(entries, photos, strict=False)
    ]
    names = [record.photo for record in prepare(named).prepared.records]
    assert len({name.casefold() for name in names}) == 5
    assert all(len(name.encode()) <= 120 and not name.startswith(".") for name in names)
    with pytest.raises(InputError, match=r"a/1\.jpg is listed 2 times"):
        prepare([named[0], named[0]])


def test_names_that_are_no_text_are_reported(
    prepare: Prepare, entries: list[Entry], tmp_path: Path
) -> None:
    """A name in another encoding ended the run in a UnicodeEncodeError, at its very end."""
    name = os.fsdecode(b"caf\xe9.jpg")
    bad = Entry(photo=name, path=tmp_path / name, label="happy", split="train")
    assert list(prepare([*entries, bad]).left_out) == [name]
    assert "caf\\udce9.jpg" in (tmp_path / "set/report/left_out.csv").read_text(encoding="utf-8")


def test_labels_cannot_lead_out_of_the_folder(prepare: Prepare, entries: list[Entry]) -> None:
    (record,) = prepare([dataclasses.replace(entries[0], label="..")]).prepared.records
    assert record.expression == ".."
    assert record.file_name.split("/")[1] == "_."


def grey_crop(side: int = 48) -> NDArray[np.uint8]:
    """The demo photo's face as FER2013 would show it."""
    (face,) = DlibDetector().detect(portrait(0))
    left, top, right, bottom = (round(value) for value in face.box)
    crop = cv2.cvtColor(portrait(0)[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_rows_of_fer2013_become_faces(prepare: Prepare, tmp_path: Path) -> None:
    values = " ".join(map(str, grey_crop().ravel()))
    rows = [f"{label},{values},{usage}" for label in (3, 4) for usage in ("Training", "PublicTest")]
    rows.append("3,1 2 3,Training")
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    collection = collect(tmp_path / "fer2013.csv", CollectionOptions())
    report = prepare(collection.entries)
    assert report.prepared.classes == ("happy", "sad")
    assert {left.reason for left in report.left_out.values()} == {Reason.UNREADABLE}
    assert len(report.prepared.split("test")) == 2
    for record in report.prepared.records:
        assert record.person == ""
        points = record.landmarks
        assert 60 < points[48:68, 1].mean() < 110
        assert points[27:36, 0].mean() == pytest.approx(64, abs=8)
    assert report.prepared.description["people"] == 0


def test_the_whole_frame_stands_in_for_a_face_that_must_be_there(
    prepare: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crop = np.repeat(grey_crop()[..., np.newaxis], 3, axis=2)
    entry = picture(tmp_path / "crop.png", crop, cropped=True)
    monkeypatch.setattr(PatientDetector, "search", lambda self, pixels: [])
    report = prepare([entry])
    (record,) = report.prepared.records
    assert record.look == "frame"
    assert report.outcome.found == 0
    assert "frame was taken" in report.page.read_text(encoding="utf-8")
    assert 60 < record.landmarks[48:68, 1].mean() < 110
    with pytest.raises(InputError, match="1 no face"):
        prepare_set([dataclasses.replace(entry, cropped=False)], tmp_path / "plain", processes=1)


@pytest.mark.parametrize("kind", ["flat", "black"])
def test_the_frame_of_an_empty_picture_is_no_face(
    prepare: Prepare, entries: list[Entry], tmp_path: Path, kind: str
) -> None:
    """Regression: a black row of FER2013 became a face."""
    pixels = np.full((48, 48, 3), 128 if kind == "flat" else 0, np.uint8)
    if kind == "black":
        pixels[40:44, 4:44] = 255  # a caption, so that it is not flat
    bad = picture(tmp_path / "empty.png", pixels, cropped=True)
    assert prepare([*entries[:1], dataclasses.replace(bad, label=entries[0].label)]).left_out == {
        "empty.png": LeftOut(Reason.NO_FACE, "no face was found.")
    }


@pytest.fixture(scope="module")
def tight(astronaut: NDArray[np.uint8], astronaut_face: Face) -> NDArray[np.uint8]:
    """The demo photo's face, brows, ears and chin cut, 90 pixels wide."""
    landmarks = astronaut_face.landmarks
    left, top = (landmarks[17:].min(axis=0) - 8).astype(int)
    right, bottom = (landmarks[17:].max(axis=0) + 8).astype(int)
    crop = astronaut[top:bottom, left:right]
    scale = 90 / crop.shape[1]
    return np.asarray(cv2.resize(crop, None, fx=scale, fy=scale), np.uint8)


def test_a_face_that_fills_the_picture_is_used(
    prepare: Prepare, tight: NDArray[np.uint8], tmp_path: Path
) -> None:
    """Regression: of crops in the wild a third was refused as cut off or as showing no face."""
    entry = picture(tmp_path / "tight.png", tight)
    (record,) = prepare([entry]).prepared.records
    assert record.cut is not None
    assert 0.2 < record.cut < 0.8
    assert record.look != "frame"
    (read,) = PreparedSet.load(tmp_path / "set").records
    assert (read.cut, read.look) == (record.cut, record.look)
    assert read.frame == record.frame
    assert read.frame is not None
    corner, right, below = np.array(read.frame).reshape(3, 2)
    # Three corners of the photo, of which three sides or more lie within the face.
    assert (right - corner) @ (below - corner) == pytest.approx(0, abs=30)
    assert (right - corner) @ (right - corner) < 128**2
    with pytest.raises(InputError, match="1 cut off"):
        prepare_set([entry], tmp_path / "whole", rules=FaceRules(max_cut=0.2), processes=1)
    assert "of the aligned face lie beyond" in (tmp_path / "whole/report/left_out.csv").read_text()


def test_a_face_from_the_side_is_used_only_where_it_is_wanted(
    prepare: Prepare, entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Face, "turn", 0.9)
    with pytest.raises(InputError, match="1 not frontal"):
        prepare(entries[:1])
    wanted = FaceRules(all_angles=True)
    assert prepare_set(entries[:1], tmp_path / "all", rules=wanted, processes=1).left_out == {}


def test_of_the_faces_on_a_crop_the_one_in_its_middle_is_taken(
    prepare: Prepare, tmp_path: Path
) -> None:
    """Two faces of one size: the one whose eyes are nearer to the middle of the picture."""
    crop = np.hstack([portrait(1)[:, 30:200], portrait(0)])
    whole = PatientDetector().detect(crop)
    assert len(whole) == 2
    (record,) = prepare([picture(tmp_path / "two.png", crop, cropped=True)]).prepared.records
    taken = warp(crop, align(whole[1].landmarks), 128)
    np.testing.assert_array_equal(pixels_of(tmp_path / "set" / record.file_name), taken)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="share from 0 to 1"):
        FaceRules(max_cut=share)


def test_rendered_people_come_through(shared: Path, tmp_path: Path) -> None:
    """What the renderer drew at known places is found at them again."""
    photos = sorted((shared / "data" / "london_neutral").glob("*.jpg"))[:2]
    sitters = [
        PhotoEntry(photo, f"p{number}", split=split)
        for number, (photo, split) in enumerate(zip(photos, ("train", "test"), strict=True))
    ]
    model = shared / "facekit" / "ict_facekit.npz"
    options = StudioOptions(takes=1, size=256)
    rendered = build_studio_set(sitters, tmp_path / "studio", model, options, processes=1).prepared
    rafd = tmp_path / "rafd"
    truth = {}
    for record in rendered.records:
        name = f"Rafd090_0{record.person[1:]}_Caucasian_male_{record.expression}_frontal.jpg"
        save(rafd / name, pixels_of(rendered.folder / record.file_name))
        truth[Path(name).stem] = record.landmarks / 2
    found = prepare_set(
        collect(rafd, CollectionOptions(test_share=0.5)).entries, tmp_path / "set", processes=1
    )
    assert found.left_out == {}
    assert {record.split for record in found.prepared.records} == {"train", "test"}
    errors = [
        np.abs(record.landmarks - truth[record.photo])[17:].mean()
        for record in found.prepared.records
    ]
    assert np.median(errors) < 2.5


def test_a_second_run_in_the_same_folder_is_refused(prepare: Prepare, tmp_path: Path) -> None:
    with locked(tmp_path / "set"), pytest.raises(InputError, match="another run is writing to"):
        prepare()
    assert list((tmp_path / "set").iterdir()) == []


class TestFailures:
    """Regression: what one photo raised that was no sentence ended the work on all others."""

    @pytest.mark.parametrize("raised", [MemoryError(), RecursionError(), ZeroDivisionError("oh")])
    def test_of_one_photo_stop_none_of_the_others(
        self,
        prepare: Prepare,
        entries: list[Entry],
        monkeypatch: pytest.MonkeyPatch,
        raised: Exception,
    ) -> None:
        bad, *_ = photos = [entry for entry in entries if entry.label in ("happy", "sad")]
        photos.append(dataclasses.replace(bad, photo="again.jpg"))
        find = Preparer._find

        def fail(self: Preparer, pixels: NDArray[np.uint8], *, cropped: bool) -> object:
            if not failed:
                failed.append(raised)
                raise raised
            return find(self, pixels, cropped=cropped)

        failed: list[Exception] = []
        monkeypatch.setattr(Preparer, "_find", fail)
        report = prepare(photos)
        assert len(report.prepared.records) == len(photos) - 1
        assert report.left_out[bad.photo].reason is Reason.FAILED
        assert prepare(photos).left_out == {}

    def test_of_the_folder_are_said(
        self, prepare: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find = Preparer._find

        def delete(self: Preparer, pixels: NDArray[np.uint8], *, cropped: bool) -> object:
            shutil.rmtree(tmp_path / "set")
            return find(self, pixels, cropped=cropped)

        monkeypatch.setattr(Preparer, "_find", delete)
        with pytest.raises(LgpganError, match="set cannot be written"):
            prepare()


def test_a_label_of_any_length(prepare: Prepare, entries: list[Entry]) -> None:
    """Regression: one of 400 characters is no name of a folder, and ended the run."""
    label = "x" * 400
    photos = [dataclasses.replace(entry, label=label) for entry in entries[:2]]
    prepared = prepare(photos).prepared
    assert prepared.classes == (label,)
    prepared.verify()


def test_every_class_has_a_folder_of_its_own_in_the_set(
    prepare: Prepare, entries: list[Entry]
) -> None:
    """Regression: these three labels shared one folder, and trainers took them for one class."""
    labels = ("a/b", "a_b", "a\nb")
    photos = [
        dataclasses.replace(entry, label=label, split="train")
        for entry, label in zip(entries, labels, strict=False)
    ]
    prepared = prepare(photos).prepared
    folders = {record.file_name.split("/")[1] for record in prepared.records}
    assert len(folders) == 3
    assert {record.expression for record in prepared.records} == set(labels)
    prepared.verify()


def test_a_photo_called_like_a_formula_is_none_in_the_report(
    prepare: Prepare, entries: list[Entry], tmp_path: Path
) -> None:
    """Regression: a spreadsheet would have run it."""
    bad = Entry(photo="=1+1.jpg", path=tmp_path / "=1+1.jpg", label=entries[0].label)
    prepare([*entries[:2], dataclasses.replace(bad, split="train")])
    rows = list(csv.reader((tmp_path / "set/report/left_out.csv").read_text().splitlines()))
    assert rows[1][0] == "'=1+1.jpg"


def test_faces_in_boxes_and_their_shares_are_kept(
    prepare: Prepare, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    """Two faces on one photo are several faces; with a box for each they are two of the set."""
    both = np.concatenate([astronaut[:300], astronaut[:300]], axis=1)
    shares = {"happy": 0.8, "neutral": 0.2}
    boxes = {"left": (170.0, 60.0, 280.0, 190.0), "right": (682.0, 60.0, 792.0, 190.0)}
    first = picture(tmp_path / "both.png", both)
    photos = [
        dataclasses.replace(first, photo=name, box=box, cropped=True, shares=shares)
        for name, box in boxes.items()
    ]
    prepared = PreparedSet.load(prepare(photos).prepared.folder)
    assert [record.photo for record in prepared.records] == ["left", "right"]
    assert [record.shares for record in prepared.records] == [shares, shares]
    one, other = (record.landmarks for record in prepared.records)
    np.testing.assert_allclose(one, other, atol=1)


def test_a_photo_replaced_while_it_is_read_is_prepared_again(
    entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest was taken when it had been read, so that the earlier face counted as the new."""
    own = [dataclasses.replace(entry, path=tmp_path / Path(entry.photo).name) for entry in entries]
    for copy, entry in zip(own, entries, strict=True):
        shutil.copy(entry.path, copy.path)
    read = preparer.read_photo

    def read_and_replace(path: Path) -> Photo:
        photo = read(path)
        if path == own[0].path:
            save(path, portrait(3))
        return photo

    monkeypatch.setattr(preparer, "read_photo", read_and_replace)
    before = prepare_set(own, tmp_path / "set", processes=1).prepared.records[0].landmarks
    monkeypatch.undo()
    after = prepare_set(own, tmp_path / "set", processes=1).prepared.records[0].landmarks
    assert not np.array_equal(before, after)
