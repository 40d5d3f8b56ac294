from __future__ import annotations

import pytest
import torch
from cascades import equation_1
from torch import Tensor

from lgpgan.methods.change import Change, Inside
from lgpgan.methods.lgpgan.flow_change import followed_by
from lgpgan.networks.flow_generator import FlowGeneratorOutput
from lgpgan.networks.warping import warp_by_flow


class TestFollowedBy:
    """Two changes as one."""

    @pytest.fixture
    def earlier(self) -> Change:
        draw = torch.Generator().manual_seed(5)
        keep = torch.rand(2, 1, 32, 32, generator=draw)
        colour = torch.randn(2, 3, 32, 32, generator=draw)
        return Change(keep, (1 - keep) * colour, torch.randn(2, 2, 32, 32, generator=draw))

    @pytest.fixture
    def image(self) -> Tensor:
        return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(6))

    @staticmethod
    def later(flow: Tensor | None) -> FlowGeneratorOutput:
        draw = torch.Generator().manual_seed(7)
        mask = torch.rand(2, 1, 32, 32, generator=draw)
        return FlowGeneratorOutput(torch.randn(2, 3, 32, 32, generator=draw), mask, flow)

    @pytest.mark.parametrize("flow", [None, torch.zeros(2, 2, 32, 32)], ids=["no", "zero"])
    def test_without_later_flow(self, earlier: Change, image: Tensor, flow: Tensor | None) -> None:
        later = self.later(flow)
        torch.testing.assert_close(
            followed_by(earlier, later).apply(image), equation_1(later, earlier.apply(image))
        )

    def test_with_whole_pixels_of_flow(self, earlier: Change, image: Tensor) -> None:
        """Between the borders, where nothing beyond the picture is asked for."""
        earlier = earlier._replace(
            flow=torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        )
        flow = torch.tensor([-3.0, 4.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        later = self.later(flow)
        in_turn = equation_1(later, warp_by_flow(earlier.apply(image), flow))
        inner = (..., slice(6, -6), slice(6, -6))
        torch.testing.assert_close(followed_by(earlier, later).apply(image)[inner], in_turn[inner])

    def test_flow_adds_up_along_the_way(self, earlier: Change) -> None:
        flow = torch.zeros(2, 2, 32, 32)
        flow[:, 0] = 1.0
        combined = followed_by(earlier, self.later(flow))
        torch.testing.assert_close(
            combined.flow[..., :-1], earlier.flow[..., 1:] + flow[..., :-1], rtol=1e-4, atol=1e-5
        )

    def test_a_shade_darkens_what_the_first_left(self, earlier: Change, image: Tensor) -> None:
        """Both shades, of light counted from black, as if one face had been drawn after another."""
        draw = torch.Generator().manual_seed(9)
        first, second = 0.5 + torch.rand(2, 2, 1, 32, 32, generator=draw)
        earlier, later = earlier._replace(shade=first), self.later(None)._replace(shade=second)
        drawn = earlier.apply(image)
        kept = first * (warp_by_flow(image, earlier.flow) + 1) - 1
        torch.testing.assert_close(drawn, earlier.colour + earlier.keep * kept)
        in_turn = (1 - later.mask) * later.colour + later.mask * (second * (drawn + 1) - 1)
        torch.testing.assert_close(followed_by(earlier, later).apply(image), in_turn)
        plain = followed_by(earlier._replace(shade=None), later)
        torch.testing.assert_close(plain.shade, second)

    @pytest.mark.parametrize("x", [0.0, 3.0])
    @pytest.mark.parametrize("shade", [1.0, 0.7])
    def test_an_inside_is_read_along_both(
        self, earlier: Change, image: Tensor, x: float, shade: float
    ) -> None:
        """As if the first face had been drawn, and the second generator had moved its pixels."""
        draw = torch.Generator().manual_seed(8)
        inside = Inside(
            flow=torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32),
            lit=torch.rand(2, 3, 32, 32, generator=draw),
            picture=torch.rand(2, 3, 32, 32, generator=draw),
        )
        earlier = earlier._replace(flow=torch.zeros_like(earlier.flow), inside=inside)
        flow = torch.tensor([x, 0.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        later = self.later(flow)._replace(shade=torch.full((2, 1, 32, 32), shade))
        moved = shade * (warp_by_flow(earlier.apply(image), flow) + 1) - 1
        in_turn = equation_1(later, moved)
        inner = (..., slice(6, -6), slice(6, -6))
        torch.testing.assert_close(followed_by(earlier, later).apply(image)[inner], in_turn[inner])

    def test_colour_and_keep_share_every_pixel(self, earlier: Change) -> None:
        """White over white stays white: what is not kept is colour."""
        white = earlier._replace(colour=(1 - earlier.keep).expand(-1, 3, -1, -1))
        later = self.later(torch.randn(2, 2, 32, 32))._replace(colour=torch.ones(2, 3, 32, 32))
        combined = followed_by(white, later)
        torch.testing.assert_close(
            combined.colour, (1 - combined.keep).expand(-1, 3, -1, -1), rtol=1e-4, atol=1e-5
        )
