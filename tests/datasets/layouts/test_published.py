"""The published collections, each by a few of its own file names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from collections_on_disk import touch, write_rafd
from lgpgan.datasets.layouts import LAYOUTS
from lgpgan.datasets.layouts.listing import Choices, Listing, Reason, Source
from lgpgan.datasets.layouts.pixel_rows import read_face
from lgpgan.errors import InputError


def listing(name: str, path: Path, **choices: bool) -> Listing:
    return LAYOUTS[name].entries(Source.open(path), Choices(**choices))


def told(found: Listing, *attributes: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(entry, name) for name in attributes) for entry in found.entries]


def test_rafd_says_everything_in_its_names(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "Rafd090_01_Caucasian_female_angry_frontal.jpg",
        "Rafd090_72_Moroccan_male_contemptuous_left.jpg",
        "Rafd135_01_Caucasian_female_sad_frontal.jpg",
        "holiday.jpg",
    )
    found = listing("rafd", tmp_path)
    assert told(found, "label", "person", "ethnicity", "gender", "gaze", "camera") == [
        ("angry", "rafd-01", "Caucasian", "female", "frontal", "090"),
        ("contemptuous", "rafd-72", "Moroccan", "male", "left", "090"),
    ]
    assert {photo: left.reason for photo, left in found.left_out.items()} == {
        "Rafd135_01_Caucasian_female_sad_frontal.jpg": Reason.NOT_FRONTAL,
        "holiday.jpg": Reason.NO_LABEL,
    }
    assert all("Langner" in entry.source for entry in found.entries)
    every = listing("rafd", tmp_path, all_angles=True)
    assert [entry.camera for entry in every.entries] == ["090", "090", "135"]


def test_kdef_shows_the_same_people_in_both_sessions(tmp_path: Path) -> None:
    touch(
        tmp_path, "AF01/AF01AFS.JPG", "AF01/AF01HAHL.JPG", "BF01/BF01SUS.JPG", "AM35/AM35ANFR.JPG"
    )
    assert told(listing("kdef", tmp_path), "label", "person", "gender", "camera") == [
        ("AF", "kdef-F01", "female", "S"),
        ("SU", "kdef-F01", "female", "S"),
    ]
    every = listing("kdef", tmp_path, all_angles=True)
    assert sorted(entry.camera or "" for entry in every.entries) == ["FR", "HL", "S", "S"]


def write_ck_plus(folder: Path, label: str = "   3.0000000e+00\n") -> Path:
    for number in range(1, 12):
        touch(folder, f"cohn-kanade-images/S005/001/S005_001_{number:08}.png")
    touch(folder, "cohn-kanade-images/S005/002/S005_002_00000001.png")
    path = folder / "Emotion/S005/001/S005_001_00000011_emotion.txt"
    path.parent.mkdir(parents=True)
    path.write_text(label)
    return folder


def test_ck_plus_goes_from_neutral_to_the_peak(tmp_path: Path) -> None:
    found = listing("ck+", write_ck_plus(tmp_path))
    assert [(entry.photo[-6:-4], entry.label) for entry in found.entries] == [
        ("01", "neutral"),
        ("09", "disgust"),
        ("10", "disgust"),
        ("11", "disgust"),
    ]
    assert {entry.person for entry in found.entries} == {"ck-S005"}
    assert list(found.left_out) == ["cohn-kanade-images/S005/002"]


def test_a_label_that_ck_plus_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"S005_001_00000011_emotion\.txt: '9' is not a label"):
        listing("ck+", write_ck_plus(tmp_path, "9"))


def write_raf_db(folder: Path, lines: str) -> Path:
    path = folder / "EmoLabel/list_patition_label.txt"
    path.parent.mkdir()
    path.write_text(lines)
    return folder


def test_raf_db_prefers_its_aligned_faces(tmp_path: Path) -> None:
    lines = "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7\ntest_0002.jpg 7\n"
    touch(tmp_path, "Image/aligned/train_00001_aligned.jpg", "Image/original/train_00001.jpg")
    touch(tmp_path, "Image/original/train_00002.jpg", "Image/aligned/test_0001_aligned.jpg")
    found = listing("raf-db", write_raf_db(tmp_path, lines))
    assert told(found, "photo", "label", "split", "cropped", "person") == [
        ("Image/aligned/train_00001_aligned.jpg", "sadness", "train", True, ""),
        ("Image/original/train_00002.jpg", "surprise", "train", False, ""),
        ("Image/aligned/test_0001_aligned.jpg", "neutral", "test", True, ""),
    ]
    assert found.left_out["test_0002.jpg"].reason == Reason.UNREADABLE


def test_a_damaged_list_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"list_patition_label\.txt, line 2: '8' is not a label"):
        listing("raf-db", write_raf_db(tmp_path, "train_00001.jpg 5\ntrain_00002.jpg 8\n"))


def test_raf_db_without_its_list_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train_00001.jpg")
    with pytest.raises(InputError, match=r"holds no list_patition_label\.txt"):
        listing("raf-db", tmp_path)


def test_affectnet_with_annotations(tmp_path: Path) -> None:
    """The numbers are there as text in some releases, as integers in others."""
    for name, value in (("train_set/annotations/7", "1"), ("val_set/annotations/8", 7)):
        path = tmp_path / f"{name}_exp.npy"
        path.parent.mkdir(parents=True)
        np.save(path, np.array(value))
    np.save(tmp_path / "val_set/annotations/9_exp.npy", np.array("9"))
    found = listing("affectnet", tmp_path)
    assert told(found, "photo", "label", "split", "cropped") == [
        ("train_set/images/7.jpg", "happy", "train", True),
        ("val_set/images/8.jpg", "contempt", "test", True),
    ]
    assert list(found.left_out) == ["val_set/images/9.jpg"]


def test_an_annotation_that_is_none_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train_set/annotations/7_exp.npy")
    with pytest.raises(InputError, match=r"7_exp\.npy cannot be read; copy it again"):
        listing("affectnet", tmp_path)
    # Regression: an archive under that name was an error that nobody foresaw.
    with (tmp_path / "train_set/annotations/7_exp.npy").open("wb") as file:
        np.savez(file, np.array(1))
    with pytest.raises(InputError, match=r"7_exp\.npy cannot be read; copy it again"):
        listing("affectnet", tmp_path)


def test_affectnet_with_lists(tmp_path: Path) -> None:
    lists = tmp_path / "Manually_Annotated_file_lists"
    lists.mkdir()
    touch(tmp_path, "Manually_Annotated/Manually_Annotated_Images/1/a.jpg")
    header = "subDirectory_filePath,face_x,expression\n"
    (lists / "training.csv").write_text(header + "1/a.jpg,3,6\n1/b.jpg,3,8\n")
    (lists / "validation.csv").write_text(header + "2/c.jpg,3,0\n")
    (lists / "automatically_annotated.csv").write_text(header + "3/d.jpg,3,0\n")
    found = listing("affectnet", tmp_path)
    assert told(found, "photo", "label", "split") == [
        ("1/a.jpg", "anger", "train"),
        ("2/c.jpg", "neutral", "test"),
    ]
    assert found.entries[0].path.exists()
    assert found.left_out["1/b.jpg"].reason == Reason.NO_LABEL


def write_fer2013(folder: Path, *rows: str) -> Path:
    path = folder / "fer2013.csv"
    path.write_text("emotion,pixels,Usage\n" + "".join(row + "\n" for row in rows))
    return path


def pixels(first: int) -> str:
    return " ".join(str((first + number) % 256) for number in range(48 * 48))


def test_fer2013_is_read_row_by_row(tmp_path: Path) -> None:
    rows = [
        f"0,{pixels(0)},Training",
        "",
        f"6,{pixels(7)},PublicTest",
        f"3,{pixels(9)},PrivateTest",
    ]
    found = listing("fer2013", write_fer2013(tmp_path, *rows))
    assert told(found, "photo", "label", "split", "cropped") == [
        ("fer2013-00002", "angry", "train", True),
        ("fer2013-00004", "neutral", "validation", True),
        ("fer2013-00005", "happy", "test", True),
    ]
    for entry, first in zip(found.entries, (0, 7, 9), strict=True):
        assert entry.offset is not None
        face = read_face(entry.path, entry.offset)
        assert face.shape == (48, 48, 3)
        assert face[0, :2].tolist() == [[first] * 3, [first + 1] * 3]


def test_fer2013_in_another_order_and_with_spaces(tmp_path: Path) -> None:
    """The challenge's file of all data has the header 'emotion, Usage, pixels'."""
    path = tmp_path / "icml_face_data.csv"
    path.write_text(f"emotion, Usage, pixels\n2,PrivateTest,{pixels(5)}\n")
    assert LAYOUTS["fer2013"].recognise(Source.open(tmp_path), Choices())
    (entry,) = listing("fer2013", tmp_path).entries
    assert (entry.label, entry.split) == ("fear", "test")
    assert read_face(path, entry.offset or 0)[0, 0].tolist() == [5, 5, 5]


@pytest.mark.parametrize(
    ("row", "message"),
    [("7,0 0,Training", "row 2: '7' is not a label"), ("0,0 0,Tr", "row 2: 'Tr' is not a usage")],
)
def test_rows_that_make_no_sense_are_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        listing("fer2013", write_fer2013(tmp_path, row))


@pytest.mark.parametrize("values", ["1 2 3", pixels(0).replace("255", "256"), "x"])
def test_rows_without_a_face_are_unreadable(tmp_path: Path, values: str) -> None:
    found = listing("fer2013", write_fer2013(tmp_path, f"0,{values},Training"))
    with pytest.raises(InputError, match="does not hold 48×48 values from 0 to 255"):
        read_face(found.entries[0].path, found.entries[0].offset or 0)


def test_the_synthetic_rafd_is_read_whole(tmp_path: Path) -> None:
    found = listing("rafd", write_rafd(tmp_path))
    assert len(found.entries) == 24
    assert len(found.left_out) == 1
