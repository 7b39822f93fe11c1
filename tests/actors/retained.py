"""What the tests of retention have in common: ended tasks, and what is still there."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from actors import (
    Task,
    TaskId,
    TaskState,
)
from actors.tasks.ports import Change, Remove, Save, Store
from tests.actors.house import ADMIN, HeldClock, House, order
from tests.store.records import a_task

MINUTE = 60
WEEK_IN_MINUTES = 10_080
START = HeldClock().now()


def an_ended_task(end: datetime = START, subtasks: int = 0) -> Task:
    return replace(a_task(started=end), state=TaskState.COMPLETED, ended=end, subtasks=subtasks)


async def stored_tasks(store: Store, *tasks: Task) -> list[TaskId]:
    """Their ids, once they are in the store."""
    await store.commit(*map(Save, tasks))
    return [task.id for task in tasks]


def one_a_minute(count: int) -> list[Task]:
    """Ended tasks; of those that come first here the end comes last."""
    return [an_ended_task(START - timedelta(minutes=number)) for number in range(count)]


async def kept(house: House) -> set[TaskId]:
    return set(await house.actors.tasks.list(ADMIN))


def removes(changes: tuple[Change, ...]) -> bool:
    return any(isinstance(change, Remove) for change in changes)


async def until_swept(house: House, times: int) -> None:
    """Until so many sweeps have come to their end since the start."""
    async with asyncio.timeout(10):
        while True:
            if house.actors.retention.counts.sweeps >= times:
                return
            await asyncio.sleep(0)


async def a_held_task(house: House, address: str) -> Task:
    """A task that goes on until the test opens its server's gate."""
    house.servers.add(address).gates["system_paths"] = asyncio.Event()
    return await house.actors.operations.add_server(
        order(), host=address, user_name="root", password="calvin-and-hobbes"
    )
