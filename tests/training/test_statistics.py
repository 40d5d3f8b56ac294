from __future__ import annotations

import json
from pathlib import Path

import pytest

from lgpgan.training.statistics import RunningMeans, Statistics, read_statistics


def test_means_are_taken_over_steps() -> None:
    means = RunningMeans()
    means.add({"a": 1.0, "b": 2.0})
    means.add({"a": 2.0, "b": 4.0})
    assert means.take() == {"a": 1.5, "b": 3.0}


def test_a_term_that_a_step_lacks_counts_as_nothing() -> None:
    means = RunningMeans()
    means.add({"D/a": 1.0, "D/lazy": 6.0})
    means.add({"D/a": 1.0})
    assert means.take() == {"D/a": 1.0, "D/lazy": 3.0}


def test_a_side_that_waits_its_turn_is_averaged_over_its_own_steps() -> None:
    """With five discriminator steps to one of the generators theirs came out at a fifth."""
    means = RunningMeans()
    for step in range(10):
        means.add({"D/a": 1.0} | ({"G/b": 4.0, "G/c": float(step)} if step % 5 == 4 else {}))
    assert means.take() == {"D/a": 1.0, "G/b": 4.0, "G/c": 6.5}


def test_counting_starts_anew_after_taking() -> None:
    means = RunningMeans()
    means.add({"a": 1.0})
    means.take()
    means.add({"b": 5.0})
    assert means.take() == {"b": 5.0}


def test_means_go_on_from_a_saved_state() -> None:
    whole, first, second = RunningMeans(), RunningMeans(), RunningMeans()
    for value in (0.1, 0.2, 0.7):
        whole.add({"a": value})
    first.add({"a": 0.1})
    first.add({"a": 0.2})
    second.load_state_dict(first.state_dict())
    second.add({"a": 0.7})
    assert second.take() == whole.take()


@pytest.fixture
def file(tmp_path: Path) -> Statistics:
    return Statistics(tmp_path / "statistics.jsonl")


def lines(file: Statistics) -> list[dict[str, float]]:
    return [json.loads(line) for line in file.path.read_text().splitlines()]


def test_every_line_is_a_json_object(file: Statistics) -> None:
    file.write(16, 1.26, {"G/flow": 0.5})
    file.write(32, 2.0, {"G/flow": 0.25})
    assert lines(file) == [
        {"images": 16, "seconds": 1.3, "G/flow": 0.5},
        {"images": 32, "seconds": 2.0, "G/flow": 0.25},
    ]


def test_rewinding_drops_what_lies_beyond(file: Statistics) -> None:
    for images in (16, 32, 32, 48, 64):
        file.write(images, 0.0, {})
    file.rewind(32)
    assert [line["images"] for line in lines(file)] == [16, 32, 32]
    file.rewind(0)
    assert lines(file) == []


@pytest.mark.parametrize("half", ['{"images": 48, "sec', '{"images": 8}', "\n[1]\n3\n"])
def test_rewinding_drops_what_was_not_finished(file: Statistics, half: str) -> None:
    file.write(16, 0.0, {})
    with file.path.open("a") as opened:
        opened.write(half)
    file.rewind(100)
    file.write(32, 0.0, {})
    assert [line["images"] for line in lines(file)] == [16, 32]


def test_there_need_not_be_a_file(file: Statistics) -> None:
    file.rewind(16)
    assert not file.path.exists()


def test_lines_are_read_up_to_the_first_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "statistics.jsonl"
    assert read_statistics(path) == []
    Statistics(path).write(8, 1.0, {"G/cycle": 0.5})
    Statistics(path).write(16, 2.0, {"G/cycle": 0.25})
    whole = [
        {"images": 8, "seconds": 1.0, "G/cycle": 0.5},
        {"images": 16, "seconds": 2.0, "G/cycle": 0.25},
    ]
    assert read_statistics(path) == whole
    with path.open("a") as file:
        file.write('{"images": 24, "sec')
    assert read_statistics(path) == whole
    path.write_text("[1]\n")
    assert read_statistics(path) == []
