"""A soak of events: subscriptions and streams, while tasks change as fast as they are to.

    python -m bench.events [--minutes 5] [--subscriptions 50] [--streams 200] [--rate 3000] [--quick]

The service runs as it is shipped, with TLS; its listeners, the simulated servers and the readers of the
streams are processes of their own on the same machine. Resets change tasks, so many times a minute. At the
end every listener and every reader must have had every event, in the order of their numbers, or the run
fails; then the figures are printed.
"""

import argparse
import asyncio
import base64
import json
import re
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.memory import megabytes
from tests.interop.plain import Plain, plain_client
from tests.listener import Listener
from tests.service import ADMIN, PASSWORD, Service, Simulator
from tests.system.told import Told, check_histories, subscribe, trust, until_all_told

SERVERS: Final = 32
CHANGES_OF_ONE: Final = 3
"""What is told of one subtask: it started, its progress, its end. Its server's power state comes on top."""
SAMPLED_EVERY: Final = 2.0
READERS_WITHIN: Final = 60.0
SSE: Final = "/redfish/v1/EventService/SSE"
_ID: Final = re.compile(rb"^id: (\d+)$", re.MULTILINE)


@dataclass
class Reader:
    """One stream, read to the end of the soak."""

    numbers: list[int] = field(default_factory=list)
    _rest: bytes = b""

    async def read(self, port: int, tls: ssl.SSLContext) -> None:
        """Until it is cancelled, or the service closes it."""
        credentials = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost"
        )
        try:
            asks = (
                f"GET {SSE} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                f"Authorization: Basic {credentials}\r\n\r\n"
            )
            writer.write(asks.encode())
            while chunk := await reader.read(262_144):
                self.take(chunk)
        finally:
            writer.close()

    def take(self, chunk: bytes) -> None:
        """Note the numbers of the events in it."""
        whole, _, self._rest = (self._rest + chunk).rpartition(b"\n")
        self.numbers += map(int, _ID.findall(whole))

    def check(self, last: int) -> None:
        """It had every event from its first on, in order."""
        assert self.numbers, "A stream has told nothing."
        assert self.numbers == list(range(self.numbers[0], self.numbers[-1] + 1)), "A stream has gaps."
        assert self.numbers[-1] >= last, (
            f"A stream ended at {self.numbers[-1]}, and {last} was told elsewhere."
        )


