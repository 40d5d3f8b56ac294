from __future__ import annotations

import torch
from torch import Tensor

from lgpgan.networks.warping import warp_by_flow

IMAGE = torch.randn(2, 3, 8, 16, generator=torch.Generator().manual_seed(0))


def constant_flow(x: float, y: float, *, image: Tensor = IMAGE) -> Tensor:
    return torch.tensor([x, y])[None, :, None, None].repeat(len(image), 1, *image.shape[-2:])


def test_no_flow_changes_nothing() -> None:
    assert torch.equal(warp_by_flow(IMAGE, constant_flow(0, 0)), IMAGE)


def test_flow_says_where_a_pixel_comes_from() -> None:
    """(x, y) = (3, −2): from three columns to the right and two rows above."""
    warped = warp_by_flow(IMAGE, constant_flow(3, -2))
    torch.testing.assert_close(warped[..., 2:, :-3], IMAGE[..., :-2, 3:])


def test_beyond_the_border_the_edge_is_repeated() -> None:
    warped = warp_by_flow(IMAGE, constant_flow(100, 0))
    torch.testing.assert_close(warped, IMAGE[..., -1:].expand_as(IMAGE))


def test_between_pixels_it_is_linear() -> None:
    warped = warp_by_flow(IMAGE, constant_flow(0.25, 0))
    expected = 0.75 * IMAGE[..., :-1] + 0.25 * IMAGE[..., 1:]
    torch.testing.assert_close(warped[..., :-1], expected)


def test_every_pixel_and_every_image_has_its_own_flow() -> None:
    flow = constant_flow(0, 0)
    flow[1, 0, 4, 5] = 2.0
    expected = IMAGE.clone()
    expected[1, :, 4, 5] = IMAGE[1, :, 4, 7]
    torch.testing.assert_close(warp_by_flow(IMAGE, flow), expected)


def test_the_flow_can_be_learned() -> None:
    ramp = torch.arange(16.0).expand(1, 1, 8, 16)
    flow = constant_flow(0.5, 0.5, image=ramp).requires_grad_()
    torch.autograd.backward(warp_by_flow(ramp, flow)[..., 4, 4].sum())
    assert flow.grad is not None
    torch.testing.assert_close(flow.grad[0, :, 4, 4], torch.tensor([1.0, 0.0]))
