"""Retention by the machine's own clock over the real database, frozen and moved: all goes when it is due."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from actors import NotFoundError, ResetType, SystemId, Task, TaskId
from actors.tasks import retention
from service.clock import SystemClock
from store.sqlite import open_store
from tests.actors.house import ADMIN, House, a_house, order
from tests.actors.retained import until_swept
from tests.actors.scripted import ScriptedServers

DAY_IN_MINUTES = 24 * 60
START = datetime(2026, 12, 31, 23, 59, 58, 250_000, UTC)
"""A moment before a second that a clock may well repeat: the last one of a year."""
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def time() -> Iterator[FrozenDateTimeFactory]:
    """The machine's time, which stands until it is moved; waiting goes on by the loop's own clock."""
    with freeze_time(START, real_asyncio=True) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@asynccontextmanager
async def running(
    folder: Path, servers: ScriptedServers | None = None, minutes: int = 1, max_retained: int = 100
) -> AsyncIterator[House]:
    """The actors over the database in this folder, with the clock that the service has."""
    store = await open_store(folder)
    try:
        async with a_house(
            store, servers, SystemClock(), auto_delete_minutes=minutes, max_retained=max_retained
        ) as house:
            yield house
    finally:
        await store.close()


async def a_reset(house: House, *systems: SystemId) -> Task:
    """A reset that has ended just now, by the machine's clock."""
    return await house.ended(await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF))


async def kept(house: House) -> set[TaskId]:
    """What is there after a sweep; of what is gone nothing is left, its subtasks included."""
    before = {one: await house.store.subtasks(one) for one in await house.actors.tasks.list(ADMIN)}
    await house.actors.retention.sweep()
    after = set(await house.actors.tasks.list(ADMIN))
    for gone in before.keys() - after:
        for task_id in (gone, *before[gone]):
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)
    return after


@pytest.mark.parametrize("minutes", [1, 90, DAY_IN_MINUTES, 30 * DAY_IN_MINUTES])
async def test_minutes_and_days_are_kept_to_the_instant(
    time: FrozenDateTimeFactory, tmp_path: Path, minutes: int
) -> None:
    async with running(tmp_path, minutes=minutes) as house:
        systems = await house.add("a:443", "b:443")
        time.tick(0.5)
        task = await a_reset(house, *systems)
        assert (task.started, task.ended) == (START + timedelta(seconds=0.5),) * 2
        time.tick(timedelta(minutes=minutes) - INSTANT)
        assert await kept(house) == {task.id}, "those that added the servers ended half a second earlier"
        time.tick(INSTANT)
        assert await kept(house) == set()


