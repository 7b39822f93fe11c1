"""What the page costs while 10,000 subtasks change: `python -m tests.ui.measure [SERVERS]`, some minutes.

Beside the limits that are promised: under 100 MB of heap growth, and no block of the main thread of 100 ms,
over a minute.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import CDPSession, Page

from tests.interop.plain import TASKS
from tests.service import Simulator
from tests.ui.house import House, a_house, sign_in
from tests.ui.screenshots import a_browser
from tests.ui.watched import watched_page

SERVERS = 10_000
AT_ONCE = 200
"""Servers that are being added at the same time."""
MINUTE = 60.0
MB = 1024 * 1024
WATCH = """
window.blocks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) blocks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
"""


def add_all(house: House) -> None:
    """Add the servers, some at a time, as one client can."""
    lines = house.simulator.inventory
    for first in range(0, len(lines), AT_ONCE):
        added = house.admin.add(lines[first : first + AT_ONCE])
        house.systems += [systems[0] for systems in added]


def heap(session: CDPSession) -> float:
    """MB of the heap that are in use, with all garbage gone."""
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return float(used) / MB


def longest_block(page: Page) -> float:
    """Milliseconds; a block shorter than 50 counts as none."""
    found = page.evaluate("() => Math.max(0, ...blocks.splice(0))")
    return float(found)


def measured(house: House, page: Page, session: CDPSession, task: str) -> dict[str, object]:
    """The figures of one minute at the view of this task."""
    page.goto(f"{house.page}#/tasks/{task}")
    page.get_by_role("application").and_(page.locator("[aria-label]")).wait_for()
    page.wait_for_function(
        "(count) => document.querySelector('.map').getAttribute('aria-label').startsWith(count)",
        arg=f"{len(house.systems):,} servers",
    )
    opening = longest_block(page)
    before, changes, began = heap(session), [], time.monotonic()
    longest_block(page)  # that of the collection of garbage
    peak = before
    while time.monotonic() - began < MINUTE:
        page.wait_for_timeout(5000)
        changes.append(page.get_by_role("application").get_attribute("aria-label"))
        peak = max(peak, float(session.send("Runtime.getHeapUsage")["usedSize"]) / MB)
    block = longest_block(page)
    return {
        "servers": len(house.systems),
        "longest block while opening, ms": opening,
        "longest block in the minute, ms": block,
        "heap before, MB": round(before, 1),
        "heap growth, garbage gone, MB": round(heap(session) - before, 1),
        "heap growth at most, garbage included, MB": round(peak - before, 1),
        "seen": [changes[0], changes[-1]],
    }


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else SERVERS
    with tempfile.TemporaryDirectory() as below, a_browser() as browser:
        work = Path(below)
        with (
            Simulator(work / "servers", count, transition="10-90") as simulator,
            a_house(work / "service", simulator, add=False) as house,
        ):
            began = time.monotonic()
            add_all(house)
            print(f"{count} servers were added in {time.monotonic() - began:.0f} s", flush=True)
            with watched_page(browser, house.service.url) as watched:
                page = watched.page
                page.add_init_script(WATCH)
                sign_in(page, house)
                session = page.context.new_cdp_session(page)
                task = house.reset(house.systems, "ForceOff")
                print(json.dumps(measured(house, page, session, task), indent=2))
                print(house.admin.read(f"{TASKS}/{task}")["TaskState"])


if __name__ == "__main__":
    main(sys.argv[1:])
