"""The operation `remove_server`: forgets an aggregation source and all that hangs on it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from actors.access.roles import Privilege
from actors.inventory.inventory import Inventory
from actors.inventory.records import Source, SourceId, System
from actors.inventory.server_events import removed
from actors.operations.clocks import ClockRangError, Clocks, Timeouts, waited_in_vain
from actors.operations.operation import Decision, Operation, Outcome, Policy, failure
from actors.tasks.context import Context
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Emit, Remove, Save
from actors.tasks.task import Result, Task
from actors.uris import system_uri


class RemoveServer(Operation):
    """Input: `source`. The server itself hears nothing of it."""

    name = "remove_server"
    needs = (Privilege.CONFIGURE_MANAGER,)
    not_again = "Delete the aggregation source with a new request."

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts

    async def run(self, context: Context) -> Outcome:
        """Wait until no task holds one of its systems, then remove it, them, and them from aggregates."""
        source = context.inventory.sources[SourceId(context.task.input["source"])]
        clocks = Clocks(context, self._timeouts)
        try:
            async with clocks.waiting():
                for system in sorted(source.systems):  # everybody who holds several takes them in this order
                    clocks.saw(system_uri(system))
                    await context.hold(system, system_uri(system))
        except ClockRangError as rang:
            return _not_removed(source, waited_in_vain(rang, clocks.seen))
        await context.started()
        try:
            async with clocks.working():
                await context.running(percent=50)
                await context.forget_server(source.address)
        except ClockRangError as rang:
            still_open = Message("OperationTimeout", detail=f"{rang}; its connections were not yet closed.")
            return _not_removed(source, still_open)
        return Outcome(
            failed=False,
            result=Result(http_status=204),
            detail=f"{source.host} was removed.",
            settle=lambda inventory: _removal(inventory, source, context.clock.now()),
        )

    def after_stop(self, task: Task) -> Decision:
        """What it changes is committed with its end, so nothing of it has been done yet."""
        return Decision(Policy.GO_ON, "The removal goes on from its beginning.")

    def holds(self, task: Task, inventory: Inventory) -> Sequence[str]:
        source = inventory.sources.get(SourceId(task.input["source"]))
        return sorted(source.systems) if source else ()

    def claims(self, task: Task, inventory: Inventory) -> frozenset[str]:
        return frozenset({task.input["source"], *self.holds(task, inventory)})


def _not_removed(source: Source, why: Message) -> Outcome:
    return failure(why, summary=f"{source.host} was not removed: {why.text}")


def _removal(inventory: Inventory, source: Source, at: datetime) -> Sequence[Change]:
    gone = frozenset(source.systems)
    changes: list[Change] = [
        Save(
            replace(
                aggregate,
                revision=aggregate.revision + 1,
                elements=tuple(system for system in aggregate.elements if system not in gone),
            )
        )
        for aggregate in inventory.aggregates.values()
        if not gone.isdisjoint(aggregate.elements)
    ]
    changes += [Remove(System, system) for system in source.systems]
    changes += (Remove(Source, source.id), Emit(removed(source, at)))
    return changes
