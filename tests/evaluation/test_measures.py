"""What is measured of outputs, from readings made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import FakeRecogniser
from lgpgan.evaluation.figures import Measure
from lgpgan.evaluation.judges import Readings
from lgpgan.evaluation.measures import Measured
from lgpgan.evaluation.sharpness import RegionSharpness
from lgpgan.evaluation.trials import Trials
from lgpgan.recognisers.contempt import LEFT_CORNER
from small_set import Entry, write_small_set

CLASSES = ("contemptuous", "happy", "neutral")
ENTRIES = [
    Entry("ann", "neutral", photo="ann_0"),
    Entry("ann", "happy", photo="ann_0"),
    Entry("ben", "happy", photo="ben_0"),
]
"""Asked for all three classes each: nine trials."""
NAN = float("nan")


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials.of(write_small_set(tmp_path, ENTRIES, CLASSES))


def readings(
    named: Sequence[str],
    *,
    corner: Sequence[float] | None = None,
    descriptor: Sequence[float] | None = None,
    sharpness: Sequence[float] | None = None,
) -> Readings:
    """Of as many faces as are named; ``corner`` is how far up the mouth's left corner is."""
    count = len(named)
    landmarks, descriptors = np.zeros((count, 68, 2)), np.zeros((count, 128))
    landmarks[:, LEFT_CORNER, 1] = -np.array(corner or [0.0] * count)
    descriptors[:, 0] = descriptor or [0.0] * count
    fine = np.array(sharpness or [1.0] * count)
    return Readings(
        named={"fer": np.array(named)},
        landmarks=landmarks,
        descriptors=descriptors,
        sharpness=RegionSharpness(eyes=fine, mouth=fine / 2),
        features={},
    )


def measured(
    trials: Trials, usual: Readings, made: Readings, faces: NDArray[np.uint8] | None = None
) -> Mapping[str, Measure]:
    if faces is None:
        faces = trials.real.faces[trials.source]
    found = Measured(trials, [FakeRecogniser()], usual, faces, made)
    return {measure.key: measure for measure in found}


USUAL = readings(["neutral", "happy", "neutral"])
MADE = readings(["happy", "happy", "neutral"] * 3)


def values(measure: Measure) -> list[float]:
    return np.round(measure.values, 9).tolist()


def test_doing_nothing_changes_nothing(trials: Trials) -> None:
    found = measured(trials, USUAL, MADE)
    for part in ("whole", "eyes", "mouth", "outside"):
        assert values(found[f"change_{part}"]) == [0.0] * 9
    assert values(found["identity_distance"]) == [0.0] * 9
    assert values(found["same_person"]) == [1.0] * 9
    assert not any(key.startswith("paired") for key in found)


def test_change_is_in_units_of_the_networks(trials: Trials) -> None:
    faces = trials.real.faces[trials.source]
    brighter = faces.copy()
    brighter[3] += 51  # 51 / 127.5
    found = measured(trials, USUAL, MADE, brighter)
    assert values(found["change_whole"]) == [0.0] * 3 + [0.4] + [0.0] * 5


def test_accuracy_counts_only_classes_that_are_known(trials: Trials) -> None:
    accuracy = measured(trials, USUAL, MADE)["accuracy_fer"]
    np.testing.assert_array_equal(accuracy.values, [NAN, 1.0, 1.0] * 3)
    assert accuracy.real is not None
    # Real faces: neutral read as neutral, happy as happy, happy as neutral.
    assert accuracy.real.values.tolist() == [1.0, 1.0, 0.0]
    assert list(accuracy.real.people) == ["ann", "ann", "ben"]
    assert "of the 7 classes that it knows" in accuracy.about


