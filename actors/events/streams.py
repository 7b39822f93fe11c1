"""Streams: who reads events over an open connection, and who of them does not keep up."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Final
from uuid import uuid4

from actors.access.records import Viewer
from actors.access.rules import may_see
from actors.events.changes import no_such_subscription
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.events.records import EventNumber, OutboxEntry, SubscriptionId
from actors.events.stream import CUT_OFF, Ending, Stream, ViewerOf
from actors.tasks.errors import InvalidRequestError, NoRoomError, NotAllowedError
from actors.tasks.messages import Message
from actors.tasks.ports import Clock

log = logging.getLogger("taskmon.events")

LOOKED_AFTER: Final = 1.0
"""Seconds after which it is looked whether each stream may go on, keeps up, and needs a sign of life."""
RUNG_TOGETHER: Final = 50
"""So many are woken before others have their turn."""
STUCK_AFTER: Final = 60.0
"""Seconds after which a client that takes nothing of what was written is cut off."""
LAST_WORDS: Final = 2.0
"""Seconds that streams have to end by themselves when the service stops."""


class Streams:
    """All open streams. Each is an EventDestination for as long as it is open, and no longer; none is stored.

    Nothing is queued for a stream: it has a place in the feed, and reads on from there when what it wrote
    last has been taken. On the loop only.
    """

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        limits: EventLimits,
        viewer_of: ViewerOf,
        caught_up: Callable[[], Awaitable[None]],
    ) -> None:
        """`caught_up` returns when the feed has what was committed before."""
        self._caught_up = caught_up
        self._feed = feed
        self._clock = clock
        self._limits = limits
        self._viewer_of = viewer_of
        self._open: dict[SubscriptionId, Stream] = {}
        self._caretaker: asyncio.Task[None] | None = None
        self._none = asyncio.Event()
        self._none.set()
        self._closed = False
        self.cut_off: Counter[str] = Counter(dict.fromkeys(CUT_OFF.values(), 0))
        """How many were cut off because they did not keep up, by why."""

    def __len__(self) -> int:
        return len(self._open)

    # --- for the one who writes a stream

    def open(
        self, viewer: Viewer, wants: Callable[[OutboxEntry], bool], text: str = "", after: int | None = None
    ) -> Stream:
        """A new stream of the events that the viewer may see and that it `wants`; `text` is its filter.

        It goes on behind the event with the number `after`; without one it begins with what comes next.
        Whoever opens it tells `gone` when it is over.

        Raises:
            NoRoomError: there are as many as there may be, or the service is stopping.
            InvalidRequestError: there has been no event with this number.
        """
        if self._closed:
            raise NoRoomError("The service is stopping.", "Open the stream again in a while.")
        if len(self._open) >= self._limits.max_streams:
            raise NoRoomError(
                f"There are {len(self._open)} streams, and events.max_streams allows no more.",
                "Close streams that nobody reads, or wait until others do.",
            )
        if after is not None and after > self._feed.last:
            raise InvalidRequestError(
                Message(
                    "HeaderInvalid",
                    ("Last-Event-ID",),
                    detail=f"The newest event has the number {self._feed.last}.",
                    resolution_here="Open the stream without the header; read what you missed from the "
                    "resources.",
                )
            )
        stream = Stream(
            id=SubscriptionId(str(uuid4())),
            owner=viewer.account,
            place=self._feed.last if after is None else EventNumber(after),
            wants=wants,
            filter=text,
            most_behind=self._limits.stream_lag,
            created=self._clock.now(),
            feed=self._feed,
            clock=self._clock,
            viewer_of=self._viewer_of,
        )
        self._open[stream.id] = stream
        self._none.clear()
        log.info("stream %s of %s opened after event %s", stream.id, viewer.name, stream.place)
        return stream

    def gone(self, stream: Stream) -> None:
        """It is over: its connection is closed, or about to be. Telling it twice is no error."""
        if self._open.pop(stream.id, None) is None:
            return
        stream.end(Ending.LEFT)
        why = stream.ended.result()
        if why in CUT_OFF:
            self.cut_off[CUT_OFF[why]] += 1
        level = logging.WARNING if why in CUT_OFF else logging.INFO
        log.log(level, "stream %s closed after event %s: %s", stream.id, stream.place, why)
        if not self._open:
            self._none.set()

    # --- as EventDestinations

    def list(self, viewer: Viewer) -> "list[Stream]":
        """The open streams that the viewer may see, oldest first."""
        return [stream for stream in self._open.values() if may_see(viewer, stream.owner)]

    def has(self, stream_id: str) -> bool:
        """Whether there is an open stream with this id, whoever may see it."""
        return stream_id in self._open

    def find(self, stream_id: str, viewer: Viewer) -> Stream:
        """The open stream with this id.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another account's.
        """
        stream = self._open.get(SubscriptionId(stream_id))
        if stream is None:
            raise no_such_subscription(stream_id)
        if not may_see(viewer, stream.owner):
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The stream belongs to another account.")
            )
        return stream

    def delete(self, stream_id: str, viewer: Viewer) -> None:
        """Have the stream with this id end; on return it is none any more. Raises as `find`."""
        stream = self.find(stream_id, viewer)
        stream.end(Ending.DELETED)
        self.gone(stream)

    # --- life

    def start(self, on_lost: Callable[[str], None]) -> None:
        """Look after the streams from now on; `on_lost` is called if that fails."""

        def over(task: "asyncio.Task[None]") -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("Streams failed", exc_info=error)
                on_lost(type(self).__name__)

        # In a context of its own: what it does is not the doing of whoever started it.
        self._caretaker = asyncio.get_running_loop().create_task(
            self._look_after(), name="caretaker of streams", context=Context()
        )
        self._caretaker.add_done_callback(over)

    async def close(self) -> None:
        """End all streams, and open none any more. Each client is told why, as far as it listens, behind what
        was committed before, if it has taken all that came earlier.
        """
        if not self._closed:
            self._closed = True
            await self._caught_up()
        for stream in list(self._open.values()):
            if stream.behind:
                stream.ring()
            stream.end(Ending.STOPPING)
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self._none.wait()
        except TimeoutError:
            log.warning("%s streams had to be left open", len(self._open))
        if self._caretaker is not None:
            self._caretaker.cancel()

    async def _look_after(self) -> None:
        """Wake those for whom there is something, and see to it that each keeps up."""
        seen = self._feed.last
        tended = 0.0
        pause = min(LOOKED_AFTER, self._limits.heartbeat)
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._feed.beyond(seen)
            except TimeoutError:
                pass
            seen = self._feed.last
            began = asyncio.get_running_loop().time()
            tend = began - tended >= pause
            streams = list(self._open.values())
            for start in range(0, len(streams), RUNG_TOGETHER):
                for stream in streams[start : start + RUNG_TOGETHER]:
                    if tend:
                        self._tend(stream, began)
                    if stream.behind:
                        stream.ring()
                await asyncio.sleep(0)
            if tend:
                tended = began

    def _tend(self, stream: Stream, now: float) -> None:
        if self._viewer_of(stream.owner) is None:
            stream.end(Ending.NOT_ALLOWED)
        elif stream.lags(now):
            stream.end(Ending.BEHIND)
        elif stream.stuck_since is not None and now - stream.stuck_since > STUCK_AFTER:
            stream.end(Ending.STUCK)
        elif now - stream.last_told >= self._limits.heartbeat:
            stream.ring(quiet=True)
