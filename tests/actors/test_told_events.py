"""What lands in the outbox: the life of tasks, and servers that come, go and change their power state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from actors import Health, ResetType, StoreUnavailableError, TaskState
from actors.events.records import BEGINNING, Event
from actors.inventory.records import PowerState
from actors.tasks.lifecycle import PROGRESS_EVERY, Telling
from actors.tasks.ports import Change, Emit
from actors.tasks.task import Percent
from tests.actors.failing_store import FailingStore
from tests.actors.house import ADMIN, House, a_house, order, viewer
from tests.store.records import a_task

AT = datetime(2026, 5, 6, tzinfo=UTC)
ALL = 10_000


def short(events: Sequence[Event]) -> list[str]:
    """Each event by the key and the arguments of its message."""
    return [" ".join((event.message.message_id.rpartition(".")[2], *event.message.args)) for event in events]


async def outbox(house: House) -> list[Event]:
    return [entry.event for entry in await house.store.events_after(BEGINNING, ALL)]


# --- tasks


async def test_a_reset_is_told_from_its_beginning_to_its_removal() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        before = len(await outbox(house))
        ann = viewer("ann", "Operator")
        task = await house.ended(
            await house.actors.operations.reset(order(ann), systems, ResetType.FORCE_OFF)
        )
        subtasks = await house.subtasks(task)
        await house.actors.tasks.delete(task.id, ADMIN)
        events = [event for event in (await outbox(house))[before:] if event.resource_type == "Task"]
        uri = f"/redfish/v1/TaskService/Tasks/{task.id}"
        for record, origin in [(task, uri), *((one, f"{uri}/SubTasks/{one.id}") for one in subtasks)]:
            mine = [event for event in events if event.origin == origin]
            assert {event.owner for event in mine} == {ann.account}
            told = short(mine)
            assert told[0] == f"TaskStarted {record.id}"
            assert told[-3:] == [
                f"TaskProgressChanged {record.id} 100",
                f"TaskCompletedOK {record.id}",
                f"TaskRemoved {record.id}",
            ]
            assert all(one.startswith("TaskProgressChanged") for one in told[1:-2])
        last = [event.origin for event in events[-3:]]
        assert last == [*(f"{uri}/SubTasks/{one.id}" for one in subtasks), uri]


def test_progress_is_told_at_once_and_then_once_a_second_at_the_most() -> None:
    start = replace(a_task(), state=TaskState.RUNNING, percent=Percent(10))
    telling = Telling(0)
    steps = [replace(start, percent=Percent(percent)) for percent in (20, 30, 40, 40)]
    assert short(telling.of_change(start, steps[0], AT, 100.0)) == [f"TaskProgressChanged {start.id} 20"]
    assert telling.held_back(steps[0], 100.0) is None
    assert telling.of_change(steps[0], steps[1], AT, 100.5) == ()
    assert telling.of_change(steps[1], steps[2], AT, 100.9) == ()
    assert telling.held_back(steps[2], 100.9) == pytest.approx(PROGRESS_EVERY - 0.9)
    assert short([telling.of_progress(steps[2], AT, 101.0)]) == [f"TaskProgressChanged {start.id} 40"]
    assert telling.held_back(steps[2], 101.0) is None
    assert telling.of_change(steps[2], steps[3], AT, 105.0) == ()


def test_what_was_held_back_is_told_before_the_next_change_of_state() -> None:
    running = replace(a_task(), state=TaskState.RUNNING, percent=Percent(0))
    further = replace(running, percent=Percent(35))
    telling = Telling(0)
    telling.of_progress(replace(running, percent=Percent(5)), AT, 100.0)
    assert telling.of_change(running, further, AT, 100.1) == ()
    failed = replace(further, state=TaskState.EXCEPTION, status=Health.CRITICAL)
    assert short(telling.of_change(further, failed, AT, 100.2)) == [
        f"TaskProgressChanged {running.id} 35",
        f"TaskAborted {running.id}",
    ]


# --- servers


async def test_servers_are_told_of_when_they_come_change_and_go() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        source = house.actors.fleet.sources()[0]
        await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF))
        await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        await house.ended(await house.actors.operations.remove_server(order(), source))
        told = [event for event in await outbox(house) if event.resource_type != "Task"]
        uri = f"/redfish/v1/Systems/{system}"
        source_uri = f"/redfish/v1/AggregationService/AggregationSources/{source}"
        assert list(zip(short(told), (event.origin for event in told), strict=True)) == [
            ("ResourceCreated", source_uri),
            ("ResourceCreated", uri),
            (f"ResourcePoweredOff {uri}", uri),
            (f"ResourcePoweredOn {uri}", uri),
            ("ResourceRemoved", uri),
            ("ResourceRemoved", source_uri),
        ]
        assert {event.owner for event in told} == {None}


async def test_a_power_state_that_was_just_seen_is_told_once() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].power = PowerState.OFF
        for _ in range(3):
            house.clock.move(60)
            assert (await house.actors.fleet.system(system)).power_state is PowerState.OFF
        assert short(await outbox(house))[-1] == f"ResourcePoweredOff /redfish/v1/Systems/{system}"
        assert sum("PoweredOff" in one for one in short(await outbox(house))) == 1


async def test_a_power_state_that_could_not_be_told_is_told_at_the_next_look() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].power = PowerState.OFF

        def is_news(changes: tuple[Change, ...]) -> bool:
            return any(isinstance(change, Emit) for change in changes)

        store.refuses = is_news
        house.clock.move(60)
        assert (await house.actors.fleet.system(system)).power_state is PowerState.OFF
        with pytest.raises(StoreUnavailableError):
            await store.commit(Emit(()))
        store.refuses = lambda _: False
        house.clock.move(60)
        await house.actors.fleet.system(system)
        assert sum("PoweredOff" in one for one in short(await outbox(house))) == 1
