"""Lets few requests begin in each pass of the loop, so that ten thousand servers leave it to others too."""

import asyncio
from collections import deque

BEGIN_IN_A_PASS = 4
"""A request costs the loop milliseconds, most of them for TLS. With all that may be open at once beginning
in one pass, an answer to a client, which takes a handful of passes, would take seconds."""


class Pace:
    """First come, first served, what goes on before what begins. While the loop has nothing else to do the
    passes follow each other at once, so whoever waits waits for work that is being done, never for time to
    pass."""

    def __init__(self, per_pass: int = BEGIN_IN_A_PASS) -> None:
        self._per_pass = per_pass
        self._left = per_pass
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._going_on: deque[asyncio.Future[None]] = deque()
        self._counting = False

    async def turn(self, *, first: bool = False) -> None:
        """Return when it is one's turn to begin. Cancelled, one is out of the queue.

        Those who go `first` continue what has begun: it comes to its end before more begins.
        """
        loop = asyncio.get_running_loop()
        if not self._counting:
            self._counting = True
            loop.call_soon(self._next_pass)
        if self._left and not self._going_on and (first or not self._waiting):
            self._left -= 1
            return
        turn = loop.create_future()
        (self._going_on if first else self._waiting).append(turn)
        await turn

    def _next_pass(self) -> None:
        self._left = self._per_pass
        while self._left and (queue := self._going_on or self._waiting):
            turn = queue.popleft()
            if not turn.done():  # else whoever waited has given up
                turn.set_result(None)
                self._left -= 1
        if self._left == self._per_pass:
            self._counting = False
        else:
            asyncio.get_running_loop().call_soon(self._next_pass)
