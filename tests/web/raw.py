"""HTTP over a bare socket, for what no client library sends."""

import asyncio
import base64
from dataclasses import dataclass

import orjson

from tests.web.standins import PASSWORD

BASIC = "Authorization: Basic " + base64.b64encode(f"operator:{PASSWORD}".encode()).decode()
"""The header of the operator's credentials."""


def head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request, up to where its body begins."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode("latin-1")


@dataclass(frozen=True)
class RawAnswer:
    """One answer as it came over the wire; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def keys(self) -> list[str]:
        """The keys of the extended messages of an error."""
        info = orjson.loads(self.body)["error"]["@Message.ExtendedInfo"]
        return [message["MessageId"].rpartition(".")[2] for message in info]


class Wire:
    """A connection. Write what you like, then read one answer after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, head: bool = False) -> RawAnswer:
        """The next answer, whole. Interim answers (100) are passed over."""
        while True:
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            if status != 100:
                break
        headers = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if head or status in (204, 304) else int(headers["content-length"])
        return RawAnswer(status, headers, await self.reader.readexactly(length))

    async def closed(self) -> bool:
        """Whether the service closes the connection without another byte."""
        return await self.reader.read(1) == b""
