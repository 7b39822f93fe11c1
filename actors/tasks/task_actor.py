"""TaskActor: owns one task or subtask while it is live, and is the only one that changes its record."""

import asyncio
import contextvars
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import pykka

from actors.access.records import BY_THE_SERVICE
from actors.operations.operation import Outcome, failure
from actors.runtime import LoopActor
from actors.tasks.context import Context
from actors.tasks.endings import cancelled, tell_of_force
from actors.tasks.errors import FencedError, IllegalTransitionError, StoppingError
from actors.tasks.fence import Fence
from actors.tasks.lifecycle import Telling
from actors.tasks.mail import (
    AbortSubtasks,
    AbortWork,
    Begin,
    Changed,
    Died,
    EndAsFailed,
    Overdue,
    ParkWork,
    Promise,
    Report,
    SubtaskChanged,
    TellProgress,
    Vanished,
    WorkEnded,
)
from actors.tasks.messages import Message
from actors.tasks.saving import Saving
from actors.tasks.services import TaskServices
from actors.tasks.states import BEFORE_WORK, LOST_ON_STOP, TaskEvent
from actors.tasks.subtasks import NO_SUBTASKS, Subtasks
from actors.tasks.task import Abort, Task, TaskId

log = logging.getLogger("taskmon.tasks")


