"""The scene of the demo: simulated servers and the service as processes, on free ports, in one folder."""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.demo.errors import DemoError
from cli.demo.processes import Process
from cli.demo.show import Show

ADMIN = "admin"
READY_WITHIN = 30.0
READ_WITHIN = 10.0
TRANSITION = "0.5-1.6"
"""Seconds that a simulated server takes for a reset: to be seen, and not to be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is there once all of it is ready."""

    folder: Path
    url: str
    certificate: Path
    """The one that the service made for itself at its first start."""
    password: str
    """Of the account `admin`."""
    inventory: Sequence[Mapping[str, str]]
    """HostName, UserName and Password of each server, in the order of their numbers."""
    request_log: Path
    simulator: Process
    service: Process

    async def break_server(self, number: int) -> None:
        """From now on this server, counted from 1, answers each reset with 500."""
        host = self.inventory[number - 1]["HostName"]
        rule = {"server": host, "method": "POST", "path": "*/ComputerSystem.Reset"}
        await self._set_faults([rule | {"fault": "status", "status": 500}])

    async def mend_servers(self) -> None:
        """From now on no server has a fault."""
        await self._set_faults([])

    async def _set_faults(self, rules: list[dict[str, Any]]) -> None:
        faults_file(self.folder).write_text(json.dumps(rules))
        self.simulator.hang_up()
        told = await self.simulator.line("faults: ", READ_WITHIN)
        if told != f"faults: {len(rules)} rules":
            raise DemoError(f"The simulator was given {len(rules)} faults, and says `{told}`.")

    def check_processes(self) -> None:
        """Raise DemoError if one of them has ended."""
        self.service.check()
        self.simulator.check()

    async def lasts(self) -> None:
        """Wait until one of the processes ends, which none should.

        Raises:
            DemoError: one has ended; it says which, and what it said last.
        """
        waits = [asyncio.ensure_future(process.wait()) for process in (self.service, self.simulator)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.check_processes()


@asynccontextmanager
async def set_scene(command: Sequence[str], folder: Path, servers: int, show: Show) -> AsyncIterator[Scene]:
    """Start so many servers and the service in this folder; on leaving, however, both have ended.

    `command` is the command line of taskmon, such as ("python", "run.py").

    Raises:
        DemoError: one of them did not get ready; it says why.
    """
    data, request_log = folder / "data", folder / "requests.jsonl"
    inventory, authority = folder / "inventory.json", folder / "authority.pem"
    password = secrets.token_urlsafe(12)
    faults_file(folder).write_text("[]")
    # Settings of whoever runs the demo are for their own service.
    env = {name: value for name, value in os.environ.items() if not name.startswith("TASKMON_")}
    async with AsyncExitStack() as stack:
        simulator = await Process.start(
            "the simulator",
            [
                *command,
                "simulate",
                *("--servers", str(servers), "--port", "0", "--transition", TRANSITION),
                *("--faults", str(faults_file(folder)), "--request-log", str(request_log)),
                *("--inventory", str(inventory), "--ca", str(authority)),
            ],
            env,
            folder / "simulator.log",
        )
        stack.push_async_callback(simulator.end)
        # Then the authority's certificate is there, which the service wants at its start.
        with show.waiting("servers", "starting"):
            await simulator.line("listening on ", READY_WITHIN)
        hosts = [server["HostName"] for server in json.loads(inventory.read_text())]
        show.row("servers", f"{len(hosts)}, https://{hosts[0]} to https://{hosts[-1]}")
        service = await Process.start(
            "the service",
            [*command, "serve", "--data", str(data), "--host", "127.0.0.1", "--port", "0"],
            env | {"TASKMON_ADMIN_PASSWORD": password, "TASKMON_FLEET__CA_FILE": str(authority)},
            folder / "service.log",
        )
        stack.push_async_callback(service.end)
        with show.waiting("service", "starting"):
            ready = await service.line("listening on ", READY_WITHIN)
        url = ready.removeprefix("listening on ").split()[0]
        show.row("service", url)
        yield Scene(
            folder=folder,
            url=url,
            certificate=data / "tls.crt",
            password=password,
            inventory=json.loads(inventory.read_text()),
            request_log=request_log,
            simulator=simulator,
            service=service,
        )


def faults_file(folder: Path) -> Path:
    return folder / "faults.json"
