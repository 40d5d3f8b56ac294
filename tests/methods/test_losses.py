from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from lgpgan.expressions.expression import Expression, label_vector
from lgpgan.methods import losses


def test_hinge_terms() -> None:
    realness = torch.tensor([2.0, 0.5, -1.0])
    assert losses.hinge_real(realness).item() == pytest.approx((0 + 0.5 + 2) / 3)
    assert losses.hinge_fake(realness).item() == pytest.approx((3 + 1.5 + 0) / 3)
    assert losses.generator_adversarial(realness).item() == pytest.approx(-0.5)


def test_labels_on_the_simplex_stay_as_they_are() -> None:
    label = torch.tensor([[0.25, 0.75, 0.0], [0.0, 0.0, 1.0]])
    assert torch.equal(losses.simplex(label), label)


def test_intensities_above_one_are_clipped_to_the_class() -> None:
    label = torch.from_numpy(label_vector(Expression.HAPPY, 1.3))[None]
    assert torch.equal(losses.simplex(label), torch.eye(8)[Expression.HAPPY.position][None])


def test_shares_are_scaled_to_one_after_clipping() -> None:
    label = torch.tensor([[0.9, 0.3, -0.2]])
    torch.testing.assert_close(losses.simplex(label), torch.tensor([[0.75, 0.25, 0.0]]))


def test_classification_is_the_cross_entropy() -> None:
    logits = torch.tensor([[0.0, math.log(3.0)], [0.0, math.log(3.0)]])  # 1/4 and 3/4
    label = torch.tensor([[0.0, 1.0], [0.5, 0.5]])
    second = -0.5 * (math.log(0.25) + math.log(0.75))
    expected = (-math.log(0.75) + second) / 2
    assert losses.classification(logits, label).item() == pytest.approx(expected)


def test_total_variation_is_summed_over_an_image_and_averaged_over_the_batch() -> None:
    first = torch.tensor([[0.0, 1.0], [0.5, 0.25]])  # 1 + 0.25 across, 0.5 + 0.75 down
    flat = torch.full((2, 2), 0.3)
    mask = torch.stack([first, flat])[:, None]
    assert losses.total_variation(mask).item() == pytest.approx((1.25 + 1.25) / 2)


def test_r1_of_a_linear_discriminator_is_its_squared_weight() -> None:
    weight = torch.tensor([[1.0, -2.0], [3.0, 0.5]], requires_grad=True)
    image = torch.randn(5, 2, 2, requires_grad=True)
    realness = (weight * image).sum(dim=(1, 2))
    penalty = losses.gradient_penalty_r1(realness, image)
    assert penalty.item() == pytest.approx(1 + 4 + 9 + 0.25)
    (slope,) = torch.autograd.grad(penalty, weight)
    torch.testing.assert_close(slope, 2 * weight.detach())


def test_r1_is_a_mean_over_images_and_a_sum_over_patches() -> None:
    image = torch.tensor([[[[1.0, 2.0]]], [[[3.0, 0.0]]]], requires_grad=True)
    realness = 0.5 * image.square()  # every pixel is a patch: the gradient is the image
    assert losses.gradient_penalty_r1(realness, image).item() == pytest.approx((5 + 9) / 2)


def test_masked_l1_counts_the_masked_places() -> None:
    value = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]])
    mask = torch.tensor([[[[1.0, 0.0], [0.5, 0.0]]]])
    result = losses.masked_l1(value, torch.zeros_like(value), mask)
    assert result.item() == pytest.approx((1 + 1.5) / 8)


def test_visibility_is_the_cross_entropy() -> None:
    keep = torch.tensor([0.9, 0.2, 0.6])
    visible = torch.tensor([1.0, 0.0, 0.5])
    third = 0.5 * (math.log(0.6) + math.log(0.4))
    expected = -(math.log(0.9) + math.log(0.8) + third) / 3
    assert losses.visibility(keep, visible).item() == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(
        losses.visibility(keep, visible), F.binary_cross_entropy(keep, visible)
    )


def test_visibility_can_count_more_where_nothing_is_seen() -> None:
    keep, visible = torch.tensor([0.9, 0.2, 0.6]), torch.tensor([1.0, 0.0, 0.5])
    third = 0.5 * math.log(0.6) + 10 * 0.5 * math.log(0.4)
    expected = -(math.log(0.9) + 10 * math.log(0.8) + third) / 3
    assert losses.visibility(keep, visible, unseen=10).item() == pytest.approx(expected, rel=1e-5)


