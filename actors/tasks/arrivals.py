"""Tasks that are not live yet: what is being recorded, and the aborts that are asked for meanwhile."""

from collections.abc import Sequence

from actors.tasks.mail import AbortWork, Promise
from actors.tasks.task import Task, TaskId

Asked = tuple[TaskId, AbortWork, Promise]
"""Whose abort, and the promise of its end."""


class Arrivals:
    """Parents with their subtasks, from their Submit until all are entered. For TaskRegistry alone.

    Somebody may have seen such a task in the store already, and want it to end.
    """

    def __init__(self) -> None:
        self._arriving: dict[TaskId, _Arrival] = {}  # by the first of its tasks

    def begin(self, tasks: Sequence[Task]) -> None:
        """These are being recorded."""
        self._arriving[tasks[0].id] = _Arrival(tasks)

    def abort(self, task_id: TaskId, abort: AbortWork, ended: Promise) -> bool:
        """Whether this task is on its way; then the abort is kept for when it is there."""
        for arrival in self._arriving.values():
            if task_id in arrival:
                arrival.asked.append((task_id, abort, ended))
                return True
        return False

    def end(self, first: TaskId) -> list[Asked]:
        """Those that came with this one are there, or never will be; what was asked for, in that order."""
        return self._arriving.pop(first).asked


class _Arrival:
    """A parent and its subtasks."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.asked: list[Asked] = []
        self._tasks = tasks
        self._ids: frozenset[TaskId] | None = None  # seldom wanted: not made before

    def __contains__(self, task_id: TaskId) -> bool:
        if self._ids is None:
            self._ids = frozenset([task.id for task in self._tasks])
        return task_id in self._ids
