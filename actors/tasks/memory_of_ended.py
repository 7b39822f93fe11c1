"""Ended tasks as they are read and removed: the last that were asked for are remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from actors.tasks.lifecycle import removal_of
from actors.tasks.ports import Remove, Store
from actors.tasks.task import Task, TaskId

REMEMBERED = 256
"""How many ended records are kept in memory for clients that poll."""


class MemoryOfEnded:
    """What has ended changes no more, so it is read once. All removals of tasks go through here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: dict[TaskId, Task] = {}
        self.removals = 0
        """Raised by one when a removal, or another change, begins, and by one when it is over."""

    def remembered(self, task_id: TaskId) -> Task | None:
        """The ended record with this id, if it is in memory."""
        return self._remembered.get(task_id)

    async def read(self, task_id: TaskId) -> Task | None:
        """The record as it is in the store, or None; remembered if it has ended."""
        removals = self.removals
        task = await self._store.task(task_id)
        if task is not None and not task.is_live and removals == self.removals:
            if len(self._remembered) >= REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[task_id] = task
        return task

    async def remove(self, *tasks: Task, at: datetime) -> None:
        """Remove these tasks with their subtasks, and emit that they are gone, all or none.

        That one is not there is no error. `at` is the present time.

        Raises:
            StoreUnavailableError: nothing was removed, or it cannot be known.
        """
        with self.changing():
            await self._store.commit(*(Remove(Task, task.id, removal_of(task, at)) for task in tasks))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While ended records are removed, or linked to another task, in the store."""
        # A read that began before it is over must not be remembered, not even where nobody knows its outcome.
        self._forget()
        try:
            yield
        finally:
            self._forget()

    def _forget(self) -> None:
        self.removals += 1
        self._remembered.clear()
