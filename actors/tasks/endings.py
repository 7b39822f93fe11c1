"""How an end that no operation came to itself is told: of a task that was aborted."""

from typing import Any

from actors.operations.operation import Operation
from actors.tasks.messages import Message
from actors.tasks.task import Abort, Result, Task

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
