"""What lies in the mailboxes of TaskRegistry and of the TaskActors: frozen, shared, never copied."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.operations.operation import Outcome
from actors.tasks.messages import Message
from actors.tasks.ports import Change
from actors.tasks.states import TaskEvent
from actors.tasks.task import Abort, Task, TaskId

# --- to TaskRegistry, from the services that the web layer calls


@dataclass(frozen=True, slots=True)
class Submit:
    """Record these tasks, a parent first, and start them. Answered with a promise of the first.

    `claims` are names that no other live task may claim; `barred` must not be claimed by any. Where that is
    not so the answer is a ClaimedError. `along` is committed together with the tasks. `alone` says which of
    the tasks will hold which system, where they are not to wait for others: if one is held or waited for the
    answer is a HeldError.
    """

    tasks: tuple[Task, ...]
    claims: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    along: tuple[Change, ...] = ()
    alone: Mapping[str, TaskId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Find:
    """Answered with the last saved record of a live task, or None."""

    task_id: TaskId


@dataclass(frozen=True, slots=True)
class Show:
    """Answered with a LastSaved, through which the asker sees what a Find would tell him."""


@dataclass(frozen=True, slots=True)
class AbortTask:
    """Answered with a promise of the ended record, or None where no such task is live."""

    task_id: TaskId
    abort: Abort


@dataclass(frozen=True, slots=True)
class Adopt:
    """Start the actors of these records from before a stop, the parent first. Answered with a promise of the
    parent, kept when all of them are there and the parent has been told to `begin`."""

    tasks: tuple[Task, ...]
    begin: "Begin"


@dataclass(frozen=True, slots=True)
class Park:
    """The service stops: all work ends, and is saved as it is. Answered with a promise of None.

    What is in the middle of something indivisible ends after that, or, `now`, at once.
    """

    now: bool = False


@dataclass(frozen=True, slots=True)
class Roll:
    """Answered with the refs of all TaskActors, the longest started first."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered with None: it is there."""


class Promise:
    """What will be known later: an answer that can be given before it is known, by the loop's own thread.

    Whoever waits may give up without spoiling it for anyone.
    """

    def __init__(self) -> None:
        self._future: asyncio.Future[Task | None] = asyncio.get_running_loop().create_future()

    async def kept(self) -> Task | None:
        """What was promised, once it is there; raises what broke the promise."""
        return await asyncio.shield(self._future)

    def keep(self, task: Task | None) -> None:
        """Fulfil it, once."""
        if not self._future.done():
            self._future.set_result(task)

    def break_with(self, error: Exception) -> None:
        """It cannot be fulfilled, for this reason."""
        if not self._future.done():
            self._future.set_exception(error)
            self._future.exception()  # whoever waited may have given up; that is no fault


# --- to TaskRegistry, from its own child work and the TaskActors


@dataclass(frozen=True, slots=True)
class Recorded:
    """The tasks of a Submit are durable. Those from `position` on are to be entered, a share in each turn."""

    submit: Submit
    promise: Promise
    position: int = 0


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The tasks of a Submit could not be stored."""

    submit: Submit
    promise: Promise
    error: Exception


@dataclass(frozen=True, slots=True)
class Launch:
    """Start the actors of these recorded tasks from `position` on, a share in each turn."""

    tasks: tuple[Task, ...]
    begin: "Begin"
    position: int = 0
    launched: Promise | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A TaskActor has saved this record."""

    task: Task


@dataclass(frozen=True, slots=True)
class BeginSubtasks:
    """A parent's work wants these subtasks to begin, in this order, and not all at the same moment."""

    parent: TaskId
    task_ids: tuple[TaskId, ...]


@dataclass(frozen=True, slots=True)
class AbortSubtasks:
    """A parent that is ending wants its live subtasks to end."""

    parent: TaskId
    abort: Abort


@dataclass(frozen=True, slots=True)
class AbortShare:
    """The abort of these subtasks goes on from `position`, a share in each turn."""

    task_ids: tuple[TaskId, ...]
    abort: Abort
    position: int = 0


@dataclass(frozen=True, slots=True)
class Died:
    """A TaskActor failed; its record has not ended."""

    task_id: TaskId


@dataclass(frozen=True, slots=True)
class Replace:
    """The time has come to start another actor in place of one that died."""

    task_id: TaskId


@dataclass(frozen=True, slots=True)
class Vanished:
    """The record of a live task is not in the store any more: there is nothing to end."""

    task_id: TaskId


# --- to a TaskActor


@dataclass(frozen=True, slots=True)
class Begin:
    """Do the work. `subtasks` are the ids recorded with the task.

    After a stop of the service some of them have `ended` (in the order of their ends), and of others the work
    had `begun`.
    """

    subtasks: tuple[TaskId, ...] = ()
    ended: tuple[Task, ...] = ()
    begun: frozenset[TaskId] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """From the work itself: something happened that is to be saved. Answered with the record once it is.

    `detail` is a sentence to be told with the progress as it then is.
    """

    event: TaskEvent
    detail: str = ""
    messages: tuple[Message, ...] = ()
    percent: int | None = None
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class WorkEnded:
    """The child that ran the operation has ended: with an outcome, or (None) because it was stopped."""

    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class AbortWork:
    """Stop the work and end."""

    abort: Abort


@dataclass(frozen=True, slots=True)
class Overdue:
    """The deadline of an abort has passed."""


@dataclass(frozen=True, slots=True)
class TellProgress:
    """Progress that was held back from subscribers is to be told now."""


@dataclass(frozen=True, slots=True)
class SubtaskChanged:
    """A subtask of this task was saved like this."""

    task: Task


@dataclass(frozen=True, slots=True)
class EndAsFailed:
    """To an actor that takes over after another died, or whose parent's record is gone: end the record
    honestly, if there is one."""

    subtasks: tuple[TaskId, ...] = ()


@dataclass(frozen=True, slots=True)
class ParkWork:
    """The service stops: see `Park`. Answered with a promise of None, kept when the record is saved."""

    now: bool = False
