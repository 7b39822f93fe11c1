"""Cancelling: the abort of a task whose record is to stay."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors import ConflictError, Health, NotAllowedError, NotFoundError, ResetType, Task, TaskState
from tests.actors.house import ADMIN, a_house, order, viewer
from tests.actors.test_abort import a_reset_under_way


async def test_after_a_cancel_nothing_goes_out_and_all_records_stay() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(20)))
        task = await a_reset_under_way(house, systems, batch_size=5)
        await house.actors.tasks.cancel(task.id, ADMIN, reason=" it smokes ")
        heard = len(house.servers.heard)
        found = [await house.actors.tasks.find(task.id, ADMIN), *await house.subtasks(task)]
        assert len(found) == 21
        for record in found:
            assert (record.state, record.status) == (TaskState.CANCELLED, Health.WARNING)
            assert record.abort is not None
            assert (record.abort.by, record.abort.reason) == ("admin", "it smokes")
            assert "Aborted by admin. Reason: it smokes" in record.messages[-1].text
            assert record.result is not None
            assert record.result.http_status >= 400
        for server in house.servers.servers.values():
            server.gates["reset"].set()
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(house.servers.heard) == heard
        assert task.id in await house.actors.tasks.list(ADMIN)


async def test_a_cancelled_task_can_be_deleted_and_not_cancelled_again() -> None:
    async with a_house() as house:
        task = await a_reset_under_way(house, await house.add("a:443", "b:443"))
        await house.actors.tasks.cancel(task.id, ADMIN)
        before = await house.actors.tasks.find(task.id, ADMIN)
        with pytest.raises(ConflictError, match="Cancelled") as refusal:
            await house.actors.tasks.cancel(task.id, ADMIN, reason="once more")
        assert f"/taskmon/{task.id}" in refusal.value.messages[0].resolution
        assert await house.actors.tasks.find(task.id, ADMIN) == before
        await house.actors.tasks.delete(task.id, ADMIN)
        with pytest.raises(NotFoundError):
            await house.actors.tasks.find(task.id, ADMIN)


async def test_a_task_that_has_ended_is_a_conflict() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        task = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        with pytest.raises(ConflictError, match="Completed"):
            await house.actors.tasks.cancel(task.id, ADMIN)
        assert await house.actors.tasks.find(task.id, ADMIN) == task


async def test_a_task_that_ends_by_itself_as_the_abort_comes_is_a_conflict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        task = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        tasks = house.actors.tasks
        find = tasks.find
        lives = [replace(task, state=TaskState.RUNNING, ended=None)]

        async def seen_too_early(*args: Any) -> Task:
            return lives.pop() if lives else await find(*args)

        monkeypatch.setattr(tasks, "find", seen_too_early)
        with pytest.raises(ConflictError, match="Completed"):
            await tasks.cancel(task.id, ADMIN)


async def test_two_cancels_at_once_are_both_right_and_the_first_reason_is_kept() -> None:
    async with a_house() as house:
        task = await a_reset_under_way(house, await house.add("a:443", "b:443"))
        await asyncio.gather(
            *(house.actors.tasks.cancel(task.id, ADMIN, reason=why) for why in ("first", "second"))
        )
        found = await house.actors.tasks.find(task.id, ADMIN)
        assert found.abort is not None
        assert found.abort.reason == "first"


async def test_a_cancel_and_a_delete_at_once_leave_nothing() -> None:
    async with a_house() as house:
        task = await a_reset_under_way(house, await house.add("a:443", "b:443"))
        cancelled, deleted = await asyncio.gather(
            house.actors.tasks.cancel(task.id, ADMIN),
            house.actors.tasks.delete(task.id, ADMIN),
            return_exceptions=True,
        )
        assert deleted is None
        assert cancelled is None or isinstance(cancelled, NotFoundError)
        with pytest.raises(NotFoundError):
            await house.actors.tasks.find(task.id, ADMIN)


async def test_a_subtask_cancelled_alone_fails_its_parent() -> None:
    async with a_house() as house:
        task = await a_reset_under_way(house, await house.add("a:443", "b:443"))
        first, _ = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.cancel(first, ADMIN, reason="this one only")
        for server in house.servers.servers.values():
            server.gates["reset"].set()
        assert (await house.ended(task)).state is TaskState.EXCEPTION
        states = [subtask.state for subtask in await house.subtasks(task)]
        assert states == [TaskState.CANCELLED, TaskState.COMPLETED]


async def test_nobody_cancels_the_task_of_another() -> None:
    async with a_house() as house:
        task = await a_reset_under_way(house, await house.add("a:443"))
        with pytest.raises(NotAllowedError):
            await house.actors.tasks.cancel(task.id, viewer("olga", "Operator"))
        assert (await house.actors.tasks.find(task.id, ADMIN)).is_live
        with pytest.raises(NotFoundError):
            await house.actors.tasks.cancel("task-that-never-was", ADMIN)
