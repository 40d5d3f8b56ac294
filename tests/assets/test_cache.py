"""Optional files: where they are looked for, and that they appear in full or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lgpgan.assets.cache import Condition, State, examine, fetch, find
from lgpgan.assets.registry import Asset, AssetFile
from lgpgan.assets.sources import Progress
from lgpgan.errors import MissingPartError
from lgpgan.files import cache_folder

CONTENT = {"data/small.bin": b"weights of a small network", "data/small.json": b"[1, 2]"}


@dataclass
class Shelf:
    """A source that gives what lies on it."""

    content: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    asked: int = 0

    def download(self, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        self.asked += 1
        progress(3)
        return [self.content[member] for member in members]

    def __str__(self) -> str:
        return "the shelf"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def asset(shelf: Shelf) -> Asset:
    return Asset(
        name="small",
        files=tuple(
            AssetFile(
                name=Path(member).name,
                member=member,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
            )
            for member, content in CONTENT.items()
        ),
        source=shelf,
        licence="MIT",
        purpose="small network",
    )


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LGPGAN_CACHE", str(folder))
    return folder


def left_behind(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


class TestCacheFolder:
    def test_own_variable_first(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
        assert cache_folder() == cache

    def test_then_the_users_cache(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("LGPGAN_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache_folder() == tmp_path / "lgpgan"

    @pytest.mark.parametrize("value", ["", "relative/folder"])
    def test_then_home(self, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", "")
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert cache_folder() == tmp_path / ".cache" / "lgpgan"


class TestFind:
    def test_files_put_there_by_hand_are_as_good(self, asset: Asset, cache: Path) -> None:
        cache.mkdir()
        (cache / "small.bin").write_bytes(CONTENT["data/small.bin"])
        (cache / "small.json").write_bytes(CONTENT["data/small.json"])
        assert find(asset) == (cache / "small.bin", cache / "small.json")

    def test_missing_says_where_and_how(self, asset: Asset, cache: Path) -> None:
        with pytest.raises(MissingPartError) as raised:
            find(asset)
        assert str(raised.value) == (
            f"The small network 'small' is not at {cache / 'small.bin'}; get it (0.0 MB, licence"
            " MIT) with: lgpgan assets --fetch small"
        )

    def test_the_home_folder_is_not_named(
        self, asset: Asset, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """These sentences end up in results that people publish: once with their user's name."""
        monkeypatch.setenv("HOME", str(cache.parent))
        with pytest.raises(MissingPartError, match=rf"is not at ~/{cache.name}/small\.bin; get it"):
            find(asset)

    def test_half_of_it_is_not_enough(self, asset: Asset, cache: Path) -> None:
        cache.mkdir()
        (cache / "small.bin").write_bytes(CONTENT["data/small.bin"])
        with pytest.raises(MissingPartError, match=r"is not at .*small\.json; get it"):
            find(asset)

    def test_same_size_but_other_content(self, asset: Asset, cache: Path) -> None:
        fetch(asset)
        (cache / "small.json").write_bytes(b"[2, 1]")
        with pytest.raises(MissingPartError, match=r"small\.json is damaged .*--fetch small$"):
            find(asset)


class TestFetch:
    def test_puts_the_files_into_the_cache(self, asset: Asset, cache: Path) -> None:
        seen: list[int] = []
        weights, listing = fetch(asset, seen.append)
        assert weights == cache / "small.bin"
        assert weights.read_bytes() == CONTENT["data/small.bin"]
        assert listing.read_bytes() == CONTENT["data/small.json"]
        assert left_behind(cache) == ["small.bin", "small.json"]
        assert seen == [3]

    def test_does_not_ask_when_it_is_there(self, asset: Asset, shelf: Shelf) -> None:
        assert fetch(asset) == fetch(asset)
        assert shelf.asked == 1

    def test_replaces_a_damaged_file(self, asset: Asset, cache: Path) -> None:
        cache.mkdir()
        (cache / "small.bin").write_bytes(b"damaged")
        assert fetch(asset)[0].read_bytes() == CONTENT["data/small.bin"]

    def test_nothing_is_kept_when_one_file_is_another(
        self, asset: Asset, shelf: Shelf, cache: Path
    ) -> None:
        shelf.content["data/small.json"] = b"[2, 1]"
        with pytest.raises(
            MissingPartError, match=r"small\.json of the shelf is not .*SHA-256 differs"
        ):
            fetch(asset)
        assert left_behind(cache) == []

    def test_cache_that_cannot_be_written(
        self, asset: Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "file" / "folder"))
        with pytest.raises(MissingPartError, match="set LGPGAN_CACHE"):
            fetch(asset)


class TestConditions:
    def test_of_what_is_missing(self, asset: Asset, cache: Path) -> None:
        assert examine(asset) == Condition(
            name="small",
            purpose="small network",
            size=26 + 6,
            licence="MIT",
            state=State.MISSING,
            place=cache / "small.bin",
            remedy="run: lgpgan assets --fetch small",
        )

    def test_the_first_file_that_is_wrong_is_told(self, asset: Asset, cache: Path) -> None:
        fetch(asset)
        assert examine(asset).state is State.PRESENT
        assert examine(asset).remedy == ""
        (cache / "small.json").write_bytes(b"")
        assert examine(asset).state is State.DAMAGED
        assert examine(asset).place == cache / "small.json"
        (cache / "small.bin").unlink()
        assert examine(asset).state is State.MISSING
