"""Records that are gone from the store while their tasks live: nobody waits for them, nothing stays."""

import asyncio

import pytest

from actors import ResetType, TaskState
from actors.tasks import beginnings
from actors.tasks.errors import NotFoundError
from actors.tasks.ports import Change, Remove, Save
from actors.tasks.task import Task, TaskId
from store.memory import MemoryStore
from tests.actors.house import ADMIN, a_house, order


class SlowStore(MemoryStore):
    """Holds back that a subtask has begun, until it is let; and loses records."""

    def __init__(self) -> None:
        super().__init__()
        self.held_back = asyncio.Event()
        self.let = asyncio.Event()

    async def commit(self, *changes: Change) -> None:
        record = changes[0].record if isinstance(changes[0], Save) else None
        if isinstance(record, Task) and record.parent and record.state is TaskState.STARTING:
            self.held_back.set()
            await self.let.wait()
        await super().commit(*changes)

    async def lose(self, task_id: TaskId) -> None:
        await super().commit(Remove(Task, task_id))


async def test_a_subtask_whose_record_is_gone_counts_as_failed_and_its_parent_ends() -> None:
    store = SlowStore()
    async with a_house(store) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        await store.held_back.wait()
        lost, *rest = await house.actors.tasks.subtasks(task.id, ADMIN)
        await store.lose(lost)
        store.let.set()
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert any("record is gone" in message.text for message in ended.messages)
        assert [(await house.actors.tasks.find(one, ADMIN)).state for one in rest] == [
            TaskState.COMPLETED
        ] * 2
        again = await house.actors.operations.reset(order(), systems, ResetType.ON)
        assert (await house.ended(again)).state is TaskState.COMPLETED, "its server is held by nobody"


async def test_a_task_that_is_gone_with_its_subtasks_leaves_none_that_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beginnings, "AT_ONCE", 1)
    store = SlowStore()
    async with a_house(store) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        await store.held_back.wait()
        ids = await house.actors.tasks.subtasks(task.id, ADMIN)
        await store.lose(task.id)  # and its subtasks
        store.let.set()
        async with asyncio.timeout(10):
            while house.actors.figures.living:  # noqa: ASYNC110 (nobody tells of it)
                await asyncio.sleep(0)
        for task_id in (task.id, *ids):
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)
        assert house.servers.resets() == []
        again = await house.actors.operations.reset(order(), systems, ResetType.ON)
        assert (await house.ended(again)).state is TaskState.COMPLETED, "no server is held"
