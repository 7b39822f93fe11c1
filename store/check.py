"""Whether what a data folder holds is sound, told while a service may run on it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from actors.access.records import Account, AccountId, Role, Session
from actors.access.roles import PREDEFINED_ROLES
from actors.events.records import Delivery, Subscription
from actors.inventory.records import Aggregate, Source, System
from actors.settings.records import ServiceSettings
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Record
from actors.tasks.request_keys import RequestKey
from actors.tasks.task import Task, TaskId
from actors.tasks.task_query import microseconds_of
from store.changes import columns
from store.codec import decode
from store.connection import connect, unavailable
from store.event_codec import decode_event
from store.folder import DataFolder
from store.sql_files import migrations, queries

BUSY_TIMEOUT = 5.0

_TABLES: dict[str, type[Record]] = {
    "tasks": Task,
    "accounts": Account,
    "sessions": Session,
    "roles": Role,
    "sources": Source,
    "systems": System,
    "aggregates": Aggregate,
    "service_settings": ServiceSettings,
    "request_keys": RequestKey,
    "subscriptions": Subscription,
    "deliveries": Delivery,
}
_COLUMNS: dict[type[Record], tuple[str, ...]] = {
    Task: ("parent", "owner", "started", "ended", "live", "state", "status", "operation", "target"),
    Account: ("name",),
    Source: ("address",),
    RequestKey: ("task", "made"),
}
_QUERIES = queries("check.sql")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check saw: how many rows each table has, as far as it came, and a sentence for each finding."""

    counts: dict[str, int]
    findings: tuple[str, ...]


def check(folder: DataFolder) -> Checked:
    """Look through the whole database as it is after one commit; nothing of it is changed.

    It is sound when SQLite finds its pages and indexes whole, the migrations are those of this program,
    every record can be read and says what the columns beside it say, every subtask has its parent,
    every task as many subtasks as it was recorded with, every account a role that there is, and the stored
    number of each account's tasks is right. Records are looked at only if the migrations are those of this
    program.

    Raises:
        FolderUnusableError: there is no database in the folder.
        StoreUnavailableError: the file cannot be opened, or is no database.
    """
    folder.require_database()
    counts: dict[str, int] = {}
    try:
        with closing(connect(folder.database, busy_timeout=BUSY_TIMEOUT, read_only=True)) as db:
            db.execute("BEGIN")  # all that follows sees one state, whatever is committed meanwhile
            return Checked(counts, tuple(_look(db, counts)))
    except sqlite3.Error as error:
        raise unavailable(error, folder.database, "checked") from error


