"""The studio's list of photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.studio.photos import PhotoEntry, list_photos, split_by_person


def listed(folder: Path, text: str, encoding: str = "utf-8") -> list[PhotoEntry]:
    file = folder / "people.csv"
    file.write_bytes(text.encode(encoding))
    return list_photos(file)


def test_a_folder_names_people_by_their_files(tmp_path: Path) -> None:
    for name in ("bo.png", "ann.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert list_photos(tmp_path) == [
        PhotoEntry(path=tmp_path / "ann.jpg", person="ann"),
        PhotoEntry(path=tmp_path / "bo.png", person="bo"),
    ]


def test_a_list_says_all_that_is_known(tmp_path: Path) -> None:
    entries = listed(
        tmp_path,
        "file,person,expression,split,source,licence,age,gender,ethnicity,extra\n"
        'photos/a.jpg, ann ,happy,test,"Doe, J. (2020)",CC-BY-4.0,31.5,female,white,7\n'
        "/abs/b.jpg,bo,,,,,,,,\n",
    )
    assert entries == [
        PhotoEntry(
            path=tmp_path / "photos" / "a.jpg",
            person="ann",
            expression=Expression.HAPPY,
            split="test",
            source="Doe, J. (2020)",
            licence="CC-BY-4.0",
            age=31.5,
            gender="female",
            ethnicity="white",
        ),
        PhotoEntry(path=Path("/abs/b.jpg"), person="bo"),
    ]
    assert entries[1].expression is Expression.NEUTRAL


def test_two_columns_and_a_byte_order_mark_will_do(tmp_path: Path) -> None:
    assert listed(tmp_path, "person,file\r\nbjörn,b.png\r\n", "utf-8-sig") == [
        PhotoEntry(path=tmp_path / "b.png", person="björn")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a header with the columns 'file' and 'person', and rows"),
        ("file,person\n", "and rows"),
        ("file,name\na.jpg,ann\n", "columns 'file' and 'person'"),
        ("file,person,age\na.jpg,ann,old\n", "row 2: 'old' is not an age"),
        ("file,person,age\na.jpg,ann,nan\n", "row 2: 'nan' is not an age"),
        ("file,person,expression\na.jpg,ann,joyful\n", "'joyful' is not an expression"),
        ("file,person,split\na.jpg,ann,test\nb.jpg,bo,Train\n", "row 3: 'Train' is not a split"),
        ("file,person\na.jpg,\n", "row 2: it names no person"),
        ("file,person\n,ann\n", "row 2: it names no file"),
    ],
)
def test_lists_that_say_too_little_or_nonsense_are_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    """Empty names became files called '.json'; a split 'Train' was rendered, never trained on."""
    with pytest.raises(InputError, match=rf"people\.csv.*{message}"):
        listed(tmp_path, text)


def test_another_encoding_is_read(tmp_path: Path) -> None:
    """Regression: a list in Latin-1, as spreadsheets save it, was refused."""
    (tmp_path / "people.csv").write_bytes("file,person\nb.jpg,björn\n".encode("latin-1"))
    assert [photo.person for photo in list_photos(tmp_path / "people.csv")] == ["björn"]


def test_folders_of_classes_are_people_of_a_studio(tmp_path: Path) -> None:
    """Regression: a folder that holds nothing but the folder 'neutral' had no photos."""
    for name in ("neutral/a.jpg", "happy/ann/1.jpg", "bored/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [(photo.person, str(photo.expression)) for photo in list_photos(tmp_path)] == [
        ("ann", "happy"),
        ("neutral/a", "neutral"),
    ]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither a folder of photos nor a \.csv"):
        list_photos(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list_photos(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="holds no photos"):
        list_photos(tmp_path)


def entries_of(*people: str) -> list[PhotoEntry]:
    return [PhotoEntry(path=Path(f"{n}.jpg"), person=person) for n, person in enumerate(people)]


def test_whole_people_are_kept_out() -> None:
    entries = entries_of(*(f"p{n // 3}" for n in range(60)))
    split = split_by_person(entries, test_share=0.25, seed=1)
    assert [entry.path for entry in split] == [entry.path for entry in entries]
    test = {entry.person for entry in split if entry.split == "test"}
    train = {entry.person for entry in split if entry.split == "train"}
    assert len(test) == 5
    assert len(train) == 15
    assert not test & train


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_shares_are_checked(share: float) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        split_by_person(entries_of("ann"), test_share=share, seed=0)


def test_the_draw_is_the_seeds() -> None:
    entries = entries_of(*(f"p{n}" for n in range(30)))
    one, same, other = (split_by_person(entries, test_share=0.5, seed=s) for s in (3, 3, 4))
    assert one == same
    assert one != other
    backwards = split_by_person(entries[::-1], test_share=0.5, seed=3)
    assert {entry.path: entry.split for entry in backwards} == {e.path: e.split for e in one}


def test_a_split_that_is_given_stays() -> None:
    entries = [
        PhotoEntry(path=Path("a"), person="ann", split="test"),
        PhotoEntry(path=Path("b"), person="bo", split="train"),
        PhotoEntry(path=Path("c"), person="cy"),
    ]
    for share, drawn in ((0.0, "train"), (1.0, "test")):
        split = split_by_person(entries, test_share=share, seed=0)
        assert [entry.split for entry in split] == ["test", "train", drawn]


def test_a_persons_other_photos_follow_the_split_that_is_given() -> None:
    """They were drawn anew: someone kept out by the list could be trained on."""
    entries = [PhotoEntry(path=Path("a"), person="ann", split="test"), *entries_of(*["ann"] * 5)]
    for share in (0.0, 1.0):
        split = split_by_person(entries, test_share=share, seed=0)
        assert {entry.split for entry in split} == {"test"}
