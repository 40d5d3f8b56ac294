"""MobileNetV2: its shape with random weights, and what it sees with the real ones if there."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data

from lgpgan.assets.cache import find
from lgpgan.assets.registry import MOBILENET
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.distances.features import FeatureExtractor, extract_features
from lgpgan.evaluation.distances.mobilenet import MobileNetExtractor, MobileNetV2
from lgpgan.evaluation.distances.statistics import frechet_distance
from random_weights import fill

TABBY_CATS = (281, 282, 285)
"""ImageNet's classes tabby, tiger cat and Egyptian cat."""


@pytest.fixture(scope="module")
def network() -> MobileNetV2:
    network = MobileNetV2()
    fill(network, seed=0)
    return network


@pytest.fixture(scope="module")
def extractor(network: MobileNetV2) -> FeatureExtractor:
    return MobileNetExtractor(network)


@pytest.fixture(scope="module")
def trained() -> MobileNetExtractor:
    try:
        return MobileNetExtractor.load()
    except MissingPartError as error:
        pytest.skip(str(error))


def images(count: int, size: int = 128) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


class TestNetwork:
    def test_has_the_published_number_of_parameters(self, network: MobileNetV2) -> None:
        # 3,504,872 with the classifier's 1280 · 1000 + 1000 (torchvision's count)
        assert sum(p.numel() for p in network.parameters()) == 3_504_872 - 1_281_000

    def test_is_named_as_torchvisions_weights(self, network: MobileNetV2) -> None:
        state = network.state_dict()
        assert len(state) == 312
        assert state["features.0.0.weight"].shape == (32, 3, 3, 3)
        assert state["features.1.conv.1.weight"].shape == (16, 32, 1, 1)  # not widened
        assert state["features.2.conv.1.0.weight"].shape == (96, 1, 3, 3)  # channel by channel
        assert state["features.17.conv.3.running_var"].shape == (320,)
        assert state["features.18.0.weight"].shape == (1280, 320, 1, 1)

    def test_is_32_times_smaller_at_the_end(self, network: MobileNetV2) -> None:
        with torch.inference_mode():
            assert network.features(torch.zeros(1, 3, 224, 224)).shape == (1, 1280, 7, 7)


class TestExtractor:
    def test_a_row_does_not_depend_on_the_batch(self, extractor: FeatureExtractor) -> None:
        together = extractor.features(images(5))
        singly = extract_features(extractor, images(5), batch=1)
        assert together.shape == (5, 1280)
        assert together.dtype == np.float32
        np.testing.assert_allclose(together, singly, rtol=1e-4, atol=1e-5)
        assert np.ptp(together, axis=0).max() > 1e-3

    @pytest.mark.parametrize("shape", [(48, 48), (300, 200)])
    def test_images_of_any_size(self, extractor: FeatureExtractor, shape: tuple[int, int]) -> None:
        rows = extractor.features(np.zeros((1, *shape, 3), np.uint8))
        assert rows.shape == (1, 1280)
        assert np.isfinite(rows).all()

    def test_black_white_and_the_mean_are_normalised(self) -> None:
        seen: list[torch.Tensor] = []

        class Watching(MobileNetV2):
            def forward(self, images: torch.Tensor) -> torch.Tensor:
                seen.append(images)
                return super().forward(images)

        black_and_white = np.zeros((2, 32, 32, 3), np.uint8)
        black_and_white[1] = 255
        MobileNetExtractor(Watching()).features(black_and_white)
        assert seen[0].shape == (2, 3, 224, 224)
        means = seen[0].mean(dim=(2, 3))
        torch.testing.assert_close(
            means,
            torch.tensor([[-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.6400]]),
            rtol=0,
            atol=1e-3,
        )

    def test_refuses_what_is_no_image(self, extractor: FeatureExtractor) -> None:
        with pytest.raises(InputError, match="uint8"):
            extractor.features(images(1) / 255)  # type: ignore[arg-type]

    def test_is_never_called_fid_or_kid(self, extractor: FeatureExtractor) -> None:
        assert extractor.frechet.key == "frechet_mobilenet"
        assert extractor.kernel.key == "kernel_mobilenet"
        for name in (extractor.frechet, extractor.kernel):
            assert "MobileNetV2" in name.title
            assert not {"fid", "kid", "inception"} & set(name.title.lower().split())

    def test_says_how_to_get_the_weights(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        with pytest.raises(MissingPartError, match=r"mobilenet_v2-b0353104\.pth"):
            MobileNetExtractor.load()


class TestTrained:
    def test_sees_a_cat(self, trained: MobileNetExtractor) -> None:
        state = torch.load(find(MOBILENET)[0], weights_only=True)
        weight, bias = state["classifier.1.weight"].numpy(), state["classifier.1.bias"].numpy()
        cat = data.chelsea()[:, 75:375]
        scores = trained.features(cat[np.newaxis])[0] @ weight.T + bias
        assert int(scores.argmax()) in TABBY_CATS

    def test_distance_grows_with_blur(
        self, trained: MobileNetExtractor, astronaut: NDArray[np.uint8]
    ) -> None:
        corners = np.random.default_rng(0).integers(0, 512 - 128, (20, 2))
        crops = np.stack([astronaut[y : y + 128, x : x + 128] for y, x in corners])
        reference = extract_features(trained, crops)
        values = [
            frechet_distance(
                reference,
                extract_features(
                    trained, np.stack([cv2.GaussianBlur(crop, (0, 0), sigma) for crop in crops])
                ),
            )
            for sigma in (0.5, 1, 2)
        ]
        assert 0 < values[0] < values[1] < values[2]
