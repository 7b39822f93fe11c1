"""Ended tasks are kept for their time and in their number, and live ones always."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from actors import (
    NoRoomError,
    NotFoundError,
    OverwritePolicy,
    ResetType,
    StoreUnavailableError,
    Task,
    TaskId,
    TaskState,
)
from actors.tasks import retention
from actors.tasks.ports import Change, Remove, Save, Store
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore, once, saves
from tests.actors.house import ADMIN, HeldClock, House, a_house, order
from tests.store.back_ends import BACK_ENDS
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


# --- room


async def a_held_task(house: House, address: str) -> Task:
    """A task that goes on until the test opens its server's gate."""
    house.servers.add(address).gates["system_paths"] = asyncio.Event()
    return await house.actors.operations.add_server(
        order(), host=address, user_name="root", password="calvin-and-hobbes"
    )


async def test_where_there_is_no_room_what_ended_first_makes_it() -> None:
    async with a_house(max_retained=5) as house:
        ids = await stored_tasks(house.store, *one_a_minute(5))
        task = await a_held_task(house, "a:443")
        assert await kept(house) == {task.id, *ids[:4]}
        other = await a_held_task(house, "b:443")
        assert await kept(house) == {task.id, other.id, *ids[:3]}


async def test_full_of_live_work_it_refuses_until_there_is_room() -> None:
    async with a_house(max_retained=2) as house:
        first, second = await a_held_task(house, "a:443"), await a_held_task(house, "b:443")
        for _ in range(3):
            with pytest.raises(
                NoRoomError, match=r"2 tasks at the most, .* none of them has ended"
            ) as refusal:
                await a_held_task(house, "c:443")
            assert "delete one" in refusal.value.advice
        assert await kept(house) == {first.id, second.id}
        assert house.actors.retention.counts.refused == 3
        house.servers.servers["a:443"].gates["system_paths"].set()
        await house.ended(first)
        third = await a_held_task(house, "c:443")
        assert await kept(house) == {second.id, third.id}
        await house.actors.tasks.delete(second.id, ADMIN)
        fourth = await a_held_task(house, "d:443")
        assert await kept(house) == {third.id, fourth.id}


async def test_one_that_is_stored_and_not_told_of_yet_takes_one_place() -> None:
    stored, let = asyncio.Event(), asyncio.Event()

    class TellsLate(MemoryStore):
        slow = False

        async def commit(self, *changes: Change) -> None:
            await super().commit(*changes)
            if self.slow and any(isinstance(one, Save) and one.record.revision == 1 for one in changes):
                self.slow = False
                stored.set()
                await let.wait()

    store = TellsLate()
    async with a_house(store, max_retained=3, overwrite_policy=OverwritePolicy.MANUAL) as house:
        first = await a_held_task(house, "a:443")
        await a_held_task(house, "b:443")
        store.slow = True
        late = asyncio.create_task(a_held_task(house, "c:443"))
        await stored.wait()
        await house.actors.tasks.delete(first.id, ADMIN)
        await a_held_task(house, "d:443")  # one of three places is free
        with pytest.raises(NoRoomError):
            await a_held_task(house, "e:443")
        let.set()
        await late
        assert len(await kept(house)) == 3


async def test_by_the_policy_manual_a_full_store_refuses_until_somebody_deletes() -> None:
    async with a_house(max_retained=5, overwrite_policy=OverwritePolicy.MANUAL) as house:
        ids = await stored_tasks(house.store, *one_a_minute(5))
        with pytest.raises(NoRoomError, match="Manual") as refusal:
            await a_held_task(house, "a:443")
        assert "Delete tasks that have ended" in refusal.value.advice
        assert await kept(house) == set(ids)
        await house.actors.tasks.delete(ids[2], ADMIN)
        task = await a_held_task(house, "a:443")
        assert await kept(house) == {task.id, *ids} - {ids[2]}


async def test_by_the_policy_manual_what_is_due_makes_room_all_the_same() -> None:
    async with a_house(
        max_retained=5, auto_delete_minutes=3, overwrite_policy=OverwritePolicy.MANUAL
    ) as house:
        await until_swept(house, 1)
        ids = await stored_tasks(house.store, *one_a_minute(5))
        task = await a_held_task(house, "a:443")
        assert await kept(house) == {task.id, *ids[:3]}


async def test_many_at_once_get_exactly_the_room_there_is() -> None:
    async with a_house(max_retained=7) as house:
        await stored_tasks(house.store, *one_a_minute(4))
        asked = (a_held_task(house, f"s{number}:443") for number in range(20))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        taken = {outcome.id for outcome in outcomes if isinstance(outcome, Task)}
        assert [type(outcome) for outcome in outcomes].count(NoRoomError) == 13
        assert await kept(house) == taken


async def test_many_at_once_remove_no_more_than_they_need() -> None:
    async with a_house(max_retained=50) as house:
        ids = await stored_tasks(house.store, *one_a_minute(50))
        new = await asyncio.gather(*(a_held_task(house, f"s{number}:443") for number in range(20)))
        assert await kept(house) == {*ids[:30], *(task.id for task in new)}


async def test_however_submissions_and_deletions_meet_there_are_never_too_many() -> None:
    async with a_house(max_retained=5) as house:
        (gone,) = await stored_tasks(house.store, an_ended_task())
        for steps in range(20):
            deletion = asyncio.create_task(house.actors.tasks.delete(gone, ADMIN))
            for _ in range(steps):
                await asyncio.sleep(0)
            asked = (a_held_task(house, f"s{steps}-{number}:443") for number in range(7))
            outcomes = await asyncio.gather(deletion, *asked, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} <= {type(None), Task, NoRoomError}
            assert len(await kept(house)) <= 5
            while len(await kept(house)) < 5:  # a place that looked taken for a moment is free again
                await a_held_task(house, f"s{steps}-{len(await kept(house))}-late:443")
            with pytest.raises(NoRoomError):
                await a_held_task(house, "too-late:443")
            gone = min(await kept(house))


async def test_work_that_was_refused_takes_no_room() -> None:
    store = FailingStore()
    async with a_house(store, max_retained=1) as house:
        await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        for _ in range(3):
            store.refuses = once(saves(Task))
            with pytest.raises(StoreUnavailableError):
                await house.actors.operations.remove_server(order(), source)
        await house.actors.operations.remove_server(order(), source)


async def test_room_that_cannot_be_counted_is_a_matter_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreadable(self: object, without: object) -> int:
        raise StoreUnavailableError("The disk cannot be read.")

    async with a_house(max_retained=1) as house:
        with monkeypatch.context() as failing:
            failing.setattr(MemoryStore, "count_tasks", unreadable)
            with pytest.raises(StoreUnavailableError, match="cannot be read"):
                await a_held_task(house, "a:443")
        await a_held_task(house, "a:443")


async def test_a_lower_number_after_a_restart_is_kept_to() -> None:
    store = MemoryStore()
    async with a_house(store) as house:
        ids = await stored_tasks(store, *one_a_minute(50))
    async with a_house(store, max_retained=10) as house:
        await until_swept(house, 1)
        assert await kept(house) == set(ids[:10])


async def test_new_work_does_not_wait_until_all_that_are_too_many_are_gone() -> None:
    store = MemoryStore()
    async with a_house(store) as house:
        await stored_tasks(store, *one_a_minute(3000))
    async with a_house(store, max_retained=10) as house:
        task = await a_held_task(house, "a:443")
        left = await kept(house)
        assert task.id in left
        assert len(left) > 10
        await until_swept(house, 1)
        left = await kept(house)
        assert task.id in left
        assert len(left) == 10
