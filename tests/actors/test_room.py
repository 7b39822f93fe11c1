"""There are never more tasks than may be kept: new work has room, has it made, or is refused."""

import asyncio

import pytest

from actors import (
    NoRoomError,
    OverwritePolicy,
    StoreUnavailableError,
    Task,
)
from actors.tasks.ports import Change, Save
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore, once, saves
from tests.actors.house import ADMIN, a_house, order
from tests.actors.retained import (
    a_held_task,
    an_ended_task,
    kept,
    one_a_minute,
    stored_tasks,
    until_swept,
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
