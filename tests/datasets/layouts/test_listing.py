"""What all layouts share, and finding out which one a collection has."""

from __future__ import annotations

from pathlib import Path

import pytest

from collections_on_disk import touch, write_rafd
from lgpgan.datasets.layouts import LAYOUTS, detect_layout, find_layout
from lgpgan.datasets.layouts.listing import Choices, Source, numbered_label, split_called
from lgpgan.errors import InputError


def test_hidden_files_and_leavings_of_archives_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.PNG", "a.jpg", ".a.jpg", ".git/1.png", "__MACOSX/a.jpg", "b/notes.txt")
    source = Source.open(tmp_path)
    assert source.files == ["a.jpg", "b/2.PNG", "b/notes.txt"]
    assert source.photos == ["a.jpg", "b/2.PNG"]
    assert source.folders == ["b"]


def test_a_csv_file_is_a_source_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path, "list.csv", "other.png")
    source = Source.open(tmp_path / "list.csv")
    assert (source.files, source.folder) == (["list.csv"], tmp_path)


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither a folder nor a list \(\.csv"):
        Source.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is an empty folder"):
        Source.open(tmp_path)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["Rafd090_01_Caucasian_female_angry_frontal.jpg"], "rafd"),
        (["KDEF/AF01/AF01ANS.JPG"], "kdef"),
        (["Emotion/S005/001/S005_001_00000011_emotion.txt"], "ck+"),
        (["basic/EmoLabel/list_patition_label.txt"], "raf-db"),
        (["train_set/annotations/7_exp.npy"], "affectnet"),
        (["happy/1.jpg", "sad/1.jpg"], "folders"),
        (["train/happy/1.jpg", "train/sad/1.jpg", "test/sad/1.jpg"], "folders"),
    ],
)
def test_layouts_are_told_by_their_files(tmp_path: Path, files: list[str], name: str) -> None:
    touch(tmp_path, *files, "readme.txt")
    layout, because = detect_layout(Source.open(tmp_path), Choices())
    assert layout.name == name
    assert because


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("emotion,pixels,Usage", "fer2013"),
        ("subDirectory_filePath,face_x,expression", "affectnet"),
        ("path,label,mood", "csv"),
    ],
)
def test_layouts_are_told_by_their_columns(tmp_path: Path, header: str, name: str) -> None:
    (tmp_path / "list.csv").write_text(header + "\n")
    for path in (tmp_path, tmp_path / "list.csv"):
        assert detect_layout(Source.open(path), Choices())[0].name == name


def test_a_layout_that_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg")
    with pytest.raises(InputError, match=r"in no way that lgpgan knows\. It has 2 pictures\. "):
        detect_layout(Source.open(tmp_path), Choices())


def test_an_unknown_layout_is_described_with_the_commands_that_would_fit(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "b/2.jpg", "3.jpg")
    (tmp_path / "notes.csv").write_text("when;what\n1;2\n")
    with pytest.raises(InputError) as raised:
        detect_layout(Source.open(tmp_path), Choices())
    told = str(raised.value)
    assert "3 pictures in 2 folders (a, b), 1 of them in no folder" in told
    assert "a list notes.csv with the columns what, when" in told
    assert f"lgpgan prepare {tmp_path / 'notes.csv'} DEST --path-column" in told
    assert f"lgpgan prepare {tmp_path} DEST --layout folders" in told


def test_the_folder_of_one_class_is_told_from_the_collection(tmp_path: Path) -> None:
    touch(tmp_path, "happy/1.jpg")
    with pytest.raises(InputError, match=rf"is one class: lgpgan prepare {tmp_path} DEST"):
        detect_layout(Source.open(tmp_path / "happy"), Choices())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["happy/a.mp4"], "take some frames out of every film first, .* ffmpeg -i happy/a.mp4"),
        (["a.jpg", "labels.xlsx"], r"if labels\.xlsx lists the photos: save it as CSV"),
        (["a.jpg", "classes.txt", "train.txt"], r"if train\.txt lists .*first line is path,label"),
    ],
)
def test_what_lgpgan_cannot_read_is_named(tmp_path: Path, files: list[str], told: str) -> None:
    """Regression: films, sheets and other lists were passed over in silence."""
    touch(tmp_path, *files)
    with pytest.raises(InputError, match=told):
        detect_layout(Source.open(tmp_path), Choices())


def test_archives_are_to_be_unpacked(tmp_path: Path) -> None:
    """Regression: an archive was neither a folder nor a list."""
    touch(tmp_path, "faces.zip")
    with pytest.raises(InputError, match=r"faces\.zip is an archive; unpack it"):
        Source.open(tmp_path / "faces.zip")
    with pytest.raises(InputError, match=r"Unpack faces\.zip, and run the same command again"):
        detect_layout(Source.open(tmp_path), Choices())


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    """Nor is a loop; both are told apart from the folders that are read."""
    touch(tmp_path, "all/happy/1.jpg", "else/2.jpg")
    (tmp_path / "all/happy/loop").symlink_to(tmp_path / "all")
    (tmp_path / "all/sad").symlink_to(tmp_path / "else")
    source = Source.open(tmp_path / "all")
    assert source.files == ["happy/1.jpg"]
    assert source.folders == ["happy"]
    assert source.links == ["happy/loop", "sad"]


def test_layouts_go_by_their_names(tmp_path: Path) -> None:
    assert find_layout("kdef") is LAYOUTS["kdef"]
    with pytest.raises(InputError, match=r"no layout 'kdeff'; choose one of rafd, kdef"):
        find_layout("kdeff")
    assert not LAYOUTS["kdef"].recognise(Source.open(write_rafd(tmp_path, people=1)), Choices())


@pytest.mark.parametrize("text", ["3", " 3.0000000e+00\n", "3.0"])
def test_numbers_stand_for_labels(text: str) -> None:
    assert numbered_label({3: "disgust"}, text, "here") == "disgust"


@pytest.mark.parametrize("text", ["4", "3.5", "", "x", "nan"])
def test_numbers_that_stand_for_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"here: '.*' is not a label; there are 3 disgust"):
        numbered_label({3: "disgust"}, text, "here")


def test_splits_have_many_names() -> None:
    assert [split_called(name) for name in ("Train", "training", "val", "Test", "fold1")] == [
        "train",
        "train",
        "validation",
        "test",
        "",
    ]
    others = ("Train_AFEW", "val_set", "PublicTest", "FER2013Valid", "trainer", "latest")
    found = ["train", "validation", "validation", "validation", "", ""]
    assert [split_called(name) for name in others] == found
