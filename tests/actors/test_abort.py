"""Aborts: they stop the work, for good, in time, and look like what they are."""

import asyncio
import gc
import logging
from collections.abc import Sequence

import pytest

from actors import (
    ConflictError,
    Health,
    NotFoundError,
    ResetType,
    SystemId,
    Task,
    TaskState,
)
from actors.operations.clocks import Clocks
from actors.tasks.context import Context
from actors.tasks.errors import ServerRefusedError
from actors.tasks.ports import Accepted
from tests.actors.house import ADMIN, House, a_house, order
from tests.support import uncollected


async def a_reset_under_way(house: House, systems: Sequence[SystemId], batch_size: int = 0) -> Task:
    """A reset whose first servers have been sent the action and do not answer."""
    for server in house.servers.servers.values():
        server.gates["reset"] = asyncio.Event()
    arrival = asyncio.create_task(house.servers.hears("reset"))
    task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF, batch_size=batch_size)
    await arrival
    return task


async def test_after_a_delete_nothing_goes_out_and_nothing_is_found() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(20)))
        task = await a_reset_under_way(house, systems, batch_size=5)
        subtasks = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.delete(task.id, ADMIN)
        heard = len(house.servers.heard)
        for server in house.servers.servers.values():
            server.gates["reset"].set()
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(house.servers.heard) == heard
        for task_id in (task.id, *subtasks):
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)
        assert await house.actors.tasks.list(ADMIN) == [
            task_id for task_id in await house.actors.tasks.list(ADMIN) if task_id != task.id
        ]


async def test_untouched_subtasks_end_as_cancelled_and_so_does_the_parent() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await a_reset_under_way(house, systems, batch_size=1)
        removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN, reason="it looks wrong"))
        ids = await house.actors.tasks.subtasks(task.id, ADMIN)
        records = [record for i in ids if (record := await house.store.task(i)) is not None]
        touched, untouched = await asyncio.gather(*map(house.ended, records))
        await removal
        assert (touched.state, touched.status) == (TaskState.CANCELLED, Health.WARNING)
        assert (untouched.state, untouched.percent) == (TaskState.CANCELLED, 0)
        assert untouched.abort is not None
        assert (untouched.abort.by, untouched.abort.reason) == ("admin", "it looks wrong")
        assert untouched.result is not None
        assert untouched.result.http_status >= 400


async def test_a_batch_delay_ends_at_once() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=1, delay=3600)
        await house.until(task, lambda found: any("Waiting 3600 s" in m.detail for m in found.messages))
        async with asyncio.timeout(5):
            await house.actors.tasks.delete(task.id, ADMIN)
        assert [heard.address for heard in house.servers.resets()] == ["a:443"]


async def test_a_task_that_waits_for_a_server_ends_at_once_and_leaves_the_queue() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        one = await a_reset_under_way(house, [system])
        two = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        three = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        for waiting in (two, three):
            await house.until(waiting, lambda found: found.state is TaskState.PENDING)
        await house.actors.tasks.delete(two.id, ADMIN)
        house.servers.servers["a:443"].gates["reset"].set()
        assert (await house.ended(one)).state is TaskState.COMPLETED
        assert (await house.ended(three)).state is TaskState.COMPLETED
        assert len(house.servers.resets()) == 2


async def test_two_deletes_at_once_are_both_right() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await a_reset_under_way(house, systems)
        outcomes = await asyncio.gather(
            *(house.actors.tasks.delete(task.id, ADMIN) for _ in range(4)), return_exceptions=True
        )
        assert set(map(type, outcomes)) <= {type(None), NotFoundError}
        assert outcomes[0] is None


async def test_a_delete_right_after_the_start_of_a_large_task() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(450)))
        task = await house.actors.operations.reset(order(), systems, ResetType.ON)
        async with asyncio.timeout(10):
            await house.actors.tasks.delete(task.id, ADMIN)
        with pytest.raises(NotFoundError):
            await house.actors.tasks.find(task.id, ADMIN)


async def test_a_subtask_can_be_aborted_alone_and_counts_as_failed() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await a_reset_under_way(house, systems)
        first, _ = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.delete(first, ADMIN)
        for server in house.servers.servers.values():
            server.gates["reset"].set()
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert [s.state for s in await house.subtasks(task)] == [TaskState.CANCELLED, TaskState.COMPLETED]
        with pytest.raises(ConflictError):
            await house.actors.tasks.delete(first, ADMIN)


async def test_an_ended_task_is_removed_with_its_subtasks() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.ON))
        subtasks = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.delete(task.id, ADMIN)
        for task_id in (task.id, *subtasks):
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task_id, ADMIN)


