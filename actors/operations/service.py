"""Starting operations, as the web layer asks for them: everything is checked before a task is made."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from actors.hosts import address_of
from actors.inventory.fleet import Fleet, FleetSources
from actors.inventory.records import AS_SET, ResetType, SystemId, Trust
from actors.operations.add_server import AddServer
from actors.operations.order import Order
from actors.operations.remove_server import RemoveServer
from actors.operations.repeats import Repeats
from actors.operations.reset import Reset
from actors.operations.reset_server import ResetServer
from actors.operations.retry import Retries
from actors.operations.stop_rule import MaxFailures
from actors.operations.submission import MADE_IN_A_TURN, Submission
from actors.tasks.errors import ConflictError, InvalidRequestError
from actors.tasks.messages import Message
from actors.tasks.payload import Payload
from actors.tasks.states import TaskState
from actors.tasks.task import SEALED, Task, TaskId, new_task_id
from actors.uris import SOURCES, source_uri, system_uri

_RESET_BODIES = {reset_type: f'{{"ResetType":"{reset_type}"}}' for reset_type in ResetType}
"""The body of a reset of one server; of each there is one, for a fleet has thousands of such subtasks."""


class Operations:
    """Each method returns the recorded task: when it does, the task survives a power cut.

    Each raises NoRoomError where there are as many tasks as there may be, and none may be removed.
    """

    def __init__(
        self,
        submission: Submission,
        repeats: Repeats,
        retries: Retries,
        fleet: Fleet,
        made_from: FleetSources,
    ) -> None:
        self._submit = submission.submit
        self.once = repeats.once
        self.retry = retries.retry
        self._fleet = fleet
        self._inventory = made_from.inventory
        self._vault = made_from.vault
        self._clock = made_from.clock
        self._servers = made_from.servers

    async def reset(
        self,
        order: Order,
        targets: Sequence[SystemId],
        reset_type: ResetType,
        *,
        batch_size: int = 0,
        delay: int = 0,
        max_failures: MaxFailures | None = None,
    ) -> Task:
        """Reset these systems, a subtask each, `batch_size` at a time (0: all) with `delay` seconds between.

        Once `max_failures` have failed no further batch begins (None: no such rule).

        Raises:
            InvalidRequestError: no target, a target twice or not there, or a type that none supports.
            ConflictError: a target is being removed.
            BusyError: another task holds or waits for a target, and is not to be waited for.
        """
        self._check_targets(order.action, targets)
        return await self._reset(order, targets, reset_type, batch_size, delay, max_failures)

    async def reset_aggregate(
        self,
        order: Order,
        aggregate_id: str,
        reset_type: ResetType,
        *,
        batch_size: int = 0,
        delay: int = 0,
        max_failures: MaxFailures | None = None,
    ) -> Task:
        """The same for the elements of an aggregate, as they are now.

        Raises:
            NotFoundError: there is no such aggregate.
            InvalidRequestError, ConflictError, BusyError: as `reset`; also for an aggregate without elements.
        """
        elements = self._fleet.aggregate(aggregate_id).elements
        if not elements:
            raise InvalidRequestError(
                Message(
                    "ActionNotSupported",
                    (order.action,),
                    detail="The aggregate has no elements, so there is nothing to reset.",
                    resolution_here="Put systems into it with Aggregate.AddElements, then reset it.",
                )
            )
        return await self._reset(order, elements, reset_type, batch_size, delay, max_failures)

    async def reset_system(self, order: Order, system_id: str, reset_type: ResetType) -> Task:
        """Reset one system: a task without subtasks.

        Raises:
            NotFoundError: there is no such system.
            InvalidRequestError: it does not support the type.
            ConflictError: it is being removed.
            BusyError: as `reset`.
        """
        known = SystemId(system_id)
        if known not in self._inventory.systems:
            await self._fleet.system(system_id)  # raises
        self._check_type(order.action, [known], reset_type)
        task = self._task(order, ResetServer.name, system_uri(known), _reset_input(known, reset_type))
        return await self._submit(order, [task], wanted={known: task.id})

    async def add_server(
        self, order: Order, *, host: str, user_name: str, password: str, trust: Trust = AS_SET
    ) -> Task:
        """Make a server an aggregation source.

        Raises:
            InvalidRequestError: the host is no host name or address, or no server may be at it.
            ConflictError: it is a source already, or is being added.
        """
        try:
            address = address_of(host)
        except ValueError as error:
            raise InvalidRequestError(
                Message(
                    "PropertyValueFormatError",
                    (host[:80], "HostName"),
                    detail=f"{str(error)[:1].upper()}{str(error)[1:]}.",
                    properties=("HostName",),
                )
            ) from None
        if not self._servers.may_be_at(address):
            raise InvalidRequestError(
                Message(
                    "PropertyValueFormatError",
                    (host[:80], "HostName"),
                    detail="No server may be at this address.",
                    resolution_here="Name another address, or have its network named in fleet.networks.",
                    properties=("HostName",),
                )
            )
        there = self._inventory.source_at(address)
        if there is not None:
            raise _already_there(host, f"It is the source {source_uri(there.id)}.")
        given = {
            "source": str(uuid4()),
            "host": host,
            "address": address,
            "user_name": user_name,
            SEALED: self._vault.seal(password),
            "verify": trust.verify,
            "pin": trust.pin,
        }
        task = self._task(order, AddServer.name, SOURCES, given)
        being_added = _already_there(host, "It is being added just now.")
        return await self._submit(order, [task], claims=frozenset({address}), in_the_way=being_added)

    async def remove_server(self, order: Order, source_id: str) -> Task:
        """Remove a source with its systems.

        Raises:
            NotFoundError: there is no such source.
            ConflictError: it is being removed already.
        """
        source = self._fleet.source(source_id)
        task = self._task(order, RemoveServer.name, source_uri(source.id), {"source": source.id})
        claims = frozenset({source.id, *source.systems})
        return await self._submit(order, [task], claims=claims)

    # --- making tasks

    async def _reset(
        self,
        order: Order,
        targets: Sequence[SystemId],
        reset_type: ResetType,
        batch_size: int,
        delay: int,
        max_failures: MaxFailures | None,
    ) -> Task:
        self._check_type(order.action, targets, reset_type)
        parent_id = new_task_id()
        subtasks: list[Task] = []
        for index, target in enumerate(targets):
            if index % MADE_IN_A_TURN == MADE_IN_A_TURN - 1:
                await asyncio.sleep(0)
            waits = bool(batch_size) and index >= batch_size
            subtasks.append(self._reset_subtask(order, parent_id, target, reset_type, waits=waits))
        parent = self._task(
            order,
            Reset.name,
            order.payload.target_uri.partition("/Actions/")[0],
            {
                "batch_size": batch_size,
                "delay": delay,
                "max_failures": None if max_failures is None else max_failures.plain,
            },
            task_id=parent_id,
            subtasks=len(subtasks),
        )
        wanted: dict[str, TaskId] = dict(zip(targets, (subtask.id for subtask in subtasks), strict=True))
        return await self._submit(order, [parent, *subtasks], wanted=wanted)

    def _reset_subtask(
        self, order: Order, parent: TaskId, target: SystemId, reset_type: ResetType, *, waits: bool
    ) -> Task:
        """One that belongs to a later batch is recorded as Pending: it is known at once that it waits."""
        uri = system_uri(target)
        payload = Payload(
            target_uri=f"{uri}/Actions/ComputerSystem.Reset",
            http_operation="POST",
            json_body=_RESET_BODIES[reset_type],
        )
        return Task(
            id=new_task_id(),
            parent=parent,
            owner=order.viewer.account,
            operation=ResetServer.name,
            target=uri,
            input=_reset_input(target, reset_type) | order.timeouts.as_input,
            payload=payload,
            started=self._clock.now(),
            state=TaskState.PENDING if waits else TaskState.NEW,
        )

    def _task(
        self,
        order: Order,
        operation: str,
        target: str,
        given: dict[str, Any],
        *,
        task_id: TaskId | None = None,
        subtasks: int = 0,
    ) -> Task:
        return Task(
            id=task_id or new_task_id(),
            owner=order.viewer.account,
            operation=operation,
            target=target,
            input=given | order.timeouts.as_input,
            payload=order.payload,
            subtasks=subtasks,
            started=self._clock.now(),
        )

    # --- checks

    def _check_targets(self, action: str, targets: Sequence[SystemId]) -> None:
        def wrong(detail: str, place: str = "TargetURIs") -> Message:
            return Message(
                "ActionParameterValueError", ("TargetURIs", action), detail=detail, properties=(place,)
            )

        mistakes = [] if targets else [wrong("The list is empty, so there is nothing to reset.")]
        met: set[SystemId] = set()
        for index, target in enumerate(targets):
            if target not in self._inventory.systems:
                mistakes.append(
                    wrong(f"There is no system {system_uri(target)[:200]}.", f"TargetURIs/{index}")
                )
            elif target in met:
                mistakes.append(wrong(f"{system_uri(target)} is named twice.", f"TargetURIs/{index}"))
            met.add(target)
        if mistakes:
            raise InvalidRequestError(*mistakes[:20])

    def _check_type(self, action: str, targets: Sequence[SystemId], reset_type: ResetType) -> None:
        """Supported by some: it fails at the others. Supported by none: the request cannot work."""
        supports: Callable[[SystemId], bool] = lambda target: (  # noqa: E731
            not (types := self._inventory.systems[target].reset_types) or reset_type in types
        )
        if not any(supports(target) for target in targets if target in self._inventory.systems):
            raise InvalidRequestError(
                Message(
                    "ActionParameterValueNotInList",
                    (reset_type, "ResetType", action),
                    detail="None of the servers supports it.",
                    resolution_here="Choose a reset type that the servers offer; each system lists its own.",
                    properties=("ResetType",),
                )
            )


def _reset_input(system: SystemId, reset_type: ResetType) -> dict[str, Any]:
    return {"system": system, "reset_type": reset_type.value}


def _already_there(host: str, detail: str) -> ConflictError:
    return ConflictError(
        Message("ResourceAlreadyExists", ("AggregationSource", "HostName", host[:80]), detail=detail)
    )
