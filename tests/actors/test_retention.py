"""Ended tasks are kept for their time and in their number, and live ones always."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import (
    NotFoundError,
    OverwritePolicy,
    ResetType,
    StoreUnavailableError,
)
from actors.tasks import retention
from actors.tasks.ports import Change
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore, once
from tests.actors.house import ADMIN, HeldClock, a_house, order
from tests.actors.retained import (
    MINUTE,
    START,
    WEEK_IN_MINUTES,
    an_ended_task,
    kept,
    one_a_minute,
    removes,
    stored_tasks,
    until_swept,
)
from tests.store.back_ends import BACK_ENDS
from tests.store.records import a_task

# --- time


@pytest.mark.parametrize("minutes", [1, 90, WEEK_IN_MINUTES])
async def test_an_ended_task_goes_when_its_minutes_are_over_and_not_before(
    minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="taskmon.tasks")
    async with a_house(auto_delete_minutes=minutes) as house:
        (system,) = await house.add("a:443")
        order_of_reset = house.actors.operations.reset_system(order(), system, ResetType.ON)
        task = await house.ended(await order_of_reset)
        house.clock.move(minutes * MINUTE - 0.001)
        await house.actors.retention.sweep()
        assert task.id in await kept(house)
        house.clock.move(0.001)
        await house.actors.retention.sweep()
        assert await kept(house) == set()
        with pytest.raises(NotFoundError):
            await house.actors.tasks.find(task.id, ADMIN)
        assert f"task {task.id}: removed, kept {minutes} minutes" in caplog.text
        assert house.actors.retention.counts.removed == 2, "the one that added the server is one of them"


async def test_a_clock_that_jumps_back_removes_nothing_early() -> None:
    async with a_house(auto_delete_minutes=5) as house:
        (task_id,) = await stored_tasks(house.store, an_ended_task())
        for minutes in (-600, 4, -5, 600 + 5):  # the last comes to four minutes after the end
            house.clock.move(minutes * MINUTE)
            await house.actors.retention.sweep()
            assert await kept(house) == {task_id}
        house.clock.move(MINUTE)
        await house.actors.retention.sweep()
        assert await kept(house) == set()


async def test_subtasks_go_along() -> None:
    async with a_house(auto_delete_minutes=1) as house:
        systems = await house.add("a:443", "b:443")
        task = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.ON))
        subtasks = await house.actors.tasks.subtasks(task.id, ADMIN)
        house.clock.move(MINUTE)
        await house.actors.retention.sweep()
        for gone in (task.id, *subtasks):
            assert await house.store.task(gone) is None


async def test_a_live_task_never_goes_and_neither_do_its_ended_subtasks() -> None:
    async with a_house(auto_delete_minutes=1, max_retained=1) as house:
        task = a_task()
        subtask = replace(an_ended_task(), parent=task.id)
        await stored_tasks(house.store, task, subtask)
        house.clock.move(365 * 86_400)
        await house.actors.retention.sweep()
        assert await house.store.task(task.id) == task
        assert await house.store.task(subtask.id) == subtask


async def test_a_removed_task_is_not_remembered_however_reads_and_sweeps_meet() -> None:
    async with a_house(auto_delete_minutes=1) as house:
        house.clock.move(MINUTE)
        for steps in range(20):
            (task_id,) = await stored_tasks(house.store, an_ended_task())
            await house.actors.tasks.find(task_id, ADMIN)
            sweep = asyncio.create_task(house.actors.retention.sweep())
            for _ in range(steps):
                await asyncio.sleep(0)
            reads = (house.actors.tasks.find(task_id, ADMIN) for _ in range(3))
            await asyncio.gather(*reads, return_exceptions=True)
            await sweep
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)


# --- number


@pytest.mark.parametrize("back_end", BACK_ENDS)
async def test_beyond_the_number_what_ended_first_goes_first(
    back_end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = await BACK_ENDS[back_end](tmp_path_factory.mktemp("data"))
    try:
        async with a_house(store, max_retained=30) as house:
            live = a_task(started=START - timedelta(days=99))
            ids = await stored_tasks(store, live, *one_a_minute(100))
            await house.actors.retention.sweep()
            assert await kept(house) == set(ids[:30]), "the live one is one of them"
    finally:
        await store.close()


async def test_by_the_policy_manual_only_time_removes() -> None:
    async with a_house(
        max_retained=3, auto_delete_minutes=8, overwrite_policy=OverwritePolicy.MANUAL
    ) as house:
        ids = await stored_tasks(house.store, *one_a_minute(10))
        await house.actors.retention.sweep()
        assert await kept(house) == set(ids[:8])


async def test_a_commit_removes_few_tasks_and_few_records() -> None:
    commits: list[int] = []

    class Watched(MemoryStore):
        async def commit(self, *changes: Change) -> None:
            if removes(changes):
                commits.append(len(changes))
            await super().commit(*changes)

    async with a_house(Watched(), auto_delete_minutes=1) as house:
        large = [an_ended_task(subtasks=10_000), an_ended_task(subtasks=500), an_ended_task(subtasks=1_400)]
        await stored_tasks(house.store, *large, *(an_ended_task() for _ in range(50)))
        house.clock.move(MINUTE)
        await house.actors.retention.sweep()
        assert await kept(house) == set()
        assert commits[0] == 1, "one with very many subtasks goes alone"
        assert max(commits) == retention.TASKS_TOGETHER
        assert sum(commits) == 53


# --- when


async def test_a_start_removes_what_became_due_while_the_service_did_not_run() -> None:
    store, clock = MemoryStore(), HeldClock()
    async with a_house(store, clock=clock, auto_delete_minutes=10) as house:
        ids = await stored_tasks(store, *one_a_minute(5))
        await house.actors.retention.sweep()
        assert await kept(house) == set(ids)
    clock.move(7 * MINUTE + 1)
    async with a_house(store, clock=clock, auto_delete_minutes=10) as house:
        await until_swept(house, 1)
        assert await kept(house) == set(ids[:3])


async def test_it_sweeps_again_and_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SWEPT_EVERY", 0.001)
    async with a_house(auto_delete_minutes=1) as house:
        for _ in range(3):
            await stored_tasks(house.store, an_ended_task())
            house.clock.move(MINUTE)
            await until_swept(house, house.actors.retention.counts.sweeps + 2)
            assert await kept(house) == set()


async def test_a_store_that_fails_is_tried_again_at_the_next_sweep(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    async with a_house(store, auto_delete_minutes=1) as house:
        await until_swept(house, 1)
        (task_id,) = await stored_tasks(store, an_ended_task())
        house.clock.move(MINUTE)
        store.refuses = once(removes)
        with pytest.raises(StoreUnavailableError):
            await house.actors.retention.sweep()
        assert "ended tasks could not be removed" in caplog.text
        assert await kept(house) == {task_id}
        await house.actors.retention.sweep()
        assert await kept(house) == set()
        assert house.actors.retention.counts.failed_sweeps == 1


async def test_those_who_ask_at_the_same_time_share_a_sweep() -> None:
    async with a_house(auto_delete_minutes=1) as house:
        await until_swept(house, 1)
        await stored_tasks(house.store, *(an_ended_task() for _ in range(50)))
        house.clock.move(MINUTE)
        await asyncio.gather(*(house.actors.retention.sweep() for _ in range(5)))
        assert await kept(house) == set()
        assert house.actors.retention.counts.sweeps == 2
