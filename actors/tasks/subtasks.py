"""The subtasks of one task: which of them are live, how far they have come, and how the others ended."""

import asyncio
from collections.abc import Iterable, Sequence

from actors.access.records import BY_THE_SERVICE
from actors.tasks.catalogue import Health
from actors.tasks.states import TaskState
from actors.tasks.task import Task, TaskId


class Subtasks:
    """What the parent's TaskActor was told of them. It alone changes this; the work of the task reads it."""

    __slots__ = ("_all_ended", "_awaited", "_begun", "_percent_sum", "_percents", "_stopped", "failed",
                 "ids", "live", "warned")  # fmt: skip

    def __init__(self, ids: Sequence[TaskId] = (), begun: frozenset[TaskId] = frozenset()) -> None:
        self.ids = tuple(ids)
        """In the order in which they were recorded."""
        self.live = set(ids)
        self.failed: list[Task] = []
        """Those that ended otherwise than `Completed`, in the order of their ends; without the `stopped`."""
        self.warned = 0
        """How many completed with something to look at."""
        self._percent_sum = 0
        self._percents: dict[TaskId, int] = {}
        self._begun = begun
        self._stopped: set[TaskId] = set()
        self._awaited: set[TaskId] = set()
        self._all_ended: asyncio.Future[None] | None = None

    def changed(self, task: Task) -> None:
        """One of them was saved like this."""
        self._percent_sum += task.percent - self._percents.get(task.id, 0)
        self._percents[task.id] = task.percent
        if not task.is_live:
            self._ended(task)

    def _ended(self, task: Task) -> None:
        self.live.discard(task.id)
        if task.state is TaskState.CANCELLED and task.abort is not None and task.abort.by == BY_THE_SERVICE:
            self._stopped.add(task.id)
        elif task.state is not TaskState.COMPLETED:
            self.failed.append(task)
        elif task.status is Health.WARNING:
            self.warned += 1
        self._awaited.discard(task.id)
        if not self._awaited and self._all_ended is not None and not self._all_ended.done():
            self._all_ended.set_result(None)

    def percent_of(self, parent: Task) -> int:
        """What the percentages of all of them come to for their parent, as a whole number."""
        return self._percent_sum // max(1, parent.subtasks)

    @property
    def stopped(self) -> int:
        """How many the service itself stopped, before a stop of the service too."""
        return len(self._stopped)

    def live_of(self, task_ids: Iterable[TaskId]) -> tuple[TaskId, ...]:
        """Those of these that have not ended, in the order given."""
        return tuple([task_id for task_id in task_ids if task_id in self.live])

    def have_begun(self, task_ids: Iterable[TaskId]) -> bool:
        """Whether the work of any of these had begun before the service was started anew, or has ended."""
        return any(
            task_id in self._begun or not (task_id in self.live or task_id in self._stopped)
            for task_id in task_ids
        )

    async def ends_of(self, waiting: Iterable[TaskId]) -> None:
        """Return when these, of which none has ended yet, have."""
        awaited = set(waiting)
        self._awaited = self.live if awaited == self.live else awaited
        self._all_ended = asyncio.get_running_loop().create_future()
        await self._all_ended


NO_SUBTASKS = Subtasks()
"""Those of every task that has none: there are thousands of such tasks, and nothing ever changes in it."""
