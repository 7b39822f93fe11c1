"""A stream of server-sent events: taken apart, and gone on with after a break.

The format is that of the WHATWG's HTML standard, 9.2; Redfish's use of it DSP0266, "Server-sent events".
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from cli.client.answer import Resource
from cli.client.errors import CommandError, RefusedError, UnreachableError
from cli.client.patience import AWAY, Patience
from cli.client.service import Service

LONGEST_EVENT = 16 * 1024 * 1024
"""Bytes of one event; what is longer is no event."""


def can_be_sent(event_id: str) -> bool:
    """Whether this can be the value of Last-Event-ID.

    A control character cannot (RFC 9110, 5.5), nor what is no Unicode, as from a shell with other bytes. An
    event with such an id is shown, and the stream is gone on with after the last that had a better one.
    """
    return not any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in event_id)


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of the stream: its id, which goes into Last-Event-ID, and its JSON."""

    id: str
    body: Resource


class Parser:
    """Takes bytes as they come and gives events as they are complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._size = 0
        self._started = False
        self.last_id = ""
        self.retry: float | None = None
        """Seconds before a new connection, if the service has said so."""

    def feed(self, content: bytes) -> Iterator[tuple[str, str]]:
        """The id and the data of each event that these bytes complete; comments give nothing.

        Raises:
            CommandError: an event is too long to be one.
        """
        if not self._started:
            self._started = True
            content = content.removeprefix(b"\xef\xbb\xbf")
        self._rest += content
        while (line := self._line()) is not None:
            if line:
                self._field(line)
            elif self._data:
                data = "\n".join(self._data)
                self._data, self._size = [], 0
                yield self.last_id, data
        if len(self._rest) + self._size > LONGEST_EVENT:
            raise CommandError(f"The stream sent an event of more than {LONGEST_EVENT} bytes.")

    def _line(self) -> str | None:
        """The next whole line; a CR at the very end may be the half of a line's end, and waits."""
        ends = [at for at in (self._rest.find(b"\n"), self._rest.find(b"\r")) if at >= 0]
        if not ends:
            return None
        at = min(ends)
        if self._rest[at : at + 1] == b"\r":
            if at + 1 == len(self._rest):
                return None
            width = 2 if self._rest[at + 1 : at + 2] == b"\n" else 1
        else:
            width = 1
        line, self._rest = self._rest[:at], self._rest[at + width :]
        return line.decode(errors="replace")

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._size += len(value)
        elif name == "id" and can_be_sent(value):
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry = int(value) / 1000


async def follow(service: Service, uri: str, since: str, patience: Patience) -> AsyncIterator[Sent]:
    """The events of this stream, each once, those after the event `since` first if the service has them.

    A connection that ends is made anew, with the id of the last event that came.

    Raises:
        CommandError: it cannot be gone on with.
    """
    last = since
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        parser = Parser()
        parser.last_id = last
        try:
            async with service.client.stream(uri, headers) as response:
                if response.content_type != "text/event-stream":
                    raise CommandError(
                        f"{service.client.url}{uri} is no stream of events: it sends {response.content_type}."
                    )
                patience.well()
                async for chunk in response.content.iter_any():
                    for event_id, data in parser.feed(chunk):
                        last = event_id
                        if (body := _event(data)) is not None:
                            yield Sent(event_id, body)
            broken = UnreachableError(f"{service.client.url} ended the stream of events.", sent=True)
        except UnreachableError as error:
            broken = error
        except RefusedError as error:
            if error.http_status not in AWAY:
                raise
            broken = UnreachableError(str(error), sent=True)
        await patience.after(broken, parser.retry)


def _event(data: str) -> Resource | None:
    """The JSON object of an event; None for what is none, which no Redfish event is."""
    try:
        body: Any = json.loads(data)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
