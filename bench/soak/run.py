"""One soak from the first process to the last check.

**Steady state.** Ended tasks are kept, on disk; so that lists of them do not grow for the whole time,
`tasks.max_retained` is set low enough to be reached well before the last half: from then on the oldest goes
for each that comes. Clocks and outages are short, so that every task has ended soon after the last step.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp

from bench.seeding import seed_servers
from bench.soak.asking import Asker, basic
from bench.soak.clients import MOST_LIVE, Clients
from bench.soak.followers import Posted, StreamReader
from bench.soak.ledger import WRONG, Ledger
from bench.soak.life import Lives, SamePlace
from bench.soak.plan import FAULTS, End, Faults, Plan, Reset
from bench.soak.report import Report, usage_of
from bench.soak.request_log import RequestLog
from bench.soak.settling import ALL_ENDED_WITHIN, Settling
from bench.soak.watch import Watch
from store.folder import DataFolder
from tests.interop.plain import plain_client
from tests.listener import Listener
from tests.service import Simulator
from tests.system.told import subscribe, trust

STREAMS: Final = 3
PATHS: Final = {"/steady": "take", "/shaky": "often 500"}
CLIENT: Final = aiohttp.ClientTimeout(total=90)
LATE: Final = 3 * ALL_ENDED_WITHIN
"""Seconds after the plan's end at which all is given up: more than all deadlines of the end together."""


def settings_for(plan: Plan, ca_file: Path) -> dict[str, object]:
    """The settings of the service that is soaked."""
    resets = sum(isinstance(step, Reset) for step in plan.steps)
    return {
        "fleet.ca_file": ca_file,
        "fleet.read_timeout": 5,
        "reset.expected_outage": 10,
        "reset.settle": 0.5,
        "reset.run_timeout": 60,
        "reset.waiting_timeout": 90,
        "remove_server.waiting_timeout": 60,
        # Promises are judged, and not speed: an abort of all servers may take long where others work too.
        "tasks.abort_deadline": 30,
        "tasks.max_retained": MOST_LIVE + max(60, min(500, resets // 4)),
        "events.retry_interval": 1,
        "shutdown.grace": 10,
        "log.level": "warning",
    }


async def soak(plan: Plan, folder: Path) -> Report:
    """Carry out the plan, with all data in this folder, and judge.

    What keeps it from going on is in the report, and fails it.

    Raises:
        AssertionError: a process did not start, or did not end.
        TimeoutError: it did not come to its end.
    """
    async with asyncio.timeout(plan.seconds + LATE), AsyncExitStack() as stack:
        return await _Soak(plan, folder, stack).run()


class _Soak:
    def __init__(self, plan: Plan, folder: Path, stack: AsyncExitStack) -> None:
        self._plan = plan
        self._stack = stack
        self._ledger = Ledger()
        moving = len(plan.movable)
        self._simulator = stack.enter_context(
            Simulator(folder / "servers", plan.servers, transition="0.2-1", seed=plan.seed)
        )
        self._listener = stack.enter_context(Listener(folder / "listener"))
        self._listener.order(PATHS)
        ca_file = trust(folder, self._simulator.certificate, self._listener.certificate)
        service = SamePlace(folder / "service", settings_for(plan, ca_file))
        inventory = self._simulator.inventory
        there = seed_servers(DataFolder(service.data), inventory[:-moving])
        stack.enter_context(service)
        with plain_client(service) as client:
            for path in PATHS:
                subscribe(client, self._listener.url + path)
        self._lives = Lives(service, self._ledger)
        self._posted = [Posted(path, self._ledger) for path in PATHS]
        self._asker = Asker(self._session(service.certificate), self._lives, self._ledger)
        systems = [f"/redfish/v1/Systems/{system}" for system in there]
        self._clients = Clients(self._asker, inventory, [*systems, *([None] * moving)])
        self._log = RequestLog(self._simulator.request_log, self._ledger)

    def _session(self, certificate: Path) -> aiohttp.ClientSession:
        tls = ssl.create_default_context(cafile=str(certificate))
        tls.check_hostname = False  # it is asked by address
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls),
            timeout=CLIENT,
            headers=basic(),
        )

    async def run(self) -> Report:
        """All of it."""
        self._stack.push_async_callback(self._asker.http.close)
        readers = [
            StreamReader(number, self._plan.seed, self._asker.http, self._lives, self._ledger)
            for number in range(STREAMS)
        ]
        histories = [reader.history for reader in readers] + [one.history for one in self._posted]
        watch = Watch(self._asker, self._log, self._listener, self._posted, histories[0].parents)
        settling = Settling(self._asker, histories, self._log, watch.read_on)
        try:
            await self._soak(readers, watch, settling)
        except Exception as error:  # noqa: BLE001 - what was found so far is told with it
            self._ledger.breaks(WRONG, f"the soak could not go on: {error!r}")
        await self._lives.stop()
        return Report(
            plan=self._plan,
            ledger=self._ledger,
            samples=watch.samples,
            usage=usage_of(watch.samples, self._plan.seconds),
            ends=self._lives.ends,
            server_errors=watch.server_errors,
            spoiled=self._log.spoiled,
            figures=self._figures(watch, settling, histories[0].count),
        )

    async def _soak(self, readers: list[StreamReader], watch: Watch, settling: Settling) -> None:
        async with asyncio.TaskGroup() as besides:
            running = [besides.create_task(reader.read()) for reader in readers]
            async with asyncio.timeout(ALL_ENDED_WITHIN):
                for reader in readers:
                    await reader.opened.wait()
            running += [
                besides.create_task(look())
                for look in (watch.sample, watch.read_logs, watch.look_for_orphans)
            ]
            await self._carry_out()
            for reader in readers:
                reader.hold()
            await settling.settle()
            await watch.actors.look()
            for task in running:
                task.cancel()

    def _figures(self, watch: Watch, settling: Settling, events: int) -> Mapping[str, float]:
        return {
            "tasks acknowledged": len(self._ledger.tasks),
            "tasks aborted with 204": len(self._ledger.aborted),
            "tasks there at the end": len(settling.there),
            "power actions sent": sum(self._log.actions.values()),
            "requests that servers heard": self._log.requests,
            "events told to each follower": events,
            "looks for records without an actor": watch.actors.looks,
            "live records at a look, at the most": watch.actors.most,
            **{f"{name}, ms": 1000 * seconds for name, seconds in watch.longest.items()},
        }

    async def _carry_out(self) -> None:
        """The steps, each at its moment; returns when all that they began has come to an end."""
        began = time.monotonic()
        ending: asyncio.Task[None] | None = None
        for step in self._plan.steps:
            await asyncio.sleep(began + step.at - time.monotonic())
            match step:
                case End():
                    if ending is not None:
                        await ending  # it took longer than the plan thought
                    ending = asyncio.create_task(self._lives.end(step.signal))
                case Faults():
                    rules = [FAULTS[kind] for kind in step.kinds]
                    await asyncio.to_thread(self._simulator.use_faults, rules)
                case _:
                    self._clients.begin(step)
        await asyncio.sleep(began + self._plan.seconds - time.monotonic())
        await asyncio.to_thread(self._simulator.use_faults, [])
        if ending is not None:
            await ending
        async with asyncio.timeout(ALL_ENDED_WITHIN):
            await self._clients.finish()
