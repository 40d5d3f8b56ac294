"""All figures of an editor on a small set, worked out by hand, and what is told when some fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import FakeExtractor, FakeRecogniser, fake_judges
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.evaluation import evaluator as evaluator_module
from lgpgan.evaluation import judges as judges_module
from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.subjects import Subject
from lgpgan.expressions.expression import Expression
from lgpgan.reporting.results_model import evaluation_from_json
from small_set import STEP, Entry, everybody, write_small_set

SUBJECT = Subject("identity", "doing nothing", "identity")
CLASSES = [str(expression) for expression in Expression]


class Painter(FaceEditor):
    """Turns the grey level into that of the class asked for, and leaves all else as it is."""

    def __call__(
        self,
        faces: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        sources: Sequence[str],
        targets: Sequence[str],
    ) -> NDArray[np.uint8]:
        made = faces.copy()
        steps = [CLASSES.index(t) - CLASSES.index(s) for s, t in zip(sources, targets, strict=True)]
        made += (np.array(steps) * STEP).astype(np.uint8)[:, None, None, None]
        made[:, 0, 0] = faces[:, 0, 0]
        return made


@pytest.fixture(autouse=True, scope="module")
def landmarks() -> Iterator[None]:
    """All in one place, a mouth that never moves: dlib's model would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judges_module, "find_landmarks", lambda faces: np.zeros((len(faces), 68, 2)))
        yield


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """Ann, Ben and Cat trained on; Dan and Eve kept out, a face of every class each."""
    entries = [
        *everybody("ann", "ben", "cat", split="train"),
        *everybody("dan", "eve", split="test"),
    ]
    return write_small_set(tmp_path_factory.mktemp("renders") / "set", entries, exact=True)


def judged(
    prepared: PreparedSet, editor: FaceEditor, judges: Judges | None = None, **options: Any
) -> dict[str, Any]:
    evaluator = Evaluator(prepared, judges or fake_judges(), **options)
    return evaluator.judge(SUBJECT, evaluator.outputs(editor))


@pytest.fixture(scope="module")
def nothing(renders: PreparedSet) -> dict[str, Any]:
    return judged(renders, IdentityBaseline())


@pytest.fixture(scope="module")
def painted(renders: PreparedSet) -> dict[str, Any]:
    return judged(renders, Painter())


def overall(result: dict[str, Any], key: str) -> float:
    value: float = result["measures"][key]["overall"]["value"]
    return value


def test_of_doing_nothing(nothing: dict[str, Any]) -> None:
    for part in ("whole", "eyes", "mouth", "outside"):
        assert overall(nothing, f"change_{part}") == 0.0
    assert overall(nothing, "identity_distance") == 0.0
    assert overall(nothing, "same_person") == 1.0
    # Of the seven classes that fer knows every face is read as one, contempt as neutral.
    assert overall(nothing, "accuracy_fer") == 1 / 7
    # Two of 64 pairs of classes are a step apart on either side, and so on: 2 Σ k (8 − k) / 64.
    steps = sum(2 * k * (8 - k) for k in range(1, 8)) / 64
    np.testing.assert_allclose(overall(nothing, "paired_whole"), steps * STEP / 127.5, rtol=1e-3)
    by = nothing["measures"]["paired_whole"]["by"]["target"]
    assert by["angry"]["value"] > by["happy"]["value"]  # the darkest is the farthest from the rest


def test_of_the_targets_themselves(painted: dict[str, Any]) -> None:
    assert overall(painted, "accuracy_fer") == overall(painted, "accuracy_face_api") == 1.0
    for part in ("whole", "eyes", "mouth", "outside"):
        assert overall(painted, f"paired_{part}") == 0.0
    np.testing.assert_allclose(overall(painted, "sharpness_eyes"), 1.0, atol=0.01)
    # Every class is asked of every face: the same images as the real ones, eight times.
    for distance in painted["distances"].values():
        assert (distance["interval"], distance["people"]) == (None, 2)
        assert abs(distance["value"] - distance["floor"]) < 0.01


def test_identity_is_put_beside_the_sets_own_pairs(painted: dict[str, Any]) -> None:
    identity = painted["identity"]
    assert identity["quantiles"] == [0.05, 0.25, 0.5, 0.75, 0.95]
    # Of the 28 pairs of two classes 7 are 0.1 apart, 6 are 0.2, 5 are 0.3, and so on.
    assert identity["same_person"] == pytest.approx([0.1, 0.175, 0.3, 0.4, 0.6])
    # Of the 64 changes 8 are none, 14 are by 0.1, 12 by 0.2, 10 by 0.3, and so on.
    assert identity["outputs"] == pytest.approx([0.0, 0.1, 0.2, 0.4, 0.6])
    assert identity["other_people"][0] == pytest.approx(0.8)
    assert identity["verification_rate"] == overall(painted, "same_person")
    assert identity["false_acceptance_rate"] == 0.0
    assert identity["closer_than_others"] == 1.0


