"""Both resizing methods: by hand, and what tells them apart."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lgpgan.evaluation.distances.resizing import resize_antialiased, resize_like_tensorflow


def row(*values: float) -> Tensor:
    """One image (1, 1, n, n) whose rows are all ``values``."""
    return torch.tensor(values).expand(1, 1, len(values), len(values))


class TestLikeTensorflow:
    def test_doubles_by_hand(self) -> None:
        # places 0, ½, 1, 1½; beyond the last pixel it repeats
        result = resize_like_tensorflow(row(0.0, 8.0), 4)
        torch.testing.assert_close(result, row(0.0, 4.0, 8.0, 8.0))

    def test_shrinks_by_leaving_out(self) -> None:
        result = resize_like_tensorflow(row(3.0, 100.0, 5.0, 100.0), 2)
        torch.testing.assert_close(result, row(3.0, 5.0))

    def test_of_three_by_hand(self) -> None:
        # 5 → 3: places 0, 5/3, 10/3
        result = resize_like_tensorflow(row(0.0, 3.0, 6.0, 9.0, 12.0), 3)
        torch.testing.assert_close(result, row(0.0, 5.0, 10.0))

    def test_its_own_size_is_untouched(self) -> None:
        images = torch.rand(2, 3, 37, 37, generator=torch.Generator().manual_seed(0))
        assert torch.equal(resize_like_tensorflow(images, 37), images)

    def test_rows_and_columns_apart(self) -> None:
        images = torch.arange(6.0).reshape(1, 1, 2, 3)
        result = resize_like_tensorflow(images, 6)[0, 0]
        torch.testing.assert_close(result[0], torch.tensor([0, 0.5, 1, 1.5, 2, 2]))
        torch.testing.assert_close(result[:, 0], torch.tensor([0, 1.0, 2, 3, 3, 3]))


class TestAntialiased:
    def test_keeps_the_mean_of_fine_stripes(self) -> None:
        stripes = row(*[0.0, 100.0] * 32)
        result = resize_antialiased(stripes, 16)
        torch.testing.assert_close(result[..., 1:-1], torch.full((1, 1, 16, 14), 50.0))
        assert resize_like_tensorflow(stripes, 16).max() == 0

    def test_lines_up_centres(self) -> None:
        # the left half bright, the right half dark, stays so
        result = resize_antialiased(row(8.0, 0.0), 4)
        torch.testing.assert_close(result, row(8.0, 6.0, 2.0, 0.0))


@pytest.mark.parametrize("resize", [resize_like_tensorflow, resize_antialiased])
@pytest.mark.parametrize("size", [20, 64])
def test_grey_stays_grey(resize: object, size: int) -> None:
    assert callable(resize)
    images = torch.full((2, 3, 50, 31), 77.0)
    torch.testing.assert_close(resize(images, size), torch.full((2, 3, size, size), 77.0))
