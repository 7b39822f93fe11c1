"""GET of tasks and task monitors, beside a bare Tornado handler that writes the same bytes.

    python -m bench.get_task [--rounds 7] [--seconds 1] [--tasks 10000] [--quick]

The service runs as it is shipped (session authentication, ETags, all headers, a line in the log for each
request), without TLS and with so many ended tasks in its store; both servers are processes of their own on
loopback. The client asks each in turn, over 16 connections that stay open.

The limit is what Tornado's `RequestHandler` needs for an answer that is known beforehand, with the same
headers: a service on Tornado that looks nothing up and lets everybody in. The poll that is answered 304 is
compared with the same handler writing the task in full. Beside the answers per second stands the processor
time for each answer, which says more on a machine that others use as well.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Final

from actors.access.records import AccountId
from actors.tasks.messages import Message
from actors.tasks.payload import Payload
from actors.tasks.ports import Save
from actors.tasks.states import TaskState
from actors.tasks.task import Percent, Result, Task, new_task_id
from bench.load import load, request
from store.folder import DataFolder
from store.sqlite import open_store
from tests.service import ADMIN, PASSWORD, Process, Service, Simulator

CONNECTIONS: Final = 16
TASKS: Final = "/redfish/v1/TaskService/Tasks"
SETTINGS: Final = {
    "web.tls": False,
    "tasks.max_retained": 1_000_000,
    "reset.run_timeout": 86_400,  # for the one live task: its server takes that long
    "reset.progress_timeout": 86_400,
}
AT_REST: Final = 20
"""A record that was read so many times, a twentieth of a second between, and was the same, is at rest."""
HEADERS_OF_CLIENTS: Final = (("User-Agent", "bench"), ("Accept", "application/json"))


@dataclass(frozen=True)
class Case:
    """One line of the table: what is asked of the service, and which path of the peer it is compared with."""

    name: str
    asks: bytes
    status: int
    beside: str


@dataclass
class Measured:
    """Answers per second and microseconds of processor time for each, of every round."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


class Peer(Process):
    """The bare handler, with the answers that it is to write."""

    def __init__(self, folder: Path, answers: Sequence[Any]) -> None:
        super().__init__("peer", folder)
        self._file = folder / "answers.json"
        self._file.write_text(json.dumps(answers))

    def program(self) -> Sequence[str]:
        return ["-m", "bench.peer"]

    def arguments(self) -> Sequence[str]:
        return [str(self._file)]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


# --- what is measured


async def fill(folder: DataFolder, number: int) -> str:
    """Put so many ended tasks into a new store; the id of the last."""
    folder.create()
    store = await open_store(folder.path)
    now = datetime.now(UTC)
    last = _ended(now)
    try:
        for start in range(0, number, 1000):
            batch = [_ended(now - timedelta(seconds=n)) for n in range(start, min(start + 1000, number))]
            await store.commit(*map(Save, batch))
        await store.commit(Save(last))
    finally:
        await store.close()
    return last.id


def _ended(at: datetime) -> Task:
    task = Task(
        id=new_task_id(),
        owner=AccountId("somebody"),
        operation="reset",
        target="/redfish/v1/Systems/s1.1",
        payload=Payload(
            target_uri="/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset",
            http_operation="POST",
            http_headers=("Content-Type: application/json",),
            json_body='{"ResetType": "ForceRestart"}',
        ),
        started=at,
        percent=Percent(100),
    )
    messages = (
        Message("TaskStarted", (task.id,), at=at),
        Message("TaskCompletedOK", (task.id,), at=at),
    )
    result = Result(http_status=200, messages=(Message("Success"),))
    return replace(task, state=TaskState.COMPLETED, ended=at, messages=messages, result=result)


class Setup:
    """The service with its tasks: the session, the paths, and what the service answers there."""

    def __init__(self, port: int) -> None:
        self._client = HTTPConnection("127.0.0.1", port, timeout=30)
        login = {"UserName": ADMIN, "Password": PASSWORD}
        self.headers = list(HEADERS_OF_CLIENTS)
        token = self._post("/redfish/v1/SessionService/Sessions", login)["X-Auth-Token"]
        self.headers.append(("X-Auth-Token", token))

    def live_task(self, host: str, user: str, password: str) -> str:
        """The id of a task that resets the one system of this server, once its record has come to rest."""
        method = {"@odata.id": "/redfish/v1/AggregationService/ConnectionMethods/Redfish"}
        server = {
            "HostName": host,
            "UserName": user,
            "Password": password,
            "Links": {"ConnectionMethod": method},
        }
        added = self._post("/redfish/v1/AggregationService/AggregationSources", server)["Location"]
        self._until(lambda: self.read(added)[1] == 201, "the server to be added")
        systems = json.loads(self.read("/redfish/v1/Systems")[3])
        system = systems["Members"][0]["@odata.id"]
        reset = {"ResetType": "GracefulShutdown"}
        task_id = self._post(f"{system}/Actions/ComputerSystem.Reset", reset)["Location"].rpartition("/")[2]
        seen: deque[str] = deque(maxlen=AT_REST)

        def is_at_rest() -> bool:
            seen.append(self.read(f"{TASKS}/{task_id}")[3])
            return seen.count(seen[0]) == AT_REST

        self._until(is_at_rest, "the record of the live task to come to rest")
        assert '"Running"' in seen[0], f"The task does not run: {seen[0]}"
        return task_id

    def _until(self, check: Callable[[], bool], what: str) -> None:
        for _ in range(600):
            if check():
                return
            time.sleep(0.05)
        raise AssertionError(f"The benchmark waited half a minute for {what}.")

    def read(self, path: str, *more: tuple[str, str]) -> tuple[str, int, list[tuple[str, str]], str]:
        """Path, status, headers and body of an answer, as the peer is to write it."""
        self._client.request("GET", path, headers=dict([*self.headers, *more]))
        answer = self._client.getresponse()
        return path, answer.status, answer.getheaders(), answer.read().decode()

    def _post(self, path: str, body: object) -> dict[str, str]:
        """The headers of the answer."""
        headers = {**dict(self.headers), "Content-Type": "application/json"}
        self._client.request("POST", path, json.dumps(body), headers)
        answer = self._client.getresponse()
        text = answer.read()
        assert answer.status in (201, 202), f"POST {path} was answered {answer.status}: {text!r}"
        return dict(answer.getheaders())


