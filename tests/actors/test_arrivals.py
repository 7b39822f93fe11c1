"""An abort of what is durable and not yet entered among the live tasks is carried out, whenever it comes."""

import asyncio

import pytest

from actors import NotFoundError, ResetType, Task, TaskId, TaskState
from actors.tasks import registry
from actors.tasks.ports import Change, Save
from store.memory import MemoryStore
from tests.actors.house import ADMIN, House, a_house, order

SERVERS = 4
PASSES = range(12)
"""How many passes of the loop after the record a client comes: before, between and after the turns in which
the tasks are entered, one in each."""


@pytest.fixture(autouse=True)
def _one_in_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "ENTERED_IN_A_TURN", 1)


class TellsWhenRecorded(MemoryStore):
    """Tells when a task has been recorded together with its subtasks."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = asyncio.Event()
        self.ids: list[TaskId] = []

    async def commit(self, *changes: Change) -> None:
        await super().commit(*changes)
        tasks = [one.record.id for one in changes if isinstance(one, Save) and isinstance(one.record, Task)]
        if len(tasks) > 1:
            self.ids += tasks
            self.recorded.set()


async def _a_reset_just_recorded(
    house: House, store: TellsWhenRecorded, passes: int
) -> tuple[list[TaskId], "asyncio.Task[Task]"]:
    """Its ids, the parent's first, so many passes of the loop later, and who waits for the answer; no server
    answers.
    """
    systems = await house.add(*(f"s{number}:443" for number in range(SERVERS)))
    for server in house.servers.servers.values():
        server.gates["reset"] = asyncio.Event()
    reset = asyncio.create_task(house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF))
    await store.recorded.wait()
    for _ in range(passes):
        await asyncio.sleep(0)
    assert len(store.ids) == 1 + SERVERS
    return store.ids, reset


def _let_all_answer(house: House) -> None:
    for server in house.servers.servers.values():
        server.gates["reset"].set()


@pytest.mark.parametrize("passes", PASSES)
async def test_of_all_of_them(passes: int) -> None:
    store = TellsWhenRecorded()
    async with a_house(store) as house:
        ids, reset = await _a_reset_just_recorded(house, store, passes)
        await house.actors.tasks.delete(ids[0], ADMIN)
        heard = len(house.servers.heard)
        _let_all_answer(house)
        for task_id in ids:
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(house.servers.heard) == heard, "nothing goes out after the answer to an abort"
        assert house.actors.figures.living == 0
        assert (await reset).id == ids[0], "whoever asked for it has the answer all the same"


@pytest.mark.parametrize("which", [1, SERVERS])
@pytest.mark.parametrize("passes", PASSES)
async def test_of_one(passes: int, which: int) -> None:
    store = TellsWhenRecorded()
    async with a_house(store) as house:
        ids, reset = await _a_reset_just_recorded(house, store, passes)
        await house.actors.tasks.delete(ids[which], ADMIN)
        _let_all_answer(house)
        parent = await house.ended(await house.actors.tasks.find(ids[0], ADMIN))
        states = [subtask.state for subtask in await house.subtasks(parent)]
        assert states.pop(which - 1) is TaskState.CANCELLED
        assert states == [TaskState.COMPLETED] * (SERVERS - 1)
        assert house.actors.figures.living == 0
        assert (await reset).id == ids[0], "whoever asked for it has the answer all the same"
