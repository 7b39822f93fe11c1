"""What subscribers must be told of tasks, said once more in other words than the service's own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from actors import Health, Task, TaskId, TaskState
from actors.events.records import Event
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Emit, Remove, Save

BEFORE_WORK = (TaskState.NEW, TaskState.PENDING)


def key_of(old: TaskState, new: Task) -> str | None:
    """The message for this change of state; None where nobody is told of it."""
    words = {
        (TaskState.STARTING, old in BEFORE_WORK): "TaskStarted" if old in BEFORE_WORK else "TaskResumed",
        (TaskState.INTERRUPTED, old in BEFORE_WORK): "TaskPaused",
        (TaskState.COMPLETED, old in BEFORE_WORK): (
            "TaskCompletedOK" if new.status is Health.OK else "TaskCompletedWarning"
        ),
        (TaskState.EXCEPTION, old in BEFORE_WORK): "TaskAborted",
        (TaskState.CANCELLED, old in BEFORE_WORK): "TaskCancelled",
    }
    return None if new.state is old else words.get((new.state, old in BEFORE_WORK))


def told_in(changes: Sequence[Change]) -> Iterator[Event]:
    """The events of tasks that these changes emit."""
    for change in changes:
        if isinstance(change, Emit):
            yield from (event for event in change.events if event.resource_type == "Task")


class Told:
    """Complains of every commit that does not tell what it changes, all of it and nothing else."""

    def __init__(self) -> None:
        self.percent: dict[str, int] = {}
        """The percentage of each task that was told last."""

    def complaints(self, changes: Sequence[Change], stored: Mapping[TaskId, Task]) -> Iterator[str]:
        """What is wrong with these changes of what is stored."""
        latest = dict(stored)
        due: Counter[tuple[str, str]] = Counter()
        ends: list[Task] = []
        for change in changes:
            if isinstance(change, Save) and isinstance(change.record, Task):
                new = change.record
                old = latest.get(new.id)
                if old is not None and (key := key_of(old.state, new)):
                    due[_uri(new), key] += 1
                    ends += [] if new.is_live else [new]
                latest[new.id] = new
            if isinstance(change, Remove) and change.kind is Task:
                gone = stored.get(TaskId(change.id))
                if change.farewell is None:
                    yield f"{change.id} is removed, and nobody is told"
                elif gone is not None and (event := change.farewell(gone.id)).owner != gone.owner:
                    yield f"that {change.id} is removed is told to others than its owner: {event}"
        seen: Counter[tuple[str, str]] = Counter()
        for event in told_in(changes):
            assert isinstance(event.message, Message)
            if event.message.key == "TaskProgressChanged":
                task_id, percent = event.message.args
                self.percent[task_id] = int(percent)
            else:
                seen[event.origin, event.message.key] += 1
            if (about := latest.get(TaskId(event.message.args[0]))) and about.owner != event.owner:
                yield f"{event} is told to others than the owner {about.owner}"
        if seen != due:
            yield f"to be told was {dict(due)}, and told is {dict(seen)}"
        for task in ends:
            if task.percent != self.percent.get(task.id, 0):
                yield f"{task.id} ended at {task.percent} %, and {self.percent.get(task.id)} was told last"


def _uri(task: Task) -> str:
    tasks = "/redfish/v1/TaskService/Tasks"
    return f"{tasks}/{task.id}" if task.parent is None else f"{tasks}/{task.parent}/SubTasks/{task.id}"
