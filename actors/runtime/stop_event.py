"""StopEvent: a threading.Event that is small until a thread waits for it."""

import threading

_lock = threading.Lock()
"""For the moment in which any of them is set, or waited for for the first time."""


class StopEvent(threading.Event):
    """As `threading.Event`, of a few words.

    Python's own holds a lock with a queue of those who wait, 1.2 kB in all. Every actor has such an event to
    say that it has stopped, and hardly ever does a thread wait for one: then there is one of Python's.
    """

    def __init__(self) -> None:  # not the base's, which makes what is spared here
        self._is_set = False
        self._gate: threading.Event | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):#x}: {'set' if self._is_set else 'unset'}>"

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        with _lock:
            self._is_set = True
            gate, self._gate = self._gate, None
        if gate is not None:
            gate.set()

    def clear(self) -> None:
        with _lock:
            self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        with _lock:
            if self._is_set:
                return True
            gate = self._gate = self._gate or threading.Event()
        return gate.wait(timeout)
