"""The promises, watched where they could be broken: at every commit, and at every request to a server."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from actors import OverwritePolicy, Task, TaskId, TaskState
from actors.tasks.ports import Change, Remove, Save
from actors.tasks.states import TRANSITIONS
from tests.actors.failing_store import FailingStore
from tests.actors.house import HeldClock
from tests.actors.scripted import Heard, ScriptedServers
from tests.actors.told import Told

WORKED_THROUGH = frozenset({TaskState.COMPLETED, TaskState.EXCEPTION})


@dataclass
class Rules:
    """What may be removed by whom, as the test set it up. `asked` are tasks that a client wants gone."""

    max_retained: int
    kept: timedelta
    policy: OverwritePolicy
    asked: set[TaskId] = field(default_factory=set)


class WatchedStore(FailingStore):
    """Writes a complaint for each change that no promise allows; it makes the change all the same."""

    def __init__(self, rules: Rules, clock: HeldClock) -> None:
        super().__init__()
        self._rules = rules
        self._clock = clock
        self.complaints: list[str] = []
        self._told = Told()

    async def commit(self, *changes: Change) -> None:
        self.complaints += self._told.complaints(changes, self.tasks_now)
        await super().commit(*changes)

    @property
    def tasks_now(self) -> dict[TaskId, Task]:
        """All tasks and subtasks as they are stored, in the order in which they were recorded."""
        return {TaskId(task_id): kept.record for task_id, kept in self._tables[Task].items()}

    def _make(self, change: Change, undo: list[Callable[[], object]]) -> None:
        before = self.tasks_now
        super()._make(change, undo)
        match change:
            case Save(Task() as task):
                self._saved(before.get(task.id), task)
            case Remove(kind, task_id) if kind is Task and task_id in before:
                self._removed(before[TaskId(task_id)], before)

    def _saved(self, old: Task | None, new: Task) -> None:
        if old is not None:
            if not old.is_live:
                self.complain(new, "had ended, and was saved again", old)
            if new.state not in TRANSITIONS[old.state].values():
                self.complain(new, f"was {old.state}, from where no way leads there", old)
            if new.percent < old.percent:
                self.complain(new, f"was at {old.percent} %", old)
            if old.abort is not None and new.abort != old.abort:
                self.complain(new, "had been aborted by another, or for another reason", old)
        if (new.percent == 100) > (new.state in WORKED_THROUGH):
            self.complain(new, "has not worked through")
        if new.state is TaskState.COMPLETED and new.percent != 100:
            self.complain(new, "is done, and not at 100 %")
        if new.is_live == (new.ended is not None) or new.is_live == (new.result is not None):
            self.complain(new, "has an end or a result exactly when it has ended, or should have")
        if not new.is_live and any(task.is_live for task in self.below(new.id)):
            self.complain(new, "has subtasks that have not ended")

    def _removed(self, task: Task, before: dict[TaskId, Task]) -> None:
        rest = self.tasks_now
        if task.parent is not None or any(one.parent == task.id for one in rest.values()):
            self.complain(task, "was removed without what belongs to it")
        if any(one.is_live for one in before.values() if task.id in (one.id, one.parent)):
            self.complain(task, "was removed while it, or a subtask of it, was live")
        if task.ended is None or task.id in self._rules.asked or self._is_due(task.ended):
            return
        others = [one for one in rest.values() if one.parent is None]
        if self._rules.policy is OverwritePolicy.MANUAL or len(others) + 1 < self._rules.max_retained:
            self.complain(task, "was removed, and nobody wanted it gone")
        if any(one.ended is not None and one.ended < task.ended for one in others):
            self.complain(task, "was removed before another that had ended earlier")

    def _is_due(self, ended: datetime) -> bool:
        return ended <= self._clock.now() - self._rules.kept

    def below(self, parent: TaskId) -> list[Task]:
        """The subtasks of this one as they are stored."""
        return [task for task in self.tasks_now.values() if task.parent == parent]

    def complain(self, task: Task, what: str, old: Task | None = None) -> None:
        was = f"; before: {old}" if old is not None else ""
        self.complaints.append(f"{task.id}, {task.state} at {task.percent} %, {what}{was}")


class WatchedServers(ScriptedServers):
    """Writes a complaint for each request that no promise allows; it answers all the same."""

    def __init__(self, store: WatchedStore) -> None:
        super().__init__()
        self._store = store
        self._last_at: dict[str, TaskId] = {}
        self._sent: Counter[TaskId] = Counter()

    def note(self, heard: Heard) -> None:
        super().note(heard)
        tasks = self._store.tasks_now
        task = tasks.get(TaskId(heard.task or ""))
        if task is None or not task.is_live:
            self._store.complaints.append(f"{heard}: its task has ended, or never was")
            return
        parent = tasks[task.parent] if task.parent is not None else task
        stopped = TaskState.CANCELLING in (task.state, parent.state)
        if stopped and heard.what != "cancel_task":
            self._store.complain(task, f"was aborted, and sent {heard}")
        if not stopped and heard.what == "cancel_task":
            self._store.complain(task, f"was not aborted, and sent {heard}")
        before = tasks.get(self._last_at.get(heard.address, task.id))
        if before is not None and before.is_live and before.id != task.id:
            self._store.complain(task, f"sent {heard} while {before.id} had the server, {before.state}")
        self._last_at[heard.address] = task.id
        if heard.what == "reset":
            self._sent[task.id] += 1
            if self._sent[task.id] > 1:
                self._store.complain(task, "sent its action twice")