class TaskActor(LoopActor):
    """One live task. Its turns are short: the work is a child, which reports."""

    listed = False  # Pykka's ActorRegistry is a list: thousands of tasks do not belong on it
    messages_per_turn = 512  # of a parent: they come from thousands of subtasks
    # Else each of thousands of actors has a dictionary of 1.5 kB: keys are shared of up to 30 attributes.
    __slots__ = ("_child", "_context", "_fence", "_halted", "_held_back", "_overdue", "_parked",
                 "_registry", "_saving", "_services", "_subtasks", "_task", "_telling",
                 "_verdict")  # fmt: skip

    def __init__(
        self, task: Task, registry: pykka.ActorRef[Any], services: TaskServices, fence: Fence
    ) -> None:
        super().__init__()
        self._fence = fence
        self._task = task
        self._registry = registry
        self._services = services
        self._saving = Saving(services)
        self._telling = Telling(task.percent)
        self._held_back: asyncio.TimerHandle | None = None
        self._child: asyncio.Task[Outcome] | None = None
        self._context: Context | None = None
        self._verdict: WorkEnded | None = None
        self._subtasks = Subtasks() if task.subtasks else NO_SUBTASKS
        self._overdue: asyncio.TimerHandle | None = None
        self._parked: Promise | None = None  # asked for when the service stops
        self._halted = False  # the work is being stopped for that

    def on_receive(self, message: Any) -> Any:
        """Every change of the record happens in one of these turns, one after the other."""
        # Most of what a parent hears of its subtasks changes nothing of its record: that takes no coroutine.
        if isinstance(message, SubtaskChanged) and not self._subtask_matters(message.task):
            return None
        return self._take(message)

    async def _take(self, message: Any) -> Any:
        try:
            return await self._handle(message)
        except StoppingError:
            log.warning("task %s: a change could not be saved before the service stopped", self._task.id)
            self._keep_parked()
            return self._task

    async def _handle(self, message: Any) -> Any:
        match message:
            case Begin():
                await self._begin(message)
            case Report():
                return await self._report(message)
            case SubtaskChanged():
                await self._subtasks_came_on()
            case WorkEnded():
                await self._work_ended(message)
            case AbortWork(abort):
                await self._abort(abort)
            case TellProgress():
                await self._tell_progress()
            case Overdue():
                await self._give_up_waiting()
            case EndAsFailed(subtasks):
                await self._end_as_failed(subtasks)
            case ParkWork(now):
                return await self._park(now=now)
            case _:
                raise TypeError(f"A TaskActor has no use for a {type(message).__name__}.")
        return None

    def on_failure(self, *_: Any) -> None:
        """Nothing is orphaned: TaskRegistry starts another actor, which ends the record."""
        self._close()
        self._fence.put_up()
        if self._child is not None:
            self._child.cancel()
        with suppress(pykka.ActorDeadError):  # the service is stopping; its next start finds the record
            self._registry.tell(Died(self._task.id))

    def child_work(self) -> Iterable[asyncio.Task[Any]]:
        return () if self._child is None else (self._child,)

    def about(self) -> str:
        return f"task {self._task.id} {self._task.state}"

    # --- turns

    async def _begin(self, begin: Begin) -> None:
        if not self._task.is_live or self._child is not None or self._verdict is not None:
            return
        if begin.subtasks:
            self._subtasks = Subtasks(begin.subtasks, begin.begun)
        for task in begin.ended:
            self._subtasks.changed(task)
        if self._services.stopping.is_set():
            return  # it knows its subtasks, which an abort that comes all the same has to end first
        self._context = Context(
            self._task, self.actor_ref, self._registry, self._services, self._fence, self._subtasks
        )
        operation = self._services.operations[self._task.operation]
        # Of the name and the context there is one: of what waits there are thousands.
        context = contextvars.copy_context()
        work = operation.run(self._context)
        self._child = asyncio.create_task(work, name=self._task.id, context=context)
        # A done callback, for a child that is cancelled before its first step runs none of its own code.
        self._child.add_done_callback(self._tell_that_work_ended, context=context)

    def _tell_that_work_ended(self, child: asyncio.Task[Outcome]) -> None:
        """No turn of ours: it tells and touches nothing."""
        outcome: Outcome | None
        if child.cancelled() or isinstance(child.exception(), FencedError | pykka.ActorDeadError):
            outcome = None
        elif error := child.exception():
            log.error(
                "task %s: the operation failed by a fault of the service", self._task.id, exc_info=error
            )
            outcome = failure(Message("InternalError"))
        else:
            outcome = child.result()
        try:
            self.actor_ref.tell(WorkEnded(outcome))
        except pykka.ActorDeadError:
            log.debug("task %s: its work ended after the task itself", self._task.id)

    async def _report(self, report: Report) -> Task:
        if self._halted or self._task.abort is not None or not self._task.is_live:
            return self._task  # work that is being stopped has nothing more to tell
        messages = report.messages
        if report.detail:
            percent = max(report.percent or 0, self._task.percent)
            progress = Message("TaskProgressChanged", (self._task.id, str(percent)), detail=report.detail)
            messages = (progress, *messages)
        await self._apply(
            report.event, messages=messages, percent=report.percent, checkpoint=report.checkpoint
        )
        return self._task

    def _subtask_matters(self, task: Task) -> bool:
        """Take in how the subtask is now; whether this task changes by that, or ends."""
        self._subtasks.changed(task)
        rises = self._task.percent < self._subtasks.percent_of(self._task) < 100
        return self._task.is_live and (rises or not self._subtasks.live)

    async def _subtasks_came_on(self) -> None:
        percent = self._subtasks.percent_of(self._task)
        if self._task.percent < percent < 100:
            await self._apply(TaskEvent.NOTED, percent=percent)
        await self._end_when_all_has_ended()

    async def _work_ended(self, ended: WorkEnded) -> None:
        self._child = None
        if not self._task.is_live:
            return
        if self._halted and self._task.abort is None and (self._subtasks.live or ended.outcome is None):
            await self._interrupt()
            return
        self._verdict = self._verdict or ended
        if self._subtasks.live and self._task.abort is None:
            # The operation failed and left subtasks behind: they end first. After an abort they know already.
            self._registry.tell(AbortSubtasks(self._task.id, self._abort_by_service()))
        await self._end_when_all_has_ended()

    async def _abort(self, abort: Abort) -> None:
        if not self._task.is_live or self._task.abort is not None:
            return
        self._fence.put_up()
        if self._task.state in BEFORE_WORK and not self._subtasks.live:
            await self._apply(TaskEvent.ABORTED, **self._cancelled(abort))
            if self._child is not None:
                self._child.cancel()
            return
        await self._apply(TaskEvent.ABORT_BEGUN, abort=abort)
        self._overdue = asyncio.get_running_loop().call_later(
            self._services.abort_deadline, self._tell_that_time_is_up
        )
        if self._child is not None:
            self._child.cancel()
        else:
            self._verdict = self._verdict or WorkEnded(None)
        if self._subtasks.live:
            self._registry.tell(AbortSubtasks(self._task.id, abort))
        await self._end_when_all_has_ended()

    def _tell_that_time_is_up(self) -> None:
        if self.actor_ref.is_alive():
            self.actor_ref.tell(Overdue())

    async def _give_up_waiting(self) -> None:
        if not self._task.is_live:
            return
        if self._child is not None:
            tell_of_force(self._task, self._services.abort_deadline)
            self._close()
            self._services.left_behind.add(self._child)
            self._child.add_done_callback(self._services.left_behind.discard)
            self._child = None
        self._verdict = self._verdict or WorkEnded(None)
        await self._end_when_all_has_ended()

    async def _end_as_failed(self, subtasks: Sequence[TaskId]) -> None:
        stored = await self._saving.stored(self._task.id)
        if stored is None:
            self._registry.tell(Vanished(self._task.id))
            self.stop()
            return
        self._task = stored
        self._telling = Telling(0)  # what the dead actor held back is told again
        if not self._task.is_live:  # it had ended before its actor died; only the word was lost
            self._announce()
            return
        self._subtasks = Subtasks(subtasks)
        self._verdict = WorkEnded(failure(Message("InternalError")))
        if self._subtasks.live:
            self._registry.tell(AbortSubtasks(self._task.id, self._abort_by_service()))
        await self._end_when_all_has_ended()

    async def _park(self, *, now: bool) -> Promise:
        """Stop the work for a stop of the service, when it can be divided or `now`; see `_interrupt`."""
        parked = self._parked = self._parked or Promise()
        if self._halted or not self._task.is_live:
            return parked
        if self._task.abort is not None and not now:
            return parked  # kept when the abort has come to its end
        if self._context is not None and self._context.in_one_piece and not now:
            self._context.when_divisible = self._tell_to_park
            return parked
        self._halted = True
        self._close()
        if self._overdue is not None:
            self._overdue.cancel()
        if (
            not self._subtasks.live
        ):  # it is also the fence of subtasks, which may be in the middle of something
            self._fence.put_up()
        if self._child is None:
            await self._interrupt()
        else:
            self._child.cancel()  # or it has ended: both ways WorkEnded follows
        return parked

    def _close(self) -> None:
        """From here on not even a clean-up sends anything."""
        if self._context is not None:
            self._context.closed = True

    def _tell_to_park(self) -> None:
        with suppress(pykka.ActorDeadError):
            self.actor_ref.tell(ParkWork())

    async def _interrupt(self) -> None:
        """The work has stopped because the service stops: a stop is no abort, and the next start goes on."""
        try:
            await self._save_interrupted()
        except StoppingError:
            log.warning("task %s: that it is interrupted could not be saved", self._task.id)
        self._keep_parked()

    async def _save_interrupted(self) -> None:
        if self._task.state in LOST_ON_STOP:
            detail = "The service is being stopped; the task goes on at its next start."
            paused = Message("TaskPaused", (self._task.id,), detail=detail)
            await self._apply(TaskEvent.SERVICE_STOPPED, messages=(paused,))

    def _keep_parked(self) -> None:
        if self._parked is not None:
            self._parked.keep(None)

    # --- the end

    async def _end_when_all_has_ended(self) -> None:
        """A task ends when its work has ended and all its subtasks have: never before."""
        if self._verdict is None or self._child is not None or self._subtasks.live or not self._task.is_live:
            return
        outcome = self._verdict.outcome
        task_id = self._task.id
        if outcome is None and self._task.abort is not None:
            await self._apply(TaskEvent.WORK_STOPPED, **self._cancelled(self._task.abort))
            return
        if outcome is None and self._fence.is_up:
            return  # the parent's abort has stopped the work before it came here itself: it is on its way
        if outcome is None:  # cancelled, and nobody had asked for it
            log.error("task %s: its work was cancelled from inside the service", task_id)
            outcome = failure(Message("InternalError"))
        if outcome.failed:
            event, last = TaskEvent.FAILED, "TaskAborted"
        else:
            event = TaskEvent.SUCCEEDED
            last = "TaskCompletedWarning" if outcome.warning else "TaskCompletedOK"
        await self._apply(
            event,
            outcome=outcome,
            messages=(*outcome.messages, Message(last, (task_id,), detail=outcome.detail)),
            result=outcome.result,
            cut_short=outcome.cut_short,
            warning=outcome.warning,
        )

    def _cancelled(self, abort: Abort) -> dict[str, Any]:
        cleaned = self._context is not None and self._context.cleaned_up
        operation = None if cleaned else self._services.operations.get(self._task.operation)
        return cancelled(self._task, abort, operation)

    def _abort_by_service(self) -> Abort:
        return Abort(by=BY_THE_SERVICE, at=self._services.clock.now(), reason="The task above failed.")

    # --- the one order for every change

    async def _apply(self, event: TaskEvent, *, outcome: Outcome | None = None, **facts: Any) -> None:
        """The table decides, the record is saved, logged, announced: in this order, for every change.

        Raises:
            IllegalTransitionError: this cannot happen now; nothing has changed.
        """
        old = self._task
        if not old.is_live:
            raise IllegalTransitionError(old.state.value, event.value)
        at, now = self._services.clock.now(), asyncio.get_running_loop().time()
        new = old.after(event, at=at, **facts)
        await self._saving.save(new, self._telling.of_change(old, new, at, now), outcome)
        self._task = new
        self._hold_back(now)
        if new.state is not old.state:
            log.info("task %s: %s, was %s (%s)", new.id, new.state, old.state, event.value)
        if not new.is_live:
            self._services.holds.release(new.id)
        self._announce()

    def _hold_back(self, now: float) -> None:
        pause = self._telling.held_back(self._task, now)
        if pause is not None and self._task.is_live and self._held_back is None:
            self._held_back = asyncio.get_running_loop().call_later(pause, self._tell_to_tell)

    def _tell_to_tell(self) -> None:
        self._held_back = None
        if self.actor_ref.is_alive():
            self.actor_ref.tell(TellProgress())

    async def _tell_progress(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._task.is_live and self._telling.held_back(self._task, now) is not None:
            event = self._telling.of_progress(self._task, self._services.clock.now(), now)
            await self._saving.emit(event)

    def _announce(self) -> None:
        self._registry.tell(Changed(self._task))
        if not self._task.is_live:
            if self._held_back is not None:
                self._held_back.cancel()
            if self._overdue is not None:
                self._overdue.cancel()
            self._keep_parked()
            self.stop()
