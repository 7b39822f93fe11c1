"""How an end that no operation came to itself is told: of a task that was aborted."""

import logging
from datetime import datetime
from typing import Any

from actors.access.records import BY_THE_SERVICE
from actors.audit import audit
from actors.operations.operation import Operation
from actors.tasks.messages import Message
from actors.tasks.states import TaskEvent
from actors.tasks.task import Abort, Result, Task

log = logging.getLogger("taskmon.tasks")

ABORTED_STATUS = 409
"""The HTTP status of an aborted operation: a failure to every client, retried by none."""


def cancelled(task: Task, abort: Abort, operation: Operation | None) -> dict[str, Any]:
    """What `Task.after` needs to know of the end of an aborted task: by whom, why, and what is unknown.

    Without its operation nothing is unknown.
    """
    sentences = [f"Aborted by {abort.by}."]
    if abort.reason:
        sentences.append(f"Reason: {abort.reason}{'' if abort.reason[-1] in '.!?…' else '.'}")
    if operation is not None and (unknown := operation.left_unknown(task)):
        sentences.append(unknown)
    last = Message("TaskCancelled", (task.id,), detail=" ".join(sentences))
    result = Result(
        http_status=ABORTED_STATUS,
        messages=(Message("GeneralError", detail="The task was aborted before its end."), last),
    )
    return {"abort": abort, "messages": (last,), "result": result}


def vanished(task: Task, at: datetime) -> Task:
    """How a subtask ended, for its parent, whose record is gone from the store: it is stored nowhere."""
    gone = Message("OperationFailed", detail="Its record is gone from the store.")
    return task.after(
        TaskEvent.FAILED,
        at=at,
        cut_short=True,
        messages=(gone,),
        result=Result(http_status=500, messages=(gone,)),
    )


def tell_of_force(task: Task, deadline: float) -> None:
    """Say in the log, and to the audit, that work is left behind: it did not stop within the deadline of its
    abort, in seconds."""
    log.error(
        "task %s: its work did not stop within %s s of the abort; the task ends without it, "
        "and no request of it goes out any more",
        task.id,
        deadline,
    )
    audit(
        "task ended by force",
        user=BY_THE_SERVICE,
        task=task.id,
        operation=task.operation,
        target=task.target,
        asked_by=task.abort.by if task.abort else None,
        reason=f"Its work did not stop within {deadline:g} s of the abort.",
    )
