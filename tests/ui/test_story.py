"""A maintenance window: 200 servers are reset, one fails and is retried, another reset is aborted."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.interop.plain import TASKS
from tests.service import Simulator
from tests.ui.house import House, a_house, sign_in
from tests.ui.watched import Watched, watched_page

pytestmark = pytest.mark.timeout(400)
SERVERS = 200
BROKEN = 70
ADDRESS = "127.0.0.71"
FAULTS = [
    {"server": ADDRESS, "method": "POST", "path": "*Reset", "fault": "status", "status": 500, "count": 1},
]


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """200 servers, of which one refuses the first reset."""
    with (
        Simulator(tmp_path_factory.mktemp("servers"), SERVERS, FAULTS) as simulator,
        a_house(tmp_path_factory.mktemp("service"), simulator) as house,
    ):
        house.admin.aggregate(house.systems)
        yield house


@pytest.fixture
def watched(browser: Browser, house: House) -> Iterator[Watched]:
    with watched_page(browser, house.service.url) as watched:
        yield watched


def start_reset(page: Page, batch: str, delay: str) -> str:
    """Start a reset of the group with the form; the id of its task."""
    page.get_by_label("Which servers").select_option(index=1)
    page.get_by_label("What to do").select_option("ForceRestart")
    page.get_by_label("Servers in a batch").fill(batch)
    page.get_by_label("Seconds between batches").fill(delay)
    plan = page.get_by_role("region", name="What will happen")
    expect(plan).to_contain_text("ForceRestart on 200 servers")
    expect(plan).to_contain_text(f"{200 // int(batch)} of {batch}")
    page.get_by_role("button", name="Start the reset").click()
    page.wait_for_url("**/#/tasks/*")
    return page.url.rpartition("/")[2]


def state(page: Page, word: str) -> None:
    """Wait for the head of the task to say this."""
    expect(page.locator(".task-head .badge")).to_have_text(word, timeout=120_000)


def test_a_maintenance_window(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400, 409}  # what the monitors of a failed and of an aborted task answer
    sign_in(page, house)
    page.get_by_role("link", name="Reset servers").click()
    first = start_reset(page, "50", "1")
    board = page.get_by_role("application")
    expect(page.get_by_text("servers a minute")).to_be_visible()
    state(page, "Failed")
    expect(board).to_have_attribute(
        "aria-label", "200 servers: 199 completed, 1 failed, 0 aborted, 0 at work, 0 waiting"
    )
    failed = page.get_by_role("table", name="Servers of this task").get_by_role("row").nth(1)
    expect(failed).to_contain_text(house.host(BROKEN))
    expect(failed).to_contain_text("HTTP status 500")
    times = page.locator(".timeline .entry-time")
    expect(times).to_have_text([re.compile(r"^\d\d:\d\d:\d\d$")] * times.count())

    page.get_by_role("button", name="Retry what failed").click()
    page.get_by_role("button", name="Start the retry").click()
    page.wait_for_url(lambda url: "/#/tasks/" in url and first not in url)
    state(page, "Completed")
    expect(page.get_by_text("Retry of")).to_be_visible()
    retry = page.url.rpartition("/")[2]
    assert house.admin.read(f"{TASKS}/{retry}")["Oem"]["Taskmon"]["RetryOf"] == first

    page.goto(f"{house.page}#/reset")
    second = start_reset(page, "10", "2")
    expect(page.get_by_text("completed", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Abort").click()
    page.get_by_label("Reason").fill("the rack runs hot")
    page.get_by_role("button", name="Abort the task").click()
    state(page, "Aborted")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("the rack runs hot")
    aborted = house.admin.read(f"{TASKS}/{second}")
    assert aborted["TaskState"] == "Cancelled"
    expect(page.get_by_role("group", name="Servers by state")).to_contain_text("Aborted")
