"""The ports store and servers, with a named step before and after each commit and each request to a server.

A step is told before what it names goes on: `commit:…:before` while nothing is stored yet, `…:after` when all
of it is durable and nobody knows; `reset:before` while nothing has left, `reset:after` when the server has
answered and nobody knows, `reset:failed` when the request has failed and nobody knows.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from actors.inventory.records import ResetType
from actors.operations.reset_checkpoint import ResetCheckpoint
from actors.tasks.errors import ServerError
from actors.tasks.ports import (
    Accepted,
    Change,
    Emit,
    Errand,
    Forget,
    Login,
    Remove,
    SeenSystem,
    SeenTask,
    Server,
    Servers,
)
from actors.tasks.task import Task

Step = Callable[[str], Awaitable[None]]
"""Is told the name of a step, and may never return, or raise."""

COMMIT = "commit:"


def name_of(changes: Sequence[Change]) -> str:
    """What these changes are, each kind once: tasks by operation, state and checkpoint, others by record."""
    return COMMIT + "+".join(dict.fromkeys(_kinds(changes)) or ["events"])


def _kinds(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if isinstance(change, Remove):
            yield f"no {change.kind.__name__}"
        elif isinstance(change, Emit | Forget):
            continue  # what is told of a change is no step of its own
        elif isinstance(change.record, Task):
            task = change.record
            checkpoint = ResetCheckpoint.read(task.checkpoint).step
            yield " ".join(filter(None, (task.operation, task.state, checkpoint)))
        else:
            yield type(change.record).__name__


class SteppedStore:
    """A `Store` over another one."""

    def __init__(self, kept: Any, step: Step) -> None:
        self._kept = kept
        self._step = step

    async def commit(self, *changes: Change) -> None:
        if changes:
            name = name_of(changes)
            await self._step(f"{name}:before")
            await self._kept.commit(*changes)
            await self._step(f"{name}:after")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


class SteppedServers:
    """`Servers` over other ones; what these can do besides goes through unseen."""

    def __init__(self, kept: Servers, step: Step) -> None:
        self._kept = kept
        self._step = step

    def at(self, login: Login, errand: Errand) -> Server:
        return _SteppedServer(self._kept.at(login, errand), self._step)

    def may_be_at(self, address: str) -> bool:
        return self._kept.may_be_at(address)

    async def forget(self, address: str) -> None:
        await self._kept.forget(address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


class _SteppedServer:
    def __init__(self, kept: Server, step: Step) -> None:
        self._kept = kept
        self._step = step

    async def _ask(self, name: str, request: Callable[[], Awaitable[Any]]) -> Any:
        await self._step(f"{name}:before")
        try:
            answer = await request()
        except ServerError:
            await self._step(f"{name}:failed")
            raise
        await self._step(f"{name}:after")
        return answer

    def staying(self) -> AbstractContextManager[None]:
        return self._kept.staying()

    async def system_paths(self) -> Sequence[str]:
        paths: Sequence[str] = await self._ask("system_paths", self._kept.system_paths)
        return paths

    async def system(self, path: str) -> SeenSystem:
        seen: SeenSystem = await self._ask("system", lambda: self._kept.system(path))
        return seen

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        accepted: Accepted = await self._ask("reset", lambda: self._kept.reset(reset_uri, reset_type))
        return accepted

    async def task_seen(self, monitor: str) -> SeenTask:
        seen: SeenTask = await self._ask("task_seen", lambda: self._kept.task_seen(monitor))
        return seen

    async def cancel_task(self, monitor: str) -> None:
        await self._ask("cancel_task", lambda: self._kept.cancel_task(monitor))
