"""TaskMonitorAutoExpirySeconds: so long after its final answer was first read the monitor alone is gone."""

import asyncio

import pytest

from actors import MONITOR_EXPIRY, NotFoundError, ResetType, Task, TaskState
from actors.settings.records import TASK_SERVICE
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore
from tests.actors.house import ADMIN, House, a_house, order, viewer


async def an_ended_task(house: House) -> Task:
    (system,) = await house.add("a:443")
    return await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))


async def limit(house: House, seconds: int | None) -> None:
    await house.actors.settings.change(TASK_SERVICE, {MONITOR_EXPIRY: seconds})


async def read(house: House, task: Task) -> None:
    """Ask the monitor, and let what follows from it be stored."""
    await house.actors.tasks.monitored(task.id, ADMIN, reads=True)
    await house.until(task, lambda found: found.answered is not None)


async def test_the_monitor_goes_and_the_task_stays() -> None:
    async with a_house() as house:
        task = await an_ended_task(house)
        await limit(house, 60)
        house.clock.move(1000)
        await read(house, task)
        house.clock.move(59.9)
        await read(house, task)
        house.clock.move(0.1)
        with pytest.raises(NotFoundError, match="its time is over"):
            await house.actors.tasks.monitored(task.id, ADMIN, reads=True)
        found = await house.actors.tasks.find(task.id, ADMIN)
        assert (found.state, found.result, found.ended) == (task.state, task.result, task.ended)
        await limit(house, None)
        await house.actors.tasks.monitored(task.id, ADMIN, reads=True)


async def test_unset_nothing_is_stored_and_a_look_that_is_no_read_does_not_count() -> None:
    async with a_house() as house:
        task = await an_ended_task(house)
        await house.actors.tasks.monitored(task.id, ADMIN, reads=True)
        await limit(house, 0)
        await house.actors.tasks.monitored(task.id, ADMIN, reads=False)
        assert (await house.actors.tasks.find(task.id, ADMIN)).revision == task.revision
        await read(house, task)
        with pytest.raises(NotFoundError):
            await house.actors.tasks.monitored(task.id, ADMIN, reads=False)


async def test_a_live_task_has_no_final_answer_to_be_read() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        await limit(house, 0)
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await house.actors.tasks.monitored(task.id, ADMIN, reads=True)
        assert (await house.ended(task)).answered is None


async def test_the_first_read_is_known_over_a_start() -> None:
    store = MemoryStore()
    async with a_house(store) as house:
        task = await an_ended_task(house)
        await limit(house, 60)
        await read(house, task)
        clock = house.clock
    clock.move(60)
    async with a_house(store, clock=clock) as house:
        with pytest.raises(NotFoundError):
            await house.actors.tasks.monitored(task.id, ADMIN, reads=True)


async def test_a_store_that_fails_holds_up_no_answer_and_the_next_read_is_the_first() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        task = await an_ended_task(house)
        await limit(house, 60)
        store.refuses = lambda _: True
        store.refused.clear()
        await house.actors.tasks.monitored(task.id, ADMIN, reads=True)
        await store.refused.wait()
        store.refuses = lambda _: False
        house.clock.move(100)
        await read(house, task)
        house.clock.move(59)
        await read(house, task)


async def test_what_a_reader_is_shown_of_others_is_not_stored() -> None:
    """The record names the task in the way to those who may see it; what is stored names it to nobody."""
    async with a_house() as house:
        (system,) = await house.add("a:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        first = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        olga = viewer("olga", "Operator")
        second = await house.actors.operations.reset_system(order(olga), system, ResetType.ON)
        waiting = await house.until(second, lambda found: found.state is TaskState.PENDING)
        assert first.id in waiting.messages[-1].text
        await limit(house, 60)
        gate.set()
        assert (await house.ended(second)).state is TaskState.COMPLETED
        await read(house, second)
        stored = await house.store.task(second.id)
        assert stored is not None
        assert first.id not in str([message.text for message in stored.messages])
