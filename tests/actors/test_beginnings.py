"""Subtasks begin in order, so many at a time, and nothing that one of them does keeps the rest waiting."""

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import ResetType, TaskState
from actors.tasks import beginnings
from actors.tasks.beginnings import AT_ONCE, Beginnings
from actors.tasks.ports import Change, Save
from actors.tasks.task import Task, TaskId
from store.memory import MemoryStore
from tests.actors.house import ADMIN, House, a_house, order


@given(
    sizes=st.lists(st.integers(1, 3 * AT_ONCE), min_size=1, max_size=3),
    picks=st.randoms(use_true_random=False),
)
def test_every_parent_has_its_own_row_in_order_however_they_get_under_way(
    sizes: list[int], picks: Random
) -> None:
    rows = {TaskId(f"p{place}"): size for place, size in enumerate(sizes)}
    wanted = {parent: [TaskId(f"{parent}-{n}") for n in range(size)] for parent, size in rows.items()}
    begun: dict[TaskId, list[TaskId]] = {parent: [] for parent in rows}
    at_beginning: dict[TaskId, list[TaskId]] = {parent: [] for parent in rows}
    tested = Beginnings()
    for parent, subtasks in wanted.items():
        half = len(subtasks) // 2  # a second request goes on behind the first
        for part in (subtasks[:half], subtasks[half:]):
            begun[parent] += (now := tested.ask(parent, part))
            at_beginning[parent] += now
        assert len(begun[parent]) == min(len(subtasks), AT_ONCE), "and those of another do not count here"
    while any(at_beginning.values()):
        parent = picks.choice([parent for parent, some in at_beginning.items() if some])
        gone = at_beginning[parent].pop(picks.randrange(len(at_beginning[parent])))
        now = tested.is_under_way(parent, gone)
        begun[parent] += now
        at_beginning[parent] += now
        assert tested.is_under_way(parent, gone) == [], "it is heard of more than once"
        assert len(at_beginning[parent]) <= AT_ONCE
    assert begun == wanted


def test_of_a_parent_that_is_forgotten_none_begins_any_more() -> None:
    tested = Beginnings()
    parent = TaskId("p")
    now = tested.ask(parent, [TaskId(str(n)) for n in range(AT_ONCE + 1)])
    tested.forget(parent)
    assert tested.is_under_way(parent, now[0]) == []


class SlowStore(MemoryStore):
    """Holds back that a subtask has begun, until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.held_back: list[TaskId] = []
        self.let = asyncio.Event()

    async def commit(self, *changes: Change) -> None:
        for change in changes:
            record = change.record if isinstance(change, Save) else None
            if isinstance(record, Task) and record.parent and record.state is TaskState.STARTING:
                self.held_back.append(record.id)
                await self.let.wait()
        await super().commit(*changes)


async def _settle(house: House) -> None:
    for _ in range(200):  # turns of the loop: whatever would happen by itself has happened
        await asyncio.sleep(0)
    assert not house.lost


async def test_the_next_begins_when_one_before_it_has_been_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "AT_ONCE", 3)
    store = SlowStore()
    async with a_house(store) as house:
        systems = await house.add(*(f"s{place}:443" for place in range(8)))
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        await _settle(house)
        ids = await house.actors.tasks.subtasks(task.id, ADMIN)
        assert store.held_back == list(ids[:3])
        store.let.set()
        assert (await house.ended(task)).state is TaskState.COMPLETED
        assert store.held_back == list(ids)


async def test_one_that_waits_for_its_server_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beginnings, "AT_ONCE", 1)
    async with a_house() as house:
        held, free = await house.add("a:443", "b:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        first = await house.actors.operations.reset_system(order(), held, ResetType.FORCE_OFF)
        await house.servers.hears("reset", "a:443")
        second = await house.actors.operations.reset(order(), [held, free], ResetType.FORCE_OFF)
        await house.servers.hears("reset", "b:443")
        gate.set()
        assert (await house.ended(first)).state is TaskState.COMPLETED
        assert (await house.ended(second)).state is TaskState.COMPLETED


async def test_one_that_was_aborted_before_its_turn_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "AT_ONCE", 1)
    store = SlowStore()
    async with a_house(store) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        await _settle(house)
        first, second, third = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.delete(second, ADMIN)
        store.let.set()
        await house.ended(task)
        assert store.held_back == [first, third]
        assert [heard.address for heard in house.servers.resets()] == ["a:443", "c:443"]


async def test_after_an_abort_none_of_those_to_come_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "AT_ONCE", 1)
    store = SlowStore()
    async with a_house(store) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        await _settle(house)
        first, *_ = await house.actors.tasks.subtasks(task.id, ADMIN)
        aborting = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
        await _settle(house)
        store.let.set()
        await aborting
        assert store.held_back == [first]
        assert house.servers.resets() == []
