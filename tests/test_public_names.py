from __future__ import annotations

import pytest

import lgpgan


def test_every_public_name_is_there() -> None:
    for name in lgpgan.__all__:
        assert getattr(lgpgan, name) is not None
    from lgpgan import Editor
    from lgpgan.editing.editor import Editor as Home

    assert Editor is Home


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        lgpgan.nonsense  # noqa: B018
