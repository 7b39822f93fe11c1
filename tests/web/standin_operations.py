"""A stand-in for the facade of what takes long: each order becomes a task at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from actors import (
    AS_SET,
    Again,
    ConflictError,
    InvalidRequestError,
    KeyedRequest,
    KeyReusedError,
    MaxFailures,
    Message,
    Order,
    Percent,
    ResetType,
    SystemId,
    Task,
    TaskId,
    TaskState,
    Trust,
    Viewer,
    system_uri,
)
from actors.tasks.request_keys import request_key_id
from tests.web.standins import StandInFleet, StandInTasks, a_task


class StandInOperations:
    """Each order becomes a task at once; `orders` remembers them with what else was given."""

    def __init__(self, tasks: StandInTasks, fleet: StandInFleet) -> None:
        self.tasks = tasks
        self.fleet = fleet
        self.orders: list[tuple[str, Order, tuple[object, ...]]] = []
        self.keyed: dict[tuple[str, str], tuple[bytes, TaskId]] = {}

    async def once(
        self, viewer: Viewer, key: str, request: bytes, start: Callable[[KeyedRequest], Awaitable[Task]]
    ) -> Task | TaskId:
        before = self.keyed.get((viewer.name, key))
        if before is None:
            task = await start(KeyedRequest(id=request_key_id(viewer.account, key), fingerprint=request))
            self.keyed[viewer.name, key] = (request, task.id)
            return task
        if before[0] != request:
            raise KeyReusedError(Message("HeaderInvalid", ("Idempotency-Key",)))
        return before[1]

    async def retry(self, order: Order, task_id: str, *, which: Again = Again.FAILED) -> Task:
        await self.tasks.find(task_id, order.viewer)
        return self._take("retry", order, task_id, which)

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
        mistakes = [] if targets else [("It is empty.", "TargetURIs")]
        for index, target in enumerate(targets):
            if target not in self.fleet.known_systems:
                mistakes.append((f"There is no {system_uri(target)}.", f"TargetURIs/{index}"))
            elif target in targets[:index]:
                mistakes.append((f"{system_uri(target)} is named twice.", f"TargetURIs/{index}"))
        if mistakes:
            raise InvalidRequestError(
                *(
                    Message("ActionParameterValueError", ("TargetURIs", order.action), detail, "", (where,))
                    for detail, where in mistakes
                )
            )
        return self._take("reset", order, tuple(targets), reset_type, batch_size, delay, max_failures)

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
        self.fleet.aggregate(aggregate_id)
        return self._take("reset_aggregate", order, aggregate_id, reset_type, batch_size, delay, max_failures)

    async def reset_system(self, order: Order, system_id: str, reset_type: ResetType) -> Task:
        await self.fleet.system(system_id)
        return self._take("reset_system", order, system_id, reset_type)

    async def add_server(
        self, order: Order, *, host: str, user_name: str, password: str, trust: Trust = AS_SET
    ) -> Task:
        if any(source.host == host for source in self.fleet.known_sources.values()):
            raise ConflictError(
                Message("ResourceAlreadyExists", ("AggregationSource", "HostName", host[:80]))
            )
        return self._take("add_server", order, host, user_name, password, trust)

    async def remove_server(self, order: Order, source_id: str) -> Task:
        return self._take("remove_server", order, self.fleet.source(source_id).id)

    def _take(self, name: str, order: Order, *given: object) -> Task:
        self.orders.append((name, order, given))
        task = a_task(payload=order.payload, state=TaskState.NEW, percent=Percent(0))
        self.tasks.add(replace(task, owner=order.viewer.account))
        return task
