"""Which task holds which server: one at a time, the others in the order in which they asked."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from actors.tasks.errors import TaskmonError
from actors.tasks.task import TaskId


class HeldError(TaskmonError):
    """Of the keys that were to be free `count` are not: of `key`, the first, the task comes first."""

    def __init__(self, key: str, task_id: TaskId, count: int) -> None:
        super().__init__(f"{key} is held or waited for by another task.")
        self.key = key
        self.task_id = task_id
        self.count = count


class Holds:
    """All holds of this process. Keys are the ids of systems."""

    def __init__(self) -> None:
        self._holders: dict[str, TaskId] = {}
        self._queues: dict[str, dict[TaskId, asyncio.Future[None]]] = {}
        self._held_by: dict[
            TaskId, tuple[str, ...]
        ] = {}  # nearly always of one, which a set takes 0.2 kB for
        # Who has yet to ask, such as a subtask of a later batch; of no concern to those who wait their turn.
        self._expected: dict[str, dict[TaskId, None]] = {}
        self._expected_by: defaultdict[TaskId, set[str]] = defaultdict(set)

    def reserve(self, wanted: Mapping[str, TaskId]) -> HeldError | None:
        """Expect each task to ask for its key, if nobody holds, waits for or is expected at any of them.

        Else nothing is changed, and the answer says what is in the way.
        """
        taken = [key for key in wanted if key in self._holders or key in self._expected]
        if taken:
            key = taken[0]
            first = self._holders[key] if key in self._holders else next(iter(self._expected[key]))
            return HeldError(key, first, len(taken))
        for key, task_id in wanted.items():
            self.expect(key, task_id)
        return None

    def expect(self, key: str, task_id: TaskId) -> None:
        """This task will ask for the key in its own time, and is in the way of a `reserve` until it ends."""
        self._expected.setdefault(key, {})[task_id] = None
        self._expected_by[task_id].add(key)

    def in_the_way(self, key: str, task_id: TaskId) -> TaskId | None:
        """The task that would have to let go first if this one asked now, or None."""
        holder = self._holders.get(key)
        return None if holder == task_id else holder

    async def acquire(self, key: str, task_id: TaskId) -> None:
        """Return once this task holds the key, first come, first served; at once if it holds it already.

        A caller that is cancelled leaves the queue and holds nothing by this call.
        """
        if self.take(key, task_id):
            return
        turn = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(key, {})
        queue[task_id] = turn
        try:
            await turn
        except asyncio.CancelledError:
            queue.pop(task_id, None)
            if self._holders.get(key) == task_id:  # the turn came together with the cancellation
                self._pass_on(key)
                self._held_by[task_id] = tuple([held for held in self._held_by[task_id] if held != key])
            raise

    def take(self, key: str, task_id: TaskId) -> bool:
        """Hold a key, if nobody else holds it; whether this task holds it now."""
        if key not in self._holders:
            self._give(key, task_id)
        return self._holders[key] == task_id

    def release(self, task_id: TaskId) -> None:
        """Let go of everything that this task holds; the next in each queue has its turn.

        It is expected nowhere any more.
        """
        for key in self._expected_by.pop(task_id, ()):
            expected = self._expected[key]
            expected.pop(task_id, None)
            if not expected:
                del self._expected[key]
        for key in self._held_by.pop(task_id, ()):
            self._pass_on(key)

    def _give(self, key: str, task_id: TaskId) -> None:
        self._holders[key] = task_id
        self._held_by[task_id] = (*self._held_by.get(task_id, ()), key)

    def _pass_on(self, key: str) -> None:
        del self._holders[key]
        queue = self._queues.get(key, {})
        while queue:
            next_id = next(iter(queue))
            turn = queue.pop(next_id)
            if not turn.done():
                self._give(key, next_id)
                turn.set_result(None)
                break
        if not queue:
            self._queues.pop(key, None)
