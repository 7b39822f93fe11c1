"""What is known of the servers: every source, system and aggregate, in memory, as last committed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from actors.inventory.records import Aggregate, AggregateId, PowerState, Source, SourceId, System, SystemId
from actors.tasks.ports import Change, Remove, Save, SeenSystem, Store


class Inventory:
    """Reads are plain look-ups; what changes it is `apply`, called with what has just been committed."""

    def __init__(self) -> None:
        self.sources: dict[SourceId, Source] = {}
        self.systems: dict[SystemId, System] = {}
        self.aggregates: dict[AggregateId, Aggregate] = {}
        self.told_power: dict[SystemId, PowerState | None] = {}
        """The power state of each system that subscribers know of."""
        self._addresses: dict[str, SourceId] = {}

    @classmethod
    async def load(cls, store: Store) -> "Inventory":
        """All that the store has."""
        inventory = cls()
        for records in (await store.sources(), await store.systems(), await store.aggregates()):
            inventory.apply([Save(record) for record in records])
        return inventory

    async def refresh(self, store: Store) -> None:
        """Take over what the store has instead of what is known. Power states seen since stay."""
        fresh = await Inventory.load(store)
        for system in fresh.systems.values():
            known = self.systems.get(system.id)
            if known is not None and known.revision == system.revision:
                fresh.systems[system.id] = known
        self.told_power = {
            system: self.told_power.get(system, told) for system, told in fresh.told_power.items()
        }
        self.sources, self.systems, self.aggregates = fresh.sources, fresh.systems, fresh.aggregates
        self._addresses = fresh._addresses

    def source_at(self, address: str) -> Source | None:
        """The source with this address, or None."""
        source_id = self._addresses.get(address)
        return self.sources[source_id] if source_id else None

    def apply(self, changes: Iterable[Change]) -> None:
        """Take over what has been committed; other kinds of records are passed over."""
        for change in changes:
            match change:
                case Save(Source() as source):
                    self.sources[source.id] = source
                    self._addresses[source.address] = source.id
                case Save(System() as system):
                    self.systems[system.id] = system
                    self.told_power.setdefault(system.id, system.power_state)
                case Save(Aggregate() as aggregate):
                    self.aggregates[aggregate.id] = aggregate
                case Remove(kind, removed) if kind is Source:
                    if source_gone := self.sources.pop(SourceId(removed), None):
                        del self._addresses[source_gone.address]
                case Remove(kind, removed) if kind is System:
                    self.systems.pop(SystemId(removed), None)
                    self.told_power.pop(SystemId(removed), None)
                case Remove(kind, removed) if kind is Aggregate:
                    self.aggregates.pop(AggregateId(removed), None)
                case _:
                    pass

    def saw(self, system_id: SystemId, seen: SeenSystem, at: datetime) -> None:
        """Remember what a server just said of a system. Not durable: the next commit of it is."""
        system = self.systems.get(system_id)
        if system is not None:
            self.systems[system_id] = with_seen(system, seen, at)


def with_seen(system: System, seen: SeenSystem, at: datetime) -> System:
    """The record with what was just seen of it; its revision stays."""
    return replace(
        system,
        path=seen.path,
        name=seen.name,
        uuid=seen.uuid,
        manufacturer=seen.manufacturer,
        model=seen.model,
        serial_number=seen.serial_number,
        reset_uri=seen.reset_uri,
        reset_types=seen.reset_types,
        power_state=seen.power_state,
        last_reset=seen.last_reset,
        seen=at,
    )
