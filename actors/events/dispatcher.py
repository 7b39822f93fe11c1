"""EventDispatcher: hands on what is put into the outbox, to all at once, and forgets what in it is old."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from actors.events.feed import KEPT, Feed
from actors.events.limits import EventLimits
from actors.events.records import EventNumber, OutboxEntry
from actors.runtime import LoopActor
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.mail import Ping
from actors.tasks.ports import Clock, Forget, Store

log = logging.getLogger("taskmon.events")

READ_TOGETHER = 500
LOOK_AGAIN = 1.0
"""Seconds after which it looks once more where the store was unavailable."""
SWEPT_EVERY = 60.0
FORGOTTEN_TOGETHER = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """There may be something new in the outbox."""


@dataclass(frozen=True, slots=True)
class HandOn:
    """The store has told of something new in the outbox."""


@dataclass(frozen=True, slots=True)
class SweepOutbox:
    """See what in the outbox is old."""


class EventDispatcher(LoopActor):
    """What the store tells of goes into the feed as it is. What it could not tell of, or another process has
    put there, is read: however many reasons there are while it reads, it looks once more after that."""

    def __init__(
        self, store: Store, clock: Clock, feed: Feed, limits: EventLimits, on_lost: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._feed = feed
        self._limits = limits
        self._on_lost = on_lost
        self._fresh: list[OutboxEntry] = []  # the newest that the store has told of
        self._handing_on = False  # whether a HandOn is in the mailbox
        self._looking = False  # whether a Look is
        self._again: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None

    def on_start(self) -> None:
        self._store.when_emitted(self._emitted)
        self.actor_ref.tell(SweepOutbox())

    async def on_receive(self, message: HandOn | Look | SweepOutbox | Ping) -> None:
        match message:
            case HandOn():
                await self._hand_on()
            case Look():
                self._looking = False
                await self._look()
            case SweepOutbox():
                await self._sweep_outbox()
            case Ping():
                return

    def on_stop(self) -> None:
        self._store.when_emitted(lambda _: None)
        for timer in (self._again, self._sweep):
            if timer is not None:
                timer.cancel()

    def on_failure(self, *_: Any) -> None:
        """Without it nobody is told of anything any more: the service stops."""
        self._on_lost(type(self).__name__)

    # --- handing on

    def _emitted(self, entries: Sequence[OutboxEntry]) -> None:
        if not entries:
            self._tell_to_look()
        elif self.actor_ref.is_alive():
            self._fresh += entries
            del self._fresh[:-KEPT]  # while this actor reads there may come many: what is missing is read
            if not self._handing_on:
                self._handing_on = True
                self.actor_ref.tell(HandOn())

    async def _hand_on(self) -> None:
        self._handing_on = False
        entries, self._fresh = self._fresh, []
        first, last, known = entries[0].number, entries[-1].number, self._feed.last
        if not self._feed.is_followed:
            self._feed.skip(last)
        elif first <= known + 1 and last - first < len(entries):
            self._feed.add(entries[known + 1 - first :])  # some may have been read before
        else:  # another process has put something before these, or between them
            await self._look()

    def _tell_to_look(self) -> None:
        if not self._looking and self.actor_ref.is_alive():
            self._looking = True
            self.actor_ref.tell(Look())

    async def _look(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
        try:
            if not self._feed.is_followed:
                _, last = await self._store.outbox_span()
                self._feed.skip(last)
            else:
                await self._read()
        except StoreUnavailableError as error:
            log.warning("the outbox cannot be read, trying again in %s s: %s", LOOK_AGAIN, error)
            self._again = _later(LOOK_AGAIN, self._tell_to_look)

    async def _read(self) -> None:
        entries = await self._store.events_after(self._feed.last, READ_TOGETHER)
        self._feed.add(entries)
        if len(entries) == READ_TOGETHER:
            self._tell_to_look()

    # --- forgetting

    async def _sweep_outbox(self) -> None:
        pause = SWEPT_EVERY
        try:
            before = self._clock.now() - self._limits.retention
            up_to = await self._store.old_events(before, self._limits.max_kept, FORGOTTEN_TOGETHER)
            if up_to:
                await self._store.commit(Forget(up_to))
            first, last = await self._store.outbox_span()
            self._feed.first = EventNumber(first or last + 1)
            if up_to and first > up_to:
                pause = 0.0  # there may be more
        except StoreUnavailableError as error:
            log.warning("old events could not be forgotten, trying again in %s s: %s", SWEPT_EVERY, error)
        self._sweep = _later(pause, self._tell_to_sweep)

    def _tell_to_sweep(self) -> None:
        if self.actor_ref.is_alive():
            self.actor_ref.tell(SweepOutbox())


def _later(seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
    # In a context of its own: what comes later is not the doing of the request that began it.
    return asyncio.get_running_loop().call_later(seconds, call, context=Context())
