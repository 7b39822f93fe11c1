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
        return _Wound(*self._left("waiting", self._limits.waiting, "TaskPaused"))

    def working(self) -> "_Wound":
        """While the task is at work, once that it has begun is saved: `async with` this.

        Raises:
            ClockRangError: the run clock rang, or the progress clock.
        """
        left, sentence = self._left("run", self._limits.run, "TaskStarted")
        self._work = _Wound(left, sentence, self._limits.progress)
        return self._work

    def saw(self, what: str) -> None:
        """What is seen now. If it is not what was seen before, that is progress."""
        if what != self.seen:
            self.seen = what
            if self._work is not None:
                self._work.wind_up()

    def _left(self, clock: str, limit: float | None, began: str) -> tuple[float | None, str]:
        """How long until it rings, and what is said then; it began with the first message of this key."""
        if limit is None:
            return None, ""
        told = iter(self._context.task.messages)
        since = next((message.at for message in told if message.key == began), None)
        if since is None or all(message.key != "TaskResumed" for message in told):
            return limit, _rang(clock, limit)  # no start of the service has come after it: it begins now
        gone = max(0.0, (self._context.clock.now() - since).total_seconds())
        least = min(limit, LEAST_AFTER_A_STOP)
        if limit - gone >= least:
            return limit - gone, _rang(clock, limit)
        return least, f"{_rang(clock, limit)}, of which the service was stopped for a part"


class _Wound:
    """One clock that runs to its end, and perhaps one beside it that begins anew with each progress.

    A class, and no generator with its frame: thousands of tasks have one.
    """

    __slots__ = ("_ends", "_next", "_progress", "_sentence", "_timeout")

    def __init__(self, left: float | None, sentence: str, progress: float | None = None) -> None:
        """It rings in `left` seconds (None: never) with this sentence, or after `progress` without any."""
        self._ends = None if left is None else asyncio.get_running_loop().time() + left
        self._sentence = sentence
        self._progress = progress
        self._next = sentence  # of the clock that is the next to ring
        self._timeout: asyncio.Timeout | None = None

    async def __aenter__(self) -> None:
        ring = self._ring()
        self._timeout = await asyncio.timeout_at(ring).__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        timeout, self._timeout = self._timeout, None
        assert timeout is not None, "it was entered"
        try:
            await timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise ClockRangError(self._next) from None

    def wind_up(self) -> None:
        """The one for progress begins anew, if the work goes on."""
        if self._progress is not None and self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(self._ring())

    def _ring(self) -> float | None:
        """When the next of them rings, from now."""
        self._next = self._sentence
        if self._progress is None:
            return self._ends
        ring = asyncio.get_running_loop().time() + self._progress
        if self._ends is not None and self._ends <= ring:
            return self._ends
        self._next = _rang("progress", self._progress)
        return ring


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
