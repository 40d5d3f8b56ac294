"""The page of ``lgpgan serve`` in a browser, and what a person does with it."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DROP = """([content, name]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
    return data;
}"""
PASTE = """([content, name]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
    dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


@dataclass
class OpenedPage:
    """A page, with what went wrong on it and all that it sent.

    Attributes:
        page: of Playwright.
        address: of the server.
        problems: errors and warnings of the console, and of scripts.
        requests: all that was sent.
        expected: parts of the problems that a test brings about.
    """

    page: Any
    address: str
    problems: list[str] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @classmethod
    @contextlib.contextmanager
    def of(cls, browser: Any, address: str, **screen: Any) -> Iterator[OpenedPage]:
        """The page in a new session of the browser; at the end nothing may have gone wrong."""
        context = browser.new_context(reduced_motion="reduce", **screen)
        context.set_default_timeout(60_000)
        opened = cls(context.new_page(), address)
        opened.watch()
        opened.load()
        yield opened
        context.close()
        opened.check()

    def watch(self) -> None:
        """Note what goes wrong, and what is sent."""

        def note(said: Any) -> None:
            if said.type in ("error", "warning"):
                self.problems.append(said.text)

        self.page.on("console", note)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))

    def load(self, settings: str = "") -> None:
        """Open the page anew, with settings in its address."""
        self.page.goto("about:blank")
        self.page.goto(self.address + settings)
        self.page.wait_for_selector("body[data-ready]")

    def check(self) -> None:
        """Nothing went wrong but for what was expected, and all went to the server."""
        unexpected = [
            problem
            for problem in self.problems
            if not any(part in problem for part in self.expected)
        ]
        assert unexpected == []
        host = urlsplit(self.address).netloc
        foreign = [
            request.url
            for request in self.requests
            if not request.url.startswith(("blob:", "about:", "data:"))
            and urlsplit(request.url).netloc != host
        ]
        assert foreign == []

    def pick(self, photo: Path) -> None:
        """Choose a photo in the dialog for files, and wait for it and its thumbnails."""
        self.page.set_input_files("#file", photo)
        self.wait_until_open()

    def drop(self, photo: Path) -> None:
        """Drop a photo on the page."""
        data = self.page.evaluate_handle(DROP, [_coded(photo), photo.name])
        self.page.dispatch_event("body", "drop", {"dataTransfer": data})
        self.wait_until_open()

    def paste(self, photo: Path) -> None:
        """Paste a photo."""
        self.page.evaluate(PASTE, [_coded(photo), photo.name])
        self.wait_until_open()

    def wait_until_open(self) -> None:
        """Wait for a photo and its thumbnails."""
        self.page.wait_for_selector("#studio:not([hidden])")
        self.page.wait_for_selector("#expressions:not(:has(canvas.empty))")

    def express(self, expression: str) -> None:
        """Choose an expression, and wait for the picture."""
        self.page.click(f"[data-expression={expression}]")
        self.wait_until_shown()

    def wait_until_shown(self) -> None:
        """Wait for the newest preview."""
        self.page.wait_for_selector("#stage[aria-busy=false]")

    def slide(self, name: str, value: int) -> None:
        """Put a slider to a value; the group in which it is hidden is opened."""
        if self.page.locator(name).is_hidden():
            self.page.click(f"details:has({name}) summary")
        self.page.locator(name).fill(str(value))
        self.wait_until_shown()

    def download(self, item: str = "Edited photo") -> tuple[str, bytes]:
        """Download a file by the menu: its name and content."""
        self.page.click("#download")
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=item, exact=False).first.click()
        file = waiting.value
        return file.suggested_filename, Path(file.path()).read_bytes()

    @property
    def settings(self) -> str:
        """What stands in the address."""
        return urlsplit(self.page.url).fragment

    @property
    def errors(self) -> list[str]:
        """The errors that a person reads now."""
        return self.page.locator("#errors p").all_inner_texts()


def _coded(photo: Path) -> str:
    return base64.b64encode(photo.read_bytes()).decode()
