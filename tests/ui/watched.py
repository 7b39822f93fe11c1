"""A page of the browser that is watched: what it must never do fails the test that it did it in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

STATUS = re.compile(r"the server responded with a status of (\d+)")
NO_ANSWER = re.compile(r"net::ERR_(CONNECTION|EMPTY_RESPONSE|NETWORK|INCOMPLETE|ABORTED)|ERR_CONNECTION")


class Watched:
    """What a page did. Refusals of the service that a test provokes are `expected`: a browser notes each."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.expected: set[int] = set()
        """The statuses of answers that the test has the service give."""
        self.may_lose_it = False
        """Whether the test lets the service go away."""
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self._origin = origin
        page.set_default_timeout(30_000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"{error.message}\n{error.stack}"))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        refused = STATUS.search(message.text)
        if refused and int(refused[1]) in self.expected:
            return
        if self.may_lose_it and NO_ANSWER.search(message.text):
            return
        self.complaints.append(f"{message.type}: {message.text} ({message.location})")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self.elsewhere.append(url)

    def check(self) -> None:
        """AssertionError if it did what it must not."""
        assert not self.complaints, self.complaints
        assert not self.elsewhere, self.elsewhere


@contextmanager
def watched_page(
    browser: Browser, origin: str, *, width: int = 1280, height: int = 900, dark: bool = False
) -> Iterator[Watched]:
    """A page with storage of its own. At the end of the block it is checked, and gone."""
    context: BrowserContext = browser.new_context(
        ignore_https_errors=True,  # the service made its certificate itself
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    try:
        watched = Watched(context.new_page(), origin)
        yield watched
        watched.check()
    finally:
        context.close()
