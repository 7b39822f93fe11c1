"""The actors in a house of the test's own: a memory store, scripted servers, a clock that the test holds."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors import (
    NO_TIMEOUTS,
    Actors,
    Limits,
    Order,
    OverwritePolicy,
    Privilege,
    ResetLimits,
    RetentionRules,
    Source,
    SystemId,
    Task,
    Timeouts,
    Viewer,
    World,
    payload_of,
    start_actors,
)
from actors.access.records import AccountId
from actors.access.roles import PREDEFINED_ROLES
from actors.events.limits import EventLimits
from actors.tasks.ports import Store
from store.memory import MemoryStore
from tests.actors.listening import ScriptedDestinations, render_plainly
from tests.actors.scripted import ScriptedServers


class HeldClock:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class PlainVault:
    """Seals by writing backwards: enough to see that what is stored is not the secret itself."""

    def seal(self, secret: str) -> bytes:
        return secret[::-1].encode()

    def unseal(self, sealed: bytes) -> str:
        return sealed.decode()[::-1]

    def fingerprint(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest()


class PlainHasher:
    """A hash that takes no time."""

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash == f"hash of {password}"


def viewer(
    name: str = "admin", role: str = "Administrator", without: frozenset[Privilege] = frozenset()
) -> Viewer:
    return Viewer(
        account=AccountId(f"account of {name}"),
        name=name,
        role=role,
        privileges=PREDEFINED_ROLES[role] - without,
    )


ADMIN = viewer()


@dataclass
class House:
    """A running set of actors and what they live on."""

    actors: Actors
    store: Store
    servers: ScriptedServers
    clock: HeldClock
    lost: list[str] = field(default_factory=list)

    async def add(self, *addresses: str) -> list[SystemId]:
        """Scripted servers as sources; the ids of their systems, in this order."""
        systems: list[SystemId] = []
        for address in addresses:
            self.servers.add(address)
            task = await self.actors.operations.add_server(
                order(), host=address, user_name="root", password="calvin-and-hobbes"
            )
            ended = await self.ended(task)
            assert ended.result is not None
            source = ended.result.source
            assert isinstance(source, Source), ended.messages
            systems += source.systems
        return systems

    async def ended(self, task: Task) -> Task:
        """The record of this task once it has ended."""
        return await self.until(task, lambda found: not found.is_live)

    async def until(self, task: Task, is_so: Callable[[Task], bool]) -> Task:
        """The record of this task once it is so."""
        async with asyncio.timeout(10):
            while True:
                found = await self.actors.tasks.find(task.id, ADMIN)
                if is_so(found):
                    return found
                await asyncio.sleep(0)
                let_threads_run()

    async def subtasks(self, task: Task) -> list[Task]:
        ids = await self.actors.tasks.subtasks(task.id, ADMIN)
        return [await self.actors.tasks.find(task_id, ADMIN) for task_id in ids]


def let_threads_run() -> None:
    """Who looks again and again would else keep a store's threads waiting, 5 ms for each of their steps."""
    time.sleep(0)


class LoopTime:
    """The running loop's own time, which the test may move on: what is due by then happens next."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._real = loop.time
        self._ahead = 0.0
        patch.setattr(loop, "time", self._now)

    def _now(self) -> float:
        return self._real() + self._ahead

    def move(self, seconds: float) -> None:
        self._ahead += seconds


def order(
    who: Viewer = ADMIN, action: str = "AggregationService.Reset", timeouts: Timeouts = NO_TIMEOUTS
) -> Order:
    payload = payload_of("POST", "/x", [], None)
    return Order(viewer=who, payload=payload, action=action, timeouts=timeouts)


@asynccontextmanager
async def a_house(
    store: Store | None = None,
    servers: Any = None,
    clock: Any = None,
    **limits: Any,
) -> AsyncIterator[House]:
    """Start the actors; what is not given is new. Only a house with a held clock can move its `clock`."""
    async with AsyncExitStack() as stack:
        stored = store or MemoryStore()
        scripted = servers or ScriptedServers()
        clock = clock or HeldClock()
        lost: list[str] = []
        reset = ResetLimits(
            run_timeout=limits.get("run_timeout", 30),
            expected_outage=limits.get("expected_outage", 30),
            settle=limits.get("settle", 0.05),
            cancel_timeout=limits.get("cancel_timeout", 3),
            waiting_timeout=limits.get("waiting_timeout", 86_400),
            progress_timeout=limits.get("progress_timeout", 600),
        )
        actors = await start_actors(
            World(
                store=stored,
                servers=scripted,
                vault=PlainVault(),
                hasher=PlainHasher(),
                clock=clock,
                destinations=limits.get("destinations") or ScriptedDestinations(),
                render_events=render_plainly,
            ),
            Limits(
                abort_deadline=limits.get("abort_deadline", 10),
                power_max_age=10,
                refuse_busy=limits.get("refuse_busy", False),
                reset=reset,
                events=limits.get("events") or EventLimits(),
                add_server=limits.get("add_server", Timeouts(run=600, progress=300)),
                remove_server=limits.get("remove_server", Timeouts(waiting=86_400, run=60)),
                retention=RetentionRules(
                    max_retained=limits.get("max_retained", 10_000),
                    auto_delete_minutes=limits.get("auto_delete_minutes", 10_080),
                    overwrite_policy=limits.get("overwrite_policy", OverwritePolicy.OLDEST),
                ),
            ),
            stack,
            on_lost=lost.append,
        )
        yield House(actors, stored, scripted, clock, lost)
    assert lost == []
