"""Of each task that was removed the log says, once, that it is gone and why."""

import logging
from datetime import timedelta

import pytest

from tests.actors.house import ADMIN, a_house
from tests.actors.retained import START, an_ended_task, stored_tasks


async def test_the_log_says_why_a_task_was_removed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="taskmon.tasks")
    async with a_house(auto_delete_minutes=60, max_retained=3) as house:
        tasks = [an_ended_task(START - timedelta(minutes=minutes)) for minutes in (99, 30, 20, 10, 5)]
        due, too_many, deleted, *rest = await stored_tasks(house.store, *tasks)
        await house.actors.retention.sweep()
        await house.actors.tasks.delete(deleted, ADMIN)
        await house.actors.tasks.delete_ended(ADMIN)
    told = [record.getMessage() for record in caplog.records if ": removed, " in record.getMessage()]
    assert sorted(told) == sorted(
        [
            f"task {due}: removed, kept 99 minutes: its time is over",
            f"task {too_many}: removed, kept 30 minutes: to make room",
            f"task {deleted}: removed, deleted by admin",
            f"task {rest[0]}: removed, kept 10 minutes: all ended tasks were to be deleted",
            f"task {rest[1]}: removed, kept 5 minutes: all ended tasks were to be deleted",
        ]
    )
