"""Who waits for a task is told by TaskRegistry of what was saved, and never misses a change."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from actors import NotFoundError, ResetType, Task, TaskState, Wait
from actors.tasks.task import TaskId
from actors.tasks.waiting import Waiting
from tests.actors.house import ADMIN, House, LoopTime, a_house, order, viewer
from tests.actors.test_task import a_task


def until_ended(seconds: float = 60) -> Wait:
    return Wait(seconds, lambda first, now: False)


def until_another_state(seconds: float = 60) -> Wait:
    return Wait(seconds, lambda first, now: now.state is not first.state)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as house:
        yield house


async def held_reset(house: House) -> tuple[Task, asyncio.Event]:
    """A running reset whose server does not answer until the event is set."""
    (system,) = await house.add("a:443")
    answer = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
    heard = asyncio.create_task(house.servers.hears("reset"))
    task = await house.actors.operations.reset(order(), [system], ResetType.FORCE_OFF)
    await heard
    return await house.until(task, lambda found: found.state is TaskState.RUNNING), answer


async def test_it_comes_when_the_task_has_ended(house: House) -> None:
    task, answer = await held_reset(house)
    waits = [asyncio.create_task(house.actors.tasks.awaited(task.id, ADMIN, until_ended())) for _ in range(3)]
    await asyncio.sleep(0)
    answer.set()
    for wait in waits:
        assert (await wait).state is TaskState.COMPLETED


async def test_a_monitor_waits_too_and_a_deleted_task_is_told_as_it_ended(house: House) -> None:
    task, _ = await held_reset(house)
    tasks = house.actors.tasks
    wait = asyncio.create_task(tasks.monitored(task.id, ADMIN, reads=True, wait=until_ended()))
    await asyncio.sleep(0)
    await tasks.delete(task.id, ADMIN)
    assert (await wait).state is TaskState.CANCELLED
    with pytest.raises(NotFoundError):
        await tasks.awaited(task.id, ADMIN, until_ended())


async def test_what_has_ended_is_not_waited_for(house: House) -> None:
    task, answer = await held_reset(house)
    answer.set()
    await house.ended(task)
    assert not (await house.actors.tasks.awaited(task.id, ADMIN, until_ended())).is_live


async def test_another_s_task_is_refused_and_leaves_no_wait(house: House) -> None:
    task, _ = await held_reset(house)
    waiting = house.actors.tasks._waiting
    with pytest.raises(Exception, match="privilege"):
        await house.actors.tasks.awaited(task.id, viewer("other", "Operator"), until_ended())
    assert len(waiting) == 0


async def test_when_its_time_has_gone_the_task_is_told_as_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, _ = await held_reset(house)
    time = LoopTime(monkeypatch)
    wait = asyncio.create_task(house.actors.tasks.awaited(task.id, ADMIN, until_another_state(20)))
    await house.actors.tasks.find(task.id, ADMIN)
    assert not wait.done()
    time.move(20)
    assert (await wait).state is TaskState.RUNNING
    assert len(house.actors.tasks._waiting) == 0


async def test_a_planned_stop_ends_all_waits(house: House) -> None:
    task, answer = await held_reset(house)
    wait = asyncio.create_task(house.actors.tasks.awaited(task.id, ADMIN, until_ended()))
    await house.actors.tasks.find(task.id, ADMIN)
    stopping = asyncio.ensure_future(house.actors.stop_work(30))
    assert (await wait).is_live
    assert (await house.actors.tasks.awaited(task.id, ADMIN, until_ended())).is_live
    answer.set()
    await stopping


async def test_no_change_is_missed_between_the_look_and_the_wait() -> None:
    """A change that is told after the record was read, and before anybody waits for the next one."""
    waiting, first = Waiting(), a_task(state=TaskState.PENDING)
    later = replace(first, state=TaskState.RUNNING, revision=first.revision + 1)
    wait = until_another_state()
    with waiting.entered(first.id, wait):
        waiting.changed(later)
        assert await wait.after(first) is later
    older = until_another_state(0)
    with waiting.entered(first.id, older):
        waiting.changed(first)
        assert await older.after(later) is None


async def test_who_gives_up_leaves_nothing() -> None:
    waiting, task = Waiting(), a_task()
    for end in (Wait.end, None):
        wait = until_ended()

        async def waits(wait: Wait = wait) -> Task | None:
            with waiting.entered(task.id, wait):
                return await wait.after(task)

        under_way = asyncio.create_task(waits())
        await asyncio.sleep(0)
        assert len(waiting) == 1
        if end is not None:
            end(wait)
            assert await under_way is None
        else:
            under_way.cancel()
            with pytest.raises(asyncio.CancelledError):
                await under_way
        assert len(waiting) == 0
        assert waiting._waits == {}


async def test_what_is_gone_is_not_waited_for() -> None:
    waiting, task = Waiting(), a_task()
    wait = until_ended()
    with waiting.entered(task.id, wait):
        waiting.gone(TaskId("another"))
        waiting.gone(task.id)
        assert await wait.after(task) is None
