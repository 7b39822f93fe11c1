"""Doing again what failed: which subtasks, for whom, and how both tasks name each other."""

import asyncio
from collections.abc import Sequence

import pytest

from actors import (
    Again,
    ConflictError,
    MaxFailures,
    NotAllowedError,
    NotFoundError,
    Privilege,
    ResetType,
    Task,
    TaskState,
)
from actors.inventory.records import SystemId
from actors.tasks.errors import ServerRefusedError
from store.memory import MemoryStore
from tests.actors.house import ADMIN, House, a_house, order, viewer
from tests.actors.test_abort import a_reset_under_way


def refuse() -> ServerRefusedError:
    return ServerRefusedError("https://there/", "It will not.", 503)


async def failed_reset(
    house: House, failing: Sequence[str] = ("b:443", "c:443"), **how: object
) -> tuple[Task, list[SystemId]]:
    """A reset of four servers, of which these fail; they are well afterwards."""
    systems = await house.add("a:443", "b:443", "c:443", "d:443")
    for address in failing:
        house.servers.servers[address].fails["reset"] = refuse
    task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_RESTART, **how)  # type: ignore[arg-type]
    ended = await house.ended(task)
    for address in failing:
        del house.servers.servers[address].fails["reset"]
    return ended, systems


async def test_only_what_failed_is_done_again_and_both_name_each_other() -> None:
    async with a_house() as house:
        task, _ = await failed_reset(house)
        assert task.state is TaskState.EXCEPTION
        before = len(house.servers.resets())
        again = await house.actors.operations.retry(order(), task.id)
        assert again.retry_of == task.id
        assert (await house.ended(again)).state is TaskState.COMPLETED
        assert sorted(heard.address for heard in house.servers.resets()[before:]) == ["b:443", "c:443"]
        original = await house.actors.tasks.find(task.id, ADMIN)
        assert original.retried_by == again.id
        assert (original.state, original.result, original.ended) == (task.state, task.result, task.ended)


async def test_it_keeps_batches_and_the_order() -> None:
    async with a_house() as house:
        task, systems = await failed_reset(house, ("a:443", "b:443", "c:443", "d:443"), batch_size=3)
        again = await house.actors.operations.retry(order(), task.id)
        subtasks = await house.subtasks(again)
        assert [subtask.input["system"] for subtask in subtasks] == systems
        assert again.input == task.input
        assert (await house.ended(again)).state is TaskState.COMPLETED


async def test_a_task_without_subtasks_is_done_again_itself() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].fails["reset"] = refuse
        task = await house.ended(
            await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        )
        again = await house.actors.operations.retry(order(), task.id)
        assert (await house.ended(again)).state is TaskState.EXCEPTION
        del house.servers.servers["a:443"].fails["reset"]
        third = await house.actors.operations.retry(order(), again.id)
        assert (await house.ended(third)).state is TaskState.COMPLETED


async def test_what_was_done_again_is_not_done_a_third_time_unless_the_retry_is_gone() -> None:
    async with a_house() as house:
        task, _ = await failed_reset(house)
        outcomes = await asyncio.gather(
            *(house.actors.operations.retry(order(), task.id) for _ in range(5)), return_exceptions=True
        )
        (again,) = [outcome for outcome in outcomes if isinstance(outcome, Task)]
        assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 4
        await house.ended(again)
        with pytest.raises(ConflictError, match=again.id):
            await house.actors.operations.retry(order(), task.id)
        await house.actors.tasks.delete(again.id, ADMIN)
        await house.actors.operations.retry(order(), task.id)


async def test_what_went_well_goes_on_or_cannot_be_done_again_is_refused() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        well = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.ON))
        with pytest.raises(ConflictError, match="completed"):
            await house.actors.operations.retry(order(), well.id)
        (subtask, _) = await house.actors.tasks.subtasks(well.id, ADMIN)
        with pytest.raises(ConflictError, match="subtask"):
            await house.actors.operations.retry(order(), subtask)
        failed = await house.ended(
            await house.actors.operations.add_server(order(), host="nobody:1", user_name="a", password="b")
        )
        with pytest.raises(ConflictError, match="password was erased"):
            await house.actors.operations.retry(order(), failed.id)
        live = await a_reset_under_way(house, systems)
        with pytest.raises(ConflictError, match="goes on"):
            await house.actors.operations.retry(order(), live.id)
        with pytest.raises(NotFoundError):
            await house.actors.operations.retry(order(), "task-that-never-was")


async def test_after_an_abort_the_cancelled_ones_are_done_again_only_when_asked_for() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        task = await a_reset_under_way(house, systems)
        await house.actors.tasks.cancel(task.id, ADMIN)
        for server in house.servers.servers.values():
            server.gates.clear()
        with pytest.raises(ConflictError, match="None of its subtasks is failed"):
            await house.actors.operations.retry(order(), task.id)
        again = await house.actors.operations.retry(order(), task.id, which=Again.FAILED_AND_CANCELLED)
        assert (await house.ended(again)).state is TaskState.COMPLETED
        assert again.subtasks == 2


async def test_one_that_was_aborted_by_itself_counts_as_failed_and_those_of_the_stop_rule_do_not() -> None:
    async with a_house() as house:
        task, systems = await failed_reset(
            house, ("b:443",), batch_size=2, max_failures=MaxFailures(1, percent=False)
        )
        states = [subtask.state for subtask in await house.subtasks(task)]
        assert states == [
            TaskState.COMPLETED,
            TaskState.EXCEPTION,
            TaskState.CANCELLED,
            TaskState.CANCELLED,
        ]
        again = await house.actors.operations.retry(order(), task.id)
        assert [subtask.input["system"] for subtask in await house.subtasks(again)] == [systems[1]]
        await house.ended(again)

        other = await a_reset_under_way(house, systems[:2])
        first, _ = await house.actors.tasks.subtasks(other.id, ADMIN)
        await house.actors.tasks.cancel(first, ADMIN)
        for server in house.servers.servers.values():
            if "reset" in server.gates:
                server.gates["reset"].set()
        await house.ended(other)
        again = await house.actors.operations.retry(order(), other.id)
        assert [subtask.input["system"] for subtask in await house.subtasks(again)] == [systems[0]]


async def test_the_rights_are_the_callers_own() -> None:
    async with a_house() as house:
        task, _ = await failed_reset(house)
        olga = viewer("olga", "Operator")
        with pytest.raises(NotAllowedError):
            await house.actors.operations.retry(order(olga), task.id)
        bare = viewer(without=frozenset({Privilege.CONFIGURE_COMPONENTS, Privilege.CONFIGURE_MANAGER}))
        with pytest.raises(NotAllowedError, match="ConfigureComponents"):
            await house.actors.operations.retry(order(bare), task.id)
        root = viewer("root")
        again = await house.actors.operations.retry(order(root), task.id)
        assert again.owner == root.account


async def test_it_goes_on_over_a_stop_and_stays_linked() -> None:
    store = MemoryStore()
    async with a_house(store) as house:
        task, _ = await failed_reset(house)
        for server in house.servers.servers.values():
            server.gates["system"] = asyncio.Event()
        again = await house.actors.operations.retry(order(), task.id)
    for server in house.servers.servers.values():
        server.gates.clear()
    async with a_house(store, servers=house.servers) as house:
        ended = await house.ended(again)
        assert (ended.state, ended.retry_of) == (TaskState.COMPLETED, task.id)
        assert (await house.actors.tasks.find(task.id, ADMIN)).retried_by == again.id
