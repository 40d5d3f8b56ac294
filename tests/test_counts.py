"""Numbers of people and faces as a sentence needs them."""

from __future__ import annotations

from lgpgan.counts import faces_text, people_text


def test_one_is_no_plural() -> None:
    """Regression: pages, tables and messages said "1 people" and "1 faces"."""
    assert [people_text(count) for count in (0, 1, 2, 1234)] == [
        "0 people",
        "1 person",
        "2 people",
        "1,234 people",
    ]
    assert [faces_text(count) for count in (1, 2)] == ["1 face", "2 faces"]
