"""A store that fails after it has stored: what is known stays what is stored, and nothing is orphaned."""

import asyncio
from typing import Any

import pytest

from actors import Aggregate, ResetType, Source, StoreUnavailableError, System, SystemId, TaskState
from actors.tasks.ports import Remove
from actors.tasks.task import Task
from tests.actors.failing_store import FailingStore, is_end, once, saves
from tests.actors.house import ADMIN, House, LoopTime, a_house, order


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.tasks.saving.RETRY_FIRST", 0.001)


async def well(house: House, *systems: SystemId) -> None:
    """A reset of these systems works."""
    task = await house.actors.operations.reset(order(), systems, ResetType.ON)
    assert (await house.ended(task)).state is TaskState.COMPLETED


async def test_of_a_reset() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.stores_and_refuses = once(saves(System))
        await well(house, system)
        await well(house, system)


async def test_of_a_server_that_is_added() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        store.stores_and_refuses = once(saves(Source))
        (system,) = await house.add("a:443")
        assert house.actors.fleet.systems() == [system]
        await well(house, system)


async def test_of_a_server_that_is_removed() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        store.stores_and_refuses = once(lambda changes: any(isinstance(c, Remove) for c in changes))
        ended = await house.ended(await house.actors.operations.remove_server(order(), source))
        assert ended.state is TaskState.COMPLETED
        assert house.actors.fleet.sources() == []
        assert await store.sources() == []


async def test_of_a_change_to_an_aggregate() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        a, b = await house.add("a:443", "b:443")
        aggregate = await house.actors.fleet.create_aggregate([])
        store.stores_and_refuses = once(saves(Aggregate))
        with pytest.raises(StoreUnavailableError):
            await house.actors.fleet.add_elements(aggregate.id, [a])
        assert (await house.actors.fleet.add_elements(aggregate.id, [b])).elements == (a, b)


async def test_of_a_new_task_it_is_acknowledged_and_done() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.stores_and_refuses = once(saves(Task))
        await well(house, system)
        assert await store.live_tasks() == []
        assert len(house.servers.resets()) == 1


async def test_a_dead_actor_is_replaced_without_haste_while_the_store_cannot_be_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["system"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("system"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        store.unreadable = True
        (ref,) = [ref for ref in await _roll(house) if "TaskActor" in str(ref)]
        ref.tell("nobody knows this message")  # an actor dies of what it cannot handle
        await store.refused.wait()
        for _ in range(200):
            await asyncio.sleep(0)
        assert caplog.text.count("its actor failed") == 1
        store.unreadable = False
        assert (await house.ended(task)).state is TaskState.EXCEPTION


async def _roll(house: House) -> list[Any]:
    from actors.asking import ask
    from actors.tasks.mail import Roll

    roll: list[Any] = await ask(house.actors.tasks._registry, Roll())
    return roll


async def test_a_task_seen_in_the_store_before_its_actor_is_there_can_be_deleted() -> None:
    class Slow(FailingStore):
        """Answers a commit of new tasks long after they can be read."""

        async def commit(self, *changes: object) -> None:
            await super().commit(*changes)  # type: ignore[arg-type]
            if any(isinstance(getattr(c, "record", None), Task) and c.record.revision == 1 for c in changes):  # type: ignore[attr-defined]
                self.stored.set()
                await self.go_on.wait()

        stored, go_on = asyncio.Event(), asyncio.Event()

    store = Slow()
    store.go_on.set()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.stored.clear()
        store.go_on.clear()
        submitted = asyncio.create_task(house.actors.operations.reset_system(order(), system, ResetType.ON))
        await store.stored.wait()
        newest = (await house.actors.tasks.list(ADMIN))[0]
        deleted = asyncio.create_task(house.actors.tasks.delete(newest, ADMIN))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not deleted.done()
        store.go_on.set()
        await submitted
        await deleted
        assert newest not in await house.actors.tasks.list(ADMIN)
        assert house.servers.resets() == []


async def test_a_delete_whose_end_cannot_be_saved_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.tasks.service.SAVED_WITHIN", 0.05)
    store = FailingStore()
    async with a_house(store, abort_deadline=0.05) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["system"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("system"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        store.refuses = is_end
        with pytest.raises(StoreUnavailableError, match="could not be saved yet"):
            await house.actors.tasks.delete(task.id, ADMIN)
        store.refuses = lambda _: False
        assert (await house.ended(task)).state is TaskState.CANCELLED


async def test_a_delete_of_a_fleet_waits_as_long_as_its_records_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.tasks.service.SAVED_WITHIN", 0.0)
    monkeypatch.setattr("actors.tasks.service.EACH_SAVED_WITHIN", 10.0)
    loop_time, store = LoopTime(monkeypatch), FailingStore()
    async with a_house(store, abort_deadline=1) as house:
        systems = await house.add("a:443", "b:443")
        gates = [
            server.gates.setdefault("reset", asyncio.Event()) for server in house.servers.servers.values()
        ]
        arrival = asyncio.create_task(house.servers.hears("reset"))
        task = await house.actors.operations.reset(order(), systems, ResetType.ON)
        await arrival
        store.refuses = is_end
        removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
        await store.refused.wait()
        loop_time.move(15)  # more than an abort of one server may take
        for _ in range(10):
            await asyncio.sleep(0)
        assert not removal.done()
        store.refuses = lambda _: False
        loop_time.move(5)  # for the next attempt to save
        await removal
        assert not any(gate.is_set() for gate in gates)


async def test_a_stop_does_not_wait_for_a_store_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    async with asyncio.timeout(5):
        async with a_house(store) as house:
            (system,) = await house.add("a:443")
            store.refuses = is_end
            await house.actors.operations.reset_system(order(), system, ResetType.ON)
            await store.refused.wait()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("passes", [1, 5, 10, 20, 40])
async def test_a_stop_while_subtasks_begin_is_quiet(passes: int, caplog: pytest.LogCaptureFixture) -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(150)))
        await house.actors.operations.reset(order(), systems, ResetType.ON)
        for _ in range(passes):
            await asyncio.sleep(0)
    assert "Traceback" not in caplog.text
