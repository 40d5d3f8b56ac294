"""FID's network: against numbers of another implementation, with weights made up here.

The real weights are in no package. The numbers were taken once from torch-fidelity 0.4.0, whose
network was checked against TensorFlow, with the very weights and images that are made below.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lgpgan.assets.registry import INCEPTION_WEIGHTS
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.distances import inception
from lgpgan.evaluation.distances.features import FeatureExtractor, extract_features
from lgpgan.evaluation.distances.inception import FidInception, InceptionExtractor
from random_weights import fill

POSITIONS = (0, 319, 320, 703, 704, 1087, 1088, 1471, 1472, 1855, 1856, 2047)
"""First and last of every part of which the last block's output is joined."""

FEATURES = np.array(
    [
        [[0.0, 1.202852], [0.151040, 0.010520], [0.961113, 0.0]],
        [[2.404452, 1.375331], [0.917342, 0.038020], [0.286656, 0.346085]],
        [[0.0, 1.320565], [0.206699, 0.006907], [0.849066, 0.0]],
        [[2.573120, 1.562407], [1.037839, 0.047357], [0.394462, 0.416942]],
    ]
).reshape(2, 12)
"""Of the two images, at these positions."""

MEANS, DEVIATIONS = [0.513396, 0.542252], [0.716793, 0.759165]
"""Over all 2,048 features."""

CLASSES, PROBABILITIES = [522, 522], [0.0332, 0.0436]
"""The likeliest class, without the bias of the last layer."""


@pytest.fixture(scope="module")
def network() -> FidInception:
    network = FidInception()
    fill(network, seed=0)
    return network


@pytest.fixture(scope="module")
def extractor(network: FidInception) -> InceptionExtractor:
    return InceptionExtractor(network)


def images() -> NDArray[np.uint8]:
    """Two wide images: waves of several lengths and directions, and dots."""
    y, x = np.indices((96, 140))
    waves = [np.sin(x / 5 + y / 11), np.cos(x / 23 - y / 7), np.sin(x * y / 400)]
    first = np.stack([127.5 + 120 * wave for wave in waves], axis=-1)
    second = np.stack([(x * 37 + y * 101 * k) % 251 for k in (1, 2, 3)], axis=-1)
    return np.stack([first, second]).round().astype(np.uint8)


class TestNetwork:
    def test_has_the_published_number_of_parameters(self, network: FidInception) -> None:
        # torchvision counts 27,161,264 for Inception v3 with 1,000 classes, of them 3,326,696 in
        # the auxiliary classifier, which this one lacks; eight more classes of 2,048 + 1 each
        expected = 27_161_264 - 3_326_696 + 8 * 2049
        assert sum(p.numel() for p in network.parameters()) == expected

    def test_is_named_as_the_weights_file(self, network: FidInception) -> None:
        state = network.state_dict()
        assert len(state) == 94 * 6 + 2
        assert state["Conv2d_1a_3x3.conv.weight"].shape == (32, 3, 3, 3)
        assert state["Mixed_5b.branch_pool.conv.weight"].shape == (32, 192, 1, 1)
        assert state["Mixed_6b.branch7x7_2.conv.weight"].shape == (128, 128, 1, 7)
        assert state["Mixed_6e.branch7x7dbl_2.conv.weight"].shape == (192, 192, 7, 1)
        assert state["Mixed_7c.branch3x3dbl_3b.bn.running_var"].shape == (384,)
        assert state["fc.weight"].shape == (1008, 2048)


class TestExtractor:
    def test_equals_torch_fidelity(self, extractor: InceptionExtractor) -> None:
        rows = extractor.features(images())
        assert rows.shape == (2, 2048)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(rows[:, POSITIONS], FEATURES, rtol=0, atol=1e-4)
        np.testing.assert_allclose(rows.mean(axis=1), MEANS, rtol=1e-5)
        np.testing.assert_allclose(rows.std(axis=1), DEVIATIONS, rtol=1e-5)

    def test_probabilities_equal_torch_fidelitys(self, extractor: InceptionExtractor) -> None:
        rows = extractor.probabilities(extractor.features(images()))
        assert rows.shape == (2, 1008)
        np.testing.assert_allclose(rows.sum(axis=1), 1)
        np.testing.assert_array_equal(rows.argmax(axis=1), CLASSES)
        np.testing.assert_allclose(rows.max(axis=1), PROBABILITIES, atol=5e-5)

    def test_a_row_does_not_depend_on_the_batch(self, extractor: FeatureExtractor) -> None:
        singly = extract_features(extractor, images(), batch=1)
        np.testing.assert_allclose(extractor.features(images()), singly, rtol=1e-4, atol=1e-5)

    def test_refuses_what_is_no_image(self, extractor: FeatureExtractor) -> None:
        with pytest.raises(InputError, match="uint8"):
            extractor.features(images() / 255)  # type: ignore[arg-type]

    def test_its_distances_are_fid_and_kid(self, extractor: FeatureExtractor) -> None:
        assert (extractor.frechet.key, extractor.kernel.key) == ("fid", "kid")


WEIGHTS_FILE = INCEPTION_WEIGHTS.files[0].name


class TestLoad:
    def test_from_the_cache_or_from_a_path(
        self, network: FidInception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / WEIGHTS_FILE
        torch.save(network.state_dict(), path)
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        published = replace(INCEPTION_WEIGHTS.files[0], sha256=digest, size=path.stat().st_size)
        asset = replace(INCEPTION_WEIGHTS, files=(published,))
        monkeypatch.setattr(inception, "INCEPTION_WEIGHTS", asset)
        features = np.random.default_rng(0).random((1, 2048))
        expected = InceptionExtractor(network).probabilities(features)
        for loaded in (InceptionExtractor.load(), InceptionExtractor.load(path)):
            np.testing.assert_array_equal(loaded.probabilities(features), expected)

    def test_another_file(self, tmp_path: Path) -> None:
        path = tmp_path / WEIGHTS_FILE
        path.write_bytes(b"weights of another network")
        with pytest.raises(InputError) as raised:
            InceptionExtractor.load(path)
        beginning = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        assert f"begins with {beginning}, not 6726825d" in str(raised.value)

    def test_no_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        with pytest.raises(MissingPartError) as raised:
            InceptionExtractor.load()
        assert str(tmp_path / WEIGHTS_FILE) in str(raised.value)
        assert "lgpgan assets --fetch fid-inception" in str(raised.value)
