"""Collections that were zipped, renamed and passed on, and lists of any form."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from collections_on_disk import portrait, touch
from lgpgan.datasets.boxes import cut_out
from lgpgan.datasets.collecting import Collection, CollectionOptions, collect
from lgpgan.datasets.layouts import LAYOUTS
from lgpgan.datasets.layouts.listing import Choices, Listing, Reason, Source
from lgpgan.datasets.layouts.parquet import read_picture
from lgpgan.errors import InputError

SEVEN = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def collected(folder: Path, *, soft: bool = False, numbers: str = "", **more: str) -> Collection:
    choices = Choices(soft_labels=soft, numbers=numbers)
    return collect(folder, CollectionOptions(choices=choices, split="keep", **more))  # type: ignore[arg-type]


def labels(found: Collection | Listing) -> dict[str, str]:
    return {entry.photo: str(entry.label) for entry in found.entries}


def listed(folder: Path, text: str, *photos: str, soft: bool = False) -> Collection:
    touch(folder, *photos)
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return collected(folder, soft=soft)


class TestNumberedClasses:
    def test_without_evidence_are_not_guessed(self, tmp_path: Path) -> None:
        touch(tmp_path, *(f"{number}/a.jpg" for number in range(7)))
        with pytest.raises(InputError, match=r"classes 0, 1, 2.*--numbers alphabetical\|"):
            collected(tmp_path)

    def test_may_be_said(self, tmp_path: Path) -> None:
        touch(tmp_path, *(f"{number}/a.jpg" for number in range(7)))
        said = labels(collected(tmp_path, numbers="fer2013"))
        assert (said["3/a.jpg"], said["6/a.jpg"]) == ("happy", "neutral")
        kept = labels(collected(tmp_path, numbers="keep"))
        assert kept["3/a.jpg"] == "3"
        with pytest.raises(InputError, match="'raf-db' does not know all of the classes 0, 1"):
            collected(tmp_path, numbers="raf-db")
        with pytest.raises(InputError, match="no meaning of numbers 'raf'"):
            collected(tmp_path, numbers="raf")

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("classes.txt", "".join(f"{n} {label}\n" for n, label in enumerate(SEVEN, 1))),
            ("names.txt", "\n".join(SEVEN)),
            ("README.md", ", ".join(f"{n}: {label.title()}" for n, label in enumerate(SEVEN, 1))),
            ("README.md", "\n".join(f"{label} = {n}" for n, label in enumerate(SEVEN, 1))),
            ("map.json", json.dumps({label: n for n, label in enumerate(SEVEN, 1)})),
        ],
    )
    def test_are_named_by_a_file_beside(self, tmp_path: Path, name: str, text: str) -> None:
        touch(tmp_path, *(f"{number}/a.jpg" for number in range(1, 8)))
        (tmp_path / name).write_text(text)
        found = collected(tmp_path)
        assert (labels(found)["1/a.jpg"], labels(found)["6/a.jpg"]) == ("surprised", "angry")
        assert f"because {name} says so" in found.notes[0]

    def test_a_file_that_contradicts_itself_says_nothing(self, tmp_path: Path) -> None:
        touch(tmp_path, *(f"{number}/a.jpg" for number in range(1, 8)))
        (tmp_path / "README.md").write_text("1 happy, 1 sad, 2 fear, 3 anger")
        with pytest.raises(InputError, match="nothing there says which is which"):
            collected(tmp_path)

    def test_are_those_of_the_collection_that_a_folder_is_named_after(self, tmp_path: Path) -> None:
        touch(tmp_path, *(f"FER-2013/{number}/a.jpg" for number in range(7)))
        found = collected(tmp_path)
        assert labels(found)["FER-2013/6/a.jpg"] == "neutral"
        assert "the folder 'FER-2013' is named after fer2013" in found.notes[0]

    def test_of_another_count_are_names(self, tmp_path: Path) -> None:
        touch(tmp_path, "0/a.jpg", "1/a.jpg")
        found = collected(tmp_path)
        assert set(labels(found).values()) == {"0", "1"}
        assert "taken as names of classes" in found.notes[0]

    def test_of_raf_db_may_be_alphabetical(self, tmp_path: Path) -> None:
        touch(tmp_path, *(f"train/{n}/train_{n}0001_aligned.jpg" for n in range(1, 8)))
        assert labels(collected(tmp_path))["train/1/train_10001_aligned.jpg"] == "surprised"
        other = labels(collected(tmp_path, numbers="alphabetical"))
        assert other["train/1/train_10001_aligned.jpg"] == "angry"


class TestFolders:
    def test_in_a_wrapping_folder(self, tmp_path: Path) -> None:
        touch(tmp_path, "MMAFEDB/train/angry/0.jpg", "MMAFEDB/valid/sad/1.jpg")
        found = collected(tmp_path)
        assert [(str(e.label), e.split) for e in found.entries] == [
            ("angry", "train"),
            ("sad", "test"),
        ]

    def test_of_films_hold_frames_that_stay_together(self, tmp_path: Path) -> None:
        clips = [f"Train_AFEW/Angry/00004628{n}/{frame}.png" for n in (0, 1) for frame in (1, 2)]
        touch(tmp_path, *clips, "Val_AFEW/Sad/000001120/1.png")
        found = collected(tmp_path)
        assert {entry.person for entry in found.entries} == {""}
        assert Counter(entry.sequence for entry in found.entries) == {
            "Train_AFEW/Angry/000046280": 2,
            "Train_AFEW/Angry/000046281": 2,
            "Val_AFEW/Sad/000001120": 1,
        }

    def test_of_classes_may_hold_those_of_the_splits(self, tmp_path: Path) -> None:
        """Regression: two people called train and test were found."""
        touch(tmp_path, "sad/train/1.jpg", "sad/test/2.jpg", "happy/train/ann/3.jpg")
        found = collected(tmp_path)
        assert [(e.photo, e.split, e.person) for e in found.entries] == [
            ("happy/train/ann/3.jpg", "train", "ann"),
            ("sad/test/2.jpg", "test", ""),
            ("sad/train/1.jpg", "train", ""),
        ]

    def test_take_people_from_a_list_beside_them(self, tmp_path: Path) -> None:
        text = "file,label,subject\nhappy/1.jpg,happiness,ann\nsad/2.jpg,angry,bo\n"
        found = listed(tmp_path, text, "happy/1.jpg", "sad/2.jpg")
        assert [entry.person for entry in found.entries] == ["ann", "bo"]
        assert "sad/2.jpg (angry); the folder counts" in found.notes[0]


class TestNames:
    def test_of_jaffe(self, tmp_path: Path) -> None:
        touch(tmp_path, "jaffe/KA.AN1.39.tiff", "jaffe/ym-su2-60.jpg", "jaffe/README")
        found = collected(tmp_path)
        assert found.layout.name == "jaffe"
        assert [(str(e.label), e.person) for e in found.entries] == [
            ("angry", "jaffe-KA"),
            ("surprised", "jaffe-YM"),
        ]

    def test_of_the_films_of_ravdess(self, tmp_path: Path) -> None:
        """Regression: the numbers in these names were not understood, and nobody was known.

        Frames in which a face comes from rest counted as photos without a label, so that the
        command advised to name a column.
        """
        name = "01-01-05-02-01-02-07"
        touch(tmp_path, *(f"Actor_07/{name}_frame{n}.png" for n in range(1, 13)))
        touch(tmp_path, "Actor_08/02-01-02-01-01-01-08/0001.jpg", "Actor_08/about.jpg")
        found = collected(tmp_path)
        assert found.layout.name == "ravdess"
        frames = [(e.photo.rpartition("/")[2], str(e.label), e.person) for e in found.entries]
        assert frames == [
            *((f"{name}_frame{n}.png", "angry", "ravdess-07") for n in (5, 6, 7, 8)),
            ("0001.jpg", "calm", "ravdess-08"),
        ]
        assert [e.gender for e in found.entries] == ["male"] * 4 + ["female"]
        assert {e.sequence for e in found.entries} == {name, "02-01-02-01-01-01-08"}
        assert list(found.left_out) == ["Actor_08/about.jpg"]
        assert found.notes[0].startswith("5 of 13 frames are used")

    def test_of_the_films_of_crema_d(self, tmp_path: Path) -> None:
        touch(tmp_path, "1001_DFA_ANG_XX.jpg", "1091_IEO_HAP_LO/3.png", "1091_IEO_SAD_HI_3.png")
        found = collected(tmp_path)
        assert found.layout.name == "crema-d"
        assert [(str(e.label), e.person) for e in found.entries] == [
            ("angry", "crema-d-1001"),
            ("happy", "crema-d-1091"),
            ("sad", "crema-d-1091"),
        ]
        assert not found.notes

    def test_with_prefixes_and_in_any_case(self, tmp_path: Path) -> None:
        touch(tmp_path, "small_af01ans.jpg", "kdef-BM02SUS-2.PNG", "AM03HAS .jpg", "AM31H.JPG")
        found = collected(tmp_path)
        assert {entry.person for entry in found.entries} == {"kdef-F01", "kdef-M02", "kdef-M03"}
        assert list(found.left_out) == ["AM31H.JPG"]

    def test_of_rafd_with_a_prefix(self, tmp_path: Path) -> None:
        touch(tmp_path, "crop_RAFD090_01_Caucasian_female_angry_frontal.jpg")
        assert [entry.person for entry in collected(tmp_path).entries] == ["rafd-01"]

    def test_of_a_few_among_many_give_nothing_away(self, tmp_path: Path) -> None:
        touch(tmp_path, "happy/AF01HAS.JPG", *(f"sad/{n}.jpg" for n in range(3)))
        assert collected(tmp_path).layout.name == "folders"


class TestLists:
    def test_find_photos_by_name_above_and_below(self, tmp_path: Path) -> None:
        touch(tmp_path, "set/deep/inside/b.jpg", "set/a.jpg", "c.jpg")
        (tmp_path / "set/lists").mkdir()
        table = tmp_path / "set/lists/all.csv"
        table.write_text("Image Path;Emotion\na.jpg;sad\nb.jpg;sad\n")
        found = collected(tmp_path / "set")
        assert [entry.path.exists() for entry in found.entries] == [True, True]
        (tmp_path / "set/x.csv").write_text("pth,label\ninside\\b.jpg,sad\nc.jpg,sad\n")
        found = collected(tmp_path / "set/x.csv")
        assert [entry.path.exists() for entry in found.entries] == [True, True]

    @pytest.mark.parametrize("above", ["/kaggle/input/fer/", "C:\\Users\\ann\\"])
    def test_with_paths_of_another_machine(self, tmp_path: Path, above: str) -> None:
        """Regression: of files of one name in several folders none was found."""
        text = f"path,label\n{above}x/1.jpg,sad\n{above}y/1.jpg,happy\n".replace(
            "/", "\\" if "\\" in above else "/"
        )
        found = listed(tmp_path, text, "x/1.jpg", "y/1.jpg")
        assert labels(found) == {"x/1.jpg": "sad", "y/1.jpg": "happy"}

    def test_name_a_photo_once(self, tmp_path: Path) -> None:
        text = "path,label\na.jpg,sad\na.jpg,sad\nb.jpg,sad\nb.jpg,happy\nc.jpg,happy\n"
        found = listed(tmp_path, text, "a.jpg", "b.jpg", "c.jpg")
        assert labels(found) == {"a.jpg": "sad", "c.jpg": "happy"}
        assert found.left_out["b.jpg"].reason == Reason.SEVERAL_LABELS
        assert "labelled as sad and happy" in found.left_out["b.jpg"].detail
        assert "1 rows name a photo that was named before" in found.notes[0]

    @pytest.mark.parametrize(
        "text", ["path,label\na.jpg,sad\nb.jpg, \n", "path,sad,happy\na.jpg,1,0\nb.jpg,0,0\n"]
    )
    def test_with_a_row_that_has_no_label(self, tmp_path: Path, text: str) -> None:
        """Regression: one such row among thousands ended the command."""
        found = listed(tmp_path, text, "a.jpg", "b.jpg")
        assert labels(found) == {"a.jpg": "sad"}
        assert found.left_out["b.jpg"].detail == "the list has no label for it."

    def test_with_several_labels_in_a_cell(self, tmp_path: Path) -> None:
        text = "path,label\na.jpg,sad|fear\nb.jpg,AU6+12\n"
        found = listed(tmp_path, text, "a.jpg", "b.jpg")
        assert labels(found) == {"b.jpg": "AU6+12"}
        assert list(found.left_out) == ["a.jpg"]
        soft = listed(tmp_path, text, soft=True)
        assert soft.entries[0].shares == {"sad": 0.5, "fearful": 0.5}

    def test_with_a_share_a_class(self, tmp_path: Path) -> None:
        text = ",image,anger,happiness\n0,a.jpg,0.2,0.8\n1,b.jpg,1,0\n2,c.jpg,1,1\n"
        found = listed(tmp_path, text, "a.jpg", "b.jpg", "c.jpg")
        assert labels(found) == {"a.jpg": "happy", "b.jpg": "angry"}
        assert list(found.left_out) == ["c.jpg"]
        with pytest.raises(InputError, match=r"row 2: its column 'anger' holds 'x', not a number"):
            listed(tmp_path, "image,anger,happiness\na.jpg,x,0\n")

    def test_of_each_split_as_hugging_face_has_them(self, tmp_path: Path) -> None:
        touch(tmp_path, "train/1.png", "test/1.png")
        for split, label in (("train", 0), ("test", 1)):
            row = {"file_name": "1.png", "label": label, "person": "ann"}
            (tmp_path / split / "metadata.jsonl").write_text(json.dumps(row) + "\n")
        found = collected(tmp_path)
        assert [(e.photo, e.split, e.person) for e in found.entries] == [
            ("test/1.png", "test", "ann"),
            ("train/1.png", "train", "ann"),
        ]

    def test_with_boxes(self, tmp_path: Path) -> None:
        text = "image,x,y,w,h,label\na.jpg,10,20,30,40,sad\na.jpg,60,20,30,40,happy\n"
        found = listed(tmp_path, text, "a.jpg")
        assert [entry.box for entry in found.entries] == [(10, 20, 40, 60), (60, 20, 90, 60)]
        with pytest.raises(InputError, match="row 2: the box '10 20 0 40' holds no pixel"):
            listed(tmp_path, "image,x,y,w,h,label\na.jpg,10,20,0,40,sad\n")


@pytest.mark.parametrize(
    ("file", "text", "photo"),
    [
        ("list.csv", "path,label\nelsewhere/a.jpg,sad\nb.jpg,happy\n", "elsewhere/a.jpg"),
        ("list_patition_label.txt", "a.jpg 5\nb.jpg 4\n", "a.jpg"),
        ("label.lst", "a.jpg 0 1 1 9 9 9 4\nb.jpg 0 1 1 9 9 9 3\n", "a.jpg face 0"),
        (
            "fer2013new.csv",
            f"{VOTES}\nTraining,a.jpg,0,0,0,9,0,0,0,0,0,0\nTraining,b.jpg,0,9,0,0,0,0,0,0,0,0\n",
            "a.jpg",
        ),
    ],
)
def test_of_photos_of_one_name_none_is_taken(
    tmp_path: Path, file: str, text: str, photo: str
) -> None:
    """Regression: RAF-DB, ExpW and FER+ silently took the last of them."""
    touch(tmp_path, "one/a.jpg", "other/a.jpg", "one/b.jpg")
    (tmp_path / file).write_text(text)
    found = collected(tmp_path)
    assert [entry.path for entry in found.entries] == [tmp_path / "one/b.jpg"]
    assert found.left_out[photo].detail == (
        "2 photos are called a.jpg: one/a.jpg, other/a.jpg; keep one of them, or name its folder "
        "in the list."
    )


def test_boxes_are_cut_out_with_a_margin() -> None:
    pixels = np.arange(100 * 80 * 3, dtype=np.uint32).astype(np.uint8).reshape(100, 80, 3)
    np.testing.assert_array_equal(cut_out(pixels, (40, 10, 60, 50)), pixels[0:60, 35:65])
    with pytest.raises(InputError, match=r"lies outside of the photo of 80×100 pixels"):
        cut_out(pixels, (80, 10, 90, 50))


def test_expw_has_several_faces_on_a_photo(tmp_path: Path) -> None:
    touch(tmp_path, "image/origin/a.jpg")
    lines = "a.jpg 0 20 10 40 60 50.1 3\na.jpg 1 20 70 90 60 50.1 6\nb.jpg 0 1 1 9 9 9 0\n"
    (tmp_path / "label.lst").write_text(lines)
    found = collected(tmp_path)
    assert [(str(e.label), e.box, e.cropped) for e in found.entries] == [
        ("happy", (10, 20, 40, 60), True),
        ("neutral", (70, 20, 90, 60), True),
    ]
    assert list(found.left_out) == ["b.jpg face 0"]
    (tmp_path / "label.lst").write_text("a.jpg 0 20 10\n")
    with pytest.raises(InputError, match=r"label\.lst, line 1: it does not hold"):
        collected(tmp_path)


class TestFerPlus:
    def test_needs_more_than_half_of_the_votes(self, tmp_path: Path) -> None:
        touch(tmp_path, "a/fer1.png", "a/fer2.png")
        rows = "Training,fer1.png,5,5,0,0,0,0,0,0,0,0\nPublicTest,fer2.png,0,6,0,4,0,0,0,0,0,0\n"
        (tmp_path / "fer2013new.csv").write_text(f"{VOTES}\n{rows}")
        found = collected(tmp_path)
        assert labels(found) == {"a/fer2.png": "happy"}
        assert found.left_out["a/fer1.png"].reason == Reason.SEVERAL_LABELS
        soft = collected(tmp_path, soft=True)
        assert [entry.shares for entry in soft.entries] == [
            {"neutral": 0.5, "happy": 0.5},
            {"happy": 0.6, "sad": 0.4},
        ]

    def test_takes_pixels_from_fer2013_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n0,1 2,Training\n")
        row = "Training,fer1.png,0,0,9,0,0,0,0,0,1,0\n"
        (tmp_path / "fer2013new.csv").write_text(f"{VOTES}\n{row}")
        (entry,) = collected(tmp_path).entries
        assert (entry.path.name, entry.offset) == ("fer2013.csv", 21)
        assert entry.label == "surprised"

    def test_without_pictures_is_refused(self, tmp_path: Path) -> None:
        row = "Training,fer1.png,0,0,9,0,0,0,0,0,1,0\n"
        (tmp_path / "fer2013new.csv").write_text(f"{VOTES}\n{row}")
        with pytest.raises(InputError, match=r"no fer2013\.csv with 1 rows; put one of them"):
            collected(tmp_path)


def test_a_face_of_fer2013_is_listed_once_though_several_releases_are_there(tmp_path: Path) -> None:
    """Regression: the challenge's train.csv is a part of icml_face_data.csv: faces came twice."""
    (tmp_path / "train.csv").write_text("emotion,pixels\n0,1 2\n")
    (tmp_path / "icml_face_data.csv").write_text("emotion, Usage, pixels\n0,Training,1 2\n")
    assert list(labels(collected(tmp_path))) == ["icml_face_data-00002"]


