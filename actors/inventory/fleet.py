"""The servers and aggregates as the web layer asks for them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pykka

from actors.asking import ask
from actors.inventory.inventory import Inventory
from actors.inventory.logins import login_to
from actors.inventory.records import Aggregate, AggregateId, Source, SourceId, System, SystemId, Trust
from actors.inventory.sight import saw
from actors.keeping import Keep, be_of
from actors.tasks.errors import (
    InvalidRequestError,
    KeyUnusableError,
    NotFoundError,
    ServerError,
)
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Clock, Errand, Remove, Save, Servers, Store, Vault
from actors.uris import system_uri

log = logging.getLogger("taskmon.fleet")

LONGEST_LOOK = 2.0
"""Seconds that a GET of a system waits for its server at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSources:
    """What the fleet is made from."""

    inventory: Inventory
    keeper: pykka.ActorRef[Any]
    store: Store
    servers: Servers
    vault: Vault
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """What a client wants to be different of a source; None stays as it is. An empty `pin` takes it away;
    `verify_as_set` has the settings decide again whether the certificate is verified."""

    user_name: str | None = None
    password: str | None = None
    verify: bool | None = None
    verify_as_set: bool = False
    pin: str | None = None


class Fleet:
    """Reads are answered from what is known; only `system` may ask a server, and only when it is old."""

    def __init__(self, made_from: FleetSources, power_max_age: float) -> None:
        self._inventory = made_from.inventory
        self._keeper = made_from.keeper
        self._store = made_from.store
        self._servers = made_from.servers
        self._vault = made_from.vault
        self._clock = made_from.clock
        self._max_age = timedelta(seconds=power_max_age)
        self._looks: dict[SystemId, asyncio.Task[None]] = {}

    # --- sources and systems

    def sources(self) -> list[SourceId]:
        """The ids of all sources, in the order in which they were added."""
        return list(self._inventory.sources)

    def source(self, source_id: str) -> Source:
        """The source with this id. Raises NotFoundError where there is none."""
        source = self._inventory.sources.get(SourceId(source_id))
        if source is None:
            raise _no_source(source_id)
        return source

    async def change_source(
        self, source_id: str, change: SourceChange, revision: int | None = None
    ) -> Source:
        """Change how a source is reached, from the next request to it on that a new piece of work makes.

        Raises:
            NotFoundError: there is no such source.
            ChangedError: a revision is given, and the source has another.
        """
        self.source(source_id)
        password = None if change.password is None else self._vault.seal(change.password)

        def settle(inventory: Inventory) -> Sequence[Change]:
            source = inventory.sources.get(SourceId(source_id))
            if source is None:
                raise _no_source(source_id)
            be_of(source, revision)
            return [
                Save(
                    replace(
                        source,
                        revision=source.revision + 1,
                        user_name=change.user_name or source.user_name,
                        password=password or source.password,
                        trust=_trust(source.trust, change),
                    )
                )
            ]

        (saved,) = await ask(self._keeper, Keep(settle))
        changed: Source = saved.record
        return changed

    def systems(self) -> list[SystemId]:
        """The ids of all systems, in the order in which they were added."""
        return list(self._inventory.systems)

    async def system(self, system_id: str) -> System:
        """The system with this id, asked of its server first when what is known is too old.

        The server has two seconds; after that the answer is what was last seen. Raises NotFoundError
        where there is no such system.
        """
        known = SystemId(system_id)
        system = self._system(known)
        if timedelta(0) <= self._clock.now() - system.seen < self._max_age:
            return system
        look = self._looks.get(known)
        if look is None:
            look = self._looks[known] = asyncio.create_task(self._look(system), name=f"look at {known}")
            look.add_done_callback(lambda _: self._looks.pop(known, None))
        await asyncio.wait({look}, timeout=LONGEST_LOOK)
        return self._system(known)

    def _system(self, system_id: SystemId) -> System:
        system = self._inventory.systems.get(system_id)
        if system is None:
            raise NotFoundError(Message("ResourceNotFound", ("ComputerSystem", system_id[:100])))
        return system

    async def _look(self, system: System) -> None:
        """One look for all who ask at the same time; it ends with them."""
        source = self._inventory.sources.get(system.source)
        if source is None:
            return
        try:
            login = login_to(source, self._vault)
            async with asyncio.timeout(LONGEST_LOOK):
                seen = await self._servers.at(login, Errand(request_id=None, permit=lambda: None)).system(
                    system.path
                )
        except (ServerError, KeyUnusableError, TimeoutError) as error:
            log.info("system %s could not be looked at: %s", system.id, str(error) or "no answer in time")
        else:
            await saw(self._inventory, self._store, system.id, seen, self._clock.now())

    # --- aggregates

    def aggregates(self) -> list[AggregateId]:
        """The ids of all aggregates, in the order in which they were made."""
        return list(self._inventory.aggregates)

    def aggregate(self, aggregate_id: str) -> Aggregate:
        """The aggregate with this id. Raises NotFoundError where there is none."""
        return _aggregate(self._inventory, aggregate_id)

    async def create_aggregate(self, elements: Sequence[SystemId]) -> Aggregate:
        """A new aggregate of these systems, in this order. It may be empty.

        Raises:
            InvalidRequestError: a system is not there, or is named twice.
        """

        def settle(inventory: Inventory) -> Sequence[Change]:
            _check_elements(inventory, elements)
            return [
                Save(
                    Aggregate(
                        id=AggregateId(str(uuid4())), elements=tuple(elements), created=self._clock.now()
                    )
                )
            ]

        return await self._changed(settle)

    async def delete_aggregate(self, aggregate_id: str, revision: int | None = None) -> None:
        """Remove an aggregate, if it has this revision still (None: whatever it has); its systems stay.

        Raises:
            NotFoundError: there is no such aggregate.
            ChangedError: it has another revision.
        """

        def settle(inventory: Inventory) -> Sequence[Change]:
            return [Remove(Aggregate, _aggregate(inventory, aggregate_id, revision).id)]

        await ask(self._keeper, Keep(settle))

    async def add_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        """Put these systems behind those that are in it; one that is in it already stays where it is.

        Raises:
            NotFoundError: there is no such aggregate.
            ChangedError: a revision is given, and the aggregate has another.
            InvalidRequestError: a system is not there, or is named twice.
        """

        def settle(inventory: Inventory) -> Sequence[Change]:
            aggregate = _aggregate(inventory, aggregate_id, revision)
            _check_elements(inventory, elements)
            present = set(aggregate.elements)
            new = tuple(system for system in elements if system not in present)
            return [Save(_with(aggregate, aggregate.elements + new))]

        return await self._changed(settle)

    async def remove_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        """Take these systems out.

        Raises:
            NotFoundError: there is no such aggregate.
            ChangedError: a revision is given, and the aggregate has another.
            InvalidRequestError: a system is not in it; nothing was taken out.
        """

        def settle(inventory: Inventory) -> Sequence[Change]:
            aggregate = _aggregate(inventory, aggregate_id, revision)
            present, gone = set(aggregate.elements), set(elements)
            strange = []
            met: set[SystemId] = set()
            for index, system in enumerate(elements):
                if system not in present:
                    strange.append(_element_error(index, system, "is not an element of the aggregate"))
                elif system in met:
                    strange.append(_element_error(index, system, "is named twice"))
                met.add(system)
            if strange:
                raise InvalidRequestError(*strange)
            return [Save(_with(aggregate, tuple(s for s in aggregate.elements if s not in gone)))]

        return await self._changed(settle)

    async def _changed(self, settle: Any) -> Aggregate:
        (change,) = await ask(self._keeper, Keep(settle))
        saved: Aggregate = change.record
        return saved


