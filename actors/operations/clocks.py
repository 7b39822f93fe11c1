"""The clocks of a task: how long it may wait, work, and show nothing new, and what is said when one rings.

- The waiting clock runs while servers are waited for that other tasks hold. A wait for an earlier batch is
  not in it.
- The run clock runs from the start of the work to its end.
- The progress clock runs from the last time that something new was seen.

They go by the loop's own time. After a stop of the service the first two count from when they began before
it, which the task's own messages say; but a minute is left in any case, or the work would end without one
look at what came about meanwhile. The third begins anew.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any

from actors.tasks.context import Context
from actors.tasks.errors import TaskmonError
from actors.tasks.messages import Message

TIMEOUTS = "timeouts"
"""The key of `Task.input` under which what the client gave lies."""

LEAST_AFTER_A_STOP = 60.0
"""Seconds that a clock has left at a start of the service, or its limit if that is less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds after which each clock rings; None: it is not said here, or there is no such clock."""

    waiting: float | None = None
    run: float | None = None
    progress: float | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Timeouts":
        """What the input of a task says of them."""
        plain = given.get(TIMEOUTS, {})
        return cls(**{field.name: plain.get(field.name) for field in fields(cls)})

    @property
    def as_input(self) -> dict[str, dict[str, float]]:
        """For the input of a task: what `read` makes this of. Empty where nothing is said."""
        if self == NO_TIMEOUTS:
            return {}
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: value for name, value in said.items() if value is not None}
        return {TIMEOUTS: plain} if plain else {}

    def over(self, others: "Timeouts") -> "Timeouts":
        """What is said here, and of the rest what the others say."""
        if self == NO_TIMEOUTS:
            return others
        return Timeouts(
            waiting=others.waiting if self.waiting is None else self.waiting,
            run=others.run if self.run is None else self.run,
            progress=others.progress if self.progress is None else self.progress,
        )


NO_TIMEOUTS = Timeouts()


class ClockRangError(TaskmonError):
    """A clock of the task rang; the text says which and after how long, without its full stop."""


class Clocks:
    """The clocks of one run of one task."""

    __slots__ = ("_context", "_limits", "_work", "seen")

    def __init__(self, context: Context, defaults: Timeouts) -> None:
        """What the task was given goes before the defaults of its operation."""
        self._context = context
        self._limits = Timeouts.read(context.task.input).over(defaults)
        self._work: _Wound | None = None
        self.seen = ""
        """What was last seen, in the words of `saw`."""

    def waiting(self) -> "_Wound":
        """While the servers of the task are waited for: `async with` this.

        Raises:
            ClockRangError: the waiting clock rang.
        """
        return self._wound("waiting", self._limits.waiting, "TaskPaused")

    def working(self) -> "_Wound":
        """While the task is at work, once that it has begun is saved: `async with` this.

        Raises:
            ClockRangError: the run clock rang, or the progress clock.
        """
        self._work = self._wound("run", self._limits.run, "TaskStarted", self._limits.progress)
        return self._work

    def saw(self, what: str) -> None:
        """What is seen now. If it is not what was seen before, that is progress."""
        if what != self.seen:
            self.seen = what
            if self._work is not None:
                self._work.wind_up()

    def _wound(self, clock: str, limit: float | None, began: str, progress: float | None = None) -> "_Wound":
        """The clock, which began with the first message of this key."""
        if limit is None:
            return _Wound(clock, None, progress=progress)
        told = iter(self._context.task.messages)
        since = next((message.at for message in told if message.key == began), None)
        if since is None or all(message.key != "TaskResumed" for message in told):
            return _Wound(clock, limit, progress=progress)  # no start of the service since: it begins now
        gone = max(0.0, (self._context.clock.now() - since).total_seconds())
        least = min(limit, LEAST_AFTER_A_STOP)
        return _Wound(
            clock, limit, max(limit - gone, least), progress=progress, cut_short=limit - gone < least
        )


class _Wound:
    """One clock that runs to its end, and perhaps one beside it that begins anew with each progress.

    What `asyncio.Timeout` does, with one timer for both clocks, which looks when it is due whether there was
    progress meanwhile: thousands of tasks have one, and see something new again and again. A timer for each
    time would lie there until the clock would have rung.
    """

    __slots__ = ("_cancelling", "_clock", "_cut_short", "_ends", "_limit", "_progress", "_progress_ends",
                 "_rang", "_task", "_timer")  # fmt: skip

    def __init__(
        self,
        clock: str,
        limit: float | None,
        left: float | None = None,
        *,
        progress: float | None = None,
        cut_short: bool = False,
    ) -> None:
        """It rings after its `limit` (None: never), of which so much is `left`, or after `progress` without
        any; `cut_short` by a stop of the service."""
        left = limit if left is None else left
        self._clock = clock
        self._limit = limit
        self._cut_short = cut_short
        self._ends = math.inf if left is None else asyncio.get_running_loop().time() + left
        self._progress = progress
        self._progress_ends = math.inf
        self._rang = ""
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None, "clocks are for the work of a task"
        self._task = task
        self._cancelling = task.cancelling()
        self.wind_up()
        self._wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task, self._task = self._task, None  # else a task that was cancelled would refer to itself
        assert task is not None, "it was entered"
        # Whoever cancelled the work besides has not seen it end, and the cancellation is theirs.
        if self._rang and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise ClockRangError(self._rang) from None

    def wind_up(self) -> None:
        """The one for progress begins anew."""
        if self._progress is not None:
            self._progress_ends = asyncio.get_running_loop().time() + self._progress

    def _wait(self) -> None:
        due = min(self._ends, self._progress_ends)
        if due < math.inf:
            self._timer = asyncio.get_running_loop().call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        if now < self._ends and now < self._progress_ends:
            self._wait()
            return
        if self._progress is not None and self._progress_ends < self._ends:
            self._rang = _rang("progress", self._progress)
        else:
            self._rang = _rang(self._clock, self._limit or 0.0)
            if self._cut_short:
                self._rang += ", of which the service was stopped for a part"
        if self._task is not None:
            self._task.cancel()


def waited_in_vain(rang: ClockRangError, uri: str) -> Message:
    """How it is told that the waiting clock rang: `uri` is of the system that was not let go."""
    return Message(
        "OperationTimeout",
        detail=f"{rang}; {uri} was held by another task. Nothing was done to it.",
        resolution_here="Wait until what holds it has ended, or give a longer WaitingTimeout, then start it "
        "again.",
    )


def _rang(clock: str, limit: float) -> str:
    return f"The {clock} clock rang after {limit:g} s"
