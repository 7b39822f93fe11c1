"""`fleet.when_busy` is "refuse": a reset of a server that another task holds or waits for makes no task."""

import asyncio

import pytest

from actors import BusyError, ResetType, SystemId, Task, TaskState, Viewer
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Change
from store.memory import MemoryStore
from tests.actors.house import ADMIN, House, a_house, order, viewer

ANN, BEN = viewer("ann", "Operator"), viewer("ben", "Operator")


def gate_all(house: House) -> asyncio.Event:
    gate = asyncio.Event()
    for server in house.servers.servers.values():
        server.gates["reset"] = gate
    return gate


async def refusal(house: House, systems: list[SystemId], who: Viewer = ANN) -> str:
    """How a reset of these is refused; nothing is recorded."""
    before = await house.actors.tasks.list(ADMIN)
    with pytest.raises(BusyError) as refused:
        await house.actors.operations.reset(order(who), systems, ResetType.ON)
    assert await house.actors.tasks.list(ADMIN) == before
    assert "abort it" in refused.value.advice
    return str(refused.value)


async def test_the_task_in_the_way_is_named_to_who_may_see_it() -> None:
    async with a_house(refuse_busy=True) as house:
        systems = await house.add("a:443", "b:443", "c:443")
        gate = gate_all(house)
        holder = await house.actors.operations.reset(order(ANN), systems[1:], ResetType.ON)
        b, _ = await house.subtasks(holder)
        for who, name in (
            (ANN, f"task {holder.id} (subtask {b.id})"),
            (ADMIN, f"task {holder.id} (subtask {b.id})"),
            (BEN, "another task"),
        ):
            said = await refusal(house, systems, who)
            assert f"Systems/{systems[1]} is busy with {name}, and 1 more of the systems is busy too" in said
            assert systems[2] not in said
        assert holder.id not in await refusal(house, systems, BEN)
        gate.set()
        assert (await house.ended(holder)).state is TaskState.COMPLETED
        after = await house.actors.operations.reset(order(BEN), systems, ResetType.ON)
        assert (await house.ended(after)).state is TaskState.COMPLETED


async def test_one_of_a_later_batch_is_busy_until_its_subtask_has_ended() -> None:
    async with a_house(refuse_busy=True) as house:
        first, second = await house.add("a:443", "b:443")
        gate = gate_all(house)
        holder = await house.actors.operations.reset(order(), [first, second], ResetType.ON, batch_size=1)
        await house.until((await house.subtasks(holder))[0], lambda task: task.state is TaskState.RUNNING)
        assert holder.id in await refusal(house, [second], ADMIN)
        waiting = (await house.subtasks(holder))[1]
        await house.actors.tasks.cancel(waiting.id, ADMIN)
        alone = await house.actors.operations.reset_system(order(), second, ResetType.ON)
        with pytest.raises(BusyError, match=alone.id):
            await house.actors.operations.reset_system(order(), second, ResetType.ON)
        gate.set()
        assert (await house.ended(alone)).state is TaskState.COMPLETED
        await house.ended(holder)


class HeldBackStore(MemoryStore):
    """Commits wait for the gate, once it is there; then they fail or succeed as the test says."""

    gate: asyncio.Event | None = None
    fails = False

    async def commit(self, *changes: Change) -> None:
        if self.gate is not None and changes:
            await self.gate.wait()
            if self.fails:
                raise StoreUnavailableError("No room.")
        await super().commit(*changes)


async def test_of_two_requests_at_once_one_is_refused_and_one_that_could_not_be_stored_is_in_no_way() -> None:
    store = HeldBackStore()
    async with a_house(store, refuse_busy=True) as house:
        (system,) = await house.add("a:443")
        store.gate, store.fails = asyncio.Event(), True

        def ask() -> "asyncio.Task[Task]":
            return asyncio.create_task(house.actors.operations.reset_system(order(), system, ResetType.ON))

        one, two = ask(), ask()
        await asyncio.wait([one, two], return_when=asyncio.FIRST_COMPLETED)
        (refused,) = (asked for asked in (one, two) if asked.done())
        assert isinstance(refused.exception(), BusyError)
        store.gate.set()
        (other,) = {one, two} - {refused}
        with pytest.raises(StoreUnavailableError):
            await other
        store.fails = False
        assert (await house.ended(await ask())).state is TaskState.COMPLETED


async def test_what_was_live_before_a_start_is_in_the_way_after_it() -> None:
    store, servers = MemoryStore(), None
    async with a_house(store, refuse_busy=True) as house:
        servers = house.servers
        systems = await house.add("a:443", "b:443")
        gate_all(house)
        holder = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=1)
        await house.until((await house.subtasks(holder))[0], lambda task: task.state is TaskState.RUNNING)
    for server in servers.servers.values():
        server.gates["system"] = asyncio.Event()
    async with a_house(store, servers, refuse_busy=True) as house:
        for system in systems:
            assert holder.id in await refusal(house, [system], ADMIN)
        for server in servers.servers.values():
            server.gates.clear()


async def test_a_removal_waits_all_the_same() -> None:
    async with a_house(refuse_busy=True) as house:
        (system,) = await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        gate = gate_all(house)
        holder = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await house.until(holder, lambda task: task.state is TaskState.RUNNING)
        removal = await house.actors.operations.remove_server(order(), source)
        await house.until(removal, lambda task: task.state is TaskState.PENDING)
        gate.set()
        assert (await house.ended(removal)).state is TaskState.COMPLETED
