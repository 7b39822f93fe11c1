"""Doing again what failed: a new task over the failed subtasks of one that has ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from actors.access.records import BY_THE_SERVICE, Viewer
from actors.access.rules import may
from actors.operations.order import Order
from actors.operations.submission import MADE_IN_A_TURN, Submission
from actors.tasks.errors import ConflictError, NotAllowedError, NotFoundError, RevisionConflictError
from actors.tasks.memory_of_ended import MemoryOfEnded
from actors.tasks.messages import Message
from actors.tasks.ports import Save
from actors.tasks.service import Tasks
from actors.tasks.services import TaskServices
from actors.tasks.states import TaskState
from actors.tasks.task import Task, new_task_id
from actors.uris import task_uri

RETRY = "Taskmon.Retry"


class Again(StrEnum):
    """Which subtasks are done again."""

    FAILED = "Failed"
    """Those that failed, and those that were aborted by themselves, which counts as failed."""
    FAILED_AND_CANCELLED = "FailedAndCancelled"
    """Also those that were cancelled with their parent, or by the stop rule."""


NONE_OF = {Again.FAILED: "failed", Again.FAILED_AND_CANCELLED: "failed or cancelled"}
READ_TOGETHER = 64


class Retries:
    """A task is done again from its record: the same operation on the same input, as its own new task."""

    def __init__(
        self, tasks: Tasks, submission: Submission, services: TaskServices, ended: MemoryOfEnded
    ) -> None:
        self._tasks = tasks
        self._submission = submission
        self._operations = services.operations
        self._inventory = services.inventory
        self._store = services.store
        self._clock = services.clock
        self._ended = ended

    async def retry(self, order: Order, task_id: str, *, which: Again = Again.FAILED) -> Task:
        """The new task, recorded; it belongs to the viewer, and from the same commit on both name each other.

        It goes over the subtasks that `which` names, in their order. A task without subtasks is done again
        itself. All its other input is the first one's.

        Raises:
            NotFoundError, NotAllowedError: as `Tasks.find`; also where the viewer may not do the operation.
            ConflictError: the task goes on, or nothing of it failed, or another task has done it again and
                is still there, or it cannot be done from its record.
            NoRoomError: there are as many tasks as there may be.
        """
        original = await self._tasks.find(task_id, order.viewer)
        await self._check(original, order.viewer)
        subtasks = await self._failed_subtasks(original, which)
        if original.subtasks and not subtasks:
            raise _refused(f"None of its subtasks is {NONE_OF[which]}, so there is nothing to do again.")
        again = await self._again(order, original, subtasks)
        wanted = {
            key: task.id
            for task in again
            for key in self._operations[task.operation].holds(task, self._inventory)
        }
        stored = await self._ended.read(original.id)
        if stored is None:
            raise _gone()
        # The messages as they are stored: those that were found name tasks that only this viewer may see.
        linked = replace(
            original,
            revision=original.revision + 1,
            retried_by=again[0].id,
            messages=stored.messages,
        )
        try:
            with self._ended.changing():
                return await self._submission.submit(order, again, wanted=wanted, along=(Save(linked),))
        except RevisionConflictError:  # deleted, or done again, at the same moment
            raise _gone() from None

    async def _check(self, original: Task, viewer: Viewer) -> None:
        operation = self._operations.get(original.operation)
        if original.is_live:
            raise _refused(f"The task goes on: it is {original.state}.", "Wait for its end, or cancel it.")
        if original.parent is not None:
            raise _refused("It is a subtask.", f"Do what failed again at {task_uri(original.parent)}.")
        if operation is None:
            raise _refused(f"This version of the service has no operation {original.operation}.")
        if not may(viewer, operation.needs):
            detail = f"The operation {operation.name} needs {' or '.join(operation.needs)}."
            raise NotAllowedError(Message("InsufficientPrivilege", detail=detail))
        if original.state is TaskState.COMPLETED:
            raise _refused("The task has completed, so there is nothing to do again.")
        if why_not := operation.not_again:
            raise _refused(why_not)
        if original.retried_by is not None and await self._is_there(original, viewer):
            raise _refused(
                f"The task {original.retried_by} has done it again.",
                f"Look at {task_uri(original.retried_by)}, and if that failed as well, retry that one.",
            )

    async def _is_there(self, original: Task, viewer: Viewer) -> bool:
        try:
            await self._tasks.find(original.retried_by or "", viewer)
        except NotFoundError:
            return False
        except NotAllowedError:
            pass
        return True

    async def _failed_subtasks(self, original: Task, which: Again) -> list[Task]:
        if not original.subtasks:
            return []
        task_ids = await self._store.subtasks(original.id)
        failed = []
        for start in range(0, len(task_ids), READ_TOGETHER):
            read = await asyncio.gather(*map(self._store.task, task_ids[start : start + READ_TOGETHER]))
            failed += [
                task
                for task in read
                if task is not None
                and (
                    task.state is TaskState.EXCEPTION
                    or (
                        task.state is TaskState.CANCELLED
                        and (which is Again.FAILED_AND_CANCELLED or _by_itself(task, original))
                    )
                )
            ]
        return failed

    async def _again(self, order: Order, original: Task, subtasks: Sequence[Task]) -> list[Task]:
        now = self._clock.now()
        parent = Task(
            id=new_task_id(),
            owner=order.viewer.account,
            operation=original.operation,
            target=original.target,
            input=original.input,
            payload=order.payload,
            subtasks=len(subtasks),
            started=now,
            retry_of=original.id,
        )
        size = original.input.get("batch_size") or len(subtasks)
        again = [parent]
        for index, task in enumerate(subtasks):
            if index % MADE_IN_A_TURN == MADE_IN_A_TURN - 1:
                await asyncio.sleep(0)
            again.append(
                Task(
                    id=new_task_id(),
                    parent=parent.id,
                    owner=parent.owner,
                    operation=task.operation,
                    target=task.target,
                    input=task.input,
                    payload=task.payload,
                    started=now,
                    state=TaskState.NEW if index < size else TaskState.PENDING,
                )
            )
        return again


def _by_itself(task: Task, parent: Task) -> bool:
    """Whether it was aborted alone: neither with its parent nor by the stop rule."""
    return parent.abort is None and task.abort is not None and task.abort.by != BY_THE_SERVICE


def _refused(detail: str, resolution: str = "") -> ConflictError:
    return ConflictError(Message("ActionNotSupported", (RETRY,), detail=detail, resolution_here=resolution))


def _gone() -> ConflictError:
    return _refused("It was deleted, or done again by another request, at this moment.")
