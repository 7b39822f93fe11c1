"""LiveFigures: how many tasks are live, how the others ended, and since when the oldest waits.

Kept with each change of a task, so that whoever looks reads a few numbers, however many tasks there are.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from actors.durations import Durations
from actors.tasks.states import LIVE, TaskState
from actors.tasks.task import Task, TaskId


class LiveFigures:
    """TaskRegistry keeps them; others read them. Tasks and subtasks both count, each by its operation."""

    def __init__(self) -> None:
        self.live: Counter[tuple[str, TaskState]] = Counter()
        """How many are live, by operation and state."""
        self.ended: Counter[tuple[str, TaskState]] = Counter()
        """How many have ended since the start, by operation and the state in which they did."""
        self.aborts = Durations()
        """From when an abort was asked to the end of what was aborted."""
        self._since: dict[TaskState, dict[TaskId, datetime]] = {state: {} for state in LIVE}
        # In the order in which they came into the state: the first is the oldest.

    def entered(self, tasks: Iterable[Task]) -> None:
        """These are live from now on. They count as in their states since they were recorded."""
        for task in tasks:
            self.live[task.operation, task.state] += 1
            self._since[task.state][task.id] = task.started

    def changed(self, before: Task, task: Task, now: datetime) -> None:
        """A live task has been saved anew, and may have ended."""
        if before.state is task.state:
            return
        self.gone(before)
        if task.is_live:
            self.live[task.operation, task.state] += 1
            self._since[task.state][task.id] = now
            return
        self.ended[task.operation, task.state] += 1
        if task.abort is not None and task.ended is not None:
            self.aborts.note((task.ended - task.abort.at).total_seconds())

    def gone(self, task: Task) -> None:
        """A live task is not there any more."""
        self.live[task.operation, task.state] -= 1
        self._since[task.state].pop(task.id, None)

    @property
    def living(self) -> int:
        """How many tasks and subtasks are live."""
        return sum(self.live.values())

    def oldest(self, state: TaskState) -> datetime | None:
        """Since when the one that is in this state the longest is in it; None where none is."""
        return next(iter(self._since[state].values()), None)
