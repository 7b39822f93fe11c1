"""An event from the request that makes it to the last of its streams, beside a bare Tornado handler.

    python -m bench.event_streams [--rounds 9] [--streams 1,1000] [--quick]

The service runs as it is shipped, without TLS, and lets each stream in by name and password; the event is
made by SubmitTestEvent, whose 204 means that it is durable. The time is from the sending of that request to
the arrival of the last byte at the last client.

The limit is a handler that does the least that gives a listener the same: it commits one row to SQLite as
durably as the service does, and then writes bytes that it has ready, the same, to the same number of clients.
Both are processes of their own on loopback, asked in turn in the same run; the clients are in this process
for both, and what they need of the processor is in both figures.
"""

import argparse
import asyncio
import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from tests.service import ADMIN, PASSWORD, Process, Service

SSE: Final = "/redfish/v1/EventService/SSE"
TEST_EVENT: Final = "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent"
SETTINGS: Final = {
    "web.tls": False,
    "web.connections_per_address": 10_000,
    "events.max_streams": 10_000,
    "events.heartbeat": 3600,  # what is measured are events
    "log.level": "warning",
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


async def compare(service: Service, folder: Path, count: int, rounds: int) -> None:
    """One line of the table."""
    ours, our_streams = await opened(port_of(service), SSE, count, b"StreamOpened")
    await told(port_of(service), TEST_EVENT, ours, count)  # not counted: it shows what is written
    _, _, frame = our_streams[0].frame.partition(b"\r\n")
    with Peer(folder, frame.removesuffix(b"\r\n")) as peer:
        bare, bare_streams = await opened(port_of(peer), "/stream", count, b": open")
        await told(port_of(peer), "/tell", bare, count)
        pairs = [
            (
                await told(port_of(service), TEST_EVENT, ours, count),
                await told(port_of(peer), "/tell", bare, count),
            )
            for _ in range(rounds)
        ]
        for client in (*our_streams, *bare_streams):
            client.transport.close()
    ratio = median(one / other for one, other in pairs)
    ours_ms, bare_ms = (1000 * median(side) for side in zip(*pairs, strict=True))
    print(f"| {count} | {ours_ms:.1f} | {bare_ms:.1f} | {ratio:.2f} |", flush=True)


async def run(folder: Path, counts: Sequence[int], rounds: int) -> None:
    """Measure everything and print the table."""
    print("| streams | ours ms | bare ms | ours / bare |")
    print("|---|---|---|---|")
    with Service(folder / "service", SETTINGS) as service:
        for count in counts:
            await compare(service, folder / f"peer-{count}", count, rounds)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Events to streams beside a bare Tornado handler.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--streams", default="1,1000", help="how many, of each line of the table")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.streams = 1, "1,5"
    counts = [int(number) for number in given.streams.split(",")]
    with tempfile.TemporaryDirectory(prefix="taskmon-bench-") as folder:
        asyncio.run(run(Path(folder), counts, given.rounds))


if __name__ == "__main__":
    main()
