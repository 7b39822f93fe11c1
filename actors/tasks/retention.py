"""How long ended tasks are kept, and how many: sweeps that remove the oldest, and room for new ones."""

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pykka

from actors.asking import ask
from actors.runtime import LoopActor
from actors.settings.records import Value
from actors.tasks.errors import NoRoomError, StoreUnavailableError
from actors.tasks.mail import Ping, Promise
from actors.tasks.memory_of_ended import MemoryOfEnded
from actors.tasks.ports import Clock, Remove, Store
from actors.tasks.request_keys import RequestKey
from actors.tasks.task import Task, TaskId

log = logging.getLogger("taskmon.tasks")

AUTO_DELETE = "TaskAutoDeleteTimeoutMinutes"
MONITOR_EXPIRY = "TaskMonitorAutoExpirySeconds"
"""The property of the TaskService that clients may set."""
LONGEST_KEPT = 5_256_000
"""Minutes: ten years, the most that may be set."""
SWEPT_EVERY = 30.0
"""Seconds between the end of a sweep and the next one."""
TASKS_TOGETHER = 20
RECORDS_TOGETHER = 2000
"""A commit removes no more tasks, and no more records unless one task alone has more subtasks."""
KEYS_KEPT = timedelta(days=1)
"""The key of a request is known for so long, and for as long as its task is there."""
KEYS_TOGETHER = 500


