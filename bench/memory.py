"""Memory of the service: idle with an empty store, and with 1,000,000 ended tasks in it.

The limit is an interpreter that has made the same imports and waits. What the service has on top is its own
records, connections, threads and caches; ended tasks should cost disk and not memory. With the million, a
page of them and one of them have been read before.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.get_task import TASKS
from bench.lines import Line, Plan
from bench.seeding import ended_store
from bench.served import Client, Probed
from tests.service import ROOT

TITLE: Final = "### Memory of the service"
IMPORTS: Final = "import service.commands, sys; print(flush=True); sys.stdin.read()"


async def measure(plan: Plan) -> list[Line]:
    """A line for the empty store, one for the full one."""
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Line]:
    ended = 10 if plan.quick else 1_000_000
    idle, full = (
        Line(name=name, unit="MB", limit_name="the same imports", target=target, by_difference=True)
        for name, target in (("idle", 20.0), (f"with {ended:,} ended tasks", 30.0))
    )
    for number in range(plan.rounds):
        limit = _of_imports()
        with Probed(plan.folder / "memory" / str(number)) as service:
            idle.add(megabytes(service.pid), limit)
            idle.health = service.health()
        with Probed(ended_store(plan, ended)) as service:
            with Client(service) as client:
                page = client.document(TASKS)
                client.document(page["Members"][0]["@odata.id"])
            full.add(megabytes(service.pid), limit)
            full.health = service.health()
    return [idle, full]


def megabytes(pid: int) -> float:
    """What of this process lies in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc says nothing of the memory of process {pid}.")


def _of_imports() -> float:
    command = [sys.executable, "-c", IMPORTS]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return megabytes(process.pid)
