"""A whole reset of 1,000 and 10,000 simulated servers, from the POST to its end.

The limit is a bare `aiohttp` loop, in a process of its own, that sends the same requests, server by server as
the simulator's log of ours has them, with the same pauses between two looks and as many under way at once as
`fleet.max_connections` allows: nothing is saved, decided, told or looked at. It logs in as ours does, once at
each server. aiohttp keeps idle connections besides those that are in use, so that it has one handshake for
each server; ours has at most so many connections open in all.

Each round has a service and servers of its own, so that every one of them logs in. Before it each server is
asked for its service root: a simulated server makes its certificate at the first connection, and whoever came
first would wait for it. A second line has the processor time that each of the two processes used.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from actors.operations.reset_server import FIRST_PAUSE, LONGEST_PAUSE, PAUSE_GROWS
from bench.fleet import Fleet, fleet
from bench.get_task import processor_time
from bench.lines import Health, Line, Plan
from fleet.options import FleetOptions
from tests.service import ROOT

TITLE: Final = "### A whole reset, without batches"
TRANSITION: Final = "0.1-0.3"


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of servers."""
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Line]:
    lines = []
    for size in plan.sizes(1_000, 10_000):
        line = Line(
            name=f"{size:,} servers",
            unit="s",
            limit_name="a bare aiohttp loop",
            target=1.25,
            operation="a whole reset",
            size=size,
        )
        cost = Line(name=f"{size:,} servers: processor time", unit="s", limit_name=line.limit_name)
        lines += [line, cost]
        health, failures = [], []
        for number in range(plan.rounds_at(size, 10_000)):
            folder = plan.folder / "reset_whole" / f"{size}-{number}"
            with fleet(folder, size, TRANSITION, {}) as servers:
                _bare(servers, [_root(server) for server in servers.simulator.inventory], folder)
                heard = len(servers.simulator.requests)
                servers.service.readings()
                before = processor_time(servers.service.pid)
                seconds, failed = _reset(servers)
                used = processor_time(servers.service.pid) - before
                health.append(servers.service.health())
                failures.append(failed)
                requests = servers.simulator.requests[heard:]
                bare = _bare(servers, requests, folder)
                line.add(seconds, bare["seconds"])
                cost.add(used, bare["processor"])
        line.health = Health.worst(*health)
        line.unsound = any(failures)
        line.note = ", ".join(filter(None, (f"{len(requests) / size:.1f} requests each", *failures)))
    return lines


def _root(server: dict[str, str]) -> dict[str, str]:
    return {"server": server["HostName"], "method": "GET", "path": "/redfish/v1/"}


def _reset(servers: Fleet) -> tuple[float, str]:
    """Seconds from the POST to the end, and how many failed."""
    began = time.perf_counter()
    task = servers.reset("ForceRestart")
    servers.await_end(task)
    return time.perf_counter() - began, servers.failed(task)


def _bare(servers: Fleet, requests: list[dict[str, Any]], folder: Path) -> dict[str, float]:
    """What `bare_fleet` says of these requests."""
    heard: dict[str, list[tuple[str, str]]] = {}
    for request in requests:
        heard.setdefault(request["server"], []).append((request["method"], request["path"]))
    plan = {
        "ca": str(servers.simulator.certificate),
        "concurrency": FleetOptions().max_connections,
        "pauses": [min(FIRST_PAUSE * PAUSE_GROWS**look, LONGEST_PAUSE) for look in range(20)],
        "servers": [
            {
                "host": line["HostName"],
                "user": line["UserName"],
                "password": line["Password"],
                "requests": heard.get(line["HostName"], []),
            }
            for line in servers.simulator.inventory
        ],
    }
    file = folder / "bare.json"
    file.write_text(json.dumps(plan))
    command = [sys.executable, "-m", "bench.bare_fleet", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said