def test_contempt_is_read_against_the_persons_neutral_face(trials: Trials) -> None:
    """Ann's corner is up by 3 of 9 pixels already when she is neutral; of Ben nothing is known."""
    usual = readings(["neutral", "happy", "neutral"], corner=[3.0, 3.0, 9.0])
    made = readings(["neutral"] * 9, corner=[9.0, 3.0, 9.0, 3.0, 3.0, 9.0, 9.0, 9.0, 9.0])
    found = measured(trials, usual, made)
    read, false = found["contempt_read"], found["contempt_false"]
    np.testing.assert_array_equal(read.values, [1.0, NAN, NAN, 0.0, NAN, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(false.values, [NAN, 0.0, 1.0, NAN, 0.0, 1.0, NAN, NAN, NAN])
    assert read.real is not None
    assert false.real is not None
    assert np.isnan(read.real.values).all()  # no real face shows contempt
    np.testing.assert_array_equal(false.real.values, [0.0, 0.0, NAN])


def test_without_any_neutral_face_contempt_is_not_known(tmp_path: Path) -> None:
    trials = Trials.of(write_small_set(tmp_path, ENTRIES[1:], CLASSES))
    found = measured(trials, readings(["happy"] * 2), readings(["happy"] * 6))
    assert not found["contempt_read"].is_known
    assert not found["contempt_false"].is_known
    assert found["accuracy_fer"].is_known


def test_contempt_is_not_asked_about_where_the_set_lacks_it(tmp_path: Path) -> None:
    trials = Trials.of(write_small_set(tmp_path, ENTRIES, ("happy", "neutral")))
    found = measured(trials, USUAL, readings(["happy"] * 6))
    assert "contempt_read" not in found


def test_classes_that_no_recogniser_knows(tmp_path: Path) -> None:
    entries = [Entry("ann", "joyful"), Entry("ann", "calm")]
    trials = Trials.of(write_small_set(tmp_path, entries, ("calm", "joyful")))
    found = measured(trials, readings(["happy", "neutral"]), readings(["happy"] * 4))
    assert not found["accuracy_fer"].is_known
    assert found["identity_distance"].is_known


def test_identity_stands_beside_two_real_faces_of_the_person(trials: Trials) -> None:
    usual = readings(["neutral", "happy", "happy"], descriptor=[0.0, 0.25, 5.0])
    made = readings(["happy"] * 9, descriptor=[0.1, 0.2, 0.3, 0.25, 0.65, 0.85, 5, 5, 5.5])
    found = measured(trials, usual, made)
    distance = found["identity_distance"]
    assert values(distance) == [0.1, 0.2, 0.3, 0.0, 0.4, 0.6, 0.0, 0.0, 0.5]
    assert distance.statistic == "median"
    assert distance.real is not None
    # Ann's neutral face and her smile, from both sides; a face beside itself says nothing.
    expected = [NAN, 0.25, NAN, NAN, NAN, 0.25, NAN, NAN, NAN]
    np.testing.assert_array_equal(distance.real.values, expected)
    same = found["same_person"]
    assert values(same) == [1.0] * 5 + [0.0] + [1.0] * 3  # 0.6 is not below 0.6
    assert same.real is not None
    np.testing.assert_array_equal(same.real.values, np.where(np.isnan(expected), NAN, 1.0))


def test_sharpness_is_against_real_faces_of_the_class_asked_for(trials: Trials) -> None:
    usual = readings(["neutral", "happy", "happy"], sharpness=[2.0, 1.0, 3.0])
    made = readings(["happy"] * 9, sharpness=[1.0] * 9)
    found = measured(trials, usual, made)
    # No real face shows contempt; the median smile has 2, the neutral face 2.
    np.testing.assert_array_equal(found["sharpness_eyes"].values, [NAN, 0.5, 0.5] * 3)
    np.testing.assert_array_equal(found["sharpness_mouth"].values, [NAN, 1.0 / 2, 1.0 / 2] * 3)
    real = found["sharpness_eyes"].real
    assert real is not None
    assert real.values.tolist() == [1.0, 0.5, 1.5]


def test_the_paired_error_of_doing_nothing_is_how_far_the_target_is(trials: Trials) -> None:
    exact = replace(trials, exact=np.array([-1, 1, 0, -1, 1, 0, -1, 2, -1]))
    error = measured(exact, USUAL, MADE)["paired_whole"].values
    neutral, smile = exact.real.faces[:2].astype(float)
    apart = np.abs(neutral - smile).mean() / 127.5
    np.testing.assert_allclose(error, [NAN, apart, 0, NAN, 0, apart, NAN, 0, NAN], atol=1e-12)
    assert apart > 0.1


def test_the_paired_error_of_the_target_itself_is_none(trials: Trials) -> None:
    exact = replace(trials, exact=np.array([-1, 1, 0, -1, 1, 0, -1, 2, -1]))
    right = exact.real.faces[np.where(exact.exact < 0, exact.source, exact.exact)]
    found = measured(exact, USUAL, MADE, right)
    for part in ("whole", "eyes", "mouth", "outside"):
        assert np.nanmax(found[f"paired_{part}"].values) == 0.0
