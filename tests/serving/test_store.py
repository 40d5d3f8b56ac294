"""Photos that are kept: so many, so large, so long; and what lies decoded."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.errors import InputError
from lgpgan.photos.photo import Photo
from lgpgan.serving.answers import PhotoAnswer
from lgpgan.serving.errors import ApiError
from lgpgan.serving.limits import Limits
from lgpgan.serving.opened import MOST_VIEWS, OpenedPhotos
from lgpgan.serving.store import Store, new_id


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(name: str) -> PhotoAnswer:
    return PhotoAnswer(
        id=name,
        width=1,
        height=1,
        format="png",
        suffix=".png",
        media_type="image/png",
        faces=[],
        notes=[],
        seconds_left=1,
    )


def kept(store: Store, names: str) -> str:
    """Those of the names that the store knows."""
    found = ""
    for name in names:
        with contextlib.suppress(ApiError):
            found += store.get(name).id
    return found


def test_the_least_recently_used_photo_makes_room() -> None:
    forgotten: list[str] = []
    store = Store(Limits(photos=2), forgotten.append)
    for name in "ab":
        store.add(name, b"12", answer(name))
    store.get("a")
    store.add("c", b"12", answer("c"))
    assert kept(store, "abc") == "ac"
    assert forgotten == ["b"]
    assert store.size == 4


def test_bytes_are_bounded() -> None:
    store = Store(Limits(kept_megabytes=1e-5))
    for name in "abc":
        store.add(name, b"12345", answer(name))
    assert kept(store, "abc") == "bc"
    assert store.size == 10
    with pytest.raises(ApiError, match="more than the 10") as caught:
        store.add("d", bytes(11), answer("d"))
    assert caught.value.kind == "too_large"
    assert kept(store, "bcd") == "bc"


def test_photos_go_after_a_while() -> None:
    clock = Clock()
    store = Store(Limits(minutes=1), clock=clock)
    for name in "ab":
        store.add(name, b"1", answer(name))
    clock.now = 50.0
    store.get("a")
    clock.now = 100.0
    store.sweep()
    assert len(store) == 1
    assert kept(store, "ab") == "a"
    store.clear()
    assert (len(store), store.size) == (0, 0)


def test_ids_cannot_be_guessed() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(name) == 43 for name in ids)


def opened(side: int = 10) -> OpenedPhoto:
    return OpenedPhoto(Photo(pixels=np.zeros((side, side, 3), np.uint8)), ())


def test_decoded_photos_are_bounded_and_made_anew() -> None:
    photos, made = OpenedPhotos(700), list[str]()

    def get(name: str) -> None:
        photos.get(name, lambda: (made.append(name), opened())[1])

    for name in "aabac":  # two of 300 bytes fit
        get(name)
    assert made == ["a", "b", "c"]
    get("a")
    get("b")
    assert made == ["a", "b", "c", "b"]
    assert photos.size == 600
    photos.forget("a")
    photos.forget("nobody")
    assert photos.size == 300


def test_views_of_a_photo_are_bounded_too() -> None:
    photos = OpenedPhotos(10_000)
    whole = photos.get("a", opened)
    for side in range(1, 9):
        view = photos.view("a", whole, (side, None))
        assert view.photo.pixels.shape == (side, side, 3)
    assert photos.view("a", whole, (8, None)) is view
    sides = range(9 - MOST_VIEWS, 9)
    assert photos.size == 300 + sum(3 * side * side for side in sides)
    assert photos.view("nobody", whole, (4, (2, 2, 4, 6))).photo.pixels.shape == (4, 2, 3)


def test_decoded_photos_go_after_a_while() -> None:
    clock = Clock()
    photos = OpenedPhotos(10_000, clock)
    photos.get("a", opened)
    clock.now = 50.0
    photos.get("b", opened)
    photos.sweep(30.0)
    assert photos.size == 300


@pytest.mark.parametrize("wrong", [{"photos": 0}, {"patience": float("nan")}, {"megapixels": 101}])
def test_bounds_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"--{next(iter(wrong))}"):
        Limits(**wrong)
