"""The store in an SQLite database: one thread writes, a few read, and the loop waits for neither."""

import asyncio
import json
import logging
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar, cast

from actors.access.records import Account, AccountId, Role, Session
from actors.durations import Durations
from actors.events.records import Delivery, Event, EventNumber, OutboxEntry, Subscription
from actors.inventory.records import Aggregate, Source, System
from actors.settings.records import ServiceSettings
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Change
from actors.tasks.request_keys import RequestKey, RequestKeyId
from actors.tasks.task import Task, TaskId
from actors.tasks.task_query import TaskPage, TaskQuery
from store.changes import END_OF_TIME, QUERIES, attempt, microseconds
from store.codec import R, decode
from store.connection import Link, migrate, transaction, unavailable
from store.folder import DataFolder
from store.lane import Lane, Worker
from store.order import oldest_first, parents_first
from store.outbox import events_after, numbered, old_events, outbox_span
from store.task_pages import Deadline, read_page

log = logging.getLogger(__name__)

T = TypeVar("T")
Read = Callable[[sqlite3.Connection], object]

# Commits that share one sync of the disk; more gain little, and the last waits for all of them.
LARGEST_GROUP = 512
# Reads that one thread takes at a time; few, for the last waits for all of them too.
READS_AT_ONCE = 8


async def open_store(folder: Path, *, readers: int = 2, busy_timeout: float = 5.0) -> "SqliteStore":
    """Open the store in this data folder, which is made if it is not there; to be closed by `close()`.

    For the running loop alone. Several processes may have the same folder open. `readers` is the number of
    threads that read; `busy_timeout`, in seconds, is how long another process may keep this one
    from writing.

    Raises:
        StoreUnavailableError: the database cannot be opened; StoreTooNewError: a newer program wrote it.
        FolderUnusableError: the folder cannot be made.
    """
    store = SqliteStore(DataFolder(folder), readers=readers, busy_timeout=busy_timeout)
    await store.open()
    return store


