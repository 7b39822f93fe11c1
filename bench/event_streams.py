"""An event from the request that makes it to the last of its streams, beside a bare Tornado handler.

The service runs without TLS and lets each stream in by name and password; the event is made by
SubmitTestEvent, whose 204 means that it is durable. The time is from the sending of that request to the
arrival of the last byte at the last client.

The limit is a handler that does the least that gives a listener the same: it commits one row to SQLite as
durably as the service does, and then writes bytes that it has ready, the same, to the same number of clients.
Both are processes of their own on loopback, asked in turn in the same run; the clients are in this process
for both, and what they need of the processor is in both figures.
"""

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.lines import Line, Plan
from bench.served import Probed
from tests.service import ADMIN, PASSWORD, Process

TITLE: Final = "### An event, from its making to the last of its streams"
EVENTS: Final = 3
"""In each round, each of them a figure of its own."""
SSE: Final = "/redfish/v1/EventService/SSE"
TEST_EVENT: Final = "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent"
SETTINGS: Final = {
    "web.connections_per_address": 10_000,
    "events.max_streams": 10_000,
    "events.heartbeat": 3600,  # what is measured are events
}
END: Final = b"}\n\n\r\n"
"""How an event ends, and the chunk that it is in; nothing else that is written ends so."""
PATIENCE: Final = 60.0
BASIC: Final = "Authorization: Basic " + base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()


class Peer(Process):
    """The bare handler."""

    def __init__(self, folder: Path, frame: bytes) -> None:
        super().__init__("peer", folder)
        folder.mkdir()
        (folder / "frame").write_bytes(frame)

    def program(self) -> Sequence[str]:
        return ["-m", "bench.stream_peer"]

    def arguments(self) -> Sequence[str]:
        return [str(self.folder)]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


class Clients:
    """Counts, over all clients, those that an event has reached."""

    def __init__(self) -> None:
        self.missing = 0
        self.done = asyncio.Event()
        self.last = 0.0

    def expect(self, count: int) -> None:
        """From now on so many are to be reached."""
        self.missing = count
        self.done.clear()

    def reached(self) -> None:
        self.missing -= 1
        if self.missing == 0:
            self.last = asyncio.get_running_loop().time()
            self.done.set()


class Client(asyncio.Protocol):
    """One stream; of what comes only the end of each event is looked for."""

    def __init__(self, clients: Clients, asks: bytes, opened: bytes) -> None:
        self._clients = clients
        self._asks = asks
        self._opened: bytes | None = opened
        self._received = b""
        self.frame = b""
        """The last event that came, with what came before it in its chunk."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._asks)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._opened is not None:
            if self._opened not in self._received or not self._received.endswith(b"\n\r\n"):
                return
            self._opened, self._received = None, b""
            self._clients.reached()
        elif self._received.endswith(END):
            self.frame, self._received = self._received, b""
            self._clients.reached()


async def opened(port: int, path: str, count: int, mark: bytes) -> tuple[Clients, list[Client]]:
    """So many streams, each of which has brought its first event, or what ends so."""
    loop = asyncio.get_running_loop()
    clients = Clients()
    clients.expect(count)
    asks = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{BASIC}\r\n\r\n".encode()
    made = []
    for _ in range(count):
        _, client = await loop.create_connection(lambda: Client(clients, asks, mark), "127.0.0.1", port)
        made.append(client)
    async with asyncio.timeout(PATIENCE):
        await clients.done.wait()
    return clients, made


async def told(port: int, path: str, clients: Clients, count: int) -> float:
    """Seconds from the sending of the request to the arrival at the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    clients.expect(count)
    began = asyncio.get_running_loop().time()
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{BASIC}\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\n\r\n{}".encode()
    )
    async with asyncio.timeout(PATIENCE):
        await clients.done.wait()
        status = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
    writer.close()
    assert status == b"204", f"POST {path} was answered {status.decode()}"
    return clients.last - began


def port_of(process: Process) -> int:
    return int(process.url.rpartition(":")[2])


async def compare(service: Probed, folder: Path, line: Line, rounds: int) -> None:
    """Add the figures of so many rounds."""
    count = line.size
    ours, our_streams = await opened(port_of(service), SSE, count, b"StreamOpened")
    await told(port_of(service), TEST_EVENT, ours, count)  # not counted: it shows what is written
    _, _, frame = our_streams[0].frame.partition(b"\r\n")
    await asyncio.to_thread(service.readings)  # those of the streams' opening
    with Peer(folder, frame.removesuffix(b"\r\n")) as peer:
        bare, bare_streams = await opened(port_of(peer), "/stream", count, b": open")
        await told(port_of(peer), "/tell", bare, count)
        for _ in range(rounds):
            line.add(
                await told(port_of(service), TEST_EVENT, ours, count),
                await told(port_of(peer), "/tell", bare, count),
            )
        line.health = await asyncio.to_thread(service.health)
        for client in (*our_streams, *bare_streams):
            client.transport.close()


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of streams."""
    lines = [
        Line(
            name=f"{count:,} streams" if count > 1 else "1 stream",
            unit="s",
            limit_name="a bare handler that stores and writes",
            target=1.5,
            operation="an event to all streams",
            size=count,
        )
        for count in ((1, 5) if plan.quick else (1, 10, 100, 1_000))
    ]
    folder = plan.folder / "event_streams"
    folder.mkdir(parents=True)
    with Probed(folder / "service", SETTINGS) as service:
        for line in lines:
            await compare(service, folder / f"peer-{line.size}", line, EVENTS * plan.rounds)
    return lines
