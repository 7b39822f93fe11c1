"""The back ends of the store port, opened the same way, for the suites that run over all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from actors.tasks.ports import Store
from actors.tasks.states import TaskState
from actors.tasks.task import Task
from store.memory import MemoryStore
from store.sqlite import open_store
from tests.store.records import later


class ClosableStore(Store, Protocol):
    """A store as the one who opened it has it."""

    async def close(self) -> None: ...


async def open_memory(folder: Path) -> ClosableStore:
    return MemoryStore()


async def open_sqlite(folder: Path) -> ClosableStore:
    return await open_store(folder)


BACK_ENDS = {"memory": open_memory, "sqlite": open_sqlite}


@asynccontextmanager
async def opened(back_end: str, folder: Path) -> AsyncIterator[ClosableStore]:
    """A new store of that back end, closed at the end."""
    store = await BACK_ENDS[back_end](folder)
    try:
        yield store
    finally:
        await store.close()


def ended(task: Task) -> Task:
    """The record that follows when the task has ended."""
    return replace(task, revision=task.revision + 1, state=TaskState.COMPLETED, ended=later(60))
