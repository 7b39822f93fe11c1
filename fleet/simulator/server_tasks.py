"""The tasks of a simulated server itself, with which it answers 202 when the faults say so.

Like its power, a task is not run: it is written down when it ends, and whoever asks says what time it is.
"""

import math
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from fleet.simulator.power import ResetType

KEPT = 100
"""How many tasks a server remembers; the oldest go first."""


class TaskFate(StrEnum):
    """How a task will end, in the words of the faults file."""

    OK = "ok"
    FAIL = "fail"
    NEVER = "never"
    GONE = "gone"


class TaskPhase(Enum):
    """How far a task is."""

    RUNNING = auto()
    DONE = auto()
    FAILED = auto()
    VANISHED = auto()


_ENDS = {
    TaskFate.OK: TaskPhase.DONE,
    TaskFate.FAIL: TaskPhase.FAILED,
    TaskFate.GONE: TaskPhase.VANISHED,
}


@dataclass(frozen=True, slots=True)
class ServerTask:
    """One task. Times are in seconds: `begun` and `seconds` of the caller's clock, `wall` since 1970."""

    id: str
    reset_type: ResetType
    fate: TaskFate
    begun: float
    seconds: float
    wall: float
    retry_after: int | None

    def phase(self, now: float) -> TaskPhase:
        """How far it is at this time."""
        if self.fate is TaskFate.NEVER or now < self.begun + self.seconds:
            return TaskPhase.RUNNING
        return _ENDS[self.fate]

    def percent(self, now: float) -> int:
        """How much of it is done at this time, 0 to 100; a task that never ends stays at 0."""
        if self.fate is TaskFate.NEVER:
            return 0
        if now >= self.begun + self.seconds:
            return 100
        return math.floor((now - self.begun) / self.seconds * 100)


class ServerTasks:
    """The tasks that one server remembers: the youngest KEPT. Ids are never used twice."""

    __slots__ = ("_by_id", "_made")

    def __init__(self) -> None:
        self._by_id: dict[str, ServerTask] = {}
        self._made = 0

    def start(
        self,
        reset_type: ResetType,
        fate: TaskFate,
        now: float,
        seconds: float,
        wall: float,
        retry_after: int | None,
    ) -> ServerTask:
        """Note down a new task that begins now."""
        self._made += 1
        task = ServerTask(str(self._made), reset_type, fate, now, seconds, wall, retry_after)
        self._by_id[task.id] = task
        if len(self._by_id) > KEPT:
            del self._by_id[next(iter(self._by_id))]
        return task

    def find(self, task_id: str, now: float) -> ServerTask | None:
        """The task with this id; None also once it has vanished."""
        task = self._by_id.get(task_id)
        if task is not None and task.phase(now) is TaskPhase.VANISHED:
            return None
        return task

    def remove(self, task_id: str) -> None:
        """Forget the task with this id."""
        self._by_id.pop(task_id, None)

    def ids(self, now: float) -> list[str]:
        """The ids of the tasks that show at this time, oldest first."""
        return [task.id for task in self._by_id.values() if task.phase(now) is not TaskPhase.VANISHED]