def test_parquet_holds_the_pictures(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    pictures = [portrait(number, 32) for number in range(2)]
    rows = []
    for label, pixels in zip((1, 0), pictures, strict=True):
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "PNG")
        rows.append({"image": {"bytes": content.getvalue(), "path": "a.png"}, "label": label})
    features = {"label": {"names": ["angry", "happy"], "_type": "ClassLabel"}}
    table = pyarrow.Table.from_pylist(rows).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    (tmp_path / "data").mkdir()
    parquet.write_table(table, tmp_path / "data/train-00000-of-00001.parquet")
    found = collected(tmp_path)
    assert [(str(e.label), e.split) for e in found.entries] == [
        ("happy", "train"),
        ("angry", "train"),
    ]
    for entry, pixels in zip(found.entries, pictures, strict=True):
        np.testing.assert_array_equal(read_picture(entry.path, entry.offset or 0).pixels, pixels)
    (tmp_path / "data/test.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"test\.parquet cannot be read as a parquet file"):
        LAYOUTS["parquet"].entries(Source.open(tmp_path), Choices())


def test_photos_that_are_links_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "own/happy/1.jpg", "else/2.jpg")
    (tmp_path / "own/happy/2.jpg").symlink_to(tmp_path / "else/2.jpg")
    (tmp_path / "own/happy/3.jpg").symlink_to(tmp_path / "own/happy/1.jpg")
    (tmp_path / "own/more").symlink_to(tmp_path / "else")
    found = collected(tmp_path / "own")
    assert len(found.entries) == 3
    assert "1 photos are links that lead out of" in found.notes[0]
    assert "it is a link to a folder, which is not followed" in found.left_out["more"].detail


def test_labels_with_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "train_set/annotations/7_exp.npy"
    path.parent.mkdir(parents=True)
    np.save(path, np.array([object], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"7_exp\.npy cannot be read"):
        collected(tmp_path)