class Load(threading.Thread):
    """Resets of servers, a half of them at a time, so that so many changes a minute are told."""

    def __init__(self, client: Plain, systems: Sequence[str], rate: int) -> None:
        super().__init__(name="load")
        self._client = client
        self._halves = systems[::2], systems[1::2]
        self._rate = rate
        self.over = threading.Event()
        self.accepted: list[str] = []
        self.error: Exception | None = None

    def run(self) -> None:
        each = CHANGES_OF_ONE * len(self._halves[0])
        pause = 60 * each / self._rate
        due = time.monotonic()
        try:
            for turn in self._turns():
                reset_type = ("ForceOff", "On")[turn // 2 % 2]
                accepted = self._client.reset_systems(self._halves[turn % 2], reset_type)
                self.accepted.append(accepted.headers["Location"])
                due += pause
                self.over.wait(max(0.0, due - time.monotonic()))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            self.error = error

    def _turns(self) -> Iterator[int]:
        turn = 0
        while not self.over.is_set():
            yield turn
            turn += 1

    def end(self) -> None:
        """Ask for nothing more, and return once all that was asked for has ended."""
        self.over.set()
        self.join()
        if self.error is not None:
            raise self.error
        for monitor in self.accepted:
            while self._client.get(monitor).status_code == 202:
                time.sleep(0.1)


def metric(client: Plain, name: str) -> float:
    """The value of a metric without labels."""
    found = re.findall(rf"^{name} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[0])


async def run(
    folder: Path, minutes: float, subscriptions: int, streams: int, rate: int, servers: int
) -> None:
    """Soak, check, and print the figures."""
    async with AsyncExitStack() as stack:
        simulator = stack.enter_context(Simulator(folder / "servers", servers, transition="0.02-0.1"))
        listener = stack.enter_context(Listener(folder / "listener"))
        settings = {
            "fleet.ca_file": trust(folder, simulator.certificate, listener.certificate),
            "reset.settle": 0.1,
            "events.retry_interval": 1,
            "log.level": "warning",
        }
        service = stack.enter_context(Service(folder / "service", settings))
        client = stack.enter_context(plain_client(service))
        systems = [found[0] for found in await asyncio.to_thread(client.add, simulator.inventory)]
        paths = [f"/{number}" for number in range(subscriptions)]
        for path in paths:
            subscribe(client, listener.url + path)
        tls = ssl.create_default_context(cafile=service.certificate)
        tls.check_hostname = False
        port = int(service.url.rpartition(":")[2])
        readers = [Reader() for _ in range(streams)]
        reading = [asyncio.create_task(reader.read(port, tls)) for reader in readers]
        while metric(client, "taskmon_event_streams") < streams:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)

        load = Load(client, systems, rate)
        started = time.monotonic()
        load.start()
        memory = await _sampled(service.pid, minutes * 60)
        await asyncio.to_thread(load.end)
        took = time.monotonic() - started
        await asyncio.to_thread(until_all_told, client, listener, *paths)
        told = [Told(listener.events(path)) for path in paths]
        last = max(told[0].events)
        async with asyncio.timeout(READERS_WITHIN):
            while any(not one.numbers or one.numbers[-1] < last for one in readers):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        for task in reading:
            task.cancel()
        await asyncio.wait(reading or [asyncio.create_task(asyncio.sleep(0))])

        for one in told:
            assert one.missing == [], f"{len(one.missing)} events are lost."
            assert max(one.events) == last
        for reader in readers:
            reader.check(last)
        new = {f"/redfish/v1/TaskService/Tasks/{one.rpartition('/')[2]}" for one in load.accepted}
        known = set(client.members("/redfish/v1/TaskService/Tasks"))
        tasks = check_histories(client, told[0], known - new)
        changes = sum(map(len, told[0].of_tasks().values()))
        _print(
            {
                "minutes": took / 60,
                "task changes a minute": changes / (took / 60),
                "events": len(told[0].events),
                "tasks and subtasks with a history as told": tasks,
                "requests to listeners": metric(client, "taskmon_event_deliveries_total"),
                "events again": sum(one.repeats for one in told),
                "memory at the start, MiB": memory[0],
                "memory after a quarter, MiB": memory[len(memory) // 4],
                "memory at the end, MiB": memory[-1],
                "longest turn of an actor, ms": 1000 * metric(client, "taskmon_actor_turn_max_seconds"),
                "loop late at the most, ms": 1000 * metric(client, "taskmon_loop_lag_max_seconds"),
            }
        )


async def _sampled(pid: int, seconds: float) -> list[float]:
    """The memory of the process, looked at now and then for so long."""
    samples, over = [megabytes(pid)], time.monotonic() + seconds
    while (left := over - time.monotonic()) > 0:
        await asyncio.sleep(min(SAMPLED_EVERY, left))
        samples.append(megabytes(pid))
    return samples


def _print(figures: dict[str, float]) -> None:
    print(json.dumps({name: round(figure, 2) for name, figure in figures.items()}, indent=1))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A soak of subscriptions and streams.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--subscriptions", type=int, default=50)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=int, default=3000, help="task changes a minute")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    given = parser.parse_args()
    servers = SERVERS
    if given.quick:
        given.minutes, given.subscriptions, given.streams, servers = 0.05, 3, 3, 4
    with tempfile.TemporaryDirectory(prefix="taskmon-bench-") as folder:
        asyncio.run(run(Path(folder), given.minutes, given.subscriptions, given.streams, given.rate, servers))


if __name__ == "__main__":
    main()
