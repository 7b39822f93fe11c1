"""What a start does with records that were live when the service last stopped."""

import logging
from collections.abc import Sequence

from actors.tasks.messages import Message
from actors.tasks.ports import Clock, Save, Store
from actors.tasks.states import BEFORE_WORK, TaskEvent
from actors.tasks.task import Result, Task

log = logging.getLogger("taskmon.tasks")

ENDED_TOGETHER = 500


async def end_interrupted(store: Store, clock: Clock) -> int:
    """End every live record as `Exception`, saying why; how many there were.

    A subtask ends before its parent does. To be called before anything is started or asked for.
    """
    live = await store.live_tasks()
    found: Sequence[Task] = [
        *(task for task in live if task.parent),
        *(task for task in live if not task.parent),
    ]
    for start in range(0, len(found), ENDED_TOGETHER):
        await store.commit(*(Save(_ended(task, clock)) for task in found[start : start + ENDED_TOGETHER]))
    if found:
        log.warning("%s tasks and subtasks were live when the service last stopped; they ended", len(found))
    return len(found)


def _ended(task: Task, clock: Clock) -> Task:
    if task.state in BEFORE_WORK:
        sentence = "The service stopped before the work of the task began; nothing was sent to a server."
    else:
        sentence = (
            f"The service stopped while the task was {task.state}; what it had begun is not known to be done."
        )
    why = Message(
        "OperationFailed",
        detail=sentence,
        resolution_here="See in what state the servers are, then start the operation again.",
    )
    return task.after(
        TaskEvent.FAILED,
        at=clock.now(),
        cut_short=True,
        messages=(why, Message("TaskAborted", (task.id,))),
        result=Result(http_status=400, messages=(Message("GeneralError", detail=sentence), why)),
    )
