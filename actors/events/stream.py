"""One open stream of events: its place in the outbox, what it wants, and why it ends."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from actors.access.records import AccountId, Viewer
from actors.access.rules import may_see
from actors.events.feed import Feed
from actors.events.records import Event, EventNumber, OutboxEntry, ResourceType, SubscriptionId
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.messages import Message
from actors.tasks.ports import Clock
from actors.uris import subscription_uri

TOGETHER: Final = 100
"""How many events are looked at, and so written, at once at the most."""

CATCH_UP: Final = 1.0
"""Seconds that a stream may be too far behind: many events may come at once."""

ViewerOf = Callable[[AccountId], Viewer | None]
"""What an account may do now; None: it may do nothing any more."""


class Ending(StrEnum):
    """Why a stream ends."""

    LEFT = "The client has closed it."
    DELETED = "Its EventDestination was deleted."
    NOT_ALLOWED = "Its account may not read events any more."
    BEHIND = "The client does not keep up: it is behind by more events than events.stream_lag allows."
    STUCK = "The client does not keep up: it has taken nothing for too long."
    UNREADABLE = "The events cannot be read just now."
    STOPPING = "The service is stopping."


CUT_OFF: Final = {Ending.BEHIND: "behind", Ending.STUCK: "stuck"}
"""The endings by which a client is cut off that cannot keep up, as the metrics call them."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream is to tell next: a notice of its own, then events. Neither: a sign of life.

    `place` is where the stream is after that.
    """

    place: EventNumber
    entries: Sequence[OutboxEntry] = ()
    notice: Event | None = None


Write = Callable[[Told], "asyncio.Future[None]"]
"""Writes this to the client; done when the client has taken it, with an error if it will not."""


@dataclass(eq=False, kw_only=True)
class Stream:
    """What somebody reads who has connected. Made and kept by `Streams`; on the loop only.

    `run` is for the one who has the connection; the rest of what changes it is for `Streams`.
    """

    id: SubscriptionId
    owner: AccountId
    place: EventNumber
    wants: Callable[[OutboxEntry], bool]
    filter: str
    most_behind: int
    created: datetime
    feed: Feed
    clock: Clock
    viewer_of: ViewerOf
    ended: "asyncio.Future[Ending]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """Done with the reason once the stream is to end."""

    def __post_init__(self) -> None:
        self.last_told = asyncio.get_running_loop().time()
        self.stuck_since: float | None = None
        """Since when the client has not taken what was written; None where it has."""
        self._nearest = self.behind
        self._lagging_since: float | None = None
        self._quiet = False
        self._bell: asyncio.Future[None] | None = None

    # --- for the one who has the connection

    async def run(self, write: Write, broken: Callable[[], Ending]) -> None:
        """Have all that is for this stream written, in order, until it is to end; `broken` says why a client
        took nothing more.

        What comes while the stream waits for it is written by `ring`, in the turn of the one who rings: with
        a thousand streams the way through a coroutine would cost as much as the writing.
        """
        self._write = write
        self._put(self._opened())
        while not self.ended.done():
            if not self._written.done():
                await self._taken()
            elif self._written.cancelled() or self._written.exception() is not None:
                self.end(broken())
            elif self.place < self.feed.last:
                await self._catch_up()
            elif self._quiet:
                self._put(Told(self.place))
            else:
                self._bell = asyncio.get_running_loop().create_future()
                await self._bell

    # --- for Streams

    @property
    def behind(self) -> int:
        """How many events have come that it has not looked at."""
        return max(0, self.feed.last - self.place)

    def end(self, why: Ending) -> None:
        """Have it end. The first reason counts."""
        if not self.ended.done():
            self.ended.set_result(why)
            self._wake()

    def ring(self, *, quiet: bool = False) -> None:
        """There is something to write; `quiet`: at least a sign of life."""
        self._quiet = self._quiet or quiet
        if self._bell is None or self._bell.done():
            return
        try:
            written = self._put_at_hand()
        except Exception:  # noqa: BLE001 - `run` meets it again, and ends this stream alone
            written = False
        if not written:
            self._wake()

    def lags(self, now: float) -> bool:
        """Whether for a while it has been further back, by more than `most_behind`, than it was once.

        One that begins far back, because its client was away, is not cut off for that, nor is one that has
        just not had its turn when many events came at once.
        """
        self._nearest = min(self._nearest, self.behind)
        if self.behind <= self._nearest + self.most_behind:
            self._lagging_since = None
            return False
        self._lagging_since = self._lagging_since or now
        return now - self._lagging_since > CATCH_UP

    # --- parts

    def _wake(self) -> None:
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    def _put(self, told: Told) -> None:
        self._written = self._write(told)
        self.place = told.place
        self._quiet = False
        self.last_told = asyncio.get_running_loop().time()
        self.lags(self.last_told)  # it has come nearer

    def _put_at_hand(self) -> bool:
        """Write what there is, if nothing has to be waited for; False where `run` has to see to it."""
        entries = self.feed.at_hand(self.place, TOGETHER)
        if not entries or not self._choose(entries):
            return False
        return self._written.done() and self._written.exception() is None and not self.behind

    async def _taken(self) -> None:
        """Wait until the client has taken what was written, or the stream ends."""
        self.stuck_since = asyncio.get_running_loop().time()
        await asyncio.wait((self._written, self.ended), return_when=asyncio.FIRST_COMPLETED)
        if self._written.done():
            self.stuck_since = None

    async def _catch_up(self) -> None:
        try:
            entries = await self.feed.after(self.place, TOGETHER)
        except StoreUnavailableError:
            self.end(Ending.UNREADABLE)
            return
        if entries:
            self._choose(entries)
            await asyncio.sleep(0)  # others have their turn while this one catches up
        else:  # forgotten all, and what came after it is still to come
            await self.feed.beyond(self.feed.last)

    def _choose(self, entries: Sequence[OutboxEntry]) -> bool:
        """Write those that are for it, and go on behind them; False where it may have none any more."""
        viewer = self.viewer_of(self.owner)
        if viewer is None:
            self.end(Ending.NOT_ALLOWED)
            return False
        wanted = [entry for entry in entries if _is_for(entry.event, viewer) and self.wants(entry)]
        lost = entries[0].number > self.place + 1
        notice = self._lost(self.place, entries[0].number) if lost else None
        if wanted or notice:
            self._put(Told(entries[-1].number, wanted, notice))
        else:
            self.place = entries[-1].number
        return True

    def _opened(self) -> Told:
        opened = self._notice(Message("StreamOpened", (self.id,)))
        wanted = self.wants(OutboxEntry(self.place, opened))
        return Told(self.place, notice=opened if wanted else None)

    def _lost(self, before: EventNumber, first: EventNumber) -> Event:
        return self._notice(Message("EventsLost", (str(before + 1), str(first - 1))))

    def _notice(self, message: Message) -> Event:
        return Event(
            message=message,
            origin=subscription_uri(self.id),
            resource_type=ResourceType.EVENT_DESTINATION,
            owner=self.owner,
            at=self.clock.now(),
        )


def _is_for(event: Event, viewer: Viewer) -> bool:
    return event.owner is None or may_see(viewer, event.owner)