async def test_work_that_will_not_stop_is_ended_by_the_service_and_fenced_off(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst kind of operation: it swallows its cancellation and goes on sending."""
    caplog.set_level(logging.INFO, "taskmon.audit")
    async with a_house(abort_deadline=0.05) as house:
        (system,) = await house.add("a:443")
        stubborn = asyncio.Event()
        errands = house.servers

        async def swallow(self: object, *_: object) -> Accepted:
            errands.note_reset()
            while not stubborn.is_set():
                try:
                    await stubborn.wait()
                except asyncio.CancelledError:
                    continue
            return Accepted()

        monkeypatch.setattr("tests.actors.scripted._OnErrand.reset", swallow)
        try:
            arrival = asyncio.create_task(house.servers.hears("reset"))
            task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
            await arrival
            heard = len(house.servers.heard)
            async with asyncio.timeout(5):
                await house.actors.tasks.delete(task.id, ADMIN)
            assert "did not stop within" in caplog.text
            (told,) = [vars(record)["audit"] for record in caplog.records if record.name == "taskmon.audit"]
            assert (told["task"], told["asked_by"], told["user"]) == (task.id, "admin", "the service")
        finally:
            stubborn.set()
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(house.servers.heard) == heard


async def test_what_work_reports_after_its_abort_changes_nothing_and_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with a_house() as house:
        (system,) = await house.add("a:443")
        for steps in range(20):  # the server's answer comes ever later after the abort
            gate = house.servers.servers["a:443"].gates["system"] = asyncio.Event()
            arrival = asyncio.create_task(house.servers.hears("system"))
            task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
            await arrival
            removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
            for _ in range(steps):
                await asyncio.sleep(0)
            gate.set()
            await removal
        assert house.servers.resets() == []
        assert "IllegalTransition" not in caplog.text
        assert "cannot follow" not in caplog.text


async def test_a_removed_task_is_not_remembered_however_reads_and_removals_meet() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        for steps in range(12):
            task = await house.ended(
                await house.actors.operations.reset_system(order(), system, ResetType.ON)
            )
            removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
            for _ in range(steps):
                await asyncio.sleep(0)
            await asyncio.gather(
                *(house.actors.tasks.find(task.id, ADMIN) for _ in range(3)), return_exceptions=True
            )
            await removal
            with pytest.raises(NotFoundError):
                await house.actors.tasks.find(task.id, ADMIN)


async def test_the_task_that_a_server_runs_for_the_action_is_ended_there_before_the_answer() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        for server in house.servers.servers.values():
            server.monitor, server.restarts_seen = [False], False
        arrivals = [
            asyncio.create_task(house.servers.hears("task_seen", address)) for address in ("a:443", "b:443")
        ]
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_RESTART)
        await asyncio.gather(*arrivals)
        await house.actors.tasks.delete(task.id, ADMIN)
        heard = len(house.servers.heard)
        last = [(heard.address, heard.what) for heard in house.servers.heard[-2:]]
        assert sorted(last) == [("a:443", "cancel_task"), ("b:443", "cancel_task")]
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(house.servers.heard) == heard


async def test_a_server_that_does_not_end_its_task_holds_up_no_abort(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_house(cancel_timeout=0.02) as house:
        (system,) = await house.add("a:443")
        server = house.servers.servers["a:443"]
        server.monitor, server.restarts_seen = [False], False
        server.gates["cancel_task"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("task_seen"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_RESTART)
        await arrival
        async with asyncio.timeout(5):
            await house.actors.tasks.delete(task.id, ADMIN)
        assert "could not be ended there: no answer within 0.02 s" in caplog.text


@pytest.mark.parametrize("refuses", [True, False])
async def test_whether_the_servers_own_task_was_ended_is_told_on_the_task(refuses: bool) -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        server = house.servers.servers["a:443"]
        server.monitor, server.restarts_seen = [False], False
        if refuses:
            server.fails["cancel_task"] = lambda: ServerRefusedError("/monitor", "It answered 500.", 500)
        arrival = asyncio.create_task(house.servers.hears("task_seen"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_RESTART)
        await arrival
        await house.actors.tasks.cancel(task.id, ADMIN, "")
        ended = await house.ended(task)
        assert ("may still take effect" in ended.messages[-1].text) == refuses


async def test_an_action_under_way_is_told_as_unknown_when_it_is_aborted() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await a_reset_under_way(house, systems, batch_size=1)
        await house.actors.tasks.cancel(task.id, ADMIN, "it looks wrong")
        touched, untouched = await house.subtasks(task)
        assert "the server's state is unknown" in touched.messages[-1].text
        assert "unknown" not in untouched.messages[-1].text


async def test_nothing_of_aborted_work_waits_for_the_collector_of_cycles() -> None:
    def in_memory() -> int:
        return sum(isinstance(one, Context | Clocks) for one in gc.get_objects())

    with uncollected():
        before = in_memory()
        async with a_house() as house:
            systems = await house.add(*(f"s{number}:443" for number in range(10)))
            task = await a_reset_under_way(house, systems)
            assert in_memory() >= before + 2 * len(systems)
            await house.actors.tasks.delete(task.id, ADMIN)
        await asyncio.sleep(0)
        assert in_memory() == before
