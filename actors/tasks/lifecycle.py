"""What subscribers are told of a task's life: the events of each change, in the registries' own messages."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from actors.events.records import Event, ResourceType
from actors.tasks.catalogue import Health
from actors.tasks.messages import Message
from actors.tasks.states import BEFORE_WORK, TaskState
from actors.tasks.task import Task, TaskId
from actors.uris import task_uri

PROGRESS_EVERY: Final = 1.0
"""Seconds between two events of one task's progress at the least."""


def told_of(before: Task, after: Task, at: datetime) -> tuple[Event, ...]:
    """The event of this change of state, if subscribers are told of it: none or one.

    `Exception` is told as TaskAborted and `Cancelled` as TaskCancelled (DMTF's registry TaskEvent 1.0.3).
    """
    message = _of_state(before.state, after)
    return () if message is None else (_event(after, message, at),)


def progress_of(task: Task, at: datetime) -> Event:
    """That the task has come to its percentage."""
    return _event(task, Message("TaskProgressChanged", (task.id, str(task.percent))), at)


def removal_of(task: Task, at: datetime) -> Callable[[str], Event]:
    """What makes the event for each record that goes when this task is removed, from the record's id."""

    def farewell(record_id: str) -> Event:
        gone = TaskId(record_id)
        return Event(
            message=Message("TaskRemoved", (gone,)),
            origin=task_uri(gone, None if gone == task.id else task.id),
            resource_type=ResourceType.TASK,
            owner=task.owner,
            at=at,
        )

    return farewell


def _of_state(before: TaskState, after: Task) -> Message | None:
    if after.state is before:
        return None
    match after.state:
        case TaskState.STARTING:
            key = "TaskStarted" if before in BEFORE_WORK else "TaskResumed"
        case TaskState.INTERRUPTED:
            key = "TaskPaused"
        case TaskState.COMPLETED:
            key = "TaskCompletedOK" if after.status is Health.OK else "TaskCompletedWarning"
        case TaskState.EXCEPTION:
            key = "TaskAborted"
        case TaskState.CANCELLED:
            key = "TaskCancelled"
        case _:
            return None  # nothing is told of the others
    return Message(key, (after.id,))


def _event(task: Task, message: Message, at: datetime) -> Event:
    return Event(
        message=message,
        origin=task_uri(task.id, task.parent),
        resource_type=ResourceType.TASK,
        owner=task.owner,
        at=at,
    )


class Telling:
    """The events of one live task: every change of state, and of its progress one a second at the most.

    What is held back is told within a second, or before the event of the task's end or interruption: the last
    percentage is never lost.
    """

    __slots__ = ("_last", "_percent")

    def __init__(self, percent: int) -> None:
        self._percent = percent
        self._last = float("-inf")

    def of_change(self, before: Task, after: Task, at: datetime, now: float) -> tuple[Event, ...]:
        """The events to be stored together with this change; `now` is the loop's time.

        Progress is told of a task that has started, and before its end.
        """
        told = told_of(before, after, at)
        if after.percent == self._percent:
            return told
        if told and after.state is TaskState.STARTING:
            self._last = now  # that it has begun says enough for the first second
            return told
        if not told and now < self._last + PROGRESS_EVERY:
            return told
        return (self.of_progress(after, at, now), *told)

    def of_progress(self, task: Task, at: datetime, now: float) -> Event:
        """The event of the task's percentage, which is told with it."""
        self._percent, self._last = task.percent, now
        return progress_of(task, at)

    def held_back(self, task: Task, now: float) -> float | None:
        """In how many seconds the percentage of this task is to be told; None where it has been."""
        if task.percent == self._percent:
            return None
        return max(0.0, self._last + PROGRESS_EVERY - now)
