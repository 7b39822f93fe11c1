"""One browser and one service for all of these tests; a page of its own for each of them."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service import Simulator
from tests.support import lacking
from tests.ui.house import House, a_house
from tests.ui.watched import Watched, watched_page

CHROMIUM = "chromium"
SERVERS = 12
SOON = 20_000
"""Milliseconds that an expectation is given: it is met much sooner, unless the machine is busy."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium, as Debian has it."""
    found = shutil.which(CHROMIUM)
    if found is None:
        lacking("chromium is not installed")
    expect.set_options(timeout=SOON)
    with sync_playwright() as playwright:
        # Its sandbox does not run as root, which a test in a container often is.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service that has all its servers. The browser comes first: without one nothing is started."""
    with (
        Simulator(tmp_path_factory.mktemp("servers"), SERVERS) as simulator,
        a_house(tmp_path_factory.mktemp("service"), simulator) as house,
    ):
        yield house


@pytest.fixture
def watched(browser: Browser, house: House) -> Iterator[Watched]:
    """A page that nobody has signed in at yet; it is checked at the end."""
    with watched_page(browser, house.service.url) as watched:
        yield watched


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page
