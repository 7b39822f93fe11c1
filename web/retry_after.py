"""How soon a client should ask again about a task that goes on: the Retry-After of a 202."""

from datetime import datetime
from typing import Final, Literal

from actors import Task

SOONEST: Final = 1
LATEST: Final = 60
"""Seconds; what is expected is between these."""


def retry_after(task: Task | None, now: datetime, setting: int | Literal["expected"] | None) -> int | None:
    """Whole seconds, never 0, which would have clients ask without a pause; None: the header is not sent.

    "expected" is half of what the task still needs if it goes on as it did so far, so that nobody learns much
    too late of its end. Where nothing has been done yet, or the task is not at hand, it is as long as it has
    lasted: clients ask more and more rarely.
    """
    if setting != "expected":
        return setting
    lasted = (now - task.started).total_seconds() if task is not None else 0.0
    left = lasted * (100 - task.percent) / task.percent / 2 if task is not None and task.percent else lasted
    return round(min(max(left, SOONEST), LATEST))
