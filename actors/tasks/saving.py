"""Saving a task's record, however long the store is unavailable: a change of a task must not get lost."""

import asyncio
import logging
from collections.abc import Iterator, Sequence

from actors.events.records import Event
from actors.keeping import Keep
from actors.operations.operation import Outcome
from actors.tasks.errors import RevisionConflictError, StoppingError, StoreUnavailableError
from actors.tasks.ports import Change, Emit, Save
from actors.tasks.services import TaskServices
from actors.tasks.task import Task, TaskId

log = logging.getLogger("taskmon.tasks")

RETRY_FIRST = 0.25
RETRY_LONGEST = 5.0
"""Seconds between two attempts while the store is unavailable."""


class Saving:
    """What a TaskActor, or the child that records new tasks, asks of the store."""

    __slots__ = ("_services",)

    def __init__(self, services: TaskServices) -> None:
        self._services = services

    async def save(self, new: Task, events: Sequence[Event] = (), outcome: Outcome | None = None) -> None:
        """Save the record, with its events and what its outcome changes besides; on return all are durable.

        Raises:
            RevisionConflictError: somebody else has changed a record, which nobody may.
            StoppingError: the service stops, and the store is still unavailable.
        """
        for pause in _pauses():
            try:
                await self._commit(new, events, outcome)
            except StoreUnavailableError as error:
                log.warning("task %s cannot be saved, trying again in %s s: %s", new.id, pause, error)
                await self._wait(pause)
            except RevisionConflictError:
                # After a failure of unknown outcome the first attempt may have been stored after all.
                if await self.stored(new.id) != new:
                    raise
                if outcome is not None:
                    self._services.inventory.apply(outcome.changes)
                return
            else:
                return

    async def stored(self, task_id: TaskId) -> Task | None:
        """The record as it is in the store, or None.

        Raises:
            StoppingError: the service stops, and the store is still unavailable.
        """
        for pause in _pauses():
            try:
                return await self._services.store.task(task_id)
            except StoreUnavailableError as error:
                log.warning("task %s cannot be read, trying again in %s s: %s", task_id, pause, error)
                await self._wait(pause)
        raise AssertionError("the pauses never end")

    async def emit(self, event: Event) -> None:
        """Emit an event that no change of the record goes with, however long the store is unavailable.

        Where the outcome of an attempt was not known, the event may be there twice.

        Raises:
            StoppingError: the service stops, and the store is still unavailable.
        """
        for pause in _pauses():
            try:
                await self._services.store.commit(Emit((event,)))
            except StoreUnavailableError:
                await self._wait(pause)
            else:
                return

    async def _commit(self, new: Task, events: Sequence[Event], outcome: Outcome | None) -> None:
        saved: tuple[Change, ...] = (Save(new), Emit(events)) if events else (Save(new),)
        if outcome is None or (not outcome.changes and outcome.settle is None):
            await self._services.store.commit(*saved)
        elif outcome.settle is not None:
            settle = outcome.settle
            await self._services.keeper.ask(Keep(lambda inventory: (*settle(inventory), *saved)), block=False)
        else:
            changes: tuple[Change, ...] = (*outcome.changes, *saved)
            await self._services.store.commit(*changes)
            self._services.inventory.apply(changes)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._services.stopping.wait()
        except TimeoutError:
            return
        raise StoppingError("The service is stopping.")


def _pauses() -> Iterator[float]:
    pause = RETRY_FIRST
    while True:
        yield pause
        pause = min(pause * 2, RETRY_LONGEST)