def _look(db: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    yield from _pages(db)
    strange = list(_migrations(db))
    yield from strange
    if strange:
        return
    family, roles = _Family(), _Roles()
    for table in _TABLES:
        try:
            yield from _records(db, table, counts, family, roles)
        except sqlite3.DatabaseError as error:
            yield f"The table {table} cannot be read to its end: {error}."
            if table == "tasks":
                family = _Family()  # half a family would only be found to lack the other half
            if table == "roles":
                roles = _Roles(all_known=False)
    yield from family.findings()
    yield from roles.findings()
    yield from _task_counts(db)
    yield from _events(db, counts)


def _events(db: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    counts["events"] = 0
    try:
        for number, happened, stored in db.execute(_QUERIES["rows_of_events"]):
            counts["events"] += 1
            try:
                event = decode_event(stored)
            except StoreUnavailableError as error:
                yield f"The event {number} cannot be read. {error}"
                continue
            if microseconds_of(event.at) != happened:
                yield f"The event {number} has {happened!r} in the column happened, unlike its record."
    except sqlite3.DatabaseError as error:
        yield f"The table events cannot be read to its end: {error}."


def _task_counts(db: sqlite3.Connection) -> Iterator[str]:
    try:
        for owner, counted, there in db.execute(_QUERIES["wrong_counts"]).fetchall():
            yield f"The account {owner} is said to have {counted} tasks, and has {there}."
    except sqlite3.DatabaseError as error:
        yield f"The tasks of each account cannot be counted: {error}."


def _pages(db: sqlite3.Connection) -> Iterator[str]:
    try:
        for (found,) in db.execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite finds the file damaged: {' '.join(str(found).split())}."
    except sqlite3.DatabaseError as error:  # the damage is such that it gives up
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        yield f"SQLite finds the file damaged: {error}."


def _migrations(db: sqlite3.Connection) -> Iterator[str]:
    known = {migration.number: migration.name for migration in migrations()}
    try:
        applied = dict(db.execute(_QUERIES["applied_migrations"]).fetchall())
    except sqlite3.DatabaseError as error:
        yield f"The migrations that made the tables cannot be read: {error}."
        return
    for number, name in applied.items():
        if known.get(number) != name:
            yield (
                f"The migration {number} ({name}) is not known to this program. "
                "Check with the version of it that wrote the database."
            )
    for number, name in known.items():
        if number not in applied:
            yield f"The migration {number} ({name}) was not applied. The next start of the service does it."


def _records(
    db: sqlite3.Connection, table: str, counts: dict[str, int], family: "_Family", roles: "_Roles"
) -> Iterator[str]:
    record_type = _TABLES[table]
    names = ("id", "revision", *_COLUMNS.get(record_type, ()))
    counts[table] = 0
    for *row, stored in db.execute(_QUERIES[f"rows_of_{table}"]):
        counts[table] += 1
        which = f"The {record_type.__name__} {row[0]}"
        if record_type is Task:
            family.add(TaskId(row[0]), row[2])
        if record_type is Role:
            roles.known.add(row[0])
        try:
            record = decode(record_type, stored)
        except StoreUnavailableError as error:
            yield f"{which} cannot be read. {error}"
            continue
        yield from _disagreements(which, names, row, record)
        if isinstance(record, Task):
            family.expected[record.id] = record.subtasks
        if isinstance(record, Account):
            roles.of[record.id] = record.role


def _disagreements(which: str, names: Sequence[str], row: Sequence[object], record: Record) -> Iterator[str]:
    try:
        said = columns(record)
    except Exception as error:  # noqa: BLE001 - whatever is wrong inside a record is a finding
        yield f"{which} holds what it should not ({type(error).__name__}: {error})."
        return
    for name, column, value in zip(names, row, said, strict=True):
        if column != value:
            yield f"{which} has {column!r} in the column {name}, and its record says {value!r}."


class _Family:
    """Who is whose subtask, by the columns, and how many subtasks the records speak of."""

    def __init__(self) -> None:
        self.expected: dict[TaskId, int] = {}
        self._parents: dict[TaskId, TaskId | None] = {}

    def add(self, task_id: TaskId, parent: TaskId | None) -> None:
        self._parents[task_id] = parent

    def findings(self) -> Iterator[str]:
        """A sentence for each subtask without its parent, and each task without all its subtasks."""
        there: Counter[TaskId] = Counter()
        for task_id, parent in self._parents.items():
            if parent is None:
                continue
            there[parent] += 1
            if self._parents.get(parent, parent) is not None:
                yield f"The subtask {task_id} has no parent: there is no top-level task {parent}."
        for task_id, expected in self.expected.items():
            if there[task_id] != expected:
                yield f"The Task {task_id} was recorded with {expected} subtasks and has {there[task_id]}."


class _Roles:
    """Which roles there are, unless that cannot be told, and which account has which."""

    def __init__(self, *, all_known: bool = True) -> None:
        self.known = set(PREDEFINED_ROLES)
        self.of: dict[AccountId, str] = {}
        self._all_known = all_known

    def findings(self) -> Iterator[str]:
        """A sentence for each account whose role is none."""
        for account_id, role in self.of.items():
            if self._all_known and role not in self.known:
                yield f"The Account {account_id} has the role {role!r}, and there is none of that name."
