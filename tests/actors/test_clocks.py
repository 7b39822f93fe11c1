"""The clocks of tasks: when they ring, what holds them back, what is said then, what a stop does to them."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from actors import Health, PowerState, ResetType, Task, TaskState, Timeouts
from actors.operations.reset_checkpoint import Step
from actors.operations.reset_sight import ResetSight
from actors.tasks.errors import ServerUnreachableError
from actors.tasks.ports import SeenSystem, SeenTask
from store.memory import MemoryStore
from tests.actors.house import ADMIN, HeldClock, House, LoopTime, a_house, order
from tests.actors.scripted import ScriptedServer

PATIENT: dict[str, Any] = {"run_timeout": 50_000, "progress_timeout": 50_000}
"""Limits that ring in none of these tests."""


@pytest.fixture
async def loop_time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    return LoopTime(monkeypatch)


def said(task: Task) -> str:
    return " ".join(message.text for message in task.messages)


async def under_way(house: House, task: Task) -> ScriptedServer:
    """The server of a reset that it has accepted, and runs a task of its own for, once that was looked at."""
    await house.until(task, lambda found: found.percent >= 50)
    await look(house)
    (server,) = house.servers.servers.values()
    return server


async def look(house: House) -> None:
    """The next look at the server; afterwards the one who looked waits for the one after it."""
    await house.servers.hears("system")
    for _ in range(10):
        await asyncio.sleep(0)


async def moved_to_a_look(house: House, loop_time: LoopTime, seconds: float) -> None:
    looked = asyncio.create_task(look(house))
    await asyncio.sleep(0)
    loop_time.move(seconds)
    await looked


# --- the waiting clock


async def test_the_waiting_clock_rings_and_the_queue_goes_on(loop_time: LoopTime) -> None:
    async with a_house(**PATIENT) as house:
        (system,) = await house.add("a:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        reset = house.actors.operations.reset_system
        holder = await reset(order(), system, ResetType.ON)
        await house.until(holder, lambda task: task.state is TaskState.RUNNING)
        short = await reset(order(timeouts=Timeouts(waiting=60)), system, ResetType.ON)
        long = await reset(order(timeouts=Timeouts(waiting=600)), system, ResetType.ON)
        for task in (short, long):
            await house.until(task, lambda found: found.state is TaskState.PENDING)
        loop_time.move(61)
        ended = await house.ended(short)
        assert (ended.state, ended.status) == (TaskState.EXCEPTION, Health.CRITICAL)
        assert ended.result is not None
        assert ended.result.http_status == 400
        for told in (ended.messages[-2], ended.result.messages[-1]):
            assert told.key == "OperationTimeout"
            assert told.detail == (
                f"The waiting clock rang after 60 s; /redfish/v1/Systems/{system} was held by another task. "
                "Nothing was done to it."
            )
        assert {(await house.actors.tasks.find(task.id, ADMIN)).is_live for task in (holder, long)} == {True}
        gate.set()
        assert (await house.ended(holder)).state is TaskState.COMPLETED
        assert (await house.ended(long)).state is TaskState.COMPLETED
        assert [heard.task for heard in house.servers.resets()] == [holder.id, long.id]


async def test_a_wait_for_an_earlier_batch_is_no_waiting_for_a_server(loop_time: LoopTime) -> None:
    async with a_house(**PATIENT) as house:
        systems = await house.add("a:443", "b:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        brief = order(timeouts=Timeouts(waiting=60))
        task = await house.actors.operations.reset(brief, systems, ResetType.ON, batch_size=1)
        await house.until((await house.subtasks(task))[0], lambda found: found.state is TaskState.RUNNING)
        loop_time.move(1000)
        gate.set()
        assert (await house.ended(task)).state is TaskState.COMPLETED


async def test_a_subtask_that_waited_in_vain_has_failed(loop_time: LoopTime) -> None:
    async with a_house(waiting_timeout=60, **PATIENT) as house:
        busy, free = await house.add("a:443", "b:443")
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        holder = await house.actors.operations.reset_system(order(), busy, ResetType.ON)
        await house.until(holder, lambda task: task.state is TaskState.RUNNING)
        task = await house.actors.operations.reset(order(), [busy, free], ResetType.ON)
        first, second = await house.subtasks(task)
        await house.until(first, lambda found: found.state is TaskState.PENDING)
        loop_time.move(61)
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert "1 of 2 servers failed" in said(ended)
        assert "The waiting clock rang after 60 s" in said(ended)
        assert (await house.ended(first)).state is TaskState.EXCEPTION
        assert (await house.ended(second)).state is TaskState.COMPLETED
        gate.set()
        await house.ended(holder)


async def test_a_removal_that_waited_in_vain_leaves_all_as_it_was(loop_time: LoopTime) -> None:
    async with a_house(remove_server=Timeouts(waiting=60), **PATIENT) as house:
        (system,) = await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        gate = house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        holder = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await house.until(holder, lambda task: task.state is TaskState.RUNNING)
        removal = await house.actors.operations.remove_server(order(), source)
        await house.until(removal, lambda task: task.state is TaskState.PENDING)
        loop_time.move(61)
        ended = await house.ended(removal)
        assert ended.state is TaskState.EXCEPTION
        assert f"a:443 was not removed: {ended.messages[-2].text}" in ended.messages[-1].text
        assert f"after 60 s; /redfish/v1/Systems/{system} was held by" in ended.messages[-2].text
        assert house.actors.fleet.systems() == [system]
        gate.set()
        await house.ended(holder)
        again = await house.actors.operations.remove_server(order(), source)
        assert (await house.ended(again)).state is TaskState.COMPLETED


# --- the run clock and the progress clock


async def test_a_request_sets_its_own_run_time_and_the_end_says_what_was_last_seen(
    loop_time: LoopTime,
) -> None:
    async with a_house(**PATIENT) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        task = await house.actors.operations.reset_system(
            order(timeouts=Timeouts(run=100.5)), system, ResetType.ON
        )
        assert task.input["timeouts"] == {"run": 100.5}
        await under_way(house, task)
        await moved_to_a_look(house, loop_time, 99)
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        loop_time.move(2)
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert ended.messages[-2].key == "OperationTimeout"
        assert ended.messages[-2].detail == (
            "The run clock rang after 100.5 s; the server was last seen On (its last reset at "
            "2026-01-01T00:00:01+00:00). It had accepted the reset. Its own task for it was under way."
        )


async def test_the_progress_clock_begins_anew_with_each_thing_that_is_seen(loop_time: LoopTime) -> None:
    async with a_house(run_timeout=50_000, progress_timeout=100) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [10]
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        server = await under_way(house, task)
        for percent in (20, 30, 40):
            server.monitor = [percent]
            await moved_to_a_look(house, loop_time, 90)
        await moved_to_a_look(house, loop_time, 90)  # nothing new
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        loop_time.move(15)
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert "The progress clock rang after 100 s; the server was last seen On" in said(ended)
        assert "Its own task for it was Running at 40 percent." in said(ended)


async def test_progress_does_not_hold_back_the_run_clock(loop_time: LoopTime) -> None:
    async with a_house(run_timeout=200, progress_timeout=100) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [10]
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        server = await under_way(house, task)
        for percent in (20, 30):
            server.monitor = [percent]
            await moved_to_a_look(house, loop_time, 90)
        loop_time.move(25)
        assert "The run clock rang after 200 s" in said(await house.ended(task))


async def test_an_action_without_an_answer_is_told_as_such(loop_time: LoopTime) -> None:
    async with a_house(run_timeout=100) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        loop_time.move(101)
        ended = await house.ended(task)
        assert "The action was sent and not answered: whether it took effect is unknown." in said(ended)
        assert len(house.servers.resets()) == 1


async def test_a_server_of_which_nothing_new_is_read_is_not_added(loop_time: LoopTime) -> None:
    async with a_house() as house:
        house.servers.add("bmc7:443").gates["system"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("system"))
        task = await house.actors.operations.add_server(
            order(timeouts=Timeouts(progress=50)), host="bmc7", user_name="u", password="a secret word"
        )
        await arrival
        loop_time.move(51)
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        told = "The progress clock rang after 50 s; bmc7: none of its systems had been read."
        assert ended.messages[-2].detail == told
        assert ended.messages[-1].detail.startswith("bmc7 was not added: ")
        assert house.actors.fleet.sources() == []


def test_each_change_of_what_is_seen_is_something_new() -> None:
    told: list[str] = []
    sight = ResetSight(told.append)
    on = SeenSystem(id_there="1", path="/1", name="one", power_state=PowerState.ON)
    off = SeenSystem(id_there="1", path="/1", name="one", power_state=PowerState.OFF)
    sight.saw_system(on)
    sight.reached(Step.SENDING)
    sight.reached(Step.ACCEPTED)
    sight.lost()
    sight.saw_system(on)
    sight.saw_system(off)
    sight.saw_system(SeenSystem(id_there="1", path="/1", name="one", last_reset="2026-01-01T00:00:00Z"))
    for task in (
        SeenTask(ended=False, state="New"),
        SeenTask(ended=False, state="Running", percent=0),
        SeenTask(ended=False, state="Running", percent=1),
        SeenTask(ended=True),
        None,
    ):
        sight.saw_task(task)
    same = [one == other for one, other in pairwise(told)]
    assert not any(same)
    before = len(told)
    sight.saw_task(None)
    assert told[before] == told[before - 1]


# --- over a stop of the service


async def stopped_half_way(clock: HeldClock, timeouts: Timeouts) -> tuple[MemoryStore, House, Task]:
    store = MemoryStore()
    async with a_house(store, clock=clock, **PATIENT) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        task = await house.actors.operations.reset_system(order(timeouts=timeouts), system, ResetType.ON)
        await under_way(house, task)
    return store, house, task


async def test_the_run_clock_counts_from_the_start_of_the_work_before_the_stop(loop_time: LoopTime) -> None:
    clock = HeldClock()
    store, before, task = await stopped_half_way(clock, Timeouts(run=1000))
    clock.move(500)
    async with a_house(store, before.servers, clock, **PATIENT) as house:
        await look(house)
        await moved_to_a_look(house, loop_time, 450)
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        loop_time.move(51)
        assert "The run clock rang after 1000 s; the server was last seen" in said(await house.ended(task))


@pytest.mark.parametrize("reached", [True, False])
async def test_a_clock_that_ran_out_meanwhile_leaves_time_to_see_what_came_about(
    loop_time: LoopTime, reached: bool
) -> None:
    clock = HeldClock()
    store, before, task = await stopped_half_way(clock, Timeouts(run=1000))
    before.servers.servers["a:443"].monitor = [reached]
    clock.move(timedelta(days=1).total_seconds())
    async with a_house(store, before.servers, clock, **PATIENT) as house:
        if reached:
            assert (await house.ended(task)).state is TaskState.COMPLETED
            return
        await look(house)
        await moved_to_a_look(house, loop_time, 55)
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        loop_time.move(6)
        ended = await house.ended(task)
        assert "after 1000 s, of which the service was stopped for a part; the server was" in said(ended)


async def test_the_waiting_clock_counts_from_when_it_began_to_wait(loop_time: LoopTime) -> None:
    clock, store = HeldClock(), MemoryStore()
    async with a_house(store, clock=clock, **PATIENT) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        holder = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await under_way(house, holder)
        brief = order(timeouts=Timeouts(waiting=1000))
        waiting = await house.actors.operations.reset_system(brief, system, ResetType.ON)
        await house.until(waiting, lambda task: task.state is TaskState.PENDING)
    clock.move(900)
    async with a_house(store, house.servers, clock, **PATIENT) as house:
        await look(house)
        loop_time.move(101)
        assert "The waiting clock rang after 1000 s; " in said(await house.ended(waiting))
        assert (await house.actors.tasks.find(holder.id, ADMIN)).is_live


class TickingClock(HeldClock):
    """A clock that goes on with each look at it, as a real one does."""

    def now(self) -> datetime:
        self.move(0.001)
        return super().now()


@pytest.mark.parametrize("stop", [False, True])
async def test_work_that_begins_has_all_its_time_though_the_task_waited_over_a_stop(
    loop_time: LoopTime, stop: bool
) -> None:
    clock, store = TickingClock(), MemoryStore()
    async with a_house(store, clock=clock, **PATIENT) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        holder = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await under_way(house, holder)
        brief = order(timeouts=Timeouts(run=50))
        task = await house.actors.operations.reset_system(brief, system, ResetType.ON)
        await house.until(task, lambda found: found.state is TaskState.PENDING)
        if not stop:
            await house.actors.tasks.cancel(holder.id, ADMIN)
            await house.until(task, lambda found: found.percent >= 50)
            loop_time.move(51)
            assert "The run clock rang after 50 s; the server was" in said(await house.ended(task))
            return
    async with a_house(store, house.servers, clock, **PATIENT) as house:
        await house.actors.tasks.cancel(holder.id, ADMIN)
        await house.until(task, lambda found: found.percent >= 50)
        loop_time.move(51)
        assert "The run clock rang after 50 s; the server was" in said(await house.ended(task))


async def test_what_a_subtask_was_given_holds_over_a_stop(loop_time: LoopTime) -> None:
    store = MemoryStore()
    async with a_house(store, **PATIENT) as house:
        systems = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        given = order(timeouts=Timeouts(waiting=5, run=500, progress=100))
        task = await house.actors.operations.reset(given, systems, ResetType.ON)
        (subtask,) = await house.subtasks(task)
        assert Timeouts.read(subtask.input) == Timeouts.read(task.input) == given.timeouts
        await under_way(house, subtask)
    async with a_house(store, house.servers, **PATIENT) as house:
        await look(house)
        loop_time.move(101)
        ended = await house.ended(task)
        assert "The progress clock rang after 100 s" in said(ended)


async def test_a_server_that_goes_and_comes_shows_something_new(loop_time: LoopTime) -> None:
    async with a_house(run_timeout=50_000, progress_timeout=100, expected_outage=50_000) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].monitor = [False]
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        server = await under_way(house, task)
        server.fails["system"] = lambda: ServerUnreachableError("https://a:443/", "No connection to a:443.")
        await moved_to_a_look(house, loop_time, 90)
        await moved_to_a_look(house, loop_time, 90)
        loop_time.move(15)
        ended = await house.ended(task)
        assert "The progress clock rang after 100 s; the server was last seen On" in said(ended)
        assert ", and then was out of reach." in said(ended)
