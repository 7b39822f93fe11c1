"""What the page costs while 10,000 subtasks change: `python -m tests.ui.measure [SUBTASKS]`, a good minute.

The changes are made in memory and so come as fast as they are wanted, on any machine; `python -m bench.page`
measures the same with a whole service and simulated servers.

Beside the limits that are promised: under 100 MB of heap growth, and no block of the main thread of 100 ms,
over a minute of full change (`tests.ui.crowd`). A machine that is busy with other things makes blocks longer:
how long the thread itself was at work is told beside the time that went by.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, CDPSession, Page

from tests.service import ROOT
from tests.ui.crowd import MINUTE, OWNER, PARENT
from tests.ui.screenshots import a_browser
from tests.ui.watched import watched_page
from tests.web.standins import PASSWORD

SUBTASKS = 10_000
MB = 1024 * 1024
ALL_THERE = """(count) => {
  const said = document.querySelector("[role=application]")?.getAttribute("aria-label") ?? "";
  const [, ...states] = (said.match(/[0-9,]+/g) ?? []).map((number) => Number(number.replaceAll(",", "")));
  return states.reduce((sum, number) => sum + number, 0) === count;
}"""
OPENS_WITHIN = 180_000
"""Milliseconds that the page may take to read all subtasks; how long it took is told."""
TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
TURNS = {"RunTask", "ThreadControllerImpl::RunTask"}


@contextmanager
def a_crowd(count: int) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Where it is served, and its process: a line to it begins the changes."""
    command = [sys.executable, "-m", "tests.ui.crowd", str(count)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as crowd:
        try:
            assert crowd.stdout is not None
            yield f"http://127.0.0.1:{crowd.stdout.readline().strip()}", crowd
        finally:
            crowd.kill()


def used(session: CDPSession, *, clean: bool) -> float:
    """MB of the heap that are in use; `clean`: with all garbage gone."""
    if clean:
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / MB


def sign_in(page: Page, base: str, user: str, password: str) -> None:
    page.goto(f"{base}/ui/")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Tasks").wait_for()


def blocks(trace: bytes) -> dict[str, float]:
    """The longest turn of the page's main thread, ms: as time went by, and as it was at work."""
    events = json.loads(trace)["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    turns = [
        event
        for event in events
        if event.get("name") in TURNS and (event["pid"], event["tid"]) in main and "dur" in event
    ]
    by_wall = max(turns, key=lambda event: event["dur"])
    by_work = max(turns, key=lambda event: event.get("tdur", 0))
    return {
        "turns": len(turns),
        "longest turn, ms": by_wall["dur"] / 1000,
        "of which the thread was at work, ms": by_wall.get("tdur", 0) / 1000,
        "longest work in a turn, ms": by_work.get("tdur", 0) / 1000,
    }


def open_task(page: Page, base: str, task: str, count: int) -> float:
    """Show this task with all its subtasks; how many seconds that took."""
    began = time.monotonic()
    page.goto(f"{base}/ui/#/tasks/{task}")
    page.wait_for_function(ALL_THERE, arg=count, timeout=OPENS_WITHIN)
    return time.monotonic() - began


def cost(browser: Browser, page: Page, seconds: float, begin: Callable[[], object]) -> dict[str, object]:
    """What the page that is shown costs from when `begin` has been called, for so many seconds."""
    session = page.context.new_cdp_session(page)
    before = used(session, clean=True)
    begin()
    browser.start_tracing(page=page, categories=TRACED)
    began, peak = time.monotonic(), before
    while time.monotonic() - began < seconds:
        page.wait_for_timeout(3000)
        peak = max(peak, used(session, clean=False))
    trace = browser.stop_tracing()
    return {
        "load of the machine": os.getloadavg()[0],
        "heap before, MB": round(before, 1),
        "heap growth at most, with garbage, MB": round(peak - before, 1),
        "heap growth, garbage gone, MB": round(used(session, clean=True) - before, 1),
        **blocks(trace),
        "seen at the end": page.get_by_role("application").get_attribute("aria-label"),
    }


def measured(browser: Browser, count: int) -> dict[str, object]:
    """The figures of one minute at the view of the task."""
    with a_crowd(count) as (base, crowd), watched_page(browser, base) as watched:
        sign_in(watched.page, base, OWNER.lower(), PASSWORD)
        opened = open_task(watched.page, base, PARENT, count)

        def begin() -> None:
            assert crowd.stdin is not None
            crowd.stdin.write("go\n")
            crowd.stdin.flush()

        figures = cost(browser, watched.page, MINUTE, begin)
        return {"subtasks": count, "opened in, s": round(opened, 2), **figures}


def main(arguments: Sequence[str]) -> None:
    with a_browser() as browser:
        print(json.dumps(measured(browser, int(arguments[0]) if arguments else SUBTASKS), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
