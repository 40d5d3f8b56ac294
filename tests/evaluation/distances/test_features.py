"""Extraction in batches, with a pretended network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.features import MetricName, as_planes, extract_features


class Colours:
    """Mean red, green and blue."""

    name = "colours"
    dimensions = 3
    frechet = MetricName("frechet_colours", "Fréchet colour distance")
    kernel = MetricName("kernel_colours", "kernel colour distance")

    def __init__(self) -> None:
        self.batches: list[int] = []

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(images))
        return as_planes(images, torch.device("cpu")).mean(dim=(2, 3)).numpy()


def images(count: int, height: int = 6, width: int = 5) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8)


class TestExtract:
    @pytest.mark.parametrize(("batch", "batches"), [(1, [1] * 7), (3, [3, 3, 1]), (20, [7])])
    def test_any_batch_gives_the_same(self, batch: int, batches: list[int]) -> None:
        colours = Colours()
        rows = extract_features(colours, images(7), batch=batch)
        assert colours.batches == batches
        assert rows.dtype == np.float64
        np.testing.assert_allclose(rows, images(7).mean(axis=(1, 2)), rtol=1e-6)

    def test_progress(self) -> None:
        seen: list[tuple[int, int]] = []
        extract_features(
            Colours(), images(7), batch=3, progress=lambda done, total: seen.append((done, total))
        )
        assert seen == [(0, 7), (3, 7), (6, 7), (7, 7)]

    def test_images_of_several_sizes(self) -> None:
        mixed = [*images(3), *images(2, 9, 4)]
        rows = extract_features(Colours(), mixed, batch=4)
        np.testing.assert_allclose(rows, [image.mean(axis=(0, 1)) for image in mixed], rtol=1e-6)

    def test_no_images(self) -> None:
        assert extract_features(Colours(), []).shape == (0, 3)

    def test_refuses_what_is_no_image(self) -> None:
        with pytest.raises(InputError, match="uint8"):
            extract_features(Colours(), images(2) / 255)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"\(N, H, W, 3\)"):
            extract_features(Colours(), images(2)[..., :1])


def test_planes_are_in_order_and_in_their_range() -> None:
    picture = images(2)
    planes = as_planes(picture, torch.device("cpu"))
    assert planes.dtype == torch.float32
    np.testing.assert_array_equal(planes[1, 2].numpy(), picture[1, :, :, 2])
    reversed_channels = picture[..., ::-1]
    np.testing.assert_array_equal(
        as_planes(reversed_channels, torch.device("cpu"))[0, 0].numpy(), picture[0, :, :, 2]
    )
