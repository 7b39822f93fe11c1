"""GET of tasks and task monitors, and polls answered 304, beside a bare Tornado handler.

The service runs as it is shipped (session authentication, ETags, all headers, a line in the log for each
request), with 10,000 ended tasks in its store, with TLS and without; both servers are processes of their own
on loopback. The client asks each in turn, over 16 connections that stay open.

The limit is what Tornado's `RequestHandler` needs for an answer that is known beforehand, with the same
headers, on the same loop: a service on Tornado that looks nothing up and lets everybody in. The poll that is
answered 304 is compared with the same handler writing the task in full. Beside the answers per second stands
the processor time for each answer, which says more on a machine that others use as well.
"""

import asyncio
import json
import os
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.lines import Line, Plan
from bench.load import load, request
from bench.seeding import seed_ended, seed_servers
from bench.served import HEADERS, Client, Probed
from store.folder import DataFolder
from tests.service import ROOT, Process, Simulator

TITLE: Final = "### GET of a task, and polls"
CONNECTIONS: Final = 16
ENDED: Final = 10_000
TASKS: Final = "/redfish/v1/TaskService/Tasks"
IN_FULL, NOT_MODIFIED = 1.0, 1.2
"""The least ratios of the rates, of answers in full and of 304."""
AT_REST: Final = 20
"""A record that was read so many times, a twentieth of a second between, and was the same, is at rest."""


@dataclass(frozen=True)
class Case:
    """One line of the table: what is asked of the service, and which path of the peer it is compared with."""

    name: str
    asks: bytes
    status: int
    beside: str
    target: float


class Peer(Process):
    """The bare handler, with the answers that it is to write; `tls` are a certificate and its key."""

    def __init__(self, folder: Path, answers: Sequence[Any], tls: Sequence[Path] = ()) -> None:
        super().__init__("peer", folder)
        self._file = folder / "answers.json"
        self._tls = [str(file) for file in tls]
        folder.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(answers))

    def program(self) -> Sequence[str]:
        return ["-m", "bench.peer"]

    def arguments(self) -> Sequence[str]:
        return [str(self._file), *self._tls]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT)}


async def measure(plan: Plan) -> list[Line]:
    """Without TLS, then with it; the quick form only without."""
    lines: list[Line] = []
    for tls in (False,) if plan.quick else (False, True):
        folder = plan.folder / "get_task" / ("tls" if tls else "plain")
        lines += await _measure(plan, folder, tls=tls)
    return lines


async def _measure(plan: Plan, folder: Path, *, tls: bool) -> list[Line]:
    with Simulator(folder / "simulator", servers=1, transition="80000-86400") as simulator:
        settings = {"web.tls": tls, "log.level": "info", "fleet.ca_file": simulator.certificate}
        service = Probed(folder / "service", settings)
        data = DataFolder(service.data)
        (system,) = seed_servers(data, simulator.inventory)
        ended = seed_ended(data, 20 if plan.quick else ENDED)
        with service:
            with Client(service) as client:
                live = await asyncio.to_thread(live_task, client, system)
                cases, answers = await asyncio.to_thread(cases_of, client, live, ended)
            certificate = (data.tls_certificate, data.tls_key) if tls else ()
            with Peer(folder / "peer", answers, certificate) as peer:
                return await _compare(plan, service, peer, cases, answers, tls=tls)


async def _compare(
    plan: Plan, service: Probed, peer: Process, cases: Sequence[Case], answers: Sequence[Any], *, tls: bool
) -> list[Line]:
    trust = ssl.create_default_context(cafile=str(service.certificate)) if tls else None
    statuses = {path: status for path, status, _, _ in answers}
    lines = []
    for case in cases:
        name = f"{case.name}{', TLS' if tls else ''}"
        rate = Line(
            name=name,
            unit="/s",
            limit_name="a bare RequestHandler",
            target=case.target,
            more_is_better=True,
        )
        cost = Line(name=f"{name}: processor time", unit="s", limit_name="a bare RequestHandler")
        plain = request(case.beside, [*HEADERS, ("X-Auth-Token", "0" * 64)])
        service.readings()
        for number in range(plan.rounds + 1):
            seconds = plan.seconds(1.0 if number else 0.25)  # the first is not counted: both are warm then
            ours = await _ask(service, case.asks, case.status, seconds, trust)
            bare = await _ask(peer, plain, statuses[case.beside], seconds, trust)
            if number:
                rate.add(ours[0], bare[0])
                cost.add(ours[1], bare[1])
        rate.health = service.health()
        lines += [rate, cost]
    return lines


async def _ask(
    server: Process, asks: bytes, status: int, seconds: float, trust: ssl.SSLContext | None
) -> tuple[float, float]:
    """One round with one server: answers a second, and seconds of processor time for each."""
    before = processor_time(server.pid)
    port = int(server.url.rpartition(":")[2])
    answers, took = await load(port, asks, status, CONNECTIONS, seconds, trust)
    return answers / took, (processor_time(server.pid) - before) / answers


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- what is asked for


def live_task(client: Client, system: str) -> str:
    """The id of a task that resets this system for a day, once its record has come to rest."""
    reset = {"ResetType": "GracefulShutdown"}
    answer = client.post(f"/redfish/v1/Systems/{system}/Actions/ComputerSystem.Reset", reset)
    task_id = answer["Location"].rpartition("/")[2]
    settle(client, f"{TASKS}/{task_id}")
    return task_id


def settle(client: Client, path: str) -> None:
    """Return when the resource has been the same for a second."""
    same, last = 0, ""
    while same < AT_REST:
        found = client.read(path)[3]
        same, last = (same + 1, last) if found == last else (0, found)
        time.sleep(0.05)


def cases_of(client: Client, live: str, ended: str) -> tuple[list[Case], list[Any]]:
    """The lines of the table, and the answers of the peer."""
    paths = {
        "live task": f"{TASKS}/{live}",
        "ended task": f"{TASKS}/{ended}",
        "monitor, 202": f"/taskmon/{live}",
        "monitor, final": f"/taskmon/{ended}",
    }
    answers = [client.read(path) for path in paths.values()]
    cases = [
        Case(name, request(path, client.headers), answer[1], path, IN_FULL)
        for (name, path), answer in zip(paths.items(), answers, strict=True)
    ]
    for name in ("live task", "ended task"):
        _, _, headers, _ = client.read(paths[name])
        known = ("If-None-Match", dict(headers)["Etag"])
        asks = request(paths[name], [*client.headers, known])
        status = client.read(paths[name], known)[1]
        cases.append(Case(f"{name}, 304", asks, status, paths[name], NOT_MODIFIED))
    return cases, answers
