"""How long a task monitor answers after its final answer was first read, where that is limited at all."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from actors.tasks.errors import RevisionConflictError, StoreUnavailableError
from actors.tasks.memory_of_ended import MemoryOfEnded
from actors.tasks.ports import Clock, Save, Store
from actors.tasks.retention import Retention
from actors.tasks.task import Task, TaskId

log = logging.getLogger("taskmon.tasks")


class MonitorExpiry:
    """TaskMonitorAutoExpirySeconds: the monitor alone goes; the task stays until its own time is over."""

    def __init__(self, store: Store, ended: MemoryOfEnded, clock: Clock, retention: Retention) -> None:
        self._store = store
        self._ended = ended
        self._clock = clock
        self._retention = retention
        self._noting: dict[TaskId, asyncio.Task[None]] = {}

    def is_over(self, task: Task) -> bool:
        """Whether the monitor of this task has gone."""
        limit = self._retention.rules.monitor_expiry
        if limit is None or task.answered is None:
            return False
        return self._clock.now() >= task.answered + timedelta(seconds=limit)

    def answered(self, task: Task) -> None:
        """The monitor of this ended task gives its final answer: if it is the first time, that is stored.

        Beside the answer, which waits for no disk: where it cannot be stored, the next read is the first.
        """
        known = self._retention.rules.monitor_expiry is None or task.answered is not None
        if known or task.is_live or task.id in self._noting:
            return
        noting = asyncio.create_task(self._note(task.id), name=f"first answer of {task.id}")
        self._noting[task.id] = noting
        noting.add_done_callback(lambda _: self._noting.pop(task.id, None))

    async def settled(self) -> None:
        """Return when what is being stored has been, or could not be."""
        await asyncio.gather(*self._noting.values())

    async def _note(self, task_id: TaskId) -> None:
        now = self._clock.now()
        try:
            task = await self._ended.read(task_id)  # not what a reader was shown of it
            if task is None or task.answered is not None:
                return
            with self._ended.changing():
                await self._store.commit(Save(replace(task, revision=task.revision + 1, answered=now)))
        except (RevisionConflictError, StoreUnavailableError) as error:
            log.warning("task %s: that its monitor was read could not be stored: %s", task_id, error)
