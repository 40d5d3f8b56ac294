"""The protocol of what works on a server's photos, and how it is started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lgpgan.editing.editor import Editor
from lgpgan.serving.limits import Limits
from lgpgan.serving.worker import Answer, Facts, Task, Worker

__all__ = ["Engine", "WorkerPlan"]


@dataclass(frozen=True)
class WorkerPlan:
    """How a worker is made, here or in another process.

    Attributes:
        editor: arguments of :meth:`lgpgan.editing.editor.Editor.from_pretrained`.
        limits: how much it takes and keeps.
    """

    editor: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def make(self) -> Worker:
        """The worker; networks and detector are loaded.

        Raises:
            InputError: when there are no usable weights.
            MissingPartError: when a part is not installed.
        """
        landmarks = self.editor.get("landmarks", "dlib")
        return Worker(Editor.from_pretrained(**self.editor), self.limits, landmarks)


class Engine(Protocol):
    """Works on tasks, in lanes that do so many of them at a time.

    Attributes:
        lanes: how many there are.
        slots: tasks that a lane works on at a time.
        openings: of these, how many may open photos; the others would wait for them.
    """

    lanes: int
    slots: int
    openings: int

    async def start(self) -> Facts:
        """Load what works; called once, in the event loop of the server.

        Returns:
            What can be asked of it.

        Raises:
            LgpganError: when it cannot be loaded.
        """

    def lane_of(self, photo: str) -> int:
        """The lane in which a photo is worked on."""

    async def do(self, lane: int, task: Task, content: bytes) -> Answer:
        """The answer to a task; no more at a time than the lane has slots.

        Args:
            lane: which one.
            task: what is to be done.
            content: the photo's file.

        Raises:
            ApiError: when it fails, was given up, or what worked on it died.
        """

    def forget(self, photo: str) -> None:
        """Let go of a photo, wherever it lies decoded; returns at once."""

    def give_up(self, task: Task | None) -> None:
        """Let a task end soon, since nobody waits for it; returns at once.

        Args:
            task: which one; None for all that there are and all that come.
        """

    async def close(self) -> None:
        """Stop what works, whatever it does."""


Make = Callable[[], Worker]
"""Makes what works on tasks."""
