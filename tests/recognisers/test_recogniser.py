"""What every recogniser promises; each is tested where its parts are here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.assets.registry import ASSETS
from lgpgan.errors import InputError, MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.recognisers import recogniser
from lgpgan.recognisers.recogniser import RECOGNISERS, Recogniser, available_recognisers


@pytest.fixture(scope="module", params=RECOGNISERS)
def judge(request: pytest.FixtureRequest) -> Recogniser:
    try:
        return RECOGNISERS[request.param]()
    except MissingPartError as error:
        pytest.skip(str(error))


class TestEveryRecogniser:
    def test_knows_all_but_contempt(self, judge: Recogniser) -> None:
        assert set(judge.recognised) == set(Expression) - {Expression.CONTEMPTUOUS}
        assert len(judge.recognised) == 7

    def test_sees_a_smile(self, judge: Recogniser, smile: NDArray[np.uint8]) -> None:
        (row,) = judge.probabilities(smile[np.newaxis])
        assert list(Expression)[int(row.argmax())] is Expression.HAPPY
        assert row[Expression.HAPPY.position] > 0.9

    def test_rows_are_distributions_without_contempt(self, judge: Recogniser) -> None:
        faces = np.random.default_rng(0).integers(0, 256, (5, 128, 128, 3), np.uint8)
        result = judge.probabilities(faces)
        assert result.shape == (5, 8)
        assert result.dtype == np.float64
        assert result.min() >= 0
        np.testing.assert_allclose(result.sum(1), 1.0, atol=1e-6)
        np.testing.assert_array_equal(result[:, Expression.CONTEMPTUOUS.position], 0)

    def test_a_row_does_not_depend_on_the_batch(
        self, judge: Recogniser, smile: NDArray[np.uint8]
    ) -> None:
        faces = np.random.default_rng(1).integers(0, 256, (4, 128, 128, 3), np.uint8)
        faces[2] = smile
        batch = judge.probabilities(faces)
        singly = [judge.probabilities(faces[i : i + 1])[0] for i in (3, 2, 1, 0)][::-1]
        np.testing.assert_array_equal(batch, singly)

    def test_no_faces(self, judge: Recogniser) -> None:
        assert judge.probabilities(np.zeros((0, 128, 128, 3), np.uint8)).shape == (0, 8)

    def test_refuses_what_is_no_batch(self, judge: Recogniser) -> None:
        with pytest.raises(InputError, match=r"\(N, H, W, 3\)"):
            judge.probabilities(np.zeros((128, 128, 3), np.uint8))


def test_each_is_called_as_what_it_needs() -> None:
    assert list(RECOGNISERS) == ["fer", "face-api"]
    assert set(RECOGNISERS) <= set(ASSETS)


def test_without_any_file_all_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    found = available_recognisers()
    assert found.available == ()
    assert list(found.missing) == list(RECOGNISERS)
    for name, sentence in found.missing.items():
        assert f"lgpgan assets --fetch {name}" in sentence


def test_those_that_are_here_are_loaded_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    class Judge:
        name = "here"

    def absent() -> Judge:
        raise MissingPartError("get it")

    monkeypatch.setattr(recogniser, "RECOGNISERS", {"absent": absent, "here": Judge})
    found = available_recognisers()
    assert [judge.name for judge in found.available] == ["here"]
    assert found.missing == {"absent": "get it"}