async def test_while_the_clock_stands_it_sweeps_by_itself(
    time: FrozenDateTimeFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SWEPT_EVERY", 0.001)
    async with running(tmp_path) as house:
        await house.add("a:443")
        await until_swept(house, house.actors.retention.counts.sweeps + 3)
        assert len(await house.actors.tasks.list(ADMIN)) == 1
        time.tick(60)
        await until_swept(house, house.actors.retention.counts.sweeps + 2)
        assert await house.actors.tasks.list(ADMIN) == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_jumps_back_removes_nothing_early(
    time: FrozenDateTimeFactory, tmp_path: Path, restarted: bool
) -> None:
    """Not what ended before the jump, nor what began before it and ended, by the clock, before it began."""
    servers = ScriptedServers()
    async with running(tmp_path, servers, minutes=5) as house:
        systems = await house.add("a:443", "b:443")
        early = await a_reset(house, *systems)
        spanning = await house.actors.operations.reset(
            order(), systems, ResetType.ON, batch_size=1, delay=3600
        )
        await house.until(spanning, lambda found: any("Waiting 3600 s" in m.detail for m in found.messages))
        time.move_to(START - timedelta(days=2))
        await house.actors.tasks.cancel(spanning.id, ADMIN)
        spanning = await house.ended(spanning)
        assert spanning.ended is not None
        assert spanning.ended < spanning.started
        late = await a_reset(house, *systems)
        if not restarted:
            await see_them_go(time, house, early, spanning, late)
    if restarted:
        async with running(tmp_path, servers, minutes=5) as house:
            for task in (early, spanning, late):
                assert await house.actors.tasks.find(task.id, ADMIN) == task
            await see_them_go(time, house, early, spanning, late)


async def see_them_go(
    time: FrozenDateTimeFactory, house: House, early: Task, spanning: Task, late: Task
) -> None:
    """Each five minutes after the end that its record shows."""
    everything = await kept(house)
    assert everything > {early.id, spanning.id, late.id}
    time.move_to(START - timedelta(days=2) + timedelta(minutes=5) - INSTANT)
    assert await kept(house) == everything
    time.tick(INSTANT)
    assert await kept(house) == everything - {spanning.id, late.id}
    time.move_to(START + timedelta(minutes=5) - INSTANT)
    assert await kept(house) == everything - {spanning.id, late.id}
    time.tick(INSTANT)
    assert await kept(house) == set()


async def test_in_a_second_that_the_clock_repeats_each_goes_by_its_own_stamp(
    time: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    servers = ScriptedServers()
    async with running(tmp_path, servers) as house:
        first, between, last = await in_a_repeated_second(time, house)
        time.move_to(START + timedelta(seconds=62) - INSTANT)
        assert await kept(house) == {first.id, between.id, last.id}
        time.tick(INSTANT)
        assert await kept(house) == {between.id}
        time.tick(timedelta(seconds=0.5) - INSTANT)
        time.tick(-1)  # the second in which a task becomes due is repeated, too
        assert await kept(house) == {between.id}
        time.tick(1)
        assert await kept(house) == {between.id}
        time.tick(INSTANT)
        assert await kept(house) == set()
        time.tick(-1)
        assert await kept(house) == set()


async def test_a_restart_within_a_second_that_the_clock_repeats_changes_nothing(
    time: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    servers = ScriptedServers()
    async with running(tmp_path, servers) as house:
        tasks = await in_a_repeated_second(time, house)
        time.move_to(START + timedelta(seconds=62.5) - INSTANT)
        assert tasks[1].id in await kept(house)
    time.tick(-1)
    async with running(tmp_path, servers) as house:
        await until_swept(house, 1)
        assert await kept(house) == {tasks[1].id}
    time.tick(1 + INSTANT.total_seconds())
    async with running(tmp_path, servers) as house:
        await until_swept(house, 1)
        assert await house.actors.tasks.list(ADMIN) == []


async def in_a_repeated_second(time: FrozenDateTimeFactory, house: House) -> tuple[Task, Task, Task]:
    """Resets that ended at .25 of the last second of a year, at .75, and at .25 of the same second again."""
    systems = await house.add("a:443")
    time.move_to(START + timedelta(seconds=2))
    first = await a_reset(house, *systems)
    time.tick(0.5)
    between = await a_reset(house, *systems)
    time.tick(-0.5)
    last = await a_reset(house, *systems)
    assert first.ended == last.ended
    return first, between, last


async def test_where_there_are_too_many_those_of_one_instant_go_in_the_order_of_their_records(
    time: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    servers = ScriptedServers()
    async with running(tmp_path, servers) as house:
        _, between, last = await in_a_repeated_second(time, house)
    async with running(tmp_path, servers, max_retained=2) as house:
        assert await kept(house) == {between.id, last.id}
    async with running(tmp_path, servers, max_retained=1) as house:
        assert await kept(house) == {between.id}


async def test_what_became_due_in_days_without_the_service_goes_at_its_start(
    time: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    servers = ScriptedServers()
    async with running(tmp_path, servers, minutes=3 * DAY_IN_MINUTES) as house:
        systems = await house.add("a:443")
        early = await a_reset(house, *systems)
        time.tick(timedelta(days=2))
        late = await a_reset(house, *systems)
    time.tick(timedelta(days=1) - INSTANT)
    async with running(tmp_path, servers, minutes=3 * DAY_IN_MINUTES) as house:
        await until_swept(house, 1)
        assert early.id in await house.actors.tasks.list(ADMIN)
    time.tick(INSTANT)
    async with running(tmp_path, servers, minutes=3 * DAY_IN_MINUTES) as house:
        await until_swept(house, 1)
        assert await house.actors.tasks.list(ADMIN) == [late.id]
        assert await house.actors.tasks.find(late.id, ADMIN) == late
