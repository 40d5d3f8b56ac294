"""Tests of convolutions of label planes without the planes."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv2d
from torch.utils.flop_counter import FlopCounterMode

from lgpgan.networks.label_convolution import SplitLabel, convolve_label


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("size", [(9, 20), (16, 16), (5, 6), (4, 4), (2, 3), (1, 1)])
def test_it_is_a_convolution_of_the_planes(kernel: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    weight, label = torch.randn(4, 3, kernel, kernel), torch.randn(2, 3)
    planes = label[:, :, None, None].expand(-1, -1, *size)
    expected = conv2d(planes, weight, padding=kernel // 2)
    torch.testing.assert_close(convolve_label(label, weight, *size), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("border", range(1, 12))
def test_a_label_can_change_at_any_row(kernel: int, border: int) -> None:
    torch.manual_seed(0)
    weight, above, below = torch.randn(4, 3, kernel, kernel), torch.randn(2, 3), torch.randn(2, 3)
    planes = above[:, :, None, None].repeat(1, 1, 12, 9)
    planes[:, :, border:] = below[:, :, None, None]
    made = convolve_label(SplitLabel(above, below, border), weight, 12, 9)
    expected = conv2d(planes, weight, padding=kernel // 2)
    torch.testing.assert_close(made, expected, rtol=1e-4, atol=1e-4)


def test_slopes_reach_label_and_weight() -> None:
    label = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *given: convolve_label(*given, 7, 6), (label, weight))


def test_what_it_works_out_does_not_grow_with_the_image() -> None:
    """With 29 labels in full planes the stem was an eighth of all arithmetic."""
    counts = []
    for size in (16, 64):
        with FlopCounterMode(display=False) as counter:
            convolve_label(torch.ones(1, 29), torch.ones(32, 29, 5, 5), size, size)
        counts.append(counter.get_total_flops())
    assert counts[0] == counts[1] > 0
