"""The record of a task: frozen, and changed only by making the record that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NewType
from uuid import uuid4

from actors.access.records import AccountId, Viewer
from actors.inventory.records import Source
from actors.tasks.catalogue import Health
from actors.tasks.messages import Mention, Message
from actors.tasks.payload import Payload
from actors.tasks.states import TERMINAL, TaskEvent, TaskState, after

TaskId = NewType("TaskId", str)
Percent = NewType("Percent", int)

SEALED = "sealed"
"""The key of `Task.input` under which secrets lie, sealed; it is gone from a task that has ended."""

KEPT_FIRST = 50
KEPT_LAST = 50

TASK_STATUS = {
    TaskState.EXCEPTION: Health.CRITICAL,
    TaskState.CANCELLED: Health.WARNING,
}


def new_task_id() -> TaskId:
    """A task id that was never used before: `task` and a random UUID (RFC 9562, version 4)."""
    return TaskId(f"task{uuid4()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an operation ended with, and all that its monitor's last answer is made from.

    `http_status` is the operation's own. `messages` go into the body's extended information, the
    first of them also gives its sentence. `source`, if given, is the resource that was created: it
    is the body, and its URI the Location.
    """

    http_status: int
    messages: tuple[Message, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """That, when, by whom (a user name, or the service itself) and why a task was asked to stop."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task or subtask, as stored.

    `input` is what the operation works on, of plain values only; `checkpoint` is what it noted about
    its own progress. `started` is when the task was recorded. `ended` is None while it is live.
    `percent` never falls, and is 100 only when the work has run to its end. `subtasks` is how many
    subtasks were recorded with it; it never changes. `messages` are at most 100, the first and the last
    50; `messages_dropped` counts those between. `retry_of` is the task whose failed subtasks this one does
    again, and `retried_by` the other way round. `answered` is when its monitor first gave the final answer,
    where that is kept (TaskMonitorAutoExpirySeconds).
    """

    id: TaskId
    revision: int = 1
    parent: TaskId | None = None
    owner: AccountId
    operation: str
    target: str
    input: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: str = ""
    payload: Payload
    subtasks: int = 0
    state: TaskState = TaskState.NEW
    status: Health = Health.OK
    percent: Percent = Percent(0)
    started: datetime
    ended: datetime | None = None
    messages: tuple[Message, ...] = ()
    messages_dropped: int = 0
    abort: Abort | None = None
    result: Result | None = None
    retry_of: TaskId | None = None
    retried_by: TaskId | None = None
    answered: datetime | None = None

    @property
    def name(self) -> str:
        return f"Task {self.id}"

    @property
    def is_live(self) -> bool:
        return self.state not in TERMINAL

    @property
    def mention(self) -> Mention:
        """This task as the messages of others speak of it."""
        return Mention(task=self.id, owner=self.owner, parent=self.parent)

    def seen_by(self, viewer: Viewer) -> "Task":
        """The record as this viewer, who may see it, reads it: see `Message.seen_by`.

        The result is the same for everybody, so no message of it mentions a task.
        """
        if all(message.mention is None for message in self.messages):
            return self
        return replace(self, messages=tuple([message.seen_by(viewer) for message in self.messages]))

    def after(
        self,
        event: TaskEvent,
        *,
        at: datetime,
        messages: tuple[Message, ...] = (),
        percent: int | None = None,
        checkpoint: str | None = None,
        abort: Abort | None = None,
        result: Result | None = None,
        warning: bool = False,
        cut_short: bool = False,
    ) -> "Task":
        """The record that follows when `event` happens at `at`; its revision is one higher.

        A percentage lower than the present one is ignored, and 100 is kept for the end. `warning`
        makes the status of a task that is, or ends, well `Warning`. One that is `cut_short` failed before its
        work had run to its end, and stays at its percentage.

        Raises:
            IllegalTransitionError: this cannot happen to a task in its state.
        """
        state = after(self.state, event)
        ended = state in TERMINAL
        worked_through = state in (TaskState.COMPLETED, TaskState.EXCEPTION) and not cut_short
        reached = max(self.percent, min(percent or 0, 99))
        told = self.messages
        if messages:
            told = (*told, *[replace(message, at=at) for message in messages])
        dropped = max(0, len(told) - KEPT_FIRST - KEPT_LAST)
        if dropped:
            told = told[:KEPT_FIRST] + told[-KEPT_LAST:]
        # Not by `replace`, which takes twice as long: this is done with every change of every task.
        return Task(
            id=self.id,
            revision=self.revision + 1,
            parent=self.parent,
            owner=self.owner,
            operation=self.operation,
            target=self.target,
            # What was kept sealed for the work is erased with its end.
            input={key: value for key, value in self.input.items() if key != SEALED} if ended else self.input,
            payload=self.payload,
            subtasks=self.subtasks,
            state=state,
            status=TASK_STATUS.get(state) or (Health.WARNING if warning else self.status),
            percent=Percent(100 if worked_through else reached),
            checkpoint=self.checkpoint if checkpoint is None else checkpoint,
            started=self.started,
            messages=told,
            messages_dropped=self.messages_dropped + dropped,
            abort=abort or self.abort,
            result=result or self.result,
            ended=at if ended else None,
            retry_of=self.retry_of,
            retried_by=self.retried_by,
            answered=self.answered,
        )
