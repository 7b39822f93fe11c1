"""The live tasks of this process: their actors, their last saved records, and who belongs to whom."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import pykka

from actors.tasks.fence import Fence
from actors.tasks.mail import AbortWork, Promise
from actors.tasks.task import Task, TaskId
from actors.tasks.task_actor import TaskActor


@dataclass(slots=True)
class Entry:
    """One live task: its actor (None until it is launched), and its record as last saved."""

    task: Task
    fence: Fence
    ref: pykka.ActorRef[TaskActor] | None = None
    waiting: tuple[Promise, ...] = ()
    claims: frozenset[str] = frozenset()
    abort: AbortWork | None = None  # asked for before the launch
    deaths: int = 0  # of its actors


class LiveTasks:
    """All of them, in the order in which they were entered. For TaskRegistry alone."""

    def __init__(self) -> None:
        self._entries: dict[TaskId, Entry] = {}
        self._subtasks: dict[TaskId, dict[TaskId, None]] = {}  # live ones of a live parent, in order
        self._launching: set[TaskId] = set()  # parents of which, or of whose subtasks, one has no actor yet
        self._claims: dict[str, TaskId] = {}

    def __getitem__(self, task_id: TaskId) -> Entry:
        return self._entries[task_id]

    def get(self, task_id: TaskId) -> Entry | None:
        """The entry of this task, or None where it is not live."""
        return self._entries.get(task_id)

    def all(self) -> list[Entry]:
        """Every entry."""
        return list(self._entries.values())

    def these(self, task_ids: Iterable[TaskId]) -> list[Entry]:
        """The entries of those among them that are live."""
        return [entry for task_id in task_ids if (entry := self._entries.get(task_id)) is not None]

    def subtasks(self, parent: TaskId) -> tuple[TaskId, ...]:
        """The live subtasks of this parent, in the order in which they were recorded."""
        return tuple(self._subtasks.get(parent, ()))

    def enter(self, task: Task, claims: frozenset[str]) -> None:
        """A task that has no parent, with what it claims."""
        self._entries[task.id] = Entry(task, Fence(), claims=claims)
        self._launching.add(task.id)

    def enter_subtasks(self, parent: TaskId, subtasks: Sequence[Task]) -> None:
        """Some more subtasks of this live parent, whose fence is also theirs."""
        fence = self._entries[parent].fence
        for task in subtasks:
            self._entries[task.id] = Entry(task, Fence(fence))
        if subtasks:
            self._subtasks.setdefault(parent, {}).update(dict.fromkeys(task.id for task in subtasks))

    def launched(self, parent: TaskId) -> None:
        """It and all of its subtasks have their actors."""
        self._launching.discard(parent)

    def leave(self, entry: Entry) -> None:
        """It has ended: it is live no more, and claims nothing."""
        task = entry.task
        del self._entries[task.id]
        self._launching.discard(task.id)
        self._subtasks.pop(task.id, None)
        if task.parent is not None and task.parent in self._subtasks:
            self._subtasks[task.parent].pop(task.id, None)
        self.release(entry.claims)

    def is_launching(self, parent: TaskId) -> bool:
        """Whether the task, or one of its subtasks, has no actor yet."""
        return parent in self._launching

    # --- claims: names that one live task has for itself, also while it is being recorded

    def claimed(self, names: Set[str]) -> str | None:
        """One of these names that a task has claimed, or None; in proportion to the fewer of both."""
        fewer, more = sorted((names, self._claims.keys()), key=len)
        return next((name for name in fewer if name in more), None)

    def claim(self, names: Iterable[str], task_id: TaskId) -> None:
        """These names are this task's until they are released."""
        self._claims.update(dict.fromkeys(names, task_id))

    def release(self, names: Iterable[str]) -> None:
        """Nobody has claimed these any more."""
        for name in names:
            self._claims.pop(name, None)
