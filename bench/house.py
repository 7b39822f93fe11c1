"""The service without its web layer, in the process of the benchmark: real store, scripted servers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from actors import Actors, Order, Task, Viewer, World, limits_of, payload_of, start_actors
from actors.access.records import AccountId
from actors.access.roles import PREDEFINED_ROLES
from actors.asking import ask
from actors.inventory.records import PowerState, ResetType, SystemId
from actors.operations import reset_server
from actors.runtime import Collecting
from actors.tasks.mail import Roll
from actors.tasks.ports import Accepted, Errand, Login, SeenSystem, SeenTask
from bench.seeding import SYSTEM_PATH, dead_servers, seed_servers
from config.loading import load_settings
from fleet.destinations import open_listeners
from fleet.options import FleetOptions
from service.clock import SystemClock
from store.folder import DataFolder
from store.keys.passwords import open_hasher
from store.keys.vault import open_vault
from store.sqlite import SqliteStore, open_store
from web.event_writer import EventWriter

AN_HOUR: Final = 3600.0
RESET_URI: Final = f"{SYSTEM_PATH}/Actions/ComputerSystem.Reset"
RESET_TYPES: Final = tuple(ResetType)


class StillServers:
    """The port `Servers`: each server is On, takes a shutdown on, and never shows its effect."""

    def __init__(self) -> None:
        self._looks = 0
        self._all_looked = asyncio.Event()
        self._awaited = -1

    async def looked_at(self, times: int) -> None:
        """Return when they have been looked at so often, all together."""
        self._awaited = times
        if self._looks < times:
            self._all_looked.clear()
            await self._all_looked.wait()

    def at(self, login: Login, errand: Errand) -> "StillServers":
        return self

    def may_be_at(self, address: str) -> bool:
        return True

    async def forget(self, address: str) -> None:
        """There is nothing to close."""

    def staying(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def system_paths(self) -> Sequence[str]:
        return [SYSTEM_PATH]

    async def system(self, path: str) -> SeenSystem:
        self._looks += 1
        if self._looks == self._awaited:
            self._all_looked.set()
        return SeenSystem(
            id_there="1",
            path=path,
            name="System",
            reset_uri=RESET_URI,  # of what thousands of servers say alike there is one here, as in `fleet`
            reset_types=RESET_TYPES,
            power_state=PowerState.ON,
        )

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        return Accepted()

    async def task_seen(self, monitor: str) -> SeenTask:
        return SeenTask(ended=False)

    async def cancel_task(self, monitor: str) -> None:
        """It has none."""


@dataclass(frozen=True, slots=True)
class House:
    """All of it, while it runs; `systems` are in the store, and `asleep` those that have been reset."""

    actors: Actors
    store: SqliteStore
    servers: StillServers
    systems: list[SystemId]
    asleep: list[SystemId] = field(default_factory=list)

    async def refs(self) -> list[Any]:
        """The refs of the TaskActors of subtasks, the longest started first."""
        # The one place where TaskRegistry's ref can be had: nobody outside needs it.
        registry = cast("partial[Any]", self.actors.stop_work).args[0]
        return (await ask(registry, Roll()))[1:]  # type: ignore[no-any-return]

    async def fall_asleep(self, number: int | None = None) -> None:
        """Reset so many systems, or all that are left; on return each subtask has sent its action and sleeps
        before its next look.

        From now on that sleep is an hour, in this process, so that everything holds still.
        """
        vars(reset_server).update(FIRST_PAUSE=AN_HOUR, LONGEST_PAUSE=AN_HOUR)
        chosen = self.systems[:number]
        del self.systems[:number]
        self.asleep.extend(chosen)
        await self._reset(chosen)
        await self.servers.looked_at(2 * len(self.asleep))  # before the action, and once after it
        commits = -1
        while self.store.commits.count != commits:  # events of progress follow within a second
            commits = self.store.commits.count
            await asyncio.sleep(1.2)

    async def _reset(self, systems: Sequence[SystemId]) -> Task:
        """Shut these down, as a request would, once that is recorded."""
        path = "/redfish/v1/AggregationService/Actions/AggregationService.Reset"
        role = "Administrator"
        viewer = Viewer(
            account=AccountId("bench"), name="bench", role=role, privileges=PREDEFINED_ROLES[role]
        )
        order = Order(
            viewer=viewer,
            payload=payload_of("POST", path, (), {"ResetType": "GracefulShutdown"}),
            action="AggregationService.Reset",
        )
        return await self.actors.operations.reset(order, systems, ResetType.GRACEFUL_SHUTDOWN)


@asynccontextmanager
async def house(folder: Path, servers: int) -> AsyncIterator[House]:
    """The actors on this folder, with so many servers."""
    systems = seed_servers(DataFolder(folder), dead_servers(servers))
    still = StillServers()
    async with AsyncExitStack() as stack:
        collecting = Collecting()
        collecting.start()
        stack.callback(collecting.stop)
        store = await open_store(folder)
        stack.push_async_callback(store.close)
        hasher = await open_hasher(threads=1)
        stack.push_async_callback(hasher.close)
        listeners = await stack.enter_async_context(open_listeners(FleetOptions()))
        world = World(
            store=store,
            servers=still,
            vault=open_vault(folder),
            hasher=hasher,
            destinations=listeners,
            render_events=EventWriter(),
            clock=SystemClock(),
        )
        limits = limits_of(load_settings(None, {"tasks.max_retained": 1_000_000}))
        actors = await start_actors(world, limits, stack, on_lost=sys.exit)
        collecting.go_by(lambda: actors.figures.living)
        yield House(actors, store, still, systems)
