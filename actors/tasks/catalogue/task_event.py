"""Messages of the registry TaskEvent: what becomes of a task."""

from typing import Final

from actors.tasks.catalogue.template import CRITICAL, NONE, OK, WARNING, Row

TASK_EVENT_ROWS: Final[tuple[Row, ...]] = (
    ("TaskStarted", OK, 1, "The task with id {0} has started.", NONE),
    ("TaskProgressChanged", OK, 2, "The task with id {0} is {1} percent complete.", NONE),
    ("TaskPaused", WARNING, 1, "The task with id {0} has to wait.", NONE),
    ("TaskResumed", OK, 1, "The task with id {0} goes on.", NONE),
    ("TaskCompletedOK", OK, 1, "The task with id {0} has completed.", NONE),
    (
        "TaskCompletedWarning",
        WARNING,
        1,
        "The task with id {0} has completed, with something to look at.",
        "Read the other messages of the task.",
    ),
    (
        "TaskAborted",
        CRITICAL,
        1,
        "The task with id {0} has completed with errors.",
        "Read the other messages of the task, and its subtasks if it has any.",
    ),
    (
        "TaskCancelled",
        WARNING,
        1,
        "The task with id {0} was stopped before its end because that was asked for.",
        NONE,
    ),
    ("TaskRemoved", WARNING, 1, "The task with id {0} has been removed.", NONE),
)
