"""How late a loop is: a timer on it that beats every few milliseconds."""

import asyncio
import time
from typing import Final

from actors.runtime.readings import readings_of
from bench.lines import Health

BEAT: Final = 0.01
"""Seconds between two beats."""


class Beats:
    """Beats on the running loop, from when it is made until the loop ends."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begin()
        self._wait()

    def read(self) -> Health:
        """How the loop did since the last call of this, or since this was made."""
        lags = sorted(self._lags) or [0.0]
        readings = readings_of(self._loop)
        health = Health(
            longest_turn=readings.longest_turn,
            lag_999=lags[min(len(lags) - 1, int(len(lags) * 0.999))],
            longest_lag=lags[-1],
            busiest=self._busiest,
        )
        readings.longest_turn = 0.0
        self._begin()
        return health

    def _begin(self) -> None:
        self._lags: list[float] = []
        self._busiest = 0.0
        self._used = time.thread_time()

    def _wait(self) -> None:
        self._due = self._loop.time() + BEAT
        self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        self._lags.append(max(0.0, self._loop.time() - self._due))
        used = time.thread_time()
        self._busiest = max(self._busiest, used - self._used)
        self._used = used
        self._wait()
