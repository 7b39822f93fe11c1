"""The stop rule of resets in batches: when it is reached, what it leaves alone, and what is said of it."""

import asyncio
from collections.abc import Iterable

import pytest

from actors import Health, MaxFailures, ResetType, Task, TaskState
from actors.tasks.errors import ServerRefusedError
from actors.tasks.ports import Change, Save
from store.memory import MemoryStore
from tests.actors.house import ADMIN, House, a_house, order

DONE, FAILED, STOPPED = TaskState.COMPLETED, TaskState.EXCEPTION, TaskState.CANCELLED


class HeldStore(MemoryStore):
    """Holds back each record of a task that ends Cancelled until it may go on; `ends` are the last states."""

    def __init__(self) -> None:
        super().__init__()
        self.holding = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ends: dict[str, TaskState] = {}

    async def commit(self, *changes: Change) -> None:
        for change in changes:
            if isinstance(change, Save) and isinstance(change.record, Task) and not change.record.is_live:
                self.ends[change.record.id] = change.record.state
                if change.record.state is STOPPED:
                    self.holding.set()
                    await self.go_on.wait()
        await super().commit(*changes)


def refuse(house: House, addresses: Iterable[str]) -> None:
    for address in addresses:
        house.servers.servers[address].fails["reset"] = lambda: ServerRefusedError(
            "https://server/x", "It said no.", 500
        )


async def states(house: House, task: Task) -> list[TaskState]:
    return [subtask.state for subtask in await house.subtasks(task)]


def said(task: Task) -> str:
    return " ".join(message.text for message in task.messages)


@pytest.mark.parametrize(
    ("value", "total", "enough"),
    [
        (1, 10, 1),
        (7, 3, 7),
        ("1%", 1, 1),
        ("1%", 100, 1),
        ("1%", 101, 2),
        ("10%", 10, 1),
        ("10%", 11, 2),
        ("29%", 100, 29),
        ("100%", 7, 7),
    ],
)
def test_a_percentage_is_of_all_subtasks_and_rounded_up(value: int | str, total: int, enough: int) -> None:
    rule = MaxFailures.read(value)
    assert not rule.reached(enough - 1, total)
    assert rule.reached(enough, total)
    assert rule.plain == value


@pytest.mark.parametrize(
    "value", [0, -1, 2**31, "", "0%", "101%", "01%", "5", "5%%", " 5%", "5%\n", "\u0665%"]
)
def test_what_is_no_rule(value: int | str) -> None:
    with pytest.raises(ValueError, match=r"is (out of range|no percentage)"):
        MaxFailures.read(value)


async def test_no_further_batch_begins_once_enough_have_failed() -> None:
    async with a_house() as house:
        addresses = [f"s{number}:443" for number in range(8)]
        systems = await house.add(*addresses)
        refuse(house, ("s0:443", "s3:443"))
        task = await house.actors.operations.reset(
            order(), systems, ResetType.FORCE_OFF, batch_size=2, max_failures=MaxFailures(2)
        )
        assert task.input["max_failures"] == 2
        ended = await house.ended(task)
        assert await states(house, ended) == [FAILED, DONE, DONE, FAILED, *[STOPPED] * 4]
        assert {heard.address for heard in house.servers.resets()} == set(addresses[:4])
        assert (ended.state, ended.status, ended.abort) == (FAILED, Health.CRITICAL, None)
        assert "MaxFailures 2 was reached: 2 of 8 servers failed, 4 were not begun." in said(ended)
        assert "2 of 8 servers failed, first " in said(ended)
        assert ended.result is not None
        assert ended.result.http_status == 400
        assert ended.percent == 50  # half of them were worked through, well or not
        assert "4 were not begun" in " ".join(message.text for message in ended.result.messages)
        for subtask in (await house.subtasks(ended))[4:]:
            assert (subtask.status, subtask.percent) == (Health.WARNING, 0)
            assert subtask.abort is not None
            assert subtask.abort.by == "the service"
            assert subtask.abort.reason == "MaxFailures 2: 2 of 8 failed."
            assert "MaxFailures 2: 2 of 8 failed." in said(subtask)
            assert subtask.target not in said(ended)


