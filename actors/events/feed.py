"""The newest events in memory, read from the outbox once for everybody who is told of them."""

import asyncio
from collections.abc import Iterable

from actors.events.records import BEGINNING, EventNumber, OutboxEntry
from actors.tasks.ports import Store

KEPT = 2000
"""How many events are in memory for those who follow closely. Who is further behind reads the outbox."""


class Feed:
    """Everybody has a place of his own, the number of the last event he has; nothing is queued for anybody.

    On the loop only. `add` is for the EventDispatcher.
    """

    def __init__(self, store: Store, last: EventNumber, kept: int = KEPT) -> None:
        self._store = store
        self._kept = kept
        self._recent: list[OutboxEntry] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._asked = False
        self.last = last
        """The number of the newest event that is known; followers have all before it, or can read them."""
        self.first = EventNumber(last + 1)
        """The number of the oldest event that the outbox still has."""

    def add(self, entries: Iterable[OutboxEntry]) -> None:
        """The next events, in order. Who waits is woken."""
        fresh = list(entries)
        if not fresh:
            return
        if fresh[0].number != self.last + 1:  # those between have been forgotten; places here are counted
            self._recent.clear()
        self._recent += fresh
        del self._recent[: -self._kept]
        self.last = self._recent[-1].number
        self._asked = False
        self._wake()

    @property
    def is_followed(self) -> bool:
        """Whether anybody has waited, or asked, since the last events came."""
        return self._asked or bool(self._waiting)

    def skip(self, last: EventNumber) -> None:
        """There are events up to this number, and nobody who follows: who comes later reads the outbox."""
        if last > self.last:
            self._recent.clear()
            self.last = last
            self._wake()  # who has begun to wait at this moment

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def after(self, number: EventNumber, limit: int) -> list[OutboxEntry]:
        """The events behind this number, in order, at most `limit`; empty where there is none yet.

        Those that the outbox has forgotten are left out: the first has a higher number than the next then.

        Raises:
            StoreUnavailableError: they are not in memory, and cannot be read.
        """
        if (found := self.at_hand(number, limit)) is not None:
            return found
        behind = await self._store.events_after(number, limit)
        return [entry for entry in behind if entry.number <= self.last]

    def at_hand(self, number: EventNumber, limit: int) -> list[OutboxEntry] | None:
        """The same, where they are in memory; None where `after` has to read them."""
        self._asked = True
        if number >= self.last:
            return []
        if self._recent and self._recent[0].number <= number + 1:
            start = number + 1 - self._recent[0].number
            return self._recent[start : start + limit]
        return None

    async def beyond(self, number: EventNumber) -> None:
        """Return when there is an event behind this number."""
        while number >= self.last:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)

    def lost(self, number: EventNumber) -> int:
        """How many events behind this number the outbox has forgotten."""
        return max(0, min(self.first, self.last + 1) - number - 1) if number < self.last else 0

    @property
    def beginning(self) -> EventNumber:
        """The place from which everything that the outbox has is read."""
        return EventNumber(max(BEGINNING, self.first - 1))
