"""A client of the stream of events over a bare socket: it reads what comes as the HTML standard says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.web.raw import BASIC, Wire, head

SSE = "/redfish/v1/EventService/SSE"
ACCEPT = "Accept: text/event-stream"
SOON = 20.0


@dataclass
class Block:
    """What stood between two blank lines."""

    id: str = ""
    data: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    retry: str = ""

    @property
    def event(self) -> dict[str, Any]:
        """The body of the event, of which there is one line."""
        (line,) = self.data
        found: dict[str, Any] = orjson.loads(line)
        return found

    @property
    def record(self) -> dict[str, Any]:
        """The one thing that it tells of."""
        (record,) = self.event["Events"]
        found: dict[str, Any] = record
        return found

    @property
    def key(self) -> str:
        """The key of its message."""
        return str(self.record["MessageId"]).rpartition(".")[2]


class Reader:
    """The answer to a GET of the stream."""

    def __init__(self, wire: Wire, status: int, headers: dict[str, str]) -> None:
        self.wire = wire
        self.status = status
        self.headers = headers
        self.last_id = ""
        self._text = b""

    async def block(self) -> Block | None:
        """The next block; None at the end of the answer."""
        async with asyncio.timeout(SOON):
            while b"\n\n" not in self._text:
                size = int(await self.wire.reader.readuntil(b"\r\n"), 16)
                chunk = await self.wire.reader.readexactly(size + 2)
                if size == 0:
                    assert self._text == b"", "it ended in the middle of something"
                    return None
                self._text += chunk[:-2]
        lines, _, self._text = self._text.partition(b"\n\n")
        block = Block()
        for line in lines.decode().split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    block.comments.append(value)
                case "data":
                    block.data.append(value)
                case "id":
                    block.id = self.last_id = value
                case "retry":
                    block.retry = value
                case _:
                    raise AssertionError(f"a field that no stream has: {line}")
        return block

    async def event(self) -> Block:
        """The next block that tells of something."""
        while (block := await self.block()) is not None:
            if block.data:
                return block
        raise AssertionError("The stream ended before the next event.")

    async def events(self, count: int) -> list[Block]:
        return [await self.event() for _ in range(count)]

    async def farewell(self) -> str:
        """The last comment before the end."""
        last = ""
        while (block := await self.block()) is not None:
            assert not block.data, f"an event came before the end: {block}"
            last = block.comments[-1] if block.comments else last
        return last


@asynccontextmanager
async def streaming(
    port: int, *headers: str, query: str = "", credentials: str = BASIC, accept: str = ACCEPT
) -> AsyncIterator[Reader]:
    """An open stream of the operator's, or whose the credentials are."""
    async with await Wire.open(port) as wire:
        sent = [one for one in (credentials, accept, *headers) if one]
        await wire.send(head("GET", SSE + query, *sent))
        lines = (await wire.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        given = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:-2])
        }
        yield Reader(wire, int(lines[0].split(" ")[1]), given)
