"""Readings of one loop: what its actors note about the time they take."""

import asyncio
import threading
import weakref
from dataclasses import dataclass


@dataclass(slots=True)
class Readings:
    """`longest_turn`: the longest stretch, in seconds, that one actor has held the loop."""

    longest_turn: float = 0.0


_lock = threading.Lock()
_readings: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Readings]" = weakref.WeakKeyDictionary()


def readings_of(loop: asyncio.AbstractEventLoop) -> Readings:
    """The readings of this loop, the same object each time; they go when the loop goes."""
    with _lock:
        readings = _readings.get(loop)
        if readings is None:
            readings = _readings[loop] = Readings()
        return readings
