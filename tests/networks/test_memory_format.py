"""How images and networks lie in memory, and what happened where pictures were only permuted."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from lgpgan.datasets.faces import to_pixels, to_signed
from lgpgan.networks.memory_format import (
    memory_format,
    place,
    place_frozen,
    place_network,
    to_pictures,
    to_planes,
)

CPU = torch.device("cpu")
CHECKED_ALLOCATOR = "libc_malloc_debug.so.0"
"""glibc's, which ends a process that wrote past its memory, where others go on by chance."""


def pictures() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (2, 6, 5, 3), np.uint8)


def test_the_order_of_dimensions_is_the_devices() -> None:
    assert memory_format(torch.device("cuda")) is torch.channels_last
    assert memory_format(CPU) is torch.contiguous_format


def test_pictures_become_planes_that_lie_plane_by_plane() -> None:
    planes = to_planes(pictures())
    assert planes.dtype == torch.float32
    assert planes.is_contiguous()
    np.testing.assert_array_equal(planes[1, 2].numpy(), pictures()[1, :, :, 2])
    assert to_planes(torch.from_numpy(pictures())).is_contiguous()
    assert to_signed(pictures()).is_contiguous()


def test_planes_become_pictures_that_lie_pixel_by_pixel() -> None:
    back = to_pictures(to_planes(pictures()))
    assert back.flags.c_contiguous
    np.testing.assert_array_equal(back, pictures())
    assert to_pixels(to_signed(pictures())).flags.c_contiguous


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_put_in_order_and_whole_numbers_keep_their_type(channels: int) -> None:
    permuted = torch.rand(2, 6, 5, channels).permute(0, 3, 1, 2)
    placed = place(permuted, CPU, torch.float64)
    assert placed.is_contiguous()
    assert placed.dtype == torch.float64
    assert torch.equal(placed.float(), permuted)
    assert place(permuted, CPU).dtype == torch.float32
    assert place(torch.tensor([3]), CPU, torch.float64).dtype == torch.int64


def test_weights_lie_as_images_do_but_those_never_trained_lie_as_is_fastest() -> None:
    permuted = nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last)
    assert place_network(permuted, CPU, torch.float64).weight.is_contiguous()
    assert permuted.weight.dtype == torch.float64
    assert permuted.weight.requires_grad
    frozen = place_frozen(permuted.train(), CPU)
    assert frozen.weight.is_contiguous(memory_format=torch.channels_last)
    assert not frozen.weight.requires_grad
    assert not frozen.training


TRAINING = """
import sys
import torch
torch.set_num_threads(1)
from lgpgan.benefit.backbones import make_backbone
from lgpgan.benefit.recipe import Recipe
from lgpgan.datasets.faces import to_signed
network = make_backbone(2, Recipe(width=int(sys.argv[1])), 0)
faces = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8)
only_permuted = torch.rand(4, 32, 32, 3).permute(0, 3, 1, 2)
for pictures in (only_permuted, to_signed(faces), only_permuted):
    network(pictures).square().sum().backward()
"""


@pytest.mark.parametrize("width", [2, 4])
def test_a_narrow_recogniser_writes_nowhere_but_in_its_memory(width: int) -> None:
    """On processors without AVX-512 permuted pictures destroyed the heap of a narrow ResNet.

    The gradient of its 1×1 convolutions of stride 2 was written past its memory. In a process of
    its own, so that an abort is a failed test.
    """
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_NUM_THREADS": "1"}
    try:
        ctypes.CDLL(CHECKED_ALLOCATOR)
        environment |= {"LD_PRELOAD": CHECKED_ALLOCATOR, "MALLOC_CHECK_": "3"}
    except OSError:  # no glibc: what is written is checked by chance only
        pass
    ended = subprocess.run(
        [sys.executable, "-c", TRAINING, str(width)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"ended with {ended.returncode}: {ended.stderr[-2000:]}"
