"""The stream of events (Redfish's ServerSentEventUri; the format is that of the HTML standard, section 9.2).

A stream writes only when what it wrote before has been taken, so it holds no more than that. What it tells,
and when it ends, is decided in `actors.events`.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final, cast

from tornado.http1connection import HTTP1Connection
from tornado.iostream import IOStream

from actors import Ending, EventNumber, InvalidRequestError, Message, OutboxEntry, Stream, Told
from web.errors import query_not_for, query_refused
from web.frames import ALIVE, OPENING, Frames, comment
from web.handler import RedfishHandler
from web.query.parse import UnknownOptionError, parse_query
from web.stream_filter import StreamFilter

EVENT_STREAM: Final = "text/event-stream"
LONGEST_NUMBER: Final = 18
UNANSWERED: Final = 120_000
"""Milliseconds that what was sent may stay unacknowledged: who has vanished is given up then. It is longer
than what a stream waits for a client that is there and takes nothing, so that this one is told apart."""
HELD_BY_KERNEL: Final = 262_144
"""Bytes that wait in the kernel for one client: left to itself it holds megabytes for each that is slow."""


class StreamHandler(RedfishHandler):
    """GET opens a stream, and lasts as long as it does; HEAD only says what it would be."""

    _stream: Stream | None = None

    async def get(self) -> None:
        if self.is_within_another:  # nothing to find: it is no resource
            return
        self.check_accept(EVENT_STREAM)
        after = self._last_event_id()
        wants = self._wants(self._frames)
        self.set_header("Content-Type", EVENT_STREAM)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # or a proxy keeps events until it has many
        self._allow()
        if self.request.method == "HEAD":
            return
        text = dict(self.query.given).get("$filter", "")
        stream = self._stream = self.services.streams.open(self.viewer, wants, text, after)
        self._under_way.ended(self)  # a planned stop ends streams, and does not wait for them
        try:
            await self._write_all(stream, self._frames)
        finally:
            self.services.streams.gone(stream)

    @property
    def _frames(self) -> Frames:
        """All streams share them. The application is ours, which Tornado's types do not know."""
        frames: Frames = self.application.frames  # type: ignore[attr-defined]
        return frames

    def _wants(self, frames: Frames) -> Callable[[OutboxEntry], bool]:
        if self.query.filter is None:
            return lambda _: True
        wanted = StreamFilter(self.query.filter)
        return lambda entry: wanted.wants(frames.of(entry).facts)

    def _check_query(self) -> None:
        """It is no resource: of the options only `$filter` has a use, and is one of events."""
        try:
            self.query = parse_query(self.request.query)
        except UnknownOptionError as unknown:
            raise query_refused(unknown.option) from None
        others = [name for name, _ in self.query.given if name != "$filter"]
        if others:
            raise query_not_for(f"A stream of events takes $filter alone, and not {', '.join(others)}.")

    def _last_event_id(self) -> int | None:
        given = self.request.headers.get("Last-Event-ID", "").strip()
        if not given:
            return None
        if not (given.isascii() and given.isdecimal() and len(given) <= LONGEST_NUMBER):
            raise InvalidRequestError(
                Message(
                    "HeaderInvalid",
                    ("Last-Event-ID",),
                    detail="It is not the id of an event of this service, which is a number.",
                    resolution_here="Send the id that came last, or leave the header out to begin with what "
                    "comes next.",
                )
            )
        return int(given)

    # --- writing

    async def _write_all(self, stream: Stream, frames: Frames) -> None:
        self._watch_connection()
        place: EventNumber | None = None
        connection = cast(HTTP1Connection, self.request.connection)

        def write(told: Told) -> "asyncio.Future[None]":
            nonlocal place
            written = frames.written(told, stream.id, place)
            if place is None:
                self.write(OPENING + written)
                taken = self.flush()
            else:
                taken = connection.write(written or ALIVE)
            place = told.place
            return taken

        await stream.run(write, self._why_closed)
        self._end(stream)

    def _end(self, stream: Stream) -> None:
        """Say why, behind what was written before: a client that was too slow reads it when it gets there.
        One that has taken nothing for too long is not waited for.
        """
        why = stream.ended.result() if stream.ended.done() else Ending.LEFT
        if why is Ending.STUCK:
            self._connection().close()
        elif why is not Ending.LEFT:
            self.write(comment(f"The stream ends. {why}"))

    def _watch_connection(self) -> None:
        there = self._connection().socket
        if there is not None:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_BY_KERNEL)
        if there is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            there.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED)

    def _connection(self) -> IOStream:
        return cast(HTTP1Connection, self.request.connection).stream

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._stream is not None:
            self._stream.end(self._why_closed())

    def _why_closed(self) -> Ending:
        """The kernel gives up who takes nothing, or has vanished, like a client that was cut off here."""
        error = self._connection().error
        gave_up = isinstance(error, OSError) and error.errno == errno.ETIMEDOUT
        return Ending.STUCK if gave_up else Ending.LEFT
