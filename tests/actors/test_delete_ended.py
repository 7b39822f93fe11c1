"""Ended tasks are deleted all at once: those that the viewer may see, and never a live one."""

import asyncio
from dataclasses import replace

import pytest

from actors import NoRoomError, NotFoundError, OverwritePolicy, StoreUnavailableError, Task, TaskState
from actors.access.records import AccountId
from actors.tasks import retention
from actors.tasks.ports import Change, Remove
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore, once
from tests.actors.house import ADMIN, a_house, viewer
from tests.actors.retained import a_held_task, an_ended_task, kept, removes, stored_tasks
from tests.store.back_ends import BACK_ENDS
from tests.store.records import a_task

BOB = viewer("bob", "Operator")
ENDS = (TaskState.COMPLETED, TaskState.EXCEPTION, TaskState.CANCELLED, TaskState.KILLED)


def of(owner: AccountId, task: Task) -> Task:
    return replace(task, owner=owner)


@pytest.mark.parametrize("back_end", BACK_ENDS)
async def test_ones_own_go_in_whatever_way_they_ended_and_live_ones_stay(
    back_end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = await BACK_ENDS[back_end](tmp_path_factory.mktemp("data"))
    try:
        async with a_house(store) as house:
            gone = [of(BOB.account, replace(an_ended_task(), state=state)) for state in ENDS]
            parent = of(BOB.account, an_ended_task(subtasks=1))
            subtask = of(BOB.account, replace(an_ended_task(), parent=parent.id))
            live = of(BOB.account, replace(a_task(), subtasks=1))
            of_live = of(BOB.account, replace(an_ended_task(), parent=live.id))
            of_another = of(ADMIN.account, an_ended_task())
            await stored_tasks(store, *gone, parent, subtask, live, of_live, of_another)
            await house.actors.tasks.find(parent.id, BOB)  # remembered from here on
            await house.actors.tasks.delete_ended(BOB)
            for task in (*gone, parent, subtask):
                with pytest.raises(NotFoundError):
                    await house.actors.tasks.find(task.id, BOB)
            for task in (live, of_live, of_another):
                assert await store.task(task.id) == task
    finally:
        await store.close()


async def test_everybodys_go_with_configure_users() -> None:
    async with a_house() as house:
        (live,) = await stored_tasks(house.store, of(BOB.account, a_task()))
        owners = (ADMIN.account, BOB.account, AccountId("carol"))
        await stored_tasks(house.store, *(of(owner, an_ended_task()) for owner in owners))
        await house.actors.tasks.delete_ended(ADMIN)
        assert await kept(house) == {live}
        await house.actors.tasks.delete_ended(ADMIN)
        assert await kept(house) == {live}


async def test_many_go_in_small_batches_and_a_task_goes_with_its_subtasks() -> None:
    commits: list[int] = []

    class Watched(MemoryStore):
        async def commit(self, *changes: Change) -> None:
            if removes(changes):
                assert all(isinstance(change, Remove) for change in changes)
                commits.append(len(changes))
            await super().commit(*changes)

    async with a_house(Watched()) as house:
        large = [an_ended_task(subtasks=10_000), an_ended_task(subtasks=1_500), an_ended_task(subtasks=1_500)]
        await stored_tasks(house.store, *large, *(an_ended_task() for _ in range(50)))
        await house.actors.tasks.delete_ended(ADMIN)
        assert await kept(house) == set()
        assert sum(commits) == 53
        assert max(commits) <= retention.TASKS_TOGETHER
        assert house.actors.retention.counts.removed == 53


async def test_the_places_are_free_at_once_and_no_more_than_those() -> None:
    async with a_house(max_retained=3, overwrite_policy=OverwritePolicy.MANUAL) as house:
        await stored_tasks(house.store, *(an_ended_task() for _ in range(3)))
        with pytest.raises(NoRoomError):
            await a_held_task(house, "a:443")
        await house.actors.tasks.delete_ended(ADMIN)
        first, *others = [await a_held_task(house, f"{name}:443") for name in "abc"]
        with pytest.raises(NoRoomError):
            await a_held_task(house, "d:443")
        house.servers.servers["a:443"].gates["system_paths"].set()
        await house.ended(first)
        await house.actors.tasks.delete_ended(ADMIN)
        others.append(await a_held_task(house, "d:443"))
        with pytest.raises(NoRoomError):
            await a_held_task(house, "e:443")
        assert await kept(house) == {task.id for task in others}


async def test_of_two_at_once_both_succeed() -> None:
    async with a_house() as house:
        await stored_tasks(house.store, *(an_ended_task() for _ in range(50)))
        await asyncio.gather(*(house.actors.tasks.delete_ended(ADMIN) for _ in range(2)))
        assert await kept(house) == set()
        assert house.actors.retention.counts.removed == 50


async def test_where_the_store_fails_it_says_so_and_what_is_left_can_be_deleted() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (task_id,) = await stored_tasks(store, an_ended_task())
        store.refuses = once(removes)
        with pytest.raises(StoreUnavailableError):
            await house.actors.tasks.delete_ended(ADMIN)
        assert await kept(house) == {task_id}
        await house.actors.tasks.delete_ended(ADMIN)
        assert await kept(house) == set()
