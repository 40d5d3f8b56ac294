"""The one check of a device's name, and keeping to a number of threads.

Every command and every class that takes a device calls the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from lgpgan.errors import InputError

__all__ = ["available_devices", "one_thread", "threads", "usable_device"]

OTHER_KINDS = ("xpu", "mps")
"""Kinds of devices beside the CPU and CUDA. For each :mod:`torch` has a module of that name."""


def available_devices() -> list[str]:
    """Names of the devices that networks can run on here: ``cpu``, then GPUs by number."""
    found = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    for kind in OTHER_KINDS:
        module = getattr(torch, kind, None)  # older versions of torch lack some
        if module is not None and module.is_available():
            found.append(kind)
    return found


def usable_device(name: str | torch.device) -> torch.device:
    """Check that networks can run on a device.

    Args:
        name: as torch writes it: ``cpu``, ``cuda``, ``cuda:1``.

    Raises:
        InputError: when torch does not know the name, or this machine has no such device. The
            message names the devices that there are.
    """
    try:
        device = torch.device(name)
        # torch takes "cuda:-1" for the current GPU, and "cpu:7" for the CPU. Of the device "meta"
        # it makes tensors, but they hold no numbers.
        known = {*available_devices(), "xpu:0", "mps:0"}
        named = str(device) in known or (":" not in str(device) and device.type != "meta")
        usable = named and torch.zeros(1, device=device).item() == 0
    # AssertionError: torch was built without CUDA. NotImplementedError is a RuntimeError.
    except (RuntimeError, AssertionError, ImportError):
        usable = False
    if not usable:
        raise InputError(
            f"there is no device '{name}' here; the devices are: {', '.join(available_devices())}."
        )
    return device


def one_thread() -> AbstractContextManager[None]:
    """Let torch compute in one thread, so that sums come out the same on every machine's cores."""
    return threads(1)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute in so many threads; in as many as before where ``count`` is 0."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
