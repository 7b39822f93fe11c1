"""Tasks as the web layer asks for them, each question with who is asking."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pykka

from actors.access.records import Viewer
from actors.access.roles import Privilege
from actors.access.rules import may_see
from actors.asking import ask
from actors.tasks.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StoreUnavailableError,
)
from actors.tasks.last_saved import LastSaved
from actors.tasks.mail import AbortTask, Find, Promise
from actors.tasks.memory_of_ended import MemoryOfEnded
from actors.tasks.messages import Message
from actors.tasks.monitor_expiry import MonitorExpiry
from actors.tasks.ports import Clock, Store
from actors.tasks.retention import Retention, RetentionRules
from actors.tasks.states import TaskState
from actors.tasks.task import Abort, Task, TaskId
from actors.tasks.task_query import TaskPage, TaskQuery
from actors.tasks.waiting import Wait, Waiting
from actors.uris import monitor_uri, task_uri

log = logging.getLogger("taskmon.tasks")

LONGEST_REASON = 200
"""Characters of the reason for an abort that are kept."""
SAVED_WITHIN = 5.0
EACH_SAVED_WITHIN = 0.01
"""Seconds after the deadline of an abort by which its end is saved, unless the store is unavailable; and for
each subtask, which saves that it is being stopped and its end. A DELETE waits no longer."""

TaskIds = list[TaskId]  # inside the class, `list` is a method


class Tasks:
    """Every method shows and touches only what the viewer may see (`access.rules`)."""

    def __init__(
        self,
        registry: pykka.ActorRef[Any],
        last_saved: LastSaved,
        store: Store,
        ended: MemoryOfEnded,
        clock: Clock,
        abort_deadline: float,
        retention: Retention,
        monitors: MonitorExpiry,
        waiting: Waiting,
    ) -> None:
        self._waiting = waiting
        self._retention = retention
        self._monitors = monitors
        self._registry = registry
        self._last_saved = last_saved
        self._longest_abort = abort_deadline + SAVED_WITHIN
        self._store = store
        self._ended = ended
        self._clock = clock

    @property
    def rules(self) -> RetentionRules:
        """How many tasks are kept, and how long, as it is now."""
        return self._retention.rules

    async def list(self, viewer: Viewer) -> TaskIds:
        """The ids of the top-level tasks that the viewer may see, newest first."""
        everyones = Privilege.CONFIGURE_USERS in viewer.privileges
        return await self._store.tasks(None if everyones else viewer.account)

    async def page(self, viewer: Viewer, query: TaskQuery, patience: float) -> TaskPage:
        """One page of the top-level tasks that the viewer may see, as last saved.

        An owner in the query is put aside: whose tasks are seen is decided here.

        Raises:
            QueryTooSlowError: it was not found within `patience` seconds.
        """
        everyones = Privilege.CONFIGURE_USERS in viewer.privileges
        mine = replace(query, parent=None, owner=None if everyones else viewer.account)
        return _seen_by(viewer, await self._store.task_page(mine, patience))

    async def subtask_page(
        self, parent_id: str, viewer: Viewer, query: TaskQuery, patience: float
    ) -> TaskPage:
        """One page of a task's subtasks, in the order in which their servers were named.

        Raises:
            NotFoundError: there is no such task, or it has no subtasks.
            NotAllowedError: it is another's.
            QueryTooSlowError: it was not found within `patience` seconds.
        """
        parent = await self._with_subtasks(parent_id, viewer)
        theirs = replace(query, parent=parent.id, owner=None)
        return _seen_by(viewer, await self._store.task_page(theirs, patience))

    async def find(self, task_id: str, viewer: Viewer) -> Task:
        """The task or subtask with this id, as last saved; it names to the viewer only tasks that he may see.

        Raises:
            NotFoundError: there is none, any more or ever.
            NotAllowedError: it is another's.
        """
        known = TaskId(task_id)
        task: Task | None = self._at_hand(known)
        if task is None and not self._last_saved.is_current:
            task = await ask(self._registry, Find(known))
        if task is None:
            task = await self._ended.read(known)
        if task is None:
            raise NotFoundError(Message("ResourceNotFound", ("Task", task_id[:100])))
        if not may_see(viewer, task.owner):
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The task belongs to another account.")
            )
        return task.seen_by(viewer)

    def _at_hand(self, task_id: TaskId) -> Task | None:
        ended = self._ended.remembered(task_id)
        return ended or (self._last_saved.get(task_id) if self._last_saved.is_current else None)

    def at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        """The record that `find` would begin with now, if it need not wait for it and the viewer may see it.

        As it is kept, whoever asks: it is the same object until something of the task changes. None says
        nothing: `find` says what is so.
        """
        task = self._at_hand(TaskId(task_id))
        return task if task is not None and may_see(viewer, task.owner) else None

    def monitor_at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        """The same of `monitored`, unless it matters when a monitor was read."""
        return self.at_hand(task_id, viewer) if self.rules.monitor_expiry is None else None

    async def awaited(self, task_id: str, viewer: Viewer, wait: Wait) -> Task:
        """The same, as soon as it is enough for the wait; or as it then is, when the wait ends without that.

        It ends when the task has ended, when its seconds have gone, when the service stops, or when `wait` is
        ended, and nothing of it is left.

        Raises:
            NotFoundError, NotAllowedError: as `find`, at once; NotFoundError also where it goes meanwhile.
        """
        # First on the list, then read: no change can slip in between.
        with self._waiting.entered(TaskId(task_id), wait):
            told = await wait.after(await self.find(task_id, viewer))
        return await self.find(task_id, viewer) if told is None else told.seen_by(viewer)

    async def monitored(self, task_id: str, viewer: Viewer, *, reads: bool, wait: Wait | None = None) -> Task:
        """The same, as its monitor shows it; `reads`: the final answer, if this is it, counts as read.

        With a `wait`, as `awaited`.

        Raises:
            NotFoundError, NotAllowedError: as `find`; also when the monitor's time is over.
        """
        task = await (self.find(task_id, viewer) if wait is None else self.awaited(task_id, viewer, wait))
        if self._monitors.is_over(task):
            raise NotFoundError(
                Message(
                    "ResourceNotFound",
                    ("task monitor", task_id[:100]),
                    detail="Its final answer was read, and its time is over.",
                    resolution_here=f"Read the task itself at {task_uri(task.id, task.parent)}.",
                )
            )
        if reads:
            self._monitors.answered(task)
        return task

    async def subtasks(self, parent_id: str, viewer: Viewer) -> TaskIds:
        """The ids of a task's subtasks, in the order in which their servers were named.

        Raises:
            NotFoundError: there is no such task, or it has no subtasks.
            NotAllowedError: it is another's.
        """
        return await self._store.subtasks((await self._with_subtasks(parent_id, viewer)).id)

    async def _with_subtasks(self, parent_id: str, viewer: Viewer) -> Task:
        parent = await self.find(parent_id, viewer)
        if not parent.subtasks:
            raise NotFoundError(Message("ResourceNotFound", ("SubTasks", parent_id[:100])))
        return parent

    async def _abort(self, task: Task, viewer: Viewer, reason: str) -> None:
        """Returns once the task has ended, by this abort or in another way, and nothing more goes out for it.

        Raises:
            StoreUnavailableError: the work has been stopped, but its end could not be saved.
            NotFoundError: it has been removed in between.
        """
        abort = Abort(by=viewer.name, at=self._clock.now(), reason=reason.strip()[:LONGEST_REASON])
        promise: Promise | None = await ask(self._registry, AbortTask(task.id, abort))
        if promise is not None:
            await self._until_ended(promise, task.subtasks)
        elif (await self.find(task.id, viewer)).is_live:
            raise StoreUnavailableError(f"Task {task.id} is live, and nobody is there to stop it.")

    async def _until_ended(self, promise: Promise, subtasks: int) -> None:
        try:
            async with asyncio.timeout(self._longest_abort + subtasks * EACH_SAVED_WITHIN):
                await promise.kept()
        except TimeoutError:
            raise StoreUnavailableError(
                "The task has been stopped, and its end could not be saved yet: ask again later."
            ) from None

    async def cancel(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        """Abort a live task or subtask, whose records stay.

        Returns once nothing more goes to any server for it, and it and its subtasks have ended: it as
        cancelled, with who asked for it and why. Of two callers at once both succeed, and the first one's
        reason is kept.

        Raises:
            NotFoundError, NotAllowedError: as `find`.
            ConflictError: it has ended; also when it came to an end of its own while it was being aborted.
            StoreUnavailableError: the work has been stopped, but its end could not be saved.
        """
        task = await self.find(task_id, viewer)
        if task.is_live:
            await self._abort(task, viewer, reason)
            task = await self.find(task_id, viewer)
            if task.state is TaskState.CANCELLED:
                return
        raise ConflictError(
            Message(
                "ActionNotSupported",
                ("Taskmon.Cancel",),
                detail=f"The task has ended already: it is {task.state}.",
                resolution_here=f"Read its result at {monitor_uri(task.id)}.",
            )
        )

    async def delete(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        """Abort a live task, or remove an ended one.

        Returns once nothing more goes to any server for it. A top-level task is then removed with its
        subtasks; an aborted subtask stays with its parent. Two callers at once both succeed, or the
        second finds nothing.

        Raises:
            NotFoundError, NotAllowedError: as `find`.
            ConflictError: a subtask that has ended: it goes with its parent.
            StoreUnavailableError: the work has been stopped, but its end could not be saved.
        """
        task = await self.find(task_id, viewer)
        if task.is_live:
            await self._abort(task, viewer, reason)
        elif task.parent is not None:
            raise ConflictError(
                Message(
                    "ResourceCannotBeDeleted",
                    detail="A subtask that has ended is removed with its parent.",
                    resolution_here=f"Delete the parent: {task_uri(task.parent)}.",
                )
            )
        if task.parent is None:
            await self._ended.remove(task, at=self._clock.now())
            log.info("task %s: removed, deleted by %s", task.id, viewer.name)

    async def delete_ended(self, viewer: Viewer) -> None:
        """Remove every ended top-level task that the viewer may see, each together with its subtasks.

        Live tasks stay; one that ends meanwhile may go or stay. Many go in several steps.

        Raises:
            StoreUnavailableError: some may be gone; the rest is there.
        """
        await self._retention.remove_ended(await self.list(viewer))


def _seen_by(viewer: Viewer, page: TaskPage) -> TaskPage:
    return replace(page, tasks=tuple([task.seen_by(viewer) for task in page.tasks]))
