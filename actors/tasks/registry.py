"""TaskRegistry: supervises all live tasks, delivers aborts, and knows which actors live here."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pykka

from actors.runtime import LoopActor
from actors.tasks.arrivals import Arrivals
from actors.tasks.beginnings import Beginnings
from actors.tasks.endings import vanished
from actors.tasks.errors import StoreUnavailableError, TaskmonError
from actors.tasks.holds import HeldError
from actors.tasks.last_saved import LastSaved
from actors.tasks.live_tasks import Entry, LiveTasks
from actors.tasks.mail import (
    AbortShare,
    AbortSubtasks,
    AbortTask,
    AbortWork,
    Adopt,
    Begin,
    BeginSubtasks,
    Changed,
    Died,
    EndAsFailed,
    Find,
    Launch,
    NotRecorded,
    Park,
    ParkWork,
    Ping,
    Promise,
    Recorded,
    Replace,
    Roll,
    Show,
    Submit,
    SubtaskChanged,
    Vanished,
)
from actors.tasks.recording import Children, record
from actors.tasks.services import TaskServices
from actors.tasks.states import BEFORE_WORK, TaskState
from actors.tasks.task import Task, TaskId
from actors.tasks.task_actor import TaskActor

log = logging.getLogger("taskmon.tasks")

ENTERED_IN_A_TURN = 1_000
"""How many recorded tasks TaskRegistry enters among the live ones in one turn."""
SHARE = 50
"""How many subtasks are started or aborted in one turn. Between two turns everybody else has theirs,
so that ten thousand servers hold up nobody's question."""


class ClaimedError(TaskmonError):
    """Another live task has claimed what this one needs for itself."""

    def __init__(self, claim: str) -> None:
        super().__init__(f"{claim} is claimed by another task.")
        self.claim = claim


FIRST_REPLACEMENT = 0.05
LONGEST_REPLACEMENT = 5.0
"""Seconds before another actor takes over where the one that had taken over has died as well."""


