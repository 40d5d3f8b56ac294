"""Figures for Prometheus: what is asked for, how long it takes, what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from lgpgan.serving.queue import Queue
    from lgpgan.serving.store import Store

__all__ = ["Metrics"]

BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "lgpgan_requests",
            "Requests that were answered",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "lgpgan_work_seconds",
            "Seconds of work on a request",
            ("kind",),
            buckets=BUCKETS,
            registry=self._registry,
        )

    def watch(self, store: Store, queue: Queue) -> None:
        """Tell of what is kept and of what waits."""
        gauges = {
            "lgpgan_photos": ("Photos that are kept", lambda: float(len(store))),
            "lgpgan_photo_bytes": ("Bytes of their files", lambda: float(store.size)),
            "lgpgan_waiting": ("Requests that wait for their turn", lambda: float(queue.waiting)),
        }
        for name, (text, value) in gauges.items():
            Gauge(name, text, registry=self._registry).set_function(value)

    def answered(self, route: str, status: int) -> None:
        """Count a request.

        Args:
            route: its path with the names of its parts in place of them.
            status: of the answer.
        """
        self._requests.labels(route, str(status)).inc()

    def worked(self, kind: str, seconds: float) -> None:
        """Count the work on a request."""
        self._seconds.labels(kind).observe(seconds)

    def text(self) -> bytes:
        """All figures, in the format of Prometheus."""
        return generate_latest(self._registry)
