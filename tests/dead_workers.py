"""A test run whose worker processes end badly fails, and says after which test.

pytest-xdist itself reports a worker that dies in a test, or before its last report, as that test's
failure. Of one that dies later, in a thread or as the process ends, it says nothing, and the run
would pass. A worker that is slow to leave is killed by pytest-xdist; that is no failure.
"""

from __future__ import annotations

import signal
from collections.abc import Generator
from typing import Any

import pytest

_WORKERS = pytest.StashKey[dict[str, Any]]()
_LAST_TEST = pytest.StashKey[dict[str, str]]()
_BAD_ENDS = pytest.StashKey[list[str]]()
_config: pytest.Config


def pytest_configure(config: pytest.Config) -> None:
    global _config  # a report does not say of which configuration it is
    _config = config
    config.stash[_WORKERS], config.stash[_LAST_TEST], config.stash[_BAD_ENDS] = {}, {}, []


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist: a worker process was started."""
    node.config.stash[_WORKERS][node.gateway.id] = node.gateway._io.popen


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    node = getattr(report, "node", None)  # of pytest-xdist: which worker ran it
    if node is not None:
        _config.stash[_LAST_TEST][node.gateway.id] = report.nodeid


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Look at the exit status of every worker, once pytest-xdist has ended them all."""
    yield
    stash = session.config.stash
    for name, process in stash[_WORKERS].items():
        status = process.wait()
        if status not in (0, -signal.SIGKILL):
            last = stash[_LAST_TEST].get(name, "before any test")
            stash[_BAD_ENDS].append(f"worker '{name}' ended with status {status}; last: {last}")
    if stash[_BAD_ENDS] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for end in config.stash[_BAD_ENDS]:
        terminalreporter.write_line(f"ERROR {end}", red=True)
