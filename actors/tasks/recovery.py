"""What a start does with records that were live when the service last stopped, planned or not.

A task that was `Cancelling` ends `Cancelled`, with its subtasks. Work that had not begun just goes on. Of
work that had begun its operation decides (`Operation.after_stop`): it goes on, or asks the server what became
of what was sent, or ends as failed. Each decision is a message on the task and a count. When `recover`
returns, all of them are durable and nothing has been sent to any server.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from actors.events.records import Event
from actors.operations.operation import Decision, Operation, Policy
from actors.tasks.endings import cancelled
from actors.tasks.lifecycle import progress_of, told_of
from actors.tasks.mail import Adopt, Begin
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Clock, Emit, Save, Store
from actors.tasks.states import BEFORE_WORK, LOST_ON_STOP, TaskEvent, TaskState
from actors.tasks.task import Abort, Result, Task, TaskId

log = logging.getLogger("taskmon.tasks")

SAVED_TOGETHER = 500
READ_TOGETHER = 200
DECIDED_TOGETHER = 100

COUNTED = {
    Policy.GO_ON: "recovered_going_on",
    Policy.ASK: "recovered_asking",
    Policy.END: "recovered_failed",
}
COUNTED_CANCELLED = "recovered_cancelled"


@dataclass(frozen=True, slots=True)
class _Recovery:
    """The decisions of one start."""

    operations: Mapping[str, Operation]
    clock: Clock
    counters: Counter[str]

    def of_tree(self, parent: Task, subtasks: Iterable[Task]) -> Iterator[Task]:
        """The records that follow, in the order in which they are to be saved: subtasks first."""
        if parent.state is TaskState.CANCELLING and parent.abort is not None:
            for task in (*subtasks, parent):
                yield from self._cancelled(task, parent.abort)
            return
        decision = self._decision(parent)
        if decision.policy is Policy.END:
            for task in (*subtasks, parent):
                yield self._failed(task, decision)
            return
        for subtask in subtasks:
            yield from self._of_task(subtask, self._decision(subtask))
        yield from self._of_task(parent, decision)

    def _decision(self, task: Task) -> Decision:
        operation = self.operations.get(task.operation)
        if operation is None:
            return Decision(Policy.END, f"This version of the service does not know how to {task.operation}.")
        if task.state in BEFORE_WORK:
            return Decision(Policy.GO_ON, "Its work had not begun and begins when its turn comes.")
        return operation.after_stop(task)

    def _of_task(self, task: Task, decision: Decision) -> Iterator[Task]:
        if task.state is TaskState.CANCELLING and task.abort is not None:
            yield from self._cancelled(task, task.abort)
        elif decision.policy is Policy.END:
            yield self._failed(task, decision)
        else:
            self.counters[COUNTED[decision.policy]] += 1
            told = Message(
                "TaskResumed",
                (task.id,),
                detail=f"The service was started anew. {decision.sentence}",
            )
            if task.state in LOST_ON_STOP:
                paused = Message("TaskPaused", (task.id,), detail="The service ended without warning.")
                yield task.after(TaskEvent.SERVICE_STOPPED, at=self.clock.now(), messages=(paused, told))
            else:
                yield task.after(TaskEvent.NOTED, at=self.clock.now(), messages=(told,))

    def _cancelled(self, task: Task, abort: Abort) -> Iterator[Task]:
        """An abort that the stop met half way is carried to its end."""
        self.counters[COUNTED_CANCELLED] += 1
        facts = cancelled(task, task.abort or abort, self.operations.get(task.operation))
        if task.state in BEFORE_WORK:
            yield task.after(TaskEvent.ABORTED, at=self.clock.now(), **facts)
            return
        if task.state is not TaskState.CANCELLING:
            task = task.after(TaskEvent.ABORT_BEGUN, at=self.clock.now(), abort=abort)
            yield task
        yield task.after(TaskEvent.WORK_STOPPED, at=self.clock.now(), **facts)

    def _failed(self, task: Task, decision: Decision) -> Task:
        self.counters[COUNTED[Policy.END]] += 1
        why = Message(
            "OperationFailed",
            detail=decision.sentence,
            resolution_here="See in what state the servers are, then start the operation again.",
        )
        return task.after(
            TaskEvent.FAILED,
            at=self.clock.now(),
            cut_short=True,
            messages=(why, Message("TaskAborted", (task.id,))),
            result=Result(http_status=400, messages=(Message("GeneralError", detail=decision.sentence), why)),
        )


async def recover(
    store: Store, clock: Clock, operations: Mapping[str, Operation], counters: Counter[str]
) -> list[Adopt]:
    """Decide on every live record, save the decisions, and say what TaskRegistry is to adopt, oldest first.

    To be called before anything is started or asked for. Stopped at any moment and called again it decides
    anew on what is live then.

    Raises:
        StoreUnavailableError: the store cannot be read or written.
    """
    live = await store.live_tasks()
    parents = {task.id: task for task in live if task.parent is None}
    below: dict[TaskId, list[Task]] = {parent: [] for parent in parents}
    for task in live:
        if task.parent is not None and task.parent in below:
            below[task.parent].append(task)
    recovery = _Recovery(operations, clock, counters)
    latest = {task.id: task for task in live}
    changes: list[Change] = []
    told: list[Event] = []

    async def commit() -> None:
        await store.commit(*changes, Emit(tuple(told)))
        changes.clear()
        told.clear()

    for parent in parents.values():
        for changed in recovery.of_tree(parent, below[parent.id]):
            changes.append(Save(changed))
            told += _told(latest[changed.id], changed, clock)
            latest[changed.id] = changed
            if len(changes) % DECIDED_TOGETHER == 0:
                await asyncio.sleep(0)  # signals are heard, and the watchdog sees that the loop goes on
        if len(changes) >= SAVED_TOGETHER:
            await commit()
    if changes:
        await commit()
    if live:
        found = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in sorted(counters.items()))
        log.warning("%s tasks and subtasks were live when the service last stopped; %s", len(live), found)
    return [await _adoption(store, latest, parent) for parent in parents if latest[parent].is_live]


def _told(before: Task, after: Task, clock: Clock) -> tuple[Event, ...]:
    """What subscribers are told of a decision. Progress that the stop kept from them goes first."""
    now = clock.now()
    progress = (progress_of(before, now),) if before.percent else ()
    return (*progress, *told_of(before, after, now))


async def _adoption(store: Store, latest: Mapping[TaskId, Task], parent_id: TaskId) -> Adopt:
    parent = latest[parent_id]
    ids = await store.subtasks(parent_id) if parent.subtasks else []
    subtasks: list[Task] = []
    for start in range(0, len(ids), READ_TOGETHER):
        share = ids[start : start + READ_TOGETHER]
        absent = [task_id for task_id in share if task_id not in latest]  # they have ended before
        read = await asyncio.gather(*map(store.task, absent))
        known = {task.id: task for task in read if task is not None}
        subtasks += [task for task_id in share if (task := latest.get(task_id) or known.get(task_id))]
    ended = sorted(
        (task for task in subtasks if task.ended is not None), key=lambda task: task.ended or task.started
    )
    going_on = [task for task in subtasks if task.is_live]
    begun = frozenset(task.id for task in going_on if task.state not in BEFORE_WORK)
    return Adopt((parent, *going_on), Begin(tuple(ids), tuple(ended), begun))
