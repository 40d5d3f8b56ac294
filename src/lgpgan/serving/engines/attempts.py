"""Tasks as they are tried in another thread or process, whose errors must travel."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from lgpgan.serving.errors import ApiError, api_error
from lgpgan.serving.worker import Answer, PhotoNeededError, Task, Worker

__all__ = ["DIED", "NEEDED", "Outcome", "PhotoNeeded", "answered", "attempt", "died"]

logger = logging.getLogger("lgpgan.serving")

DIED = (
    "the process that worked on it ended unexpectedly, perhaps because memory ran out; try again."
)


@dataclass(frozen=True)
class PhotoNeeded:
    """The photo is not there: its file is to be sent along."""


NEEDED = PhotoNeeded()

Outcome = Answer | ApiError | PhotoNeeded
"""What became of a task."""


def attempt(worker: Worker, task: Task, content: bytes | None) -> Outcome:
    """What becomes of a task; nothing is raised.

    Args:
        worker: who works.
        task: what is to be done.
        content: the photo's file, where it is sent along.
    """
    try:
        return worker.do(task, content)
    except PhotoNeededError:
        return NEEDED
    except Exception as error:  # whatever it is, the client is told
        told = api_error(error)
        if told.kind == "internal":
            logger.error("a request failed", exc_info=error)
        return told


def answered(outcome: Outcome) -> Answer:
    """The answer that a task came to.

    Raises:
        ApiError: when it came to none.
    """
    if isinstance(outcome, ApiError):
        raise outcome
    if isinstance(outcome, PhotoNeeded):
        raise died()  # the photo was forgotten between two questions
    return outcome


def died() -> ApiError:
    """What a client is told whose request was in the hands of a process that died."""
    return ApiError("unavailable", DIED, retry_after=1)
