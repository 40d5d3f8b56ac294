"""Distances: by hand, against other implementations, and whether they point the right way."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import linalg
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.statistics import (
    frechet_distance,
    frechet_statistic,
    inception_score,
    kernel_distance,
    kernel_statistic,
)

Features = NDArray[np.float64]
Distance = Callable[[Features, Features], float]

DISTANCES = pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
STATISTICS = pytest.mark.parametrize(
    ("statistic", "distance"),
    [(frechet_statistic, frechet_distance), (kernel_statistic, kernel_distance)],
)


def two_samples(first: int, second: int, dimensions: int) -> tuple[Features, Features]:
    generator = np.random.default_rng(0)
    return (
        generator.random((first, dimensions)),
        1.3 * generator.random((second, dimensions)) ** 2 + 0.1,
    )


def frechet_by_matrix_root(a: Features, b: Features) -> float:
    """The formula as it is written."""
    first, second = np.cov(a.T), np.cov(b.T)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the matrix may be singular
        root = linalg.sqrtm(first @ second).real
    difference = a.mean(axis=0) - b.mean(axis=0)
    return float(difference @ difference + np.trace(first + second - 2 * root))


class Pixels(nn.Module):
    """Stands in for Inception: an image's features are its values."""

    num_features = 12

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1).double()


class TestFrechet:
    def test_of_normal_distributions_on_a_line(self) -> None:
        # means 1 and 4, variances 2 and 8: 3² + (√8 − √2)² = 9 + 2 = 11
        a = np.array([[0.0], [2.0]])
        b = np.array([[2.0], [6.0]])
        assert frechet_distance(a, b) == pytest.approx(11)

    def test_of_crossed_distributions(self) -> None:
        # Same mean; variances (2, 0) and (0, 2): nothing in common, so the sum of all of them.
        a = np.array([[1.0, 0.0], [-1.0, 0.0]])
        assert frechet_distance(a, a[:, ::-1]) == pytest.approx(4)

    @pytest.mark.parametrize("shape", [(50, 60, 20), (15, 60, 20), (60, 12, 20), (15, 12, 20)])
    def test_equals_the_formula_with_many_and_few_images(self, shape: tuple[int, int, int]) -> None:
        a, b = two_samples(*shape)
        assert frechet_distance(a, b) == pytest.approx(frechet_by_matrix_root(a, b), abs=1e-5)

    def test_equals_torchmetrics(self) -> None:
        a, b = two_samples(40, 50, 12)
        reference = FrechetInceptionDistance(feature=Pixels(), normalize=True)
        reference.set_dtype(torch.float64)
        for sample, real in ((a, True), (b, False)):
            reference.update(torch.from_numpy(sample).reshape(-1, 3, 2, 2), real=real)
        assert frechet_distance(a, b) == pytest.approx(float(reference.compute()), abs=1e-5)

    def test_is_zero_for_the_same_images_only(self) -> None:
        a, b = two_samples(30, 30, 50)
        assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12)
        assert frechet_distance(a, b) > 0.1

    def test_does_not_lose_digits_far_from_zero(self) -> None:
        a, b = two_samples(30, 40, 50)
        assert frechet_distance(a + 1e6, b + 1e6) == pytest.approx(frechet_distance(a, b), rel=1e-6)


