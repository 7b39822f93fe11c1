"""What the dashboard costs a browser while the whole service resets 10,000 servers before its eyes.

    python -m bench.page [--servers 10000] [--seconds 60]

Headless Chromium shows a task with as many subtasks as there are servers, while the service as it is shipped
resets simulated servers as fast as this machine lets it, without batches; the page hears of it by the event
stream. What is promised: under 100 MB of heap growth, and no block of the main thread of 100 ms. All of it
shares one machine, which makes blocks longer: how long the thread was at work is told beside the time that
went by.
"""

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from bench.fleet import Fleet, fleet
from tests.service import ADMIN, PASSWORD, ROOT
from tests.ui.measure import cost, open_task, sign_in
from tests.ui.screenshots import a_browser
from tests.ui.watched import watched_page

FOLDER: Final = ROOT / "build" / "bench" / "page"
TRANSITION: Final = "0.1-0.3"


def measured(browser: Browser, servers: Fleet, seconds: float) -> dict[str, object]:
    """The figures of so many seconds at the view of a reset of all of them."""
    base, count = servers.service.url, len(servers.systems)
    with watched_page(browser, base) as watched:
        page = watched.page
        watched.expected = {503}  # a machine that is too busy for all of this: the page asks again
        sign_in(page, base, ADMIN, PASSWORD)
        task = servers.reset("ForceRestart")
        opened = open_task(page, base, task.rpartition("/")[2], count)
        page.get_by_text("Live: event stream").wait_for()
        began, before = time.monotonic(), _revisions(servers, task)
        figures = cost(browser, page, seconds, lambda: None)
        changes, took = _revisions(servers, task) - before, time.monotonic() - began
        return {
            "servers": count,
            "opened in, s": round(opened, 2),
            "changes of subtasks": changes,
            "changes a second": round(changes / took, 1),
            **figures,
        }


def _revisions(servers: Fleet, task: str) -> int:
    """How often the subtasks have been changed, all together."""
    return sum(record.revision for record in servers.records(task)[1:])


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description="What the dashboard costs.")
    parser.add_argument("--servers", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args(arguments)
    folder: Path = FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    with a_browser() as browser, fleet(folder, given.servers, TRANSITION, {}) as servers:
        print(json.dumps(measured(browser, servers, given.seconds), indent=2), flush=True)
        servers.service.kill()  # what is left of the reset tells nothing more
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
