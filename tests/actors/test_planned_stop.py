"""A planned stop: work comes to a safe point and is saved as it is, and an abort is still an abort."""

import asyncio
from collections import defaultdict

from actors import Health, ResetType, Task, TaskState
from actors.events.records import BEGINNING
from actors.operations.reset_checkpoint import ResetCheckpoint, Step
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Save
from store.memory import MemoryStore
from tests.actors.house import ADMIN, a_house, order
from tests.actors.scripted import ScriptedServers

SERVERS = ("a:443", "b:443", "c:443")


async def test_a_planned_stop_saves_work_as_interrupted_and_the_next_start_goes_on() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        systems = await house.add(*SERVERS)
        servers.servers["a:443"].gates["system"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("system", "a:443"))
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF, batch_size=1)
        await arrival
        await house.actors.stop_work(5)
        parent = await house.actors.tasks.find(task.id, ADMIN)
        states = [subtask.state for subtask in await house.subtasks(task)]
        assert parent.state is TaskState.INTERRUPTED
        assert states == [TaskState.INTERRUPTED, TaskState.PENDING, TaskState.PENDING]
        assert parent.abort is None
        assert servers.resets() == []
    del servers.servers["a:443"].gates["system"]
    async with a_house(store, servers) as house:
        ended = await house.ended(task)
        assert (ended.state, ended.status, ended.percent) == (TaskState.COMPLETED, Health.OK, 100)
        assert [heard.address for heard in servers.resets()] == list(SERVERS)


async def test_a_planned_stop_waits_for_the_answer_to_an_action_that_has_left() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        (system,) = await house.add("a:443")
        gate = servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("reset"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        await arrival
        servers.servers["a:443"].gates["system"] = asyncio.Event()  # its effect is not seen before the stop
        stopping = asyncio.ensure_future(house.actors.stop_work(5))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not stopping.done()
        gate.set()
        await stopping
        stopped = await house.actors.tasks.find(task.id, ADMIN)
        assert stopped.state is TaskState.INTERRUPTED
        assert ResetCheckpoint.read(stopped.checkpoint).step is Step.ACCEPTED
    del servers.servers["a:443"].gates["system"]
    async with a_house(store, servers) as house:
        ended = await house.ended(task)
        assert (ended.state, ended.status) == (TaskState.COMPLETED, Health.OK)
        assert len(servers.resets()) == 1


async def test_a_planned_stop_cuts_what_does_not_come_to_a_safe_point_in_time() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        (system,) = await house.add("a:443")
        servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("reset"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        await arrival
        await house.actors.stop_work(0.01)
        stopped = await house.actors.tasks.find(task.id, ADMIN)
        assert stopped.state is TaskState.INTERRUPTED
        assert ResetCheckpoint.read(stopped.checkpoint).step is Step.SENDING
    async with a_house(store, servers) as house:
        assert house.actors.counters == {"recovered_asking": 1}
        servers.servers["a:443"].gates.clear()
        await house.actors.tasks.delete(task.id, ADMIN)
        assert len(servers.resets()) == 1


async def test_an_abort_during_a_planned_stop_is_an_abort() -> None:
    """One task has an action under way, which holds the stop up; the others are parked already."""
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        systems = await house.add(*SERVERS)
        gate = servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("reset"))
        sending = await house.actors.operations.reset_system(order(), systems[0], ResetType.FORCE_OFF)
        await arrival
        operations = house.actors.operations
        queued = await operations.reset_system(order(), systems[0], ResetType.ON)
        batched = await operations.reset(order(), systems[1:], ResetType.ON, batch_size=1, delay=3600)
        await house.until(batched, lambda found: any("Waiting 3600" in m.detail for m in found.messages))
        stopping = asyncio.ensure_future(house.actors.stop_work(5))
        await house.until(batched, lambda found: found.state is TaskState.INTERRUPTED)
        async with asyncio.timeout(2):
            for task in (queued, batched, sending):
                await house.actors.tasks.delete(task.id, ADMIN)
        gate.set()
        await stopping
    assert await store.live_tasks() == []
    assert len(servers.resets()) == 2


async def test_what_is_recorded_during_a_planned_stop_and_aborted_ends_before_it_is_removed() -> None:
    """Its work never begins, so that the parent has had nothing to do with its subtasks."""
    recording, let = asyncio.Event(), asyncio.Event()

    class SlowToRecord(MemoryStore):
        async def commit(self, *changes: Change) -> None:
            if sum(isinstance(one, Save) and isinstance(one.record, Task) for one in changes) > 1:
                recording.set()
                await let.wait()
            await super().commit(*changes)

    store, servers = SlowToRecord(), ScriptedServers()
    async with a_house(store, servers) as house:
        systems = await house.add(*SERVERS)
        gate = servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("reset"))
        await house.actors.operations.reset_system(order(), systems[0], ResetType.FORCE_OFF)
        await arrival  # which holds the stop up
        submitting = asyncio.create_task(
            house.actors.operations.reset(order(), systems[1:], ResetType.FORCE_OFF)
        )
        await recording.wait()
        stopping = asyncio.ensure_future(house.actors.stop_work(5))
        await asyncio.sleep(0)
        let.set()
        task = await submitting
        ids = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.delete(task.id, ADMIN)
        gate.set()
        await stopping
    told: dict[str, list[str]] = defaultdict(list)
    for entry in await store.events_after(BEGINNING, 1000):
        if isinstance(message := entry.event.message, Message):
            told[entry.event.origin.rpartition("/")[2]].append(message.key)
    assert {task_id: told[task_id] for task_id in (*ids, task.id)} == {
        task_id: ["TaskCancelled", "TaskRemoved"] for task_id in (*ids, task.id)
    }
    assert len(servers.resets()) == 1


async def test_a_planned_stop_lets_an_abort_come_to_its_end() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        (system,) = await house.add("a:443")
        server = servers.servers["a:443"]
        server.monitor, server.restarts_seen = [False], False
        gate = server.gates["cancel_task"] = asyncio.Event()
        followed = asyncio.create_task(servers.hears("task_seen"))
        ending = asyncio.create_task(servers.hears("cancel_task"))
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_RESTART)
        await followed
        removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
        await ending
        stopping = asyncio.ensure_future(house.actors.stop_work(5))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not stopping.done()
        gate.set()
        await asyncio.gather(removal, stopping)
    assert await store.task(task.id) is None
