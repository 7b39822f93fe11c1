"""Staying with a server between two calls: the connection is kept for what is asked there next.

Where more is to be done than connections may be open, a connection that comes back is closed to make room,
and the next call costs a TLS handshake: more than all the rest of a request, at both ends.
"""

import asyncio

from fleet.connection import Connection
from fleet.connections import Connections

LONGEST_STAY = 2.0
"""Seconds for which a place is kept that nobody uses, should what is to follow be held up."""


class Stay:
    """What is kept at one server, if anything; as a context manager somebody stays there.

    Several may stay at once, and whoever calls there is served by what is kept.
    """

    __slots__ = ("_connections", "_guests", "_kept", "_since", "_timer")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._guests = 0
        self._kept: Connection | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._guests += 1

    def __exit__(self, *_: object) -> None:
        self._guests -= 1
        if not self._guests:
            self._give_back()

    def keep(self, connection: Connection) -> None:
        """Keep what was borrowed for the next call. Where nobody stays, or stayed long, it is given back."""
        if not self._guests or self._kept is not None or not connection.usable:
            self._connections.give_back(connection)
            return
        self._kept = connection
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        self._timer = loop.call_later(LONGEST_STAY, self._give_back)

    def take(self, max_idle: float | None) -> Connection | None:
        """What is kept, unless for more than `max_idle` seconds; whoever takes it keeps it again, or gives it
        back."""
        if max_idle is not None and asyncio.get_running_loop().time() - self._since > max_idle:
            self._give_back()
        return self._let_go()

    def _let_go(self) -> Connection | None:
        kept, self._kept = self._kept, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return kept

    def _give_back(self) -> None:
        if (kept := self._let_go()) is not None:
            self._connections.give_back(kept)
