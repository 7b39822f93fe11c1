"""Collecting: keeps Python's collector of cycles from holding the loop while thousands of tasks live.

A full collection looks at every object that could be part of a cycle, in one stretch: at those of ten
thousand tasks for half a second, and again whenever a few more have come. Nearly all of them live as long as
their task, or as a change of it that is under way, and go by themselves when that ends. So what has survived
a collection that took long, of whichever generation, is set aside (`gc.freeze`), and the next one looks only
at what has come since: no object is looked at again and again while thousands of changes are under way.

Nor is it left to Python when the young are looked at. It counts what was made less what went, of whatever
age: where each change of a task makes as many objects as it lets go of, that stays near nothing while ever
more that is young lives, until one look at all of it takes a fifth of a second. So while many tasks live, the
young are looked at every few milliseconds, and what outlives that is set aside once it is much.

What is set aside and becomes a cycle that nobody reaches stays in memory. There is little of it: what comes
by the thousand, such as connections and work, is made so that it goes by itself. Everything is looked at once
more when few tasks live any more, of many, a moment later at the earliest, and after a quarter of an hour in
any case; that takes a tenth of a second, nearly all of it for the modules of the service. What is free by
then is given back to the system, where the C library can do that: TLS leaves holes between what stays.
"""

import asyncio
import ctypes
import gc
import time
from collections.abc import Callable
from typing import Final

LONG: Final = 0.005
"""Seconds: a collection that took longer had too much to look at."""
AT_THE_EARLIEST: Final = 15.0
AT_THE_LATEST: Final = 900.0
"""Seconds after the first was set aside at which everything is looked at: where few tasks live, and in any
case."""
FEW: Final = 200
OF_MANY: Final = 4
"""Few live when they are so many at the most, whose objects are little beside the modules, and not more than
this part of the most that have lived since everything was looked at: how often it is looked at goes with the
number of peaks. Not only when none lives: one that waits for a server that never answers keeps no memory."""
LOOK_EVERY: Final = 1.0
"""Seconds."""
YOUNG_EVERY: Final = 0.02
"""Seconds between two looks at the young, while more than FEW live."""
MUCH: Final = 0.01
"""Seconds of the processor: once such looks have taken so many together, what has outlived them is looked at
once more, and set aside. How long one takes goes with what has come; it cannot be counted (`gc.get_objects`
holds what another thread is about to let go of, such as a cursor on the database, and lets go of it here)."""
THRESHOLDS: Final = (5_000, 2, 1)
"""The first is larger than Python's own: a change of a task makes dozens of objects, which a thousand tasks
have under way at once, and which are gone with the change where they are not looked at before. The
others are smaller: a full collection comes earlier, and has less to look at in one stretch."""


class Collecting:
    """Between `start()` and `stop()`, on the running loop; there is one in a process."""

    def __init__(
        self,
        living: Callable[[], int] = lambda: 0,
        long: float = LONG,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`living` is how many tasks are live; a collection is long after `long` seconds."""
        self._living = living
        self._now = now
        self._long = long
        self._began = 0.0
        self._set_aside_since: float | None = None
        self._most = 0  # tasks that have lived since everything was looked at
        self._timer: asyncio.TimerHandle | None = None
        self._spent = 0.0  # on looks at the young, since what outlived them was set aside
        self._look_due = 0.0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """Set aside all there is, which lives as long as the service, and begin.

        Best before the service opens anything: else each full collection meanwhile looks at every module.
        """
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(self._collected)
        self._look_again()

    def go_by(self, living: Callable[[], int]) -> None:
        """The service has started: set aside what that has made, and go by how many tasks are `living`."""
        self._living = living
        gc.freeze()

    def stop(self) -> None:
        """End it; nothing is set aside any more. Twice is no error."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.callbacks.remove(self._collected)
            gc.set_threshold(*self._thresholds)
            gc.unfreeze()

    def look_at_young(self) -> None:
        """Look at what has come lately, and set aside what stays of it, once that is much."""
        began = time.thread_time()
        gc.collect(0)
        self._spent += time.thread_time() - began
        if self._spent > MUCH:
            gc.collect(1)
            self._set_aside()

    def look(self) -> None:
        """Look at everything once more, if it is time for that. On the loop; called every second or so."""
        living = self._living()
        self._most = max(self._most, living)
        since = self._set_aside_since
        if since is None:
            return
        few = living <= min(FEW, self._most / OF_MANY)
        if self._now() > since + (AT_THE_EARLIEST if few else AT_THE_LATEST):
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            give_back()
            self._set_aside_since = self._now() if living else None
            self._most = living

    def _collected(self, phase: str, _: dict[str, int]) -> None:
        """Called by the collector, on whatever thread it runs, before and after each collection."""
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began > self._long:
            self._set_aside()

    def _set_aside(self) -> None:
        gc.freeze()
        self._spent = 0.0
        if self._set_aside_since is None:
            self._set_aside_since = self._now()

    def _look_again(self) -> None:
        """At the young where many tasks live, and every second at whether everything is to be looked at."""
        loop = asyncio.get_running_loop()
        many = self._living() > FEW
        if many:
            self.look_at_young()
        if loop.time() >= self._look_due:
            self.look()
            self._look_due = loop.time() + LOOK_EVERY
        self._timer = loop.call_later(YOUNG_EVERY if many else LOOK_EVERY, self._look_again)


def give_back() -> None:
    """Give free memory back to the system; nothing where the C library has no `malloc_trim` (glibc has)."""
    if hasattr(_C, "malloc_trim"):
        _C.malloc_trim(0)


_C: Final = ctypes.CDLL(None)
