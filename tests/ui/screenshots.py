"""Pictures of every view, light and dark, wide and narrow: `python -m tests.ui.screenshots FOLDER`."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.service import Simulator
from tests.ui.house import House, a_house, sign_in
from tests.ui.watched import watched_page

SERVERS = 200
SIZES = {"wide": (1440, 900), "narrow": (360, 780), "wall": (2560, 1440)}
FAULTS = [
    {"server": address, "method": "POST", "path": "*Reset", "fault": "status", "status": 500}
    for address in ("127.0.0.14", "127.0.0.61", "127.0.0.62", "127.0.0.63", "127.0.0.118")
]


def furnish(house: House) -> dict[str, str]:
    """What there is to see; the ids of a task that failed, one that was aborted and one that goes on."""
    house.account("kim", "Operator")
    house.account("looker", "ReadOnly")
    failed = house.reset(house.systems[:160], "ForceRestart", BatchSize=40)
    aborted = house.reset(house.systems[160:190], BatchSize=5, DelayBetweenBatchesInSeconds=60)
    house.ended(failed)
    uri = f"/redfish/v1/TaskService/Tasks/{aborted}"
    house.admin.post(f"{uri}/Actions/Oem/Taskmon.Cancel", {"Reason": "The rack runs hot."})
    for system in house.systems[190:194]:
        house.reset([system], "On")
    live = house.reset(house.systems, "GracefulRestart", BatchSize=24, DelayBetweenBatchesInSeconds=40)
    return {"failed": failed, "aborted": aborted, "live": live}


def views(house: House, tasks: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, address, and what is there once it is shown."""
    group = house.groups()[0].rpartition("/")[2]
    yield "tasks", "#/tasks", ".tasks tbody tr"
    yield "task-live", f"#/tasks/{tasks['live']}", ".stack [data-kind=done]"
    yield "task-failed", f"#/tasks/{tasks['failed']}", ".subtasks tbody tr"
    yield "task-aborted", f"#/tasks/{tasks['aborted']}", ".subtasks tbody tr"
    yield "fleet", "#/fleet", ".fleet .cell-trouble span"
    yield "groups", "#/groups", ".card"
    yield "group", f"#/groups/{group}", ".picks input"
    yield "reset", f"#/reset?group={group}", ".plan-batches"
    yield "events", "#/events", "h1"
    yield "empty", "#/tasks?q=nothing", ".empty"


@contextmanager
def a_browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Install chromium first: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def settle(page: Page, name: str) -> None:
    """Fill in what makes the picture tell more."""
    if name == "reset":
        page.get_by_label("Servers in a batch").fill("24")
        page.get_by_label("Seconds between batches").fill("30")
        page.get_by_label("Stop after so many failures").fill("10%")
    if name == "task-failed":
        page.locator(".map canvas").hover(position={"x": 60, "y": 40})
    page.wait_for_timeout(700)  # nothing tells when a canvas has been painted


def take(browser: Browser, house: House, tasks: dict[str, str], folder: Path) -> None:
    for size, (width, height) in SIZES.items():
        for dark in (False, True):
            colours = "dark" if dark else "light"
            with watched_page(browser, house.service.url, width=width, height=height, dark=dark) as watched:
                watched.expected = {400, 409}
                page = watched.page
                page.goto(house.page)
                page.get_by_label("User name").wait_for()
                page.screenshot(path=folder / f"signing-in-{size}-{colours}.png")
                sign_in(page, house)
                for name, address, landmark in views(house, tasks):
                    page.goto(house.page + address)
                    page.locator(landmark).first.wait_for()
                    settle(page, name)
                    page.screenshot(path=folder / f"{name}-{size}-{colours}.png", full_page=size == "narrow")
                page.goto(f"{house.page}#/tasks/{tasks['live']}")
                page.get_by_role("button", name="Abort").click()
                page.screenshot(path=folder / f"abort-{size}-{colours}.png")


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0] if arguments else "screenshots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as below, a_browser() as browser:
        work = Path(below)
        with (
            Simulator(work / "servers", SERVERS, FAULTS, transition="1-3") as simulator,
            a_house(work / "service", simulator) as house,
        ):
            take(browser, house, furnish(house), folder)
    print(f"{len(list(folder.glob('*.png')))} pictures are in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
