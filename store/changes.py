"""The changes of one commit as statements on the database, and what a refusal of theirs means."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actors.access.records import Account, Role, Session
from actors.events.records import Delivery, Event, Subscription
from actors.inventory.records import Aggregate, Source, System
from actors.settings.records import ServiceSettings
from actors.tasks.ports import Change, Emit, Forget, Record, Remove, Save
from actors.tasks.request_keys import RequestKey
from actors.tasks.task import Task
from actors.tasks.task_query import microseconds_of
from store.codec import encode
from store.outbox import emit, forget
from store.refusals import changed_since, made_since, taken
from store.sql_files import queries

QUERIES = queries()

END_OF_TIME = 2**63 - 1
"""No moment in a column is later."""

_DUPLICATE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


@dataclass(frozen=True, slots=True)
class _Table:
    """The statements for one kind of record; `columns` are what it has besides id, revision, record."""

    save_new: str
    save: str
    has: str
    remove: tuple[str, ...]
    columns: Callable[[Any], tuple[object, ...]]


def _table(kind: str, columns: Callable[[Any], tuple[object, ...]], *remove: str) -> _Table:
    return _Table(
        QUERIES[f"save_new_{kind}"],
        QUERIES[f"save_{kind}"],
        QUERIES[f"has_{kind}"],
        tuple(QUERIES[name] for name in remove),
        columns,
    )


def _of_task(task: Task) -> tuple[object, ...]:
    ended = None if task.ended is None else microseconds(task.ended)
    return (
        task.parent,
        task.owner,
        microseconds(task.started),
        ended,
        task.is_live,
        task.state,
        task.status,
        task.operation,
        task.target,
    )


def microseconds(moment: datetime) -> int:
    """The moment as the columns have it: since 1970, UTC."""
    return microseconds_of(moment)


def _nothing(_: Record) -> tuple[object, ...]:
    return ()


_TABLES: dict[type[Record], _Table] = {
    Task: _table("task", _of_task, "remove_subtasks", "remove_task"),
    Account: _table("account", lambda account: (account.name,), "remove_account"),
    Role: _table("role", _nothing, "remove_role"),
    Session: _table("session", _nothing, "remove_session"),
    Source: _table("source", lambda source: (source.address,), "remove_source"),
    System: _table("system", _nothing, "remove_system"),
    Aggregate: _table("aggregate", _nothing, "remove_aggregate"),
    ServiceSettings: _table("service_settings", _nothing),
    RequestKey: _table("request_key", lambda key: (key.task, microseconds(key.at)), "remove_request_key"),
    Subscription: _table("subscription", _nothing, "remove_subscription"),
    Delivery: _table("delivery", _nothing, "remove_delivery"),
}


def attempt(db: sqlite3.Connection, changes: Sequence[Change], emitted: list[Event]) -> Exception | None:
    """Make the changes of one commit inside the open transaction, all or none; the refusal if there is one.

    What it puts into the outbox is appended to `emitted`.

    Raises:
        sqlite3.Error: the database failed; the whole transaction is lost.
    """
    # One statement is all or nothing by itself, and most commits are one statement.
    several = len(changes) > 1
    if several:
        db.execute("SAVEPOINT one_commit")
    refusal: Exception | None = None
    before = len(emitted)
    try:
        for change in changes:
            _make(db, change, emitted)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - what is wrong with one commit is told to its caller alone
        refusal = error
        del emitted[before:]
        if several:
            db.execute("ROLLBACK TO one_commit")
    if several:
        db.execute("RELEASE one_commit")
    return refusal


def _make(db: sqlite3.Connection, change: Change, emitted: list[Event]) -> None:
    match change:
        case Save(record):
            _save(db, record)
        case Remove():
            _remove(db, change, emitted)
        case Emit(events):
            _emit(db, events, emitted)
        case Forget(up_to):
            forget(db, up_to)


def _emit(db: sqlite3.Connection, events: Sequence[Event], emitted: list[Event]) -> None:
    emit(db, events)
    emitted += events


def _remove(db: sqlite3.Connection, change: Remove, emitted: list[Event]) -> None:
    farewell = change.farewell
    below = []
    if farewell is not None and change.kind is Task:
        below = [row[0] for row in db.execute(QUERIES["subtasks"], (change.id,))]
    gone = 0
    for statement in _TABLES[change.kind].remove:
        gone = db.execute(
            statement, (change.id,)
        ).rowcount  # of the last one, which removes the record itself
    if farewell is not None:
        _emit(db, [farewell(one) for one in ([*below, change.id] if gone else below)], emitted)


def columns(record: Record) -> tuple[object, ...]:
    """What the record's row holds beside it: id, revision, and the columns of its kind in their order."""
    return (record.id, record.revision, *_TABLES[type(record)].columns(record))


def _save(db: sqlite3.Connection, record: Record) -> None:
    table = _TABLES[type(record)]
    row = (record.id, record.revision, encode(record), *table.columns(record))
    try:
        if record.revision == 1:
            db.execute(table.save_new, row)
        elif db.execute(table.save, row).rowcount == 0:
            raise changed_since(record)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode not in _DUPLICATE:
            raise ValueError(f"The {type(record).__name__} {record.id} cannot be stored: {error}.") from error
        if record.revision == 1 and db.execute(table.has, (record.id,)).fetchone():
            raise made_since(record) from None
        raise taken(record) from None
