"""Watchdog: measures how late the loop is, and logs where it is stuck while it is stuck."""

import asyncio
import logging
import sys
import threading
import traceback

from actors.runtime.readings import readings_of

log = logging.getLogger("taskmon.runtime")


class Watchdog:
    """A heartbeat on the running loop, and a thread that looks on.

    All readings are seconds, and may be read from any thread: `lateness` is by how much the last beat
    was late, `longest_lateness` and `longest_turn` (of any actor) are the longest since the start, or
    since `begin_anew()`. Times are those of the loop's clock.
    """

    def __init__(self, *, interval: float = 0.1, limit: float = 0.25) -> None:
        """Beat every `interval` seconds; a beat that is `limit` late has the loop's stack logged."""
        self.interval = interval
        self.limit = limit
        self.lateness = 0.0
        self.longest_lateness = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def longest_turn(self) -> float:
        return 0.0 if self._loop is None else readings_of(self._loop).longest_turn

    def begin_anew(self) -> None:
        """Forget the longest so far."""
        self.longest_lateness = 0.0
        if self._loop is not None:
            readings_of(self._loop).longest_turn = 0.0

    def start(self) -> None:
        """Watch the running loop, until `stop()`.

        Raises:
            RuntimeError: no loop runs here, or it watches already.
        """
        if self._thread is not None:
            raise RuntimeError("The watchdog watches a loop already: stop it first.")
        self._loop = loop = asyncio.get_running_loop()
        self._stop.clear()
        self._wait_for_beat(loop)
        self._thread = threading.Thread(
            target=self._look_on, args=(loop, threading.get_ident()), name="watchdog", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer; the readings stay. Twice is no error."""
        if self._beat is not None:
            self._beat.cancel()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1)  # it only waits for this
        self._beat = self._thread = None

    def _wait_for_beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + self.interval
        self._beat = loop.call_at(self._due, self._take_beat, loop)

    def _take_beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lateness = max(0.0, loop.time() - self._due)
        self.longest_lateness = max(self.longest_lateness, self.lateness)
        self._wait_for_beat(loop)

    def _look_on(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        reported = None
        while not self._stop.wait(self.interval):
            due = self._due
            late = loop.time() - due
            if late > self.limit and due != reported:
                reported = due
                frame = sys._current_frames().get(thread)
                stack = "its thread has ended" if frame is None else "".join(traceback.format_stack(frame))
                log.warning("the loop has been stuck for %.0f ms, and is here:\n%s", late * 1000, stack)
