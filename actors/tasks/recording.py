"""Making new tasks durable, beside TaskRegistry's turns: a child that commits, and tells."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pykka

from actors.tasks.errors import StoppingError, StoreUnavailableError
from actors.tasks.mail import NotRecorded, Promise, Recorded, Submit
from actors.tasks.ports import Save
from actors.tasks.saving import Saving
from actors.tasks.services import TaskServices
from actors.tasks.task import Task


class Children:
    """The child coroutines of an actor: each is kept in sight until it is done."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run this beside the actor's turns."""
        child = asyncio.create_task(work, name=name)
        self._running.add(child)
        child.add_done_callback(self._running.discard)


async def record(
    submit: Submit, promise: Promise, services: TaskServices, registry: pykka.ActorRef[Any]
) -> None:
    """The tasks become durable together with what belongs to them, and only then is anyone told."""
    verdict: Recorded | NotRecorded = Recorded(submit, promise)
    try:
        await services.store.commit(*(Save(task) for task in submit.tasks), *submit.along)
    except StoreUnavailableError as error:
        # Whether they were stored is not known; a live record without an actor must not be left.
        if not await _is_stored(submit.tasks[0], services):
            verdict = NotRecorded(submit, promise, error)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is for the one who asked)
        verdict = NotRecorded(submit, promise, error)
    with suppress(pykka.ActorDeadError):  # the service has stopped; its next start finds the records
        registry.tell(verdict)


async def _is_stored(task: Task, services: TaskServices) -> bool:
    try:
        return await Saving(services).stored(task.id) is not None
    except StoppingError:
        return False
