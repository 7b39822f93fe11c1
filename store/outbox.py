"""The outbox in the database: events put in, read in their order, and forgotten when they are old."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from actors.events.records import BEGINNING, Event, EventNumber, OutboxEntry
from actors.tasks.task_query import microseconds_of
from store.event_codec import decode_event, encode_event
from store.sql_files import queries

_QUERIES = queries()


def emit(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Put these behind all that are there, inside the open transaction."""
    db.executemany(_QUERIES["emit"], [(microseconds_of(event.at), encode_event(event)) for event in events])


def forget(db: sqlite3.Connection, up_to: EventNumber) -> None:
    """Take out all up to this number, inside the open transaction; the newest stays in any case."""
    db.execute(_QUERIES["forget_events"], (up_to,))


def events_after(db: sqlite3.Connection, number: EventNumber, limit: int) -> list[OutboxEntry]:
    """See the port."""
    rows = db.execute(_QUERIES["events_after"], (number, limit)).fetchall()
    return [OutboxEntry(EventNumber(row), decode_event(record)) for row, record in rows]


def outbox_span(db: sqlite3.Connection) -> tuple[EventNumber, EventNumber]:
    """See the port."""
    first, last = db.execute(_QUERIES["outbox_span"]).fetchone()
    return EventNumber(first), EventNumber(last)


def old_events(db: sqlite3.Connection, before: datetime, keep: int, limit: int) -> EventNumber:
    """See the port."""
    _, last = outbox_span(db)
    rows = db.execute(_QUERIES["oldest_events"], (limit,))  # read one by one: there may be very many
    return oldest(rows, before, last - keep)


def oldest(rows: Iterable[tuple[int, int]], before: datetime, surplus: int) -> EventNumber:
    """Of the first events, as numbers and moments, the last that is of `before` or earlier with all before
    it, or has no higher number than `surplus`."""
    latest = microseconds_of(before)
    found = BEGINNING
    for number, happened in rows:
        if happened > latest and number > surplus:
            break
        found = EventNumber(number)
    return found