def cases_of(setup: Setup, live: str, ended: str) -> tuple[list[Case], list[Any]]:
    """The lines of the table, and the answers of the peer."""
    paths = {
        "live task": f"{TASKS}/{live}",
        "ended task": f"{TASKS}/{ended}",
        "monitor, 202": f"/taskmon/{live}",
        "monitor, final": f"/taskmon/{ended}",
    }
    answers = [setup.read(path) for path in paths.values()]
    cases = [
        Case(name, request(path, setup.headers), answer[1], path)
        for (name, path), answer in zip(paths.items(), answers, strict=True)
    ]
    for name in ("live task", "ended task"):
        _, _, headers, _ = setup.read(paths[name])
        known = ("If-None-Match", dict(headers)["Etag"])
        asks = request(paths[name], [*setup.headers, known])
        cases.append(Case(f"{name}, 304", asks, setup.read(paths[name], known)[1], paths[name]))
    return cases, answers


# --- measuring


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(server: Process, asks: bytes, status: int, seconds: float, into: Measured) -> None:
    """One round with one server."""
    before = processor_time(server.pid)
    port = int(server.url.rpartition(":")[2])
    answers, took = await load(port, asks, status, CONNECTIONS, seconds)
    into.rates.append(answers / took)
    into.costs.append(1e6 * (processor_time(server.pid) - before) / answers)


async def measure(
    service: Process, peer: Process, case: Case, peer_status: int, rounds: int, seconds: float
) -> tuple[Measured, Measured]:
    """So many rounds, the two servers in turn."""
    ours, bare = Measured(), Measured()
    plain = request(case.beside, [*HEADERS_OF_CLIENTS, ("X-Auth-Token", "0" * 64)])
    await ask(service, case.asks, case.status, seconds / 4, Measured())  # not counted: both are warm then
    await ask(peer, plain, peer_status, seconds / 4, Measured())
    for _ in range(rounds):
        await ask(service, case.asks, case.status, seconds, ours)
        await ask(peer, plain, peer_status, seconds, bare)
    return ours, bare


async def run(folder: Path, tasks: int, rounds: int, seconds: float) -> None:
    """Measure everything and print the table."""
    with Simulator(folder / "simulator", servers=1, transition="80000-86400") as simulator:
        trusted = {"fleet.ca_file": simulator.certificate}
        service = Service(folder / "service", {**SETTINGS, **trusted})
        ended = await fill(DataFolder(service.data), tasks)
        with service:
            await _compare(service, simulator, folder, ended, rounds, seconds)


async def _compare(
    service: Service, simulator: Simulator, folder: Path, ended: str, rounds: int, seconds: float
) -> None:
    setup = await asyncio.to_thread(Setup, int(service.url.rpartition(":")[2]))
    server = simulator.inventory[0]
    login = server["HostName"], server["UserName"], server["Password"]
    live = await asyncio.to_thread(setup.live_task, *login)
    cases, answers = await asyncio.to_thread(cases_of, setup, live, ended)
    statuses = {path: status for path, status, _, _ in answers}
    print("| | ours/s | bare/s | rate: ours / bare | ours µs | bare µs | time: bare / ours |")
    print("|---|---|---|---|---|---|---|")
    with Peer(folder, answers) as peer:
        for case in cases:
            ours, bare = await measure(service, peer, case, statuses[case.beside], rounds, seconds)
            rate = median(a / b for a, b in zip(ours.rates, bare.rates, strict=True))
            cost = median(b / max(a, 1e-9) for a, b in zip(ours.costs, bare.costs, strict=True))
            print(
                f"| {case.name} | {median(ours.rates):.0f} | {median(bare.rates):.0f} | {rate:.2f} "
                f"| {median(ours.costs):.0f} | {median(bare.costs):.0f} | {cost:.2f} |",
                flush=True,
            )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="GET of tasks beside a bare Tornado handler.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round with each server")
    parser.add_argument("--tasks", type=int, default=10_000, help="ended tasks in the store")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.seconds, given.tasks = 1, 0.1, 20
    with tempfile.TemporaryDirectory(prefix="taskmon-bench-") as folder:
        asyncio.run(run(Path(folder), given.tasks, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
