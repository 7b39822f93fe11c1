"""The client of the web benchmarks: raw sockets that stay open, one request after the other on each."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

END_OF_HEADERS: Final = b"\r\n\r\n"
PATIENCE: Final = 30.0
"""Seconds without any answer after which a benchmark gives up."""


class WrongAnswerError(Exception):
    """An answer that the benchmark is not about: its figure would mean nothing."""


class _Connection(asyncio.Protocol):
    """Sends its one request again and again; only the first answer is looked at closely.

    All answers are to have the status line and the length of the first, which makes the client cheap enough
    not to be what is measured.
    """

    def __init__(self, request: bytes, status: int, done: asyncio.Event) -> None:
        self.answers = 0
        self.error: Exception | None = None
        self._request = request
        self._begins = b"HTTP/1.1 %d " % status
        self._done = done
        self._received = b""
        self._length = 0
        self._stopping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def start(self) -> None:
        """Send the first request."""
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._length:
            self._length = _length_of(self._received)
        if not self._length or len(self._received) < self._length:
            return
        if len(self._received) > self._length or not self._received.startswith(self._begins):
            self._fail(
                WrongAnswerError(f"This is not the answer that was expected: {self._received[:400]!r}")
            )
            return
        self.answers += 1
        self._received = b""
        if self._stopping:
            self._transport.close()
        else:
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._stopping:
            self._fail(exc or WrongAnswerError("The server closed the connection."))
        self._done.set()

    def stop(self) -> None:
        """Close once the request that is under way has been answered."""
        self._stopping = True

    def _fail(self, error: Exception) -> None:
        self.error = self.error or error
        self._stopping = True
        self._transport.close()


def request(path: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A GET as it goes over the wire."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


async def load(
    port: int,
    asks: bytes,
    status: int,
    connections: int,
    seconds: float,
    trust: ssl.SSLContext | None = None,
) -> tuple[int, float]:
    """How many answers with this status a server gives, asked over so many connections for so long, and how
    many seconds it took, the last answers included. With `trust` it is asked over TLS.

    Raises:
        WrongAnswerError, OSError: it did not give them.
    """
    loop = asyncio.get_running_loop()
    finished = [asyncio.Event() for _ in range(connections)]
    clients = []
    for done in finished:
        _, client = await loop.create_connection(
            lambda done=done: _Connection(asks, status, done),
            "127.0.0.1",
            port,
            ssl=trust,
            server_hostname="localhost" if trust else None,
        )
        clients.append(client)
    for client in clients:
        client.start()
    began = loop.time()
    await asyncio.sleep(seconds)
    for client in clients:
        client.stop()
    async with asyncio.timeout(PATIENCE):
        for done in finished:
            await done.wait()
    took = loop.time() - began
    for client in clients:
        if client.error is not None:
            raise client.error
    return sum(client.answers for client in clients), took


def _length_of(received: bytes) -> int:
    """How long the answer is that begins so, headers included; 0 while that cannot be known."""
    head, end, _ = received.partition(END_OF_HEADERS)
    if not end:
        return 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(head) + len(end) + int(value)
    return len(head) + len(end)


async def load_once(port: int, asks: bytes, status: int, clients: int, seconds: float) -> int:
    """How many answers with this status a server gives to so many clients in so long, each of whom opens a
    connection for each request and reads to its end.

    Raises:
        WrongAnswerError, OSError: it did not give them.
    """
    loop = asyncio.get_running_loop()
    begins = b"HTTP/1.1 %d " % status
    end = loop.time() + seconds

    async def client() -> int:
        answers = 0
        while loop.time() < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asks)
            answer = await reader.read(-1)
            writer.close()
            if not answer.startswith(begins):
                raise WrongAnswerError(f"This is not the answer that was expected: {answer[:400]!r}")
            answers += 1
        return answers

    async with asyncio.timeout(seconds + PATIENCE):
        return sum(await asyncio.gather(*(client() for _ in range(clients))))
