"""Handing new tasks to TaskRegistry: where there is room for them, and nobody has claimed what they need."""

from collections.abc import Mapping, Sequence
from typing import Any

import pykka

from actors.asking import ask
from actors.operations.busy import busy
from actors.operations.order import Order
from actors.tasks.errors import ConflictError
from actors.tasks.holds import HeldError
from actors.tasks.mail import Find, Promise, Submit
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Save
from actors.tasks.registry import ClaimedError
from actors.tasks.request_keys import RequestKey
from actors.tasks.retention import Retention
from actors.tasks.task import Task, TaskId

MADE_IN_A_TURN = 200
"""How many records of subtasks are made before everybody else has a turn."""


class Submission:
    """What the services that make tasks have in common."""

    def __init__(
        self, registry: pykka.ActorRef[Any], retention: Retention, *, refuse_busy: bool = False
    ) -> None:
        """`refuse_busy`: what needs a system that another task holds or waits for is refused, not queued."""
        self._registry = registry
        self._refuse_busy = refuse_busy
        self._retention = retention

    async def submit(
        self,
        order: Order,
        tasks: Sequence[Task],
        *,
        claims: frozenset[str] = frozenset(),
        wanted: Mapping[str, TaskId] | None = None,
        along: tuple[Change, ...] = (),
        in_the_way: ConflictError | None = None,
    ) -> Task:
        """The first of these tasks, once all of them are durable, together with `along` and the order's key.

        `wanted` says which of the tasks is to hold which system. `in_the_way` is what the client is told
        where another task has claimed what these need.

        Raises:
            NoRoomError: there are as many tasks as there may be.
            ConflictError: `in_the_way`.
            BusyError: another task holds or waits for one of the systems, and such requests are refused.
            RevisionConflictError: a record in `along` has been changed since; nothing was stored.
        """
        first = tasks[0]
        if order.keyed is not None:
            keyed = order.keyed
            key = RequestKey(id=keyed.id, task=first.id, fingerprint=keyed.fingerprint, at=first.started)
            along = (*along, Save(key))
        recorded: Task | None = None
        try:
            await self._retention.make_room(first.id)
            barred = frozenset(wanted or ())
            alone = wanted or {} if self._refuse_busy else {}
            submit = Submit(tuple(tasks), claims, barred, along, alone=alone)
            promise: Promise = await ask(self._registry, submit)
            recorded = await promise.kept()
        except ClaimedError:
            raise in_the_way or being_removed() from None
        except HeldError as held:
            raise busy(held, await ask(self._registry, Find(held.task_id)), order.viewer) from None
        finally:
            self._retention.settled(first.id, recorded=recorded is not None)
        if recorded is None:
            raise TypeError("A Submit was answered without a task.")
        return recorded


def being_removed() -> ConflictError:
    """What is told of a system whose source another task is removing."""
    return ConflictError(Message("ResourceInUse", detail="Its aggregation source is being removed."))