def test_counts_of_what_was_read(nothing: dict[str, Any], painted: dict[str, Any]) -> None:
    known = [name for name in CLASSES if name != "contemptuous"]
    confusion = painted["confusion"]["face-api"]
    assert confusion["classes"] == known
    for row, name in zip(confusion["outputs"], CLASSES, strict=True):
        read = "neutral" if name == "contemptuous" else name
        assert row == [16 if column == read else 0 for column in known]
    assert [sum(row) for row in confusion["real"]] == [2] * 8
    # Whatever was asked for, each of the eight inputs was read as what it shows.
    assert nothing["confusion"]["fer"]["outputs"][0] == [2, 2, 2, 2, 4, 2, 2]


def test_counts_are_in_the_usual_order_whatever_the_recognisers(renders: PreparedSet) -> None:
    """What is right lies on the diagonal of every matrix."""
    turned = FakeRecogniser("turned", tuple(reversed(FakeRecogniser().recognised)))
    confusion = judged(renders, Painter(), fake_judges(recognisers=(turned,)))["confusion"]
    assert confusion["turned"]["classes"] == [c for c in CLASSES if c != "contemptuous"]


def test_what_it_is_of(painted: dict[str, Any]) -> None:
    data = painted["data"]
    assert (data["people"], data["sources"], data["outputs"]) == (2, 16, 128)
    assert (data["references"], data["held_out"]) == (24, 16)
    assert data["citations"] == ["Nobody: made-up faces"]
    assert painted["subject"]["title"] == "doing nothing"
    assert painted["missing"] == painted["problems"] == []
    assert painted["measures"]["accuracy_fer"]["by"].keys() == {"target", "source"}


def test_is_what_reports_read(painted: dict[str, Any]) -> None:
    text = json.dumps(painted, allow_nan=False)
    read = evaluation_from_json(json.loads(text))
    assert read.measures["accuracy_fer"].overall.count == 112
    assert read.distances["frechet_mobilenet"].count == 16


def test_does_not_depend_on_how_many_are_edited_at_once(
    renders: PreparedSet, painted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator_module, "BATCH", 7)
    monkeypatch.setattr(judges_module, "CHUNK", 5)
    assert judged(renders, Painter()) == painted


def test_tells_how_far_it_is(renders: PreparedSet) -> None:
    told: list[tuple[str, int, int]] = []
    judged(renders, Painter(), progress=lambda *state: told.append(state))
    assert list(dict.fromkeys(what for what, _, _ in told)) == [
        "editing",
        "looking at real faces",
        "looking at outputs",
        "looking at faces trained on",
    ]
    last = {what: (done, total) for what, done, total in told}
    assert last["editing"] == last["looking at outputs"] == (128, 128)
    assert last["looking at faces trained on"] == (24, 24)


def test_one_evaluator_judges_many(renders: PreparedSet, painted: dict[str, Any]) -> None:
    evaluator = Evaluator(renders, fake_judges())
    evaluator.judge(SUBJECT, evaluator.outputs(IdentityBaseline()))
    assert evaluator.judge(SUBJECT, evaluator.outputs(Painter())) == painted


def test_fewer_faces(renders: PreparedSet) -> None:
    result = judged(renders, Painter(), count=3, sources="neutral")
    assert result["data"]["sources"] == 2  # there are no three
    assert result["data"]["held_out"] == 16
    assert overall(result, "paired_whole") == 0.0