def _trust(before: Trust, change: SourceChange) -> Trust:
    verify = before.verify if change.verify is None else change.verify
    return Trust(
        verify=None if change.verify_as_set else verify,
        pin=before.pin if change.pin is None else change.pin,
    )


def _no_source(source_id: str) -> NotFoundError:
    return NotFoundError(Message("ResourceNotFound", ("AggregationSource", source_id[:100])))


def _aggregate(inventory: Inventory, aggregate_id: str, revision: int | None = None) -> Aggregate:
    aggregate = inventory.aggregates.get(AggregateId(aggregate_id))
    if aggregate is None:
        raise NotFoundError(Message("ResourceNotFound", ("Aggregate", aggregate_id[:100])))
    be_of(aggregate, revision)
    return aggregate


def _with(aggregate: Aggregate, elements: tuple[SystemId, ...]) -> Aggregate:
    return replace(aggregate, revision=aggregate.revision + 1, elements=elements)


def _check_elements(inventory: Inventory, elements: Sequence[SystemId]) -> None:
    mistakes = []
    met: set[SystemId] = set()
    for index, system in enumerate(elements):
        if system not in inventory.systems:
            mistakes.append(_element_error(index, system, "is not there"))
        elif system in met:
            mistakes.append(_element_error(index, system, "is named twice"))
        met.add(system)
    if mistakes:
        raise InvalidRequestError(*mistakes)


def _element_error(index: int, system: SystemId, what: str) -> Message:
    return Message(
        "PropertyValueError",
        (f"Elements/{index}",),
        detail=f"The system {system_uri(system)[:200]} {what}.",
        resolution_here="Name systems of the collection /redfish/v1/Systems, each once.",
        properties=(f"Elements/{index}",),
    )
