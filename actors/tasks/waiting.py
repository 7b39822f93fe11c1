"""Waiting for a change of a task: whoever asks for one is told by TaskRegistry, and nobody polls."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from actors.tasks.task import Task, TaskId

Enough = Callable[[Task, Task], bool]
"""Of the record as it was first found and as it is now: whether the wait is over. Asked in TaskRegistry's own
turn, so it is quick and never fails. The end of the task is enough for every wait."""


class Wait:
    """One client's wait for a change, for so many seconds. The loop's own thread may end it early."""

    def __init__(self, seconds: float, enough: Enough) -> None:
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._enough = enough
        self._first: Task | None = None
        self._before: Task | None = None  # told of while the first record was still being looked for
        self._told: asyncio.Future[Task | None] = asyncio.get_running_loop().create_future()

    def end(self) -> None:
        """Nobody waits any more, or there is nothing to wait for. Twice is no error."""
        if not self._told.done():
            self._told.set_result(None)

    def tell(self, task: Task) -> None:
        """The task was saved like this."""
        if self._first is None:
            self._before = task
        elif not self._told.done() and (not task.is_live or self._enough(self._first, task)):
            self._told.set_result(task)

    async def after(self, first: Task) -> Task | None:
        """The record that was enough, this first one included; None where the wait ended without one."""
        self._first = first
        self.tell(first)
        if self._before is not None and self._before.revision > first.revision:
            self.tell(self._before)
        if self._told.done():
            return self._told.result()
        timer = asyncio.get_running_loop().call_at(self._deadline, self.end)
        try:
            return await self._told
        finally:
            timer.cancel()


class Waiting:
    """All waits. TaskRegistry tells of what was saved; the services of the web layer wait."""

    def __init__(self) -> None:
        self._waits: dict[TaskId, dict[Wait, None]] = {}
        self._closed = False

    def __len__(self) -> int:
        return sum(len(waits) for waits in self._waits.values())

    @contextmanager
    def entered(self, task_id: TaskId, wait: Wait) -> Iterator[None]:
        """While this lasts the wait is told of every change of the task; afterwards nothing of it is left."""
        if self._closed:
            wait.end()
        waits = self._waits.setdefault(task_id, {})
        waits[wait] = None
        try:
            yield
        finally:
            del waits[wait]
            if not waits and self._waits.get(task_id) is waits:
                del self._waits[task_id]

    def changed(self, task: Task) -> None:
        """The task was saved like this."""
        for wait in self._waits.get(task.id, ()):
            wait.tell(task)

    def gone(self, task_id: TaskId) -> None:
        """There will be no more of this task."""
        for wait in self._waits.get(task_id, ()):
            wait.end()

    def close(self) -> None:
        """The service stops: all waits end, and those that come later end at once."""
        self._closed = True
        for task_id in self._waits:
            self.gone(task_id)
