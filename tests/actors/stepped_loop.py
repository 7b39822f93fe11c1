"""An event loop whose time the test moves: it waits for nothing, and tells when nothing is left to do."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SMALLEST_STEP = 1e-6
"""Seconds. Adding less than that to the time might leave it as it is."""


class HangsError(AssertionError):
    """What is waited for cannot come: nothing is left to do, and the next timer is beyond the limit."""


class _Selector(selectors.DefaultSelector):
    """Asked to wait, it tells `loop` instead."""

    loop: "SteppedLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self.loop.nothing_to_do(timeout)
        return super().select(0)


class SteppedLoop(asyncio.SelectorEventLoop):
    """For what lives on one loop alone, without threads or sockets; then each run is the same as the last."""

    def __init__(self) -> None:
        self._time = 0.0
        self._idle: asyncio.Future[float | None] | None = None
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self._time

    def nothing_to_do(self, pause: float | None) -> None:
        """All that is left is to wait: until the next timer, or (None) for ever."""
        idle, self._idle = self._idle, None
        if idle is None:
            raise HangsError("Nothing is left to do, and nobody has asked to be told.")
        if not idle.done():
            idle.set_result(pause)

    def pass_time(self, seconds: float) -> None:
        """Let each timer ring that is due within these seconds, and all be done that follows from it."""
        self.run_until_complete(self._pass_time(seconds))

    def complete(self, work: Coroutine[Any, Any, T], *, within: float = 0.0) -> T:
        """What this comes to, with time passing up to so many seconds, and after it all that follows.

        Raises:
            HangsError: it has not ended by then.
        """
        return self.run_until_complete(self._complete(work, within))

    async def _pass_time(self, seconds: float) -> None:
        end = self._time + seconds
        while (pause := await self._quiet()) is not None and self._time + pause <= end:
            self._time += max(pause, SMALLEST_STEP)
        self._time = max(end, self._time)
        await self._quiet()

    async def _quiet(self) -> float | None:
        """Return once nothing is left to do: the seconds to the next timer, None if there is none."""
        self._idle = self.create_future()
        return await self._idle

    async def _complete(self, work: Coroutine[Any, Any, T], within: float) -> T:
        task, end = self.create_task(work), self._time + within
        while True:
            pause = await self._quiet()
            if task.done():
                return task.result()
            if pause is None or self._time + pause > end:
                task.cancel()
                await asyncio.wait([task])
                raise HangsError(f"{work} does not end within {within:g} s.")
            self._time += max(pause, SMALLEST_STEP)
