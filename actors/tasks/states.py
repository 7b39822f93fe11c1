"""The life of a task as a table: state, event, state.

The states are those of Redfish's `TaskState` (Task schema 1.7). Redfish names the states and says
nothing of the ways between them; the ways are ours:

- A task is recorded as `New`, or as `Pending` when it is known at once that it has to wait (a subtask
  of a later batch). `Pending` means waiting for something that is not the work itself: a batch, or
  a server that another task holds.
- Work begins with `Starting`; `Running` says that something has been, or is about to be, asked of
  a server.
- An abort ends a task at once (`ABORTED`) where no work has begun. Where there is work to stop, or
  there are subtasks to end first, it leads through `Cancelling` (`ABORT_BEGUN`), and `WORK_STOPPED`
  ends it.
- Work that ends before it hears of the abort wins the race: `Cancelling` may still become
  `Completed` or `Exception`.
- A stop of the service, planned or not, leads from `Starting` and `Running` to `Interrupted`: the work is
  not there any more, and the next start decides by the operation's policy how it goes on. `New` and
  `Pending` have no work that could be lost and stay as they are.
- `FAILED` is open to every live state, for the service itself must always be able to end a record.
- Nothing leads out of an ended state. `Killed` is deprecated by the schema: it may be read, and no
  event leads there.
"""

from enum import Enum, StrEnum

from actors.tasks.errors import IllegalTransitionError


class TaskState(StrEnum):
    """Where a task is in its life; the values are Redfish's words."""

    NEW = "New"
    PENDING = "Pending"
    STARTING = "Starting"
    RUNNING = "Running"
    INTERRUPTED = "Interrupted"
    CANCELLING = "Cancelling"
    COMPLETED = "Completed"
    EXCEPTION = "Exception"
    CANCELLED = "Cancelled"
    KILLED = "Killed"


class TaskEvent(Enum):
    """What can happen to a task: the inputs of the table."""

    HELD = "has to wait"
    STARTED = "work begins"
    RUN = "work is under way"
    NOTED = "something to tell"
    ABORT_BEGUN = "abort asked, work to be stopped"
    ABORTED = "abort asked, no work begun"
    WORK_STOPPED = "the aborted work has stopped"
    SERVICE_STOPPED = "the service stops"
    SUCCEEDED = "work ended well"
    FAILED = "work ended badly"


S, E = TaskState, TaskEvent

TRANSITIONS: dict[TaskState, dict[TaskEvent, TaskState]] = {
    S.NEW: {
        E.HELD: S.PENDING,
        E.STARTED: S.STARTING,
        E.NOTED: S.NEW,
        E.ABORT_BEGUN: S.CANCELLING,
        E.ABORTED: S.CANCELLED,
        E.FAILED: S.EXCEPTION,
    },
    S.PENDING: {
        E.HELD: S.PENDING,
        E.STARTED: S.STARTING,
        E.NOTED: S.PENDING,
        E.ABORT_BEGUN: S.CANCELLING,
        E.ABORTED: S.CANCELLED,
        E.FAILED: S.EXCEPTION,
    },
    S.STARTING: {
        E.RUN: S.RUNNING,
        E.NOTED: S.STARTING,
        E.ABORT_BEGUN: S.CANCELLING,
        E.SERVICE_STOPPED: S.INTERRUPTED,
        E.SUCCEEDED: S.COMPLETED,
        E.FAILED: S.EXCEPTION,
    },
    S.RUNNING: {
        E.NOTED: S.RUNNING,
        E.ABORT_BEGUN: S.CANCELLING,
        E.SERVICE_STOPPED: S.INTERRUPTED,
        E.SUCCEEDED: S.COMPLETED,
        E.FAILED: S.EXCEPTION,
    },
    S.INTERRUPTED: {
        E.STARTED: S.STARTING,
        E.NOTED: S.INTERRUPTED,
        E.ABORT_BEGUN: S.CANCELLING,
        E.FAILED: S.EXCEPTION,
    },
    S.CANCELLING: {
        E.NOTED: S.CANCELLING,
        E.WORK_STOPPED: S.CANCELLED,
        E.SUCCEEDED: S.COMPLETED,
        E.FAILED: S.EXCEPTION,
    },
    # Ends: an empty row, not a missing one.
    S.COMPLETED: {},
    S.EXCEPTION: {},
    S.CANCELLED: {},
    S.KILLED: {},
}

TERMINAL = frozenset(state for state, ways in TRANSITIONS.items() if not ways)
LIVE = frozenset(TRANSITIONS) - TERMINAL
BEFORE_WORK = frozenset({S.NEW, S.PENDING})
LOST_ON_STOP = frozenset({S.STARTING, S.RUNNING})
"""States of work that ends with the process."""


def after(state: TaskState, event: TaskEvent) -> TaskState:
    """The state that follows.

    Raises:
        IllegalTransitionError: the table has no such move; nothing has changed.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransitionError(state.value, event.value) from None