class TestKernel:
    def test_by_hand(self) -> None:
        # On a line (x·y + 1)³: within {0, 1} k = 1; within {1, 2} k = 27;
        # between them 1, 1, 8, 27 with mean 9.25. 1 + 27 − 2 · 9.25 = 9.5
        a = np.array([[0.0], [1.0]])
        b = np.array([[1.0], [2.0]])
        assert kernel_distance(a, b) == pytest.approx(9.5)

    def test_products_are_means_over_dimensions(self) -> None:
        a, b = two_samples(6, 5, 3)
        assert kernel_distance(np.tile(a, 4), np.tile(b, 4)) == pytest.approx(kernel_distance(a, b))

    @pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance` will save")
    def test_equals_torchmetrics(self) -> None:
        a, b = two_samples(40, 40, 12)
        reference = KernelInceptionDistance(
            feature=Pixels(), subsets=1, subset_size=40, normalize=True
        )
        for sample, real in ((a, True), (b, False)):
            reference.update(torch.from_numpy(sample).reshape(-1, 3, 2, 2), real=real)
        assert kernel_distance(a, b) == pytest.approx(float(reference.compute()[0]), abs=1e-5)

    def test_large_references_are_taken_in_blocks(self) -> None:
        reference, features = two_samples(2500, 30, 4)
        kernel = (reference @ reference.T / 4 + 1) ** 3
        within = (kernel.sum() - kernel.trace()) / (2500 * 2499)
        own = (features @ features.T / 4 + 1) ** 3
        expected = within + (own.sum() - own.trace()) / (30 * 29)
        expected -= 2 * ((features @ reference.T / 4 + 1) ** 3).mean()
        assert kernel_distance(reference, features) == pytest.approx(expected, rel=1e-9)

    def test_is_near_zero_for_one_distribution_whatever_the_number(self) -> None:
        generator = np.random.default_rng(0)
        for count in (10, 40):
            values = [kernel_distance(*generator.normal(size=(2, count, 30))) for _ in range(200)]
            error = np.std(values) / np.sqrt(200)
            assert abs(np.mean(values)) < 4 * error
            assert min(values) < 0 < max(values)
        # where the Fréchet distance is far from it, and the farther the fewer images there are
        frechet = [frechet_distance(*generator.normal(size=(2, n, 30))) for n in (10, 40, 400)]
        assert frechet[0] > 2 * frechet[1] > 10 * frechet[2]


class TestBoth:
    @DISTANCES
    def test_symmetric_and_independent_of_order(self, distance: Distance) -> None:
        a, b = two_samples(20, 30, 25)
        value = distance(a, b)
        assert distance(b, a) == pytest.approx(value, rel=1e-9)
        assert distance(a[::-1], np.roll(b, 7, axis=0)) == pytest.approx(value, rel=1e-9)

    @DISTANCES
    def test_takes_single_precision_but_counts_in_double(self, distance: Distance) -> None:
        a, b = (sample.astype(np.float32) for sample in two_samples(20, 30, 25))
        assert distance(a, b) == distance(a.astype(np.float64), b.astype(np.float64))  # type: ignore[arg-type]

    @STATISTICS
    @pytest.mark.parametrize("shape", [(60, 40, 15), (20, 40, 60), (80, 40, 60)])
    def test_statistic_of_rows_is_the_distance_of_these_rows(
        self,
        statistic: Callable[..., Callable[..., float]],
        distance: Distance,
        shape: tuple[int, int, int],
    ) -> None:
        reference, features = two_samples(*shape)
        of_rows = statistic(reference, features)
        generator = np.random.default_rng(0)
        for rows in (np.arange(40), np.array([3, 9]), generator.integers(40, size=55)):
            expected = distance(reference, features[rows])
            assert of_rows(rows) == pytest.approx(expected, rel=1e-9, abs=1e-9)

    @STATISTICS
    def test_statistic_of_one_row(
        self, statistic: Callable[..., Callable[..., float]], distance: Distance
    ) -> None:
        with pytest.raises(InputError, match="two images"):
            statistic(*two_samples(5, 5, 3))(np.array([2]))

    @DISTANCES
    def test_refuses_what_is_no_pair_of_feature_sets(self, distance: Distance) -> None:
        a, b = two_samples(5, 6, 4)
        with pytest.raises(InputError, match=r"\(5, 4\) and \(6, 3\)"):
            distance(a, b[:, :3])
        with pytest.raises(InputError, match="shapes"):
            distance(a[0], b)
        with pytest.raises(InputError, match="5 and 1"):
            distance(a, b[:1])
        b[2, 1] = np.nan
        with pytest.raises(InputError, match="finite"):
            distance(a, b)


class TestAgainstTorchFidelity:
    """Numbers taken once from torch-fidelity 0.4.0, of the features that are drawn below."""

    @pytest.fixture
    def drawn(self) -> tuple[Features, Features, Features]:
        generator = np.random.default_rng(5)
        first = generator.normal(size=(60, 24))
        second = generator.normal(size=(50, 24)) * 1.3 + 0.2
        return first, second, generator.normal(size=(53, 20))

    def test_frechet_distance(self, drawn: tuple[Features, Features, Features]) -> None:
        first, second, _ = drawn
        assert frechet_distance(first, second) == pytest.approx(13.037322468831299, rel=1e-9)

    def test_kernel_distance(self, drawn: tuple[Features, Features, Features]) -> None:
        first, second, _ = drawn
        assert kernel_distance(first[:50], second) == pytest.approx(0.22578305685138877, rel=1e-9)

    def test_inception_score_in_one_part_and_in_ten(
        self, drawn: tuple[Features, Features, Features]
    ) -> None:
        powers = np.exp(drawn[2])
        rows = powers / powers.sum(axis=1, keepdims=True)
        assert inception_score(rows) == pytest.approx(1.4692948508996404, rel=1e-9)
        assert inception_score(rows, splits=10) == pytest.approx(1.339749798791976, rel=1e-9)


class TestDirection:
    """On crops of the astronaut, through a small random network."""

    Images = NDArray[np.uint8]

    @pytest.fixture
    def crops(self, astronaut: Images) -> tuple[Images, Images]:
        """A reference and others."""
        corners = np.random.default_rng(0).integers(0, 512 - 48, (160, 2))
        images = np.stack([astronaut[y : y + 48, x : x + 48] for y, x in corners])
        return images[:80], images[80:]

    @staticmethod
    def describe(images: Images) -> Features:
        generator = torch.Generator().manual_seed(0)
        first = torch.randn(24, 3, 5, 5, generator=generator) / 75**0.5
        first -= first.mean(dim=(2, 3), keepdim=True)  # sees edges, not brightness
        second = torch.randn(32, 24, 3, 3, generator=generator) / 216**0.5
        planes = torch.from_numpy(images).permute(0, 3, 1, 2) / 64 - 2
        maps = torch.nn.functional.conv2d(planes, first, stride=2).relu()
        maps = torch.nn.functional.conv2d(maps, second, stride=2).relu()
        return maps.mean(dim=(2, 3)).double().numpy()

    @DISTANCES
    def test_grows_with_blur(self, distance: Distance, crops: tuple[Images, Images]) -> None:
        reference, images = crops
        blurred = [images] + [
            np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])
            for sigma in (1, 2, 4)
        ]
        self.grows(distance, reference, blurred)

    @DISTANCES
    def test_grows_with_noise(self, distance: Distance, crops: tuple[Images, Images]) -> None:
        reference, images = crops
        noise = np.random.default_rng(1).normal(size=images.shape)
        noisy = [
            np.clip(images + strength * noise, 0, 255).astype(np.uint8)
            for strength in (0, 20, 40, 80)
        ]
        self.grows(distance, reference, noisy)

    @DISTANCES
    def test_grows_with_the_share_of_other_images(
        self, distance: Distance, crops: tuple[Images, Images]
    ) -> None:
        reference, images = crops
        other = np.random.default_rng(1).integers(0, 256, images.shape, np.uint8)
        mixed = [np.concatenate([other[:count], images[count:]]) for count in (0, 20, 40, 80)]
        self.grows(distance, reference, mixed)

    @DISTANCES
    def test_sees_that_variety_is_missing(
        self, distance: Distance, crops: tuple[Images, Images]
    ) -> None:
        reference, images = crops
        fewer = [images] + [np.concatenate([images[:count]] * (80 // count)) for count in (10, 1)]
        self.grows(distance, reference, fewer)

    def grows(self, distance: Distance, reference: Images, versions: list[Images]) -> None:
        features = self.describe(reference)
        values = [distance(features, self.describe(images)) for images in versions]
        assert values == sorted(values)
        assert values[-1] > 3 * max(values[0], 0)


class TestInceptionScore:
    def test_sure_and_varied_is_the_number_of_classes(self) -> None:
        assert inception_score(np.tile(np.eye(7), (3, 1))) == pytest.approx(7)

    def test_always_the_same_is_one(self) -> None:
        assert inception_score(np.tile(np.eye(7)[2], (5, 1))) == pytest.approx(1)
        assert inception_score(np.full((5, 4), 0.25)) == pytest.approx(1)

    def test_by_hand(self) -> None:
        # mean (½, ½); each row's divergence ¾ ln 1.5 + ¼ ln 0.5
        expected = 1.5**0.75 * 0.5**0.25
        assert inception_score([[0.75, 0.25], [0.25, 0.75]]) == pytest.approx(expected)

    def test_is_the_mean_over_splits_in_order(self) -> None:
        rows = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
        # two of five, then three: (2 + 1) / 2
        assert inception_score(rows, splits=2) == pytest.approx(1.5)
        assert inception_score(rows, splits=5) == pytest.approx(1)

    def test_refuses_what_are_no_probabilities(self) -> None:
        for rows in ([0.5, 0.5], [[0.5, 0.6]], [[1.5, -0.5]], [[np.nan, 1.0]]):
            with pytest.raises(InputError, match="probabilities"):
                inception_score(rows)
        with pytest.raises(InputError, match="splits"):
            inception_score([[1.0, 0.0]], splits=2)
        with pytest.raises(InputError, match="splits"):
            inception_score(np.zeros((0, 4)))
