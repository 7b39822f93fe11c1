"""Nothing is orphaned and nothing is lost: actors that fail, stores that fail, stops and starts."""

import pytest

from actors import Health, ResetType, StoreUnavailableError, TaskState
from actors.operations.operation import Outcome
from actors.tasks.context import Context
from actors.tasks.task import Task
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore, is_end, once
from tests.actors.house import ADMIN, a_house, order
from tests.actors.scripted import ScriptedServers


async def test_a_task_that_cannot_be_recorded_is_not_acknowledged_and_leaves_nothing() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        before = await house.actors.tasks.list(ADMIN)
        store.refuses = lambda _: True
        with pytest.raises(StoreUnavailableError):
            await house.actors.operations.reset_system(order(), system, ResetType.ON)
        store.refuses = lambda _: False
        assert await house.actors.tasks.list(ADMIN) == before
        assert house.servers.resets() == []


async def test_a_change_that_cannot_be_saved_waits_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.tasks.saving.RETRY_FIRST", 0.001)
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.refuses = is_end
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await store.refused.wait()
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        store.refuses = lambda _: False
        assert (await house.ended(task)).state is TaskState.COMPLETED


async def test_a_save_of_unknown_outcome_that_was_stored_is_taken_as_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.tasks.saving.RETRY_FIRST", 0.001)
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.stores_and_refuses = once(is_end)
        task = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        ended = await house.ended(task)
        assert ended.state is TaskState.COMPLETED
        assert await store.task(task.id) == ended


@pytest.mark.parametrize("who", ["reset", "reset_server"])
async def test_when_an_actor_dies_another_ends_the_record_as_failed(
    who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        from actors.tasks.task_actor import TaskActor

        plain = TaskActor._report
        victims: list[str] = []

        async def dies(self: TaskActor, report: object) -> Task:
            if self._task.operation == who and not victims and self._task.state is TaskState.STARTING:
                victims.append(self._task.id)
                self.actor_ref.tell("nobody knows this message")  # an actor dies of what it cannot handle
            return await plain(self, report)  # type: ignore[arg-type]

        monkeypatch.setattr(TaskActor, "_report", dies)
        task = await house.actors.operations.reset(order(), systems, ResetType.ON)
        ended = await house.ended(task)
        assert (ended.state, ended.status) == (TaskState.EXCEPTION, Health.CRITICAL)
        subtasks = await house.subtasks(task)
        assert not any(subtask.is_live for subtask in subtasks)
        victim = await house.actors.tasks.find(victims[0], ADMIN)
        assert victim.state is TaskState.EXCEPTION
        assert "InternalError" in [message.key for message in victim.messages]


async def test_an_operation_that_lets_an_exception_out_ends_as_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: object, context: Context) -> Outcome:
        raise ZeroDivisionError("by a fault of ours")

    async with a_house() as house:
        (system,) = await house.add("a:443")
        monkeypatch.setattr("actors.operations.reset_server.ResetServer.run", broken)
        ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        assert ended.state is TaskState.EXCEPTION
        assert "by a fault of ours" in caplog.text
        assert "by a fault of ours" not in str(ended.messages)


async def test_what_had_ended_stays_as_it_was_over_a_restart() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        systems = await house.add("a:443")
        task = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF))
    async with a_house(store, servers) as house:
        assert await house.actors.tasks.find(task.id, ADMIN) == task
        assert house.actors.fleet.systems() == systems
