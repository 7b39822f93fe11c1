"""Servers by script behind the port: each does what the test tells it, and writes down what it heard."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from actors.inventory.records import PowerState, ResetType
from actors.tasks.errors import ServerError, ServerUnreachableError
from actors.tasks.ports import Accepted, Errand, Login, SeenSystem, SeenTask

EVERY_TYPE = tuple(ResetType)


@dataclass
class Heard:
    """One request that reached a server."""

    address: str
    what: str
    task: str | None


@dataclass
class ScriptedServer:
    """One server with one system. `gate`, if set, is awaited before each answer; `fails` raises instead."""

    address: str
    power: PowerState = PowerState.ON
    types: tuple[ResetType, ...] = EVERY_TYPE
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    fails: dict[str, Callable[[], ServerError]] = field(default_factory=dict)
    monitor: list[int | ServerError] = field(default_factory=list)
    """What its own task for an action shows at each look: False while it goes on, or its percentage; True
    when it has ended well."""
    restarts_seen: bool = True
    resets: int = 0

    def seen(self) -> SeenSystem:
        return SeenSystem(
            id_there="1",
            path="/redfish/v1/Systems/1",
            name=f"system at {self.address}",
            reset_uri="/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
            reset_types=self.types,
            power_state=self.power,
            last_reset=(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.resets)).isoformat()
            if self.restarts_seen
            else "",
        )

    def take(self, reset_type: ResetType) -> None:
        self.resets += 1
        if reset_type in (ResetType.FORCE_OFF, ResetType.GRACEFUL_SHUTDOWN):
            self.power = PowerState.OFF
        elif reset_type is ResetType.PAUSE:
            self.power = PowerState.PAUSED
        elif reset_type not in (ResetType.NMI, ResetType.PUSH_POWER_BUTTON):
            self.power = PowerState.ON


class ScriptedServers:
    """The port `Servers`."""

    def __init__(self) -> None:
        self.servers: dict[str, ScriptedServer] = {}
        self.heard: list[Heard] = []
        self.forgotten: list[str] = []
        self._arrivals: list[tuple[Callable[[Heard], bool], asyncio.Future[Heard]]] = []

    def add(self, address: str) -> ScriptedServer:
        server = self.servers[address] = ScriptedServer(address)
        return server

    def at(self, login: Login, errand: Errand) -> "_OnErrand":
        return _OnErrand(self, login, errand)

    def may_be_at(self, address: str) -> bool:
        return not address.startswith("169.254.")

    async def forget(self, address: str) -> None:
        self.forgotten.append(address)

    async def hears(self, what: str, address: str = "") -> Heard:
        """The next request of this kind, when it arrives."""
        arrival: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._arrivals.append((lambda heard: heard.what == what and address in ("", heard.address), arrival))
        return await arrival

    def resets(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.what == "reset"]

    def note_reset(self) -> None:
        """For a test that stands in for a server's reset itself."""
        self.note(Heard("", "reset", None))

    def note(self, heard: Heard) -> None:
        self.heard.append(heard)
        for wanted, arrival in list(self._arrivals):
            if wanted(heard) and not arrival.done():
                arrival.set_result(heard)
        self._arrivals = [pair for pair in self._arrivals if not pair[1].done()]


class _OnErrand:
    def __init__(self, servers: ScriptedServers, login: Login, errand: Errand) -> None:
        self._servers = servers
        self._login = login
        self._errand = errand

    def staying(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def _arrive(self, what: str) -> ScriptedServer:
        self._errand.permit()
        self._servers.note(Heard(self._login.address, what, self._errand.request_id))
        server = self._servers.servers.get(self._login.address)
        if server is None:
            raise ServerUnreachableError(f"https://{self._login.address}/", "Nobody is there.")
        if what in server.gates:
            await server.gates[what].wait()
        if what in server.fails:
            raise server.fails[what]()
        return server

    async def system_paths(self) -> Sequence[str]:
        await self._arrive("system_paths")
        return ["/redfish/v1/Systems/1"]

    async def system(self, path: str) -> SeenSystem:
        return replace((await self._arrive("system")).seen(), path=path)

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        server = await self._arrive("reset")
        server.take(reset_type)
        return Accepted(monitor="/monitor" if server.monitor else "")

    async def task_seen(self, monitor: str) -> SeenTask:
        server = await self._arrive("task_seen")
        step = server.monitor.pop(0) if len(server.monitor) > 1 else server.monitor[0]
        if isinstance(step, ServerError):
            raise step
        if isinstance(step, bool):
            return SeenTask(ended=step)
        return SeenTask(ended=False, state="Running", percent=step)

    async def cancel_task(self, monitor: str) -> None:
        await self._arrive("cancel_task")
