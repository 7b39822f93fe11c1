"""A memory store that fails when the test says so: before it stores, after it has, or when it is read."""

import asyncio
from collections.abc import Callable

from actors import StoreUnavailableError
from actors.tasks.ports import Change, Save
from actors.tasks.task import Task, TaskId
from store.memory import MemoryStore


class FailingStore(MemoryStore):
    """Refuses commits for as long as `refuses` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: Callable[[tuple[Change, ...]], bool] = lambda _: False
        self.stores_and_refuses: Callable[[tuple[Change, ...]], bool] = lambda _: False
        self.refused = asyncio.Event()
        self.unreadable = False

    async def task(self, task_id: TaskId) -> Task | None:
        if self.unreadable:
            self.refused.set()
            raise StoreUnavailableError("The disk cannot be read.")
        return await super().task(task_id)

    async def commit(self, *changes: Change) -> None:
        if self.refuses(changes):
            self.refused.set()
            raise StoreUnavailableError("The disk is full.")
        await super().commit(*changes)
        if self.stores_and_refuses(changes):
            self.refused.set()
            raise StoreUnavailableError("The disk did not answer.")


def is_end(changes: tuple[Change, ...]) -> bool:
    """Whether these changes end a task."""
    return any(isinstance(c, Save) and isinstance(c.record, Task) and not c.record.is_live for c in changes)


def once(wanted: Callable[[tuple[Change, ...]], bool]) -> Callable[[tuple[Change, ...]], bool]:
    """What is wanted, the first time only."""
    met: list[bool] = []

    def first(changes: tuple[Change, ...]) -> bool:
        if met or not wanted(changes):
            return False
        met.append(True)
        return True

    return first


def saves(kind: type) -> Callable[[tuple[Change, ...]], bool]:
    """Whether changes save a record of this kind."""
    return lambda changes: any(isinstance(c, Save) and isinstance(c.record, kind) for c in changes)
