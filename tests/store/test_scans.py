"""Queries that look at every record: they hold up nothing but each other, and end with who asked them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.tasks.ports import Save
from actors.tasks.states import TaskState
from actors.tasks.task import Task
from actors.tasks.task_query import Compared, Relation, TaskField, TaskQuery
from store.sqlite import SqliteStore, open_store
from tests.store.records import a_task

PATIENCE = 60.0


class SlowLook:
    """What looks at records: it stops at the first until it may go on."""

    def __init__(self) -> None:
        self.looked = 0
        self.stands = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, task: Task) -> bool:
        self.looked += 1
        self.stands.set()
        assert self.go_on.wait(PATIENCE)
        return True

    async def begun(self) -> None:
        assert await asyncio.to_thread(self.stands.wait, PATIENCE)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_store(tmp_path)
    await store.commit(*(Save(a_task()) for _ in range(50)))
    yield store
    await store.close()


async def test_what_sql_compares_does_not_wait_for_what_looks_at_every_record(store: SqliteStore) -> None:
    look = SlowLook()
    slow = asyncio.create_task(store.task_page(TaskQuery(accepts=look, limit=10), PATIENCE))
    try:
        await look.begun()
        condition = Compared(TaskField.STATE, Relation.EQ, TaskState.NEW.value)
        async with asyncio.timeout(PATIENCE):
            quick = await store.task_page(TaskQuery(condition=condition, limit=10), PATIENCE)
        assert quick.total == 50
        assert not slow.done()
    finally:
        look.go_on.set()
    assert (await slow).total == 50


async def test_a_look_at_every_record_ends_when_nobody_waits_for_it(store: SqliteStore) -> None:
    look, after = SlowLook(), SlowLook()
    after.go_on.set()
    left = asyncio.create_task(store.task_page(TaskQuery(accepts=look, limit=10), PATIENCE))
    await look.begun()
    queued = asyncio.create_task(store.task_page(TaskQuery(accepts=after, limit=10), PATIENCE))
    left.cancel()
    await asyncio.wait([left])
    look.go_on.set()
    assert (await queued).total == 50
    assert (look.looked, after.looked) == (1, 50)
