"""A service that stops dead at a chosen step: its store and its servers go silent there, as at a `kill -9`.

A step is the moment before or after a commit, or before or after a request to a server. After the last one
nothing of that service reaches the store or a server any more; what was committed and sent before stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from actors.inventory.records import ResetType
from actors.tasks.errors import FencedError, StoreUnavailableError, TaskmonError
from actors.tasks.ports import Accepted, Change, Errand, Login, SeenSystem, SeenTask, Server
from store.memory import MemoryStore
from tests.actors.scripted import ScriptedServers


class Crash:
    """Counts the steps and stops the world at one of them; -1: never."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.steps = 0
        self.happened = asyncio.Event()
        self.buried = asyncio.Event()
        """Set by the test when what hangs in the dead service may be cleared away; nothing gets through."""

    def soon(self, steps: int) -> None:
        """At the step so many from now: 0 is at once."""
        self._at = self.steps + steps
        if not steps:
            self.happened.set()

    def never(self) -> None:
        """At no step."""
        self._at = -1

    async def step(self, dead: TaskmonError) -> None:
        """Pass, or wait for the burial and raise `dead`."""
        self.steps += 1
        if self.steps == self._at:
            self.happened.set()
        if self.happened.is_set():
            await self.buried.wait()
            raise dead


class CrashingStore:
    """A `Store` over another one, which outlives it."""

    def __init__(self, kept: MemoryStore, crash: Crash) -> None:
        self._kept = kept
        self._crash = crash

    async def commit(self, *changes: Change) -> None:
        if changes:
            await self._crash.step(StoreUnavailableError("The service is dead."))
            await self._kept.commit(*changes)
            await self._crash.step(StoreUnavailableError("The service is dead."))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


class CrashingServers:
    """`Servers` over scripted ones, which outlive it."""

    def __init__(self, kept: ScriptedServers, crash: Crash) -> None:
        self._kept = kept
        self._crash = crash

    def at(self, login: Login, errand: Errand) -> Server:
        return _CrashingServer(self._kept.at(login, errand), self._crash)

    async def forget(self, address: str) -> None:
        await self._kept.forget(address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


class _CrashingServer:
    def __init__(self, kept: Any, crash: Crash) -> None:
        self._kept = kept
        self._crash = crash

    async def _ask(self, request: Callable[[], Awaitable[Any]]) -> Any:
        await self._crash.step(FencedError("The service is dead."))
        answer = await request()
        await self._crash.step(FencedError("The service is dead."))
        return answer

    async def system_paths(self) -> Sequence[str]:
        paths: Sequence[str] = await self._ask(self._kept.system_paths)
        return paths

    async def system(self, path: str) -> SeenSystem:
        seen: SeenSystem = await self._ask(lambda: self._kept.system(path))
        return seen

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        accepted: Accepted = await self._ask(lambda: self._kept.reset(reset_uri, reset_type))
        return accepted

    async def task_seen(self, monitor: str) -> SeenTask:
        seen: SeenTask = await self._ask(lambda: self._kept.task_seen(monitor))
        return seen

    async def cancel_task(self, monitor: str) -> None:
        await self._ask(lambda: self._kept.cancel_task(monitor))