async def test_a_percentage_stops_an_aggregate_and_no_delay_is_waited_for() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(11)))
        refuse(house, ("s0:443", "s1:443"))
        aggregate = await house.actors.fleet.create_aggregate(systems)
        rule = MaxFailures(10, percent=True)
        task = await house.actors.operations.reset_aggregate(
            order(), aggregate.id, ResetType.ON, batch_size=10, delay=3600, max_failures=rule
        )
        ended = await house.ended(task)
        assert await states(house, ended) == [FAILED, FAILED, *[DONE] * 8, STOPPED]
        assert "MaxFailures 10% was reached: 2 of 11 servers failed, 1 was not begun." in said(ended)
        assert "Waiting" not in said(ended)


async def test_fewer_failures_stop_nothing() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        refuse(house, ("a:443",))
        for rule in (MaxFailures(2), MaxFailures(34, percent=True), None):
            ended = await house.ended(
                await house.actors.operations.reset(
                    order(), systems, ResetType.ON, batch_size=1, max_failures=rule
                )
            )
            assert await states(house, ended) == [FAILED, DONE, DONE]
            assert "stop rule" not in said(ended)


@pytest.mark.parametrize("batch_size", [0, 3])
async def test_what_has_begun_goes_on_to_its_end(batch_size: int) -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        refuse(house, ("a:443",))
        gate = house.servers.servers["c:443"].gates["reset"] = asyncio.Event()
        task = await house.actors.operations.reset(
            order(), systems, ResetType.ON, batch_size=batch_size, max_failures=MaxFailures(1)
        )
        first = (await house.subtasks(task))[0]
        assert (await house.ended(first)).state is FAILED
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        gate.set()
        ended = await house.ended(task)
        assert await states(house, ended) == [FAILED, DONE, DONE]
        assert "stop rule" not in said(ended)


async def test_a_subtask_that_was_aborted_alone_counts_as_failed_and_one_that_was_stopped_does_not() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443", "d:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        task = await house.actors.operations.reset(
            order(), systems, ResetType.ON, batch_size=1, max_failures=MaxFailures(1)
        )
        third = (await house.subtasks(task))[2]
        await house.actors.tasks.delete(third.id, ADMIN, reason="it is in use")
        gate.set()
        ended = await house.ended(task)
        assert await states(house, ended) == [DONE, STOPPED, STOPPED, STOPPED]
        assert "MaxFailures 1 was reached: 1 of 4 servers failed, 2 were not begun." in said(ended)
        assert third.target in said(ended)


async def test_many_are_stopped_and_the_parent_ends_after_all_of_them() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(160)))
        refuse(house, ("s0:443",))
        task = await house.actors.operations.reset(
            order(), systems, ResetType.ON, batch_size=1, max_failures=MaxFailures(1)
        )
        ended = await house.ended(task)
        assert await states(house, ended) == [FAILED, *[STOPPED] * 159]
        assert "1 of 160 servers failed, 159 were not begun." in said(ended)
        assert len(house.servers.resets()) == 1


async def test_a_task_that_is_aborted_while_the_rest_is_being_stopped_is_cancelled() -> None:
    store = HeldStore()
    async with a_house(store) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        refuse(house, ("a:443",))
        task = await house.actors.operations.reset(
            order(), systems, ResetType.ON, batch_size=1, max_failures=MaxFailures(1)
        )
        await store.holding.wait()
        removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
        await house.until(task, lambda found: found.state is TaskState.CANCELLING)
        store.go_on.set()
        await removal
        assert store.ends[task.id] is STOPPED
        assert list(store.ends.values()).count(STOPPED) == 3
        assert len(house.servers.resets()) == 1


async def test_a_record_without_the_key_has_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one was written before there was such a rule."""
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        refuse(house, ("a:443",))
        made = house.actors.operations._task

        def made_before(*args: object, **facts: object) -> Task:
            task = made(*args, **facts)  # type: ignore[arg-type]
            del task.input["max_failures"]  # type: ignore[attr-defined]
            return task

        monkeypatch.setattr(house.actors.operations, "_task", made_before)
        task = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=1)
        assert "max_failures" not in task.input
        assert await states(house, await house.ended(task)) == [FAILED, DONE]
