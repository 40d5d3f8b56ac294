"""Steps that fail for lack of memory, and what would help."""

from __future__ import annotations

import torch

from lgpgan.errors import LgpganError
from lgpgan.training.config import TrainingConfig

__all__ = ["is_memory_shortage", "memory_shortage"]


def is_memory_shortage(error: RuntimeError | MemoryError) -> bool:
    """Whether a step failed for lack of memory: on CPUs torch says so only in words."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)


def memory_shortage(config: TrainingConfig, processes: int) -> LgpganError:
    """The error to raise, which says how many images at a time may fit.

    Args:
        config: options of the run.
        processes: number of processes that share its batches.
    """
    share = config.batch // processes
    size = share // config.accumulate
    smaller = next((n for n in range(size // 2, 0, -1) if share % n == 0), None)
    if smaller is None:
        advice = "Take a device with more memory, or narrower networks (--networks)."
    else:
        advice = (
            f"{smaller} at a time may fit: begin a new run with --accumulate {share // smaller}."
        )
    return LgpganError(
        f"memory ran out with {size} images at a time; nothing was saved since the last "
        f"checkpoint. {advice}"
    )