class OverwritePolicy(StrEnum):
    """What happens to ended tasks when there is no room for new ones: the words are Redfish's."""

    OLDEST = "Oldest"
    MANUAL = "Manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """At most so many top-level tasks, live ones included; an ended one for so many minutes.

    A task monitor is there for `monitor_expiry` seconds after its final answer was first read (None: as long
    as its task).
    """

    max_retained: int
    auto_delete_minutes: int
    overwrite_policy: OverwritePolicy
    monitor_expiry: int | None = None

    def with_set(self, values: Mapping[str, Value]) -> "RetentionRules":
        """These rules, except for what clients have set of the TaskService: that wins."""
        minutes, seconds = values.get(AUTO_DELETE), values.get(MONITOR_EXPIRY)
        return replace(
            self,
            auto_delete_minutes=minutes if isinstance(minutes, int) else self.auto_delete_minutes,
            monitor_expiry=seconds if isinstance(seconds, int) else None,
        )


@dataclass(slots=True)
class RetentionCounts:
    """What has happened since the start."""

    sweeps: int = 0
    failed_sweeps: int = 0
    removed: int = 0
    refused: int = 0


class Retention:
    """What others ask of the RetentionKeeper."""

    def __init__(self, keeper: pykka.ActorRef[Any], rules: RetentionRules, counts: RetentionCounts) -> None:
        self._keeper = keeper
        self.rules = rules
        self.counts = counts

    def apply(self, values: Mapping[str, Value]) -> None:
        """Go by what clients have set of the TaskService from now on, and sweep at once."""
        self.rules = self.rules.with_set(values)
        with suppress(pykka.ActorDeadError):  # the service is stopping
            self._keeper.tell(NewRules(self.rules))

    async def sweep(self) -> None:
        """Remove now what is due; on return nothing that was due is left.

        Raises:
            StoreUnavailableError: the rest is left for the next sweep.
        """
        promise: Promise = await ask(self._keeper, SweepNow())
        await promise.kept()

    async def make_room(self, task_id: TaskId) -> None:
        """Keep a place for this new task until `settled`, removing what ended first if that is the policy.

        Where there are many too many, since the number was set lower, more than one goes for each new task
        and the rest with the sweep: nobody waits for all of it.

        Raises:
            NoRoomError: there are as many tasks as there may be, and none may be removed.
            StoreUnavailableError: it cannot be known.
        """
        await ask(self._keeper, MakeRoom(task_id))

    async def remove_ended(self, task_ids: Sequence[TaskId]) -> None:
        """Remove those of these top-level tasks that have ended, with their subtasks; live ones stay.

        They go in small batches, each all or none, and others who want room have their turn in between.

        Raises:
            StoreUnavailableError: some may be gone, and the rest is there.
        """
        for start in range(0, len(task_ids), TASKS_TOGETHER):
            batch = RemoveEnded(tuple(task_ids[start : start + TASKS_TOGETHER]))
            while await ask(self._keeper, batch):
                pass  # those with very many subtasks do not all go into one commit

    def settled(self, task_id: TaskId, *, recorded: bool) -> None:
        """It is known whether the task is recorded; where it is not, its place is free again."""
        with suppress(pykka.ActorDeadError):  # the service is stopping
            self._keeper.tell(Settled(task_id, recorded))


@dataclass(frozen=True, slots=True)
class Sweep:
    """Remove one batch of what is due, and come back while there is more."""


@dataclass(frozen=True, slots=True)
class SweepNow:
    """Answered with a promise of None: the sweep is over."""


@dataclass(frozen=True, slots=True)
class MakeRoom:
    """Answered with None, or with the error for the client."""

    task_id: TaskId


@dataclass(frozen=True, slots=True)
class RemoveEnded:
    """Answered with how many of these went in one commit, 0 if none is left that has ended; or an error."""

    task_ids: tuple[TaskId, ...]


@dataclass(frozen=True, slots=True)
class NewRules:
    """Go by these from now on; what is due by them goes at once."""

    rules: RetentionRules


@dataclass(frozen=True, slots=True)
class Settled:
    """See `Retention.settled`."""

    task_id: TaskId
    recorded: bool


class RetentionKeeper(LoopActor):
    """Removes ended tasks, a small batch in each turn: a request for room waits for one batch at the most.

    A task is due by the moment of its end and the clock's present time alone, so a clock that was set back
    removes nothing early.
    """

    def __init__(
        self,
        store: Store,
        ended: MemoryOfEnded,
        clock: Clock,
        rules: RetentionRules,
        counts: RetentionCounts,
        on_lost: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._store = store
        self._ended = ended
        self._clock = clock
        self._rules = rules
        self._counts = counts
        self._on_lost = on_lost
        self._keeps = timedelta(minutes=rules.auto_delete_minutes)
        # Places of top-level tasks: those in the store, and those that are expected there. Not counted yet.
        self._taken = sys.maxsize
        self._taken_is_exact = False  # otherwise it may be too high, never too low
        self._removals = 0
        self._expected: set[TaskId] = set()
        self._sweeping = False
        self._waiting: list[Promise] = []
        self._next: asyncio.TimerHandle | None = None

    async def on_receive(self, message: Any) -> Promise | int | NoRoomError | StoreUnavailableError | None:
        match message:
            case Sweep():
                await self._sweep()
            case SweepNow():
                promise = Promise()
                self._waiting.append(promise)
                self._begin_sweep()
                return promise
            case MakeRoom(task_id):
                try:
                    return await self._make_room(task_id)
                except StoreUnavailableError as error:
                    return error
            case RemoveEnded(task_ids):
                try:
                    return await self._remove(task_ids, "all ended tasks were to be deleted")
                except StoreUnavailableError as error:
                    return error
            case NewRules(rules):
                self._rules = rules
                self._keeps = timedelta(minutes=rules.auto_delete_minutes)
                self._begin_sweep()
            case Settled(task_id, recorded):
                if task_id in self._expected:
                    self._expected.remove(task_id)
                    self._taken_is_exact = self._taken_is_exact and recorded
            case Ping():
                return None
            case _:
                raise TypeError(f"RetentionKeeper has no use for a {type(message).__name__}.")
        return None

    def on_start(self) -> None:
        """What became due while the service did not run goes first."""
        self._begin_sweep()

    def on_stop(self) -> None:
        """What is due is found again at the next start."""
        if self._next is not None:
            self._next.cancel()
        self._answer(StoreUnavailableError("The service is stopping."))

    def on_failure(self, *_: Any) -> None:
        """Without it tasks would pile up, and new ones wait: the service stops."""
        self._on_lost(type(self).__name__)

    # --- sweeps

    def _begin_sweep(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if not self._sweeping and self.actor_ref.is_alive():
            self._sweeping = True
            self.actor_ref.tell(Sweep())

    async def _sweep(self) -> None:
        try:
            excess = await self._store.count_tasks() - self._rules.max_retained
            removed = await self._remove(await self._removable(excess)) or await self._forget_keys()
        except StoreUnavailableError as error:
            log.warning("ended tasks could not be removed, trying again in %.0f s: %s", SWEPT_EVERY, error)
            self._counts.failed_sweeps += 1
            self._end_sweep(error)
        else:
            if removed:
                self.actor_ref.tell(Sweep())  # whoever asked for room meanwhile comes first
            else:
                self._counts.sweeps += 1
                self._end_sweep()

    def _end_sweep(self, error: StoreUnavailableError | None = None) -> None:
        self._sweeping = False
        # In a context of its own: the sweeps to come are not the doing of the request that began this one.
        self._next = asyncio.get_running_loop().call_later(SWEPT_EVERY, self._begin_sweep, context=Context())
        self._answer(error)

    def _answer(self, error: StoreUnavailableError | None) -> None:
        waiting, self._waiting = self._waiting, []
        for promise in waiting:
            if error is None:
                promise.keep(None)
            else:
                promise.break_with(error)

    # --- room

    async def _make_room(self, task_id: TaskId) -> NoRoomError | None:
        most = self._rules.max_retained
        is_exact = self._taken_is_exact and self._removals == self._ended.removals
        if self._taken >= most and not is_exact:
            await self._count()
        while self._taken >= most:
            if removed := await self._remove(await self._removable(self._taken - most + 1)):
                if removed > 1 and self._taken >= most + TASKS_TOGETHER:
                    self._begin_sweep()  # the number was set lower: the sweep removes the many, nobody waits
                    break
                continue
            if self._removals == self._ended.removals:
                self._counts.refused += 1
                return self._no_room()
            await self._count()  # somebody else has made room meanwhile
        self._taken += 1
        self._expected.add(task_id)
        return None

    async def _count(self) -> None:
        """Each that is expected counts once, whether it is in the store by now or not."""
        self._removals = self._ended.removals
        self._taken = await self._store.count_tasks(self._expected) + len(self._expected)
        self._taken_is_exact = True

    def _no_room(self) -> NoRoomError:
        most = self._rules.max_retained
        if self._rules.overwrite_policy is OverwritePolicy.MANUAL:
            return NoRoomError(
                f"The service keeps {most} tasks at the most, so many there are, and by its policy "
                "(Manual) it removes none to make room.",
                "Delete tasks that have ended and are not needed any more, then send the request again.",
            )
        return NoRoomError(
            f"The service keeps {most} tasks at the most, so many there are, and none of them has ended.",
            "Wait until a task has ended, or delete one, which aborts it; then send the request again.",
        )

    # --- removing

    async def _removable(self, excess: int) -> Sequence[TaskId]:
        """Ids of ended tasks that may be removed now, the oldest end first; `excess` are wanted for room."""
        due = await self._store.ended_tasks(TASKS_TOGETHER, self._clock.now() - self._keeps)
        if excess <= len(due) or self._rules.overwrite_policy is not OverwritePolicy.OLDEST:
            return due
        # What is due is at the head of this one too.
        return await self._store.ended_tasks(max(len(due), min(excess, TASKS_TOGETHER)))

    async def _remove(self, task_ids: Sequence[TaskId], why: str = "") -> int:
        """Remove those that have ended, as many as go into one commit; how many it were.

        The log says why: because of its age or to make room, unless another reason is given.
        """
        gone: list[Task] = []
        records = 0
        for task_id in task_ids:
            task = await self._store.task(task_id)
            if task is None or task.is_live:
                continue
            records += 1 + task.subtasks
            if gone and records > RECORDS_TOGETHER:
                break
            gone.append(task)
        if gone:
            known = self._removals == (before := self._ended.removals)
            await self._ended.remove(*gone, at=self._clock.now())
            self._taken -= len(gone)
            if known and self._ended.removals == before + 2:  # nobody else has removed any
                self._removals = before + 2
            self._counts.removed += len(gone)
            now = self._clock.now()
            for task in gone:
                log.info(
                    "task %s: removed, kept %s minutes: %s",
                    task.id,
                    _minutes(task, now),
                    why or self._why(task),
                )
        return len(gone)

    async def _forget_keys(self) -> int:
        """Of requests whose task is gone; how many it were."""
        stale = await self._store.stale_request_keys(self._clock.now() - KEYS_KEPT, KEYS_TOGETHER)
        if stale:
            await self._store.commit(*(Remove(RequestKey, key) for key in stale))
        return len(stale)

    def _why(self, task: Task) -> str:
        is_due = task.ended is not None and task.ended <= self._clock.now() - self._keeps
        return "its time is over" if is_due else "to make room"


def _minutes(task: Task, now: datetime) -> int:
    return max(0, (now - (task.ended or now)) // timedelta(minutes=1))