class SqliteStore:
    """`actors.tasks.ports.Store` on an SQLite file in WAL mode with group commit. See `open_store`."""

    def __init__(self, folder: DataFolder, *, readers: int, busy_timeout: float) -> None:
        path = folder.database
        self.commits = Durations()
        """How long commits took, from the asking to the disk."""
        self.failed_commits: Counter[str] = Counter()
        """Of how many nothing was stored, by the kind of error."""
        self._emitted: Callable[[Sequence[OutboxEntry]], None] = lambda _: None
        self._fresh: deque[Sequence[OutboxEntry]] = deque()  # filled by the thread that writes

        def closed() -> StoreUnavailableError:
            return StoreUnavailableError(
                f"The store in {folder.path} has been closed: the service is stopping."
            )

        def writer() -> Worker[Sequence[Change]]:
            return Writer(folder, busy_timeout=busy_timeout, emitted=self._fresh.append)

        def reader() -> Worker[Read]:
            return Reader(path, busy_timeout=busy_timeout)

        self._writes = Lane(
            "store-writer", writer, closed=closed, limit=LARGEST_GROUP, answered=self._tell_emitted
        )
        self._reads = Lane(
            "store-reader", reader, closed=closed, threads=readers, limit=READS_AT_ONCE, skip_gone=True
        )
        self._searches = Lane("store-search", reader, closed=closed, skip_gone=True)
        self._scans = Lane("store-scan", reader, closed=closed, skip_gone=True)

    async def open(self) -> None:
        """See `open_store`."""
        await self._writes.start()
        try:
            await self._reads.start()
            await self._searches.start()
            await self._scans.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what has been asked for, then let go of the folder; later calls get StoreUnavailableError.

        May be called again.
        """
        try:
            await self._searches.close()
            await self._scans.close()
            await self._reads.close()
        finally:
            await self._writes.close()

    async def commit(self, *changes: Change) -> None:
        if not changes:
            return
        began = time.monotonic()
        try:
            await self._writes.ask(changes)
        except Exception as error:
            self.failed_commits[type(error).__name__.removesuffix("Error")] += 1
            raise
        self.commits.note(time.monotonic() - began)

    async def task(self, task_id: TaskId) -> Task | None:
        return await self._one(Task, "task", task_id)

    async def tasks(self, owner: AccountId | None = None) -> list[TaskId]:
        if owner is None:
            return await self._ids("top_level_tasks")
        return await self._ids("tasks_of_owner", owner)

    async def subtasks(self, parent: TaskId) -> list[TaskId]:
        return await self._ids("subtasks", parent)

    async def task_page(self, query: TaskQuery, patience: float) -> TaskPage:
        """Those that are read in proportion to what there is have threads of their own: one where SQL
        compares everything, which is mostly quick, and one where every record has to be looked at. Who stops
        waiting ends the reading.
        """
        lane = self._reads if query.is_plain else self._scans if query.accepts else self._searches
        deadline = Deadline(patience)
        try:
            page: TaskPage = await lane.ask(lambda db: read_page(db, query, deadline))
        except asyncio.CancelledError:
            deadline.give_up()
            raise
        return page

    async def ended_tasks(self, limit: int, before: datetime | None = None) -> list[TaskId]:
        latest = END_OF_TIME if before is None else microseconds(before)
        return await self._read(
            lambda db: [row[0] for row in db.execute(QUERIES["ended_tasks"], (latest, limit))]
        )

    async def count_tasks(self, without: Collection[TaskId] = ()) -> int:
        ids = json.dumps(list(without))
        return await self._read(
            lambda db: cast(int, db.execute(QUERIES["count_tasks_without"], (ids,)).fetchone()[0])
        )

    async def live_tasks(self) -> list[Task]:
        return await self._read(lambda db: parents_first(_records(db, Task, "live_tasks")))

    async def request_key(self, key_id: RequestKeyId) -> RequestKey | None:
        return await self._one(RequestKey, "request_key", key_id)

    async def stale_request_keys(self, before: datetime, limit: int) -> list[RequestKeyId]:
        asked = (microseconds(before), limit)
        return await self._read(
            lambda db: [row[0] for row in db.execute(QUERIES["stale_request_keys"], asked)]
        )

    async def events_after(self, number: EventNumber, limit: int) -> list[OutboxEntry]:
        return await self._read(lambda db: events_after(db, number, limit))

    async def outbox_span(self) -> tuple[EventNumber, EventNumber]:
        return await self._read(outbox_span)

    async def old_events(self, before: datetime, keep: int, limit: int) -> EventNumber:
        return await self._read(lambda db: old_events(db, before, keep, limit))

    def when_emitted(self, call: Callable[[Sequence[OutboxEntry]], None]) -> None:
        self._emitted = call

    def _tell_emitted(self) -> None:
        while self._fresh:
            self._emitted(self._fresh.popleft())

    async def subscriptions(self) -> list[Subscription]:
        return await self._read(lambda db: _records(db, Subscription, "subscriptions"))

    async def deliveries(self) -> list[Delivery]:
        return await self._read(lambda db: _records(db, Delivery, "deliveries"))

    async def account(self, account_id: AccountId) -> Account | None:
        return await self._one(Account, "account", account_id)

    async def account_named(self, name: str) -> Account | None:
        return await self._one(Account, "account_named", name)

    async def accounts(self) -> list[Account]:
        return await self._read(lambda db: _records(db, Account, "accounts"))

    async def roles(self) -> list[Role]:
        return await self._read(lambda db: _records(db, Role, "roles"))

    async def sessions(self) -> list[Session]:
        return await self._read(lambda db: oldest_first(_records(db, Session, "sessions")))

    async def sources(self, limit: int | None = None) -> list[Source]:
        most = -1 if limit is None else limit  # which SQLite takes for no limit
        return await self._read(lambda db: _records(db, Source, "sources", most))

    async def systems(self) -> list[System]:
        return await self._read(lambda db: _records(db, System, "systems"))

    async def aggregates(self) -> list[Aggregate]:
        return await self._read(lambda db: _records(db, Aggregate, "aggregates"))

    async def service_settings(self) -> list[ServiceSettings]:
        return await self._read(lambda db: _records(db, ServiceSettings, "service_settings"))

    async def _one(self, record_type: type[R], query: str, key: str) -> R | None:
        if not _can_be_key(key):
            return None
        return await self._read(lambda db: next(iter(_records(db, record_type, query, key)), None))

    async def _ids(self, query: str, *keys: str) -> list[TaskId]:
        if not all(map(_can_be_key, keys)):
            return []
        return await self._read(lambda db: [row[0] for row in db.execute(QUERIES[query], keys)])

    async def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        return cast(T, await self._reads.ask(read))


def _records(db: sqlite3.Connection, record_type: type[R], query: str, *keys: str | int) -> list[R]:
    return [decode(record_type, stored) for (stored,) in db.execute(QUERIES[query], keys).fetchall()]


def _can_be_key(text: str) -> bool:
    """Whether this could be stored as an id or a name: half a UTF-16 pair cannot, so nothing has it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Writer:
    """Makes commits, a group of them in one transaction; for the one thread that writes."""

    def __init__(
        self,
        folder: DataFolder,
        *,
        busy_timeout: float,
        emitted: Callable[[Sequence[OutboxEntry]], None] = lambda _: None,
    ) -> None:
        """`emitted` is called, in this thread, as `Store.when_emitted` says."""
        self._folder = folder
        self._emitted = emitted
        self._link = Link(folder.database, busy_timeout=busy_timeout)
        self._failing = False

    def open(self) -> None:
        """Make the folder, the file and the tables as far as they are not there."""
        self._folder.create()
        self._folder.warn_if_open()
        try:
            migrate(self._link.get(), self._folder.database)
        except sqlite3.Error as error:
            self._link.drop()
            raise unavailable(error, self._folder.database, "opened") from error
        except BaseException:
            self._link.drop()
            raise

    def work(self, commits: Sequence[Sequence[Change]]) -> list[Exception | None]:
        """For each commit None, once it is on the disk, or why nothing of it was stored."""
        events: list[Event] = []
        try:
            db = self._link.get()
            with transaction(db):
                outcomes = [attempt(db, changes, events) for changes in commits]
                emitted = numbered(db, events)
        except sqlite3.Error as error:
            self._link.drop()
            self._emitted(())
            return list(self._refuse(commits, error))
        if emitted:
            self._emitted(emitted)
        if self._failing:
            self._failing = False
            log.info("The database %s can be written again.", self._folder.database)
        return outcomes

    def _refuse(self, commits: Sequence[Sequence[Change]], error: sqlite3.Error) -> list[Exception]:
        refusals: list[Exception] = [unavailable(error, self._folder.database, "written") for _ in commits]
        if not self._failing:  # once, not for every group while it lasts
            self._failing = True
            log.error("%s Until then every commit is refused.", refusals[0])
        return refusals

    def close(self) -> None:
        """Give the connection back; the last one leaves the database in one file."""
        self._link.drop()


class Reader:
    """Makes reads, each on what is committed when it begins; one for each thread that reads."""

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        self._path = path
        self._link = Link(path, busy_timeout=busy_timeout, read_only=True)

    def open(self) -> None:
        """Nothing: the first read opens the connection."""

    def work(self, reads: Sequence[Read]) -> list[object]:
        """For each read its result, or why there is none."""
        return [self._answer(read) for read in reads]

    def _answer(self, read: Read) -> object:
        try:
            return read(self._link.get())
        except sqlite3.Error as error:
            self._link.drop()
            return unavailable(error, self._path, "read")
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked, and to nobody else
            return error

    def close(self) -> None:
        """Give the connection back."""
        self._link.drop()