class FakeInception(InceptionExtractor):
    """Three numbers of a face under the names of FID's network."""

    dimensions = 3

    def __init__(self) -> None:
        pass

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return FakeExtractor().features(images)

    def probabilities(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.full((len(features), 2), 0.5)


def test_nothing_is_chosen_by_a_distance_to_test_faces(tmp_path: Path) -> None:
    """Regression: the real faces that validation people were held against had the test faces."""
    entries = [
        *everybody("ann", split="train"),
        *everybody("ben", split="validation"),
        *everybody("cat", split="test"),
    ]
    prepared = write_small_set(tmp_path / "set", entries)
    found = {
        split: judged(
            prepared, IdentityBaseline(), fake_judges(extractors=(FakeInception(),)), split=split
        )
        for split in ("validation", "test")
    }
    assert found["validation"]["distances"]["fid"]["reference_count"] == 16
    assert found["test"]["distances"]["fid"]["reference_count"] == 24
    assert (found["validation"]["protocol"], found["test"]["protocol"]) == (3, 2)


class TestWhatASetLacks:
    def test_people_trained_on(self, tmp_path: Path) -> None:
        prepared = write_small_set(tmp_path, everybody("ann", "ben", split="test"))
        result = judged(prepared, Painter())
        (problem,) = result["problems"]
        assert problem.startswith("There are no distances between sets: ")
        assert "no faces in its split 'train'" in problem
        assert result["distances"] == {}
        assert result["data"]["references"] == 0
        assert overall(result, "accuracy_fer") == 1.0

    def test_a_class_on_one_side(self, tmp_path: Path) -> None:
        entries = [
            *everybody("ann", "ben", split="train", classes=CLASSES[1:]),
            *everybody("cat", "dan", split="test", classes=CLASSES[:-1]),
        ]
        result = judged(write_small_set(tmp_path, entries), Painter())
        kept_out, trained_on = result["problems"]
        assert "kept out shows the class 'surprised', so sharpness" in kept_out
        assert "trained on shows the class 'angry', so distances" in trained_on
        by = result["measures"]["sharpness_mouth"]["by"]["target"]
        assert by.keys() == set(CLASSES) - {"surprised"}
        assert overall(result, "accuracy_fer") == 1.0
        assert result["distances"].keys() == {"frechet_mobilenet", "kernel_mobilenet"}

    def test_images(self, tmp_path: Path) -> None:
        entries = [Entry("ann", "happy", "train"), *everybody("ben", split="test")]
        result = judged(write_small_set(tmp_path, entries), Painter())
        few = [sentence for sentence in result["problems"] if "two images or more" in sentence]
        assert len(few) == 2
        assert result["distances"] == {}
        assert result["measures"]["accuracy_fer"]["overall"] == {
            "value": 1.0,
            "interval": None,
            "count": 56,
            "people": 1,
        }

    def test_names(self, tmp_path: Path) -> None:
        entries = [
            *(Entry("", name, "train") for name in CLASSES),
            *(Entry("", name) for name in CLASSES),
        ]
        result = judged(write_small_set(tmp_path, entries), Painter())
        assert result["problems"] == []
        told = " ".join(result["missing"])
        assert "does not say who is on its faces" in told
        assert "contempt cannot be read" not in told  # neutral faces are neutral themselves
        assert result["data"]["people"] == 0
        assert result["identity"]["other_people"] is None
        assert result["identity"]["false_acceptance_rate"] is None
        assert result["measures"]["identity_distance"]["real"] is None
        assert evaluation_from_json(result).measures["same_person"].real is None

    def test_the_eight_classes(self, tmp_path: Path) -> None:
        entries = [
            Entry(who, name, split)
            for split, people in (("train", ("ann", "ben")), ("test", ("cat", "dan")))
            for who in people
            for name in ("calm", "joyful")
        ]
        result = judged(write_small_set(tmp_path, entries, ("calm", "joyful")), IdentityBaseline())
        assert result["problems"] == []
        told = " ".join(result["missing"])
        assert "'fer' knows none of the set's classes" in told
        assert "accuracy_fer" not in result["measures"]
        assert "contempt_read" not in result["measures"]
        assert overall(result, "change_whole") == 0.0
        evaluation_from_json(result)

    def test_neutral_faces(self, tmp_path: Path) -> None:
        entries = [
            Entry(who, name, split)
            for split, people in (("train", ("ann", "ben")), ("test", ("cat", "dan")))
            for who in people
            for name in ("contemptuous", "happy")
        ]
        prepared = write_small_set(tmp_path, entries, ("contemptuous", "happy"))
        result = judged(prepared, IdentityBaseline())
        assert any("contempt cannot be read" in sentence for sentence in result["missing"])
        assert "contempt_read" not in result["measures"]

    def test_judges(self, renders: PreparedSet) -> None:
        judges = fake_judges(
            recognisers=(), extractors=(), missing=("Get fer.",), problems=("fer is damaged.",)
        )
        result = judged(renders, Painter(), judges)
        assert (result["missing"], result["problems"]) == (["Get fer."], ["fer is damaged."])
        assert result["distances"] == result["confusion"] == {}
        assert overall(result, "paired_whole") == 0.0
        evaluation_from_json(result)
