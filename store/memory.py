"""The store in memory: the same contract for tests of what stands on it; it survives nothing."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from actors.access.records import Account, AccountId, Role, Session
from actors.events.records import BEGINNING, Delivery, Event, EventNumber, OutboxEntry, Subscription
from actors.inventory.records import Aggregate, Source, System
from actors.settings.records import ServiceSettings
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Change, Emit, Forget, Record, Remove, Save
from actors.tasks.request_keys import RequestKey, RequestKeyId
from actors.tasks.task import Task, TaskId
from actors.tasks.task_query import TaskPage, TaskQuery, microseconds_of, page_of
from store.codec import KINDS, R, decode, encode
from store.event_codec import encode_event
from store.order import oldest_first, parents_first
from store.outbox import entry_of, oldest
from store.refusals import changed_since, made_since, taken


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record with the place it has in the order of first commits; readers get what `stored` says."""

    place: int
    record: Any
    stored: bytes


class MemoryStore:
    """`actors.tasks.ports.Store` without a disk. Records go through the codec, so that none can drift."""

    def __init__(self) -> None:
        self._tables: dict[type, dict[str, _Kept]] = {kind: {} for kind in KINDS}
        self._places = 0
        self._events: list[tuple[EventNumber, int, bytes]] = []
        self._emitted: Callable[[Sequence[OutboxEntry]], None] = lambda _: None
        self._closed = False

    async def close(self) -> None:
        """Later calls get StoreUnavailableError. May be called again."""
        self._closed = True

    async def commit(self, *changes: Change) -> None:
        if not changes:
            return
        self._be_open()
        undo: list[Callable[[], object]] = []
        last = self._events[-1][0] if self._events else BEGINNING
        try:
            for change in changes:
                self._make(change, undo)
        except BaseException:
            for step in reversed(undo):
                step()
            raise
        entries = [entry_of(*event) for event in self._events if event[0] > last]
        try:
            await asyncio.sleep(0)  # others get their turn, as they do while a disk works
        finally:
            if entries:
                self._emitted(entries)

    async def task(self, task_id: TaskId) -> Task | None:
        return await self._one(Task, task_id)

    async def tasks(self, owner: AccountId | None = None) -> list[TaskId]:
        found = [
            kept.record
            for kept in await self._all(Task)
            if kept.record.parent is None and (owner is None or kept.record.owner == owner)
        ]
        found.sort(key=lambda task: task.started)
        return [task.id for task in reversed(found)]

    async def subtasks(self, parent: TaskId) -> list[TaskId]:
        return [kept.record.id for kept in await self._all(Task) if kept.record.parent == parent]

    async def task_page(self, query: TaskQuery, patience: float) -> TaskPage:
        page = page_of([(kept.place, kept.record) for kept in await self._all(Task)], query)
        return replace(page, tasks=tuple(decode(Task, encode(task)) for task in page.tasks))

    async def ended_tasks(self, limit: int, before: datetime | None = None) -> list[TaskId]:
        found = [
            (kept.record.ended, kept.place, kept.record.id)
            for kept in await self._all(Task)
            if kept.record.parent is None
            and kept.record.ended is not None
            and (before is None or kept.record.ended <= before)
        ]
        return [task_id for _, _, task_id in sorted(found)[:limit]]

    async def count_tasks(self, without: Collection[TaskId] = ()) -> int:
        return sum(
            kept.record.parent is None and kept.record.id not in without for kept in await self._all(Task)
        )

    async def live_tasks(self) -> list[Task]:
        return parents_first(
            decode(Task, kept.stored) for kept in await self._all(Task) if kept.record.is_live
        )

    async def request_key(self, key_id: RequestKeyId) -> RequestKey | None:
        return await self._one(RequestKey, key_id)

    async def stale_request_keys(self, before: datetime, limit: int) -> list[RequestKeyId]:
        tasks = self._tables[Task]
        found = [
            kept.record
            for kept in await self._all(RequestKey)
            if kept.record.at <= before and kept.record.task not in tasks
        ]
        found.sort(key=lambda key: key.at)
        return [key.id for key in found[:limit]]

    async def events_after(self, number: EventNumber, limit: int) -> list[OutboxEntry]:
        self._be_open()
        await asyncio.sleep(0)
        behind = [event for event in self._events if event[0] > number][:limit]
        return [entry_of(*event) for event in behind]

    async def outbox_span(self) -> tuple[EventNumber, EventNumber]:
        self._be_open()
        return (self._events[0][0], self._events[-1][0]) if self._events else (BEGINNING, BEGINNING)

    async def old_events(self, before: datetime, keep: int, limit: int) -> EventNumber:
        _, last = await self.outbox_span()
        rows = [(number, happened) for number, happened, _ in self._events[:limit]]
        return oldest(rows, before, last - keep)

    def when_emitted(self, call: Callable[[Sequence[OutboxEntry]], None]) -> None:
        self._emitted = call

    async def subscriptions(self) -> list[Subscription]:
        return await self._records(Subscription)

    async def deliveries(self) -> list[Delivery]:
        return await self._records(Delivery)

    async def account(self, account_id: AccountId) -> Account | None:
        return await self._one(Account, account_id)

    async def account_named(self, name: str) -> Account | None:
        found = (kept for kept in await self._all(Account) if kept.record.name == name)
        return next((decode(Account, kept.stored) for kept in found), None)

    async def accounts(self) -> list[Account]:
        return await self._records(Account)

    async def roles(self) -> list[Role]:
        return await self._records(Role)

    async def sessions(self) -> list[Session]:
        return oldest_first(await self._records(Session))

    async def sources(self, limit: int | None = None) -> list[Source]:
        return (await self._records(Source))[:limit]

    async def systems(self) -> list[System]:
        return await self._records(System)

    async def aggregates(self) -> list[Aggregate]:
        return await self._records(Aggregate)

    async def service_settings(self) -> list[ServiceSettings]:
        return await self._records(ServiceSettings)

    async def _one(self, record_type: type[R], record_id: str) -> R | None:
        self._be_open()
        await asyncio.sleep(0)
        kept = self._tables[record_type].get(record_id)
        return decode(record_type, kept.stored) if kept else None

    async def _records(self, record_type: type[R]) -> list[R]:
        return [decode(record_type, kept.stored) for kept in await self._all(record_type)]

    async def _all(self, record_type: type) -> list[_Kept]:
        """All that is kept of a kind in the order in which it was first committed."""
        self._be_open()
        await asyncio.sleep(0)
        return sorted(self._tables[record_type].values(), key=lambda kept: kept.place)

    def _be_open(self) -> None:
        if self._closed:
            raise StoreUnavailableError("The store in memory has been closed.")

    def _make(self, change: Change, undo: list[Callable[[], object]]) -> None:
        match change:
            case Save(record):
                self._save(record, undo)
            case Remove(kind, record_id, farewell):
                table = self._tables[kind]
                gone = [*(self._ids_below(record_id) if kind is Task else ()), record_id]
                for one in gone:
                    if (kept := table.pop(one, None)) is not None:
                        undo.append(partial(table.__setitem__, one, kept))
                        if farewell is not None:
                            self._emit([farewell(one)], undo)
            case Emit(events):
                self._emit(events, undo)
            case Forget(up_to):
                undo.append(partial(setattr, self, "_events", self._events))
                newest = self._events[-1:]
                self._events = [event for event in self._events if event[0] > up_to] or newest

    def _emit(self, events: Iterable[Event], undo: list[Callable[[], object]]) -> None:
        undo.append(partial(setattr, self, "_events", list(self._events)))
        for event in events:
            number = self._events[-1][0] + 1 if self._events else 1
            self._events.append((EventNumber(number), microseconds_of(event.at), encode_event(event)))

    def _ids_below(self, parent: str) -> list[str]:
        return [task_id for task_id, kept in self._tables[Task].items() if kept.record.parent == parent]

    def _save(self, record: Record, undo: list[Callable[[], object]]) -> None:
        stored = encode(record)
        table = self._tables[type(record)]
        before = table.get(record.id)
        if record.revision == 1:
            if before is not None:
                raise made_since(record)
        elif before is None or before.record.revision != record.revision - 1:
            raise changed_since(record)
        name = _unique(record)
        if name and any(_unique(kept.record) == name for kept in table.values() if kept is not before):
            raise taken(record)
        if before is None:
            self._places += 1
            undo.append(partial(table.pop, record.id))
        else:
            undo.append(partial(table.__setitem__, record.id, before))
        table[record.id] = _Kept(before.place if before else self._places, record, stored)


def _unique(record: Record) -> str:
    """What no other record of its kind may share, or nothing."""
    match record:
        case Account(name=name):
            return name
        case Source(address=address):
            return address
        case _:
            return ""