class TaskRegistry(LoopActor):
    """Asked by the services of the web layer, told by the TaskActors. It never asks a TaskActor."""

    messages_per_turn = 512  # they come from thousands of actors, each of which has a turn as well

    def __init__(self, services: TaskServices, on_lost: Callable[[str], None]) -> None:
        super().__init__()
        self._services = services
        self._on_lost = on_lost
        self._live = LiveTasks()
        self._beginnings = Beginnings()
        self._ending: set[TaskId] = set()  # parents whose subtasks are being aborted: none begins any more
        self._arrivals = Arrivals()
        self._children = Children()
        self._parked = False

    def on_receive(self, message: Any) -> Any:
        """No turn waits for anything: what takes time is a child that tells."""
        match message:
            case Find(task_id):
                entry = self._live.get(task_id)
                return entry.task if entry else None
            case Show():
                return LastSaved(self._live, self.actor_ref)
            case Changed(task):
                self._changed(task)
            case Submit():
                return self._submit(message)
            case Recorded():
                self._recorded(message)
            case NotRecorded(submit, promise, error):
                self._not_recorded(submit, promise, error)
            case Adopt():
                return self._adopt(message)
            case Launch():
                self._launch(message)
            case BeginSubtasks(parent, task_ids):
                if parent not in self._ending:
                    self._begin(parent, self._beginnings.ask(parent, task_ids))
            case AbortTask(task_id, abort):
                return self._abort(task_id, AbortWork(abort))
            case AbortSubtasks(parent, abort):
                self._ending.add(parent)
                self._beginnings.forget(parent)
                self._abort_share(AbortShare(self._live.subtasks(parent), abort))
            case AbortShare():
                self._abort_share(message)
            case Died(task_id):
                self._died(task_id)
            case Replace(task_id):
                self._replace(task_id)
            case Vanished(task_id):
                self._vanished(task_id)
            case Park(now):
                return self._park(now=now)
            case Roll():
                return [entry.ref for entry in self._live.all() if entry.ref is not None]
            case Ping():
                return None
            case _:
                raise TypeError(f"TaskRegistry has no use for a {type(message).__name__}.")
        return None

    def on_failure(self, *_: Any) -> None:
        """Nobody supervises the supervisor: the service stops, and its next start finds the tasks."""
        self._services.waiting.close()
        self._on_lost(type(self).__name__)

    # --- a new task

    def _submit(self, submit: Submit) -> Promise | ClaimedError | HeldError:
        claimed = self._live.claimed(submit.claims) or self._live.claimed(submit.barred)
        if claimed is not None:
            return ClaimedError(claimed)
        held = self._services.holds.reserve(submit.alone)
        if held is not None:
            return held
        first = submit.tasks[0]
        self._live.claim(submit.claims, first.id)
        promise = Promise()
        self._arrivals.begin(submit.tasks)
        recording = record(submit, promise, self._services, self.actor_ref)
        self._children.start(recording, f"recording of {first.id}")
        return promise

    def _recorded(self, recorded: Recorded) -> None:
        """Until all of them are entered they are arriving, and nothing is told of them."""
        submit, position = recorded.submit, recorded.position
        parent, end = submit.tasks[0], position + ENTERED_IN_A_TURN
        share = submit.tasks[position:end]
        if position == 0:
            self._live.enter(parent, submit.claims)
        self._live.enter_subtasks(parent.id, share if position else share[1:])
        self._services.figures.entered(share)
        if end < len(submit.tasks):
            self._go_on_with(replace(recorded, position=end))
        else:
            self._arrived(submit, recorded.promise)

    def _arrived(self, submit: Submit, promise: Promise) -> None:
        parent, *subtasks = submit.tasks
        if subtasks:
            log.info("task %s: recorded, %s with %s subtasks", parent.id, parent.operation, len(subtasks))
        else:
            log.info("task %s: recorded, %s", parent.id, parent.operation)
        promise.keep(parent)
        for task_id, abort, ended in self._arrivals.end(parent.id):
            self._await_end(self._live[task_id], abort, ended)
        # Not in this turn: whoever waits for the promise has the answer before the actors are started.
        self._go_on_with(Launch(submit.tasks, Begin(tuple([task.id for task in subtasks]))))

    def _adopt(self, adopt: Adopt) -> Promise:
        """What they held and claimed before the stop is theirs again before anything begins."""
        operations, inventory = self._services.operations, self._services.inventory
        claims: set[str] = set()
        for task in adopt.tasks:
            operation = operations[task.operation]
            claims |= operation.claims(task, inventory)
            holds = self._services.holds
            has = holds.expect if task.state in BEFORE_WORK else holds.take
            for key in operation.holds(task, inventory):
                has(key, task.id)
        first, *subtasks = adopt.tasks
        self._live.claim(claims, first.id)
        self._live.enter(first, frozenset(claims))
        self._live.enter_subtasks(first.id, subtasks)
        self._services.figures.entered(adopt.tasks)
        launched = Promise()
        self._launch(Launch(adopt.tasks, adopt.begin, launched=launched))
        return launched

    def _not_recorded(self, submit: Submit, promise: Promise, error: Exception) -> None:
        self._live.release(submit.claims)
        for task in submit.tasks:
            self._services.holds.release(task.id)
        for _, _, ended in self._arrivals.end(submit.tasks[0].id):
            ended.keep(None)
        promise.break_with(error)

    def _launch(self, launch: Launch) -> None:
        tasks, end = launch.tasks, launch.position + SHARE
        for entry in self._live.these(task.id for task in tasks[launch.position : end]):
            entry.ref = self._start(entry)
        if end < len(tasks):
            self._go_on_with(replace(launch, position=end))
            return
        parent = tasks[0]
        self._live.launched(parent.id)
        entries = self._live.these(task.id for task in tasks)  # those whose actors have died meanwhile aside
        if entries and entries[0].task.id == parent.id:
            self._tell(entries[0], launch.begin)
        for entry in entries:
            if entry.abort is not None:
                self._tell(entry, entry.abort)
        if launch.launched is not None:
            launch.launched.keep(parent)

    def _start(self, entry: Entry) -> pykka.ActorRef[TaskActor]:
        return TaskActor.start(entry.task, self.actor_ref, self._services, entry.fence)

    def _begin(self, parent: TaskId, subtasks: list[TaskId]) -> None:
        if self._parked:
            return
        for task_id in subtasks:  # which grows by those that come in place of one that has ended meanwhile
            entry = self._live.get(task_id)
            if entry is not None:
                self._tell(entry, Begin())
            else:
                subtasks += self._beginnings.is_under_way(parent, task_id)

    def _is_under_way(self, task: Task) -> None:
        if task.parent is not None:
            self._begin(task.parent, self._beginnings.is_under_way(task.parent, task.id))

    # --- a live task

    def _changed(self, task: Task) -> None:
        self._services.waiting.changed(task)
        entry = self._live.get(task.id)
        if entry is None:
            return
        self._services.figures.changed(entry.task, task, self._services.clock.now())
        entry.task = task
        self._is_under_way(task)
        # That a subtask is being stopped changes nothing for its parent: thousands tell it at once.
        if (
            task.state is not TaskState.CANCELLING
            and task.parent is not None
            and (parent := self._live.get(task.parent)) is not None
        ):
            self._tell(parent, SubtaskChanged(task))
        if not task.is_live:
            self._ended(entry)

    def _ended(self, entry: Entry) -> None:
        task = entry.task
        self._live.leave(entry)
        self._beginnings.forget(task.id)
        self._ending.discard(task.id)
        self._services.holds.release(task.id)
        for promise in entry.waiting:
            promise.keep(task)

    def _abort(self, task_id: TaskId, abort: AbortWork) -> Promise | None:
        """Also for a task that is being recorded: somebody may have seen it in the store already."""
        promise = Promise()
        if not self._arrivals.abort(task_id, abort, promise):
            entry = self._live.get(task_id)
            if entry is None:
                return None
            self._await_end(entry, abort, promise)
        return promise

    def _await_end(self, entry: Entry, abort: AbortWork, promise: Promise) -> None:
        entry.waiting = (*entry.waiting, promise)
        entry.fence.put_up()
        self._deliver(entry, abort)

    def _deliver(self, entry: Entry, abort: AbortWork) -> None:
        """An abort of a task whose launch is under way waits until it is done, a moment later."""
        parent_id = entry.task.parent or entry.task.id
        if self._live.is_launching(parent_id):
            entry.abort = entry.abort or abort
        else:
            self._tell(entry, abort)

    def _abort_share(self, message: AbortShare) -> None:
        end = message.position + SHARE
        for entry in self._live.these(message.task_ids[message.position : end]):
            self._deliver(entry, AbortWork(message.abort))
        if end < len(message.task_ids):
            self._go_on_with(replace(message, position=end))

    def _died(self, task_id: TaskId) -> None:
        """Nothing is orphaned: another actor ends the record that the dead one left live."""
        entry = self._live.get(task_id)
        if entry is None:
            return
        log.error("task %s: its actor failed; another one ends the task", task_id)
        self._services.holds.release(task_id)
        entry.deaths += 1
        if entry.deaths == 1:
            self._replace(task_id)
        else:  # what killed the one before may last: a moment's pause, ever longer
            pause = min(FIRST_REPLACEMENT * 2**entry.deaths, LONGEST_REPLACEMENT)
            asyncio.get_running_loop().call_later(pause, self._tell_to_replace, task_id)

    def _tell_to_replace(self, task_id: TaskId) -> None:
        if self.actor_ref.is_alive():
            self.actor_ref.tell(Replace(task_id))

    def _replace(self, task_id: TaskId) -> None:
        entry = self._live.get(task_id)
        if entry is None or self._parked:
            return
        entry.ref = self._start(entry)
        self._tell(entry, EndAsFailed(self._live.subtasks(task_id)))

    def _vanished(self, task_id: TaskId) -> None:
        """A record that is gone has nothing to end; whoever waits for its end has it."""
        self._services.waiting.gone(task_id)
        entry = self._live.get(task_id)
        if entry is None:
            return
        log.error("task %s: its record is gone from the store", task_id)
        entry.fence.put_up()
        self._services.figures.gone(entry.task)
        self._is_under_way(entry.task)
        for subtask in self._live.these(self._live.subtasks(task_id)):
            self._tell(subtask, EndAsFailed())  # whose records have gone with it
        if entry.task.parent is not None and (parent := self._live.get(entry.task.parent)) is not None:
            self._tell(parent, SubtaskChanged(vanished(entry.task, self._services.clock.now())))
        self._ended(entry)

    def _park(self, *, now: bool) -> Promise:
        """The service stops: the work ends, the records stay live and are found at the next start."""
        self._parked = True
        self._services.stopping.set()
        self._services.waiting.close()
        done = Promise()
        self._children.start(self._await_parked(done, now=now), "parking of the tasks")
        return done

    async def _await_parked(self, done: Promise, *, now: bool) -> None:
        asked: list[pykka.Future[Any]] = []
        entries = self._live.all()
        for begin in range(0, len(entries), SHARE):
            share = entries[begin : begin + SHARE]
            asked += [entry.ref.ask(ParkWork(now), block=False) for entry in share if entry.ref]
            await asyncio.sleep(0)
        for answer in asked:
            try:
                parked: Promise = await answer
                await parked.kept()
            except pykka.ActorDeadError:
                continue
        for entry in self._live.all() if now else ():
            for waiting in entry.waiting:
                waiting.break_with(StoreUnavailableError("The service is stopping."))
            if entry.ref is not None and entry.ref.is_alive():
                entry.ref.stop(block=False)
        done.keep(None)

    # --- small things

    def _go_on_with(self, rest: Launch | AbortShare | Recorded) -> None:
        """At the next pass of the loop, not in this turn: whoever has something to do comes before it."""
        asyncio.get_running_loop().call_soon(self._tell_the_rest, rest)

    def _tell_the_rest(self, rest: Launch | AbortShare | Recorded) -> None:
        with suppress(pykka.ActorDeadError):  # the service has stopped
            self.actor_ref.tell(rest)

    def _tell(self, entry: Entry, message: Any) -> None:
        if entry.ref is None:
            return
        try:
            entry.ref.tell(message)
        except pykka.ActorDeadError:
            # It has just ended, or failed: then its last word is in our mailbox.
            log.debug(
                "task %s: its actor is gone, %s is not delivered", entry.task.id, type(message).__name__
            )