def test_visibility_is_finite_where_the_mask_is_wholly_wrong() -> None:
    wrong = losses.visibility(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0]))
    assert wrong.item() == pytest.approx(-math.log(1e-4), rel=1e-3)


@pytest.fixture
def cuda_autocast() -> Iterator[None]:
    """What ``torch.autocast("cuda")`` switches on, on machines without a GPU, too."""
    torch.set_autocast_enabled("cuda", True)
    try:
        with FakeTensorMode():
            yield
    finally:
        torch.set_autocast_enabled("cuda", False)
        torch.clear_autocast_cache()


@pytest.mark.usefixtures("cuda_autocast")
def test_visibility_can_be_worked_out_under_autocast_on_a_gpu() -> None:
    """``F.binary_cross_entropy`` raised there, so no step on a GPU came to its end."""
    keep: Tensor = torch.empty(2, device="cuda")
    assert losses.visibility(keep, torch.empty(2, device="cuda")).shape == ()
    with pytest.raises(RuntimeError, match="unsafe to autocast"):
        F.binary_cross_entropy(keep, keep)


def test_the_critic_is_wassersteins_without_logarithms() -> None:
    realness = torch.tensor([2.0, 0.5, -1.0])
    assert losses.critic_real(realness).item() == pytest.approx(-0.5)
    assert losses.critic_fake(realness).item() == pytest.approx(0.5)


def test_the_penalty_of_a_linear_critic() -> None:
    """Its slope is its weight, of length 3 (patches summed), wherever one looks."""
    weight = torch.tensor([1.0, -2.0, 2.0])
    real, fake, mix = torch.randn(4, 3), torch.randn(4, 3), torch.rand(4)
    penalty = losses.gradient_penalty(lambda x: x * weight, real, fake, mix)
    assert penalty.item() == pytest.approx((3 - 1) ** 2)


def test_the_penalty_looks_between_real_and_fake() -> None:
    seen: list[Tensor] = []

    def critic(image: Tensor) -> Tensor:
        seen.append(image.detach())
        return image.square().sum(dim=1)

    real, fake = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[0.0, 1.0], [4.0, 0.0]])
    penalty = losses.gradient_penalty(critic, real, fake, torch.tensor([0.25, 0.5]))
    torch.testing.assert_close(seen[0], torch.tensor([[0.25, 0.75], [2.0, 1.0]]))
    lengths = [2 * math.hypot(0.25, 0.75), 2 * math.hypot(2, 1)]
    assert penalty.item() == pytest.approx(sum((length - 1) ** 2 for length in lengths) / 2)


def test_the_slope_of_the_penalty_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    critic = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3), torch.nn.LeakyReLU(0.2), torch.nn.Conv2d(3, 1, 2)
    ).double()
    real, fake = (torch.randn(2, 2, 6, 6, dtype=torch.float64) for _ in range(2))
    mix = torch.tensor([0.3, 0.8], dtype=torch.float64)
    weight = critic[0].weight
    assert isinstance(weight, Tensor)
    losses.gradient_penalty(critic, real, fake, mix).backward()  # type: ignore[no-untyped-call]
    step = 1e-6
    for place in ((0, 0, 0, 0), (1, 1, 2, 1), (2, 0, 1, 2)):
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                weight[place] += sign * step
            values.append(losses.gradient_penalty(critic, real, fake, mix).item())
            with torch.no_grad():
                weight[place] -= sign * step
        assert weight.grad is not None
        expected = (values[0] - values[1]) / (2 * step)
        assert weight.grad[place].item() == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_cycle_and_reconstruction_are_mean_absolute_differences() -> None:
    a, b = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.5, 1.0]])
    assert losses.cycle(a, b).item() == pytest.approx(1.25)
    assert losses.reconstruction(a, b).item() == pytest.approx(1.25)


def test_attention_is_the_mean_square_of_each_mask() -> None:
    masks = (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5]]), torch.tensor([[2.0, 2.0, 1.0]]))
    assert losses.attention(masks).item() == pytest.approx(0.5 + 0.25 + 3.0)


def test_elastic_is_l1_and_a_share_of_the_square() -> None:
    value, target = torch.tensor([[0.1, 0.4, 9.0]]), torch.tensor([[0.0, 0.6, 0.0]])
    mask = torch.tensor([[1.0, 0.5, 0.0]])
    term = losses.masked_elastic(value, target, mask, square=10.0)
    torch.testing.assert_close(term, torch.tensor((0.1 + 0.1 + 0.5 * (0.2 + 0.4)) / 3))
    without = losses.masked_elastic(value, target, mask, square=0.0)
    torch.testing.assert_close(without, losses.masked_l1(value, target, mask))
