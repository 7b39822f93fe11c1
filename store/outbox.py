"""The outbox in the database: events put in, read in their order, and forgotten when they are old."""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from actors.events.records import BEGINNING, Event, EventNumber, OutboxEntry, ResourceType
from actors.tasks.messages import Message
from actors.tasks.task_query import microseconds_of
from actors.uris import EVENT_SERVICE_URI
from store.event_codec import decode_event, encode_event
from store.packing import RecordUnreadableError
from store.sql_files import queries

log = logging.getLogger(__name__)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_QUERIES = queries()


def emit(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Put these behind all that are there, inside the open transaction."""
    db.executemany(_QUERIES["emit"], [(microseconds_of(event.at), encode_event(event)) for event in events])


def numbered(db: sqlite3.Connection, newest: Sequence[Event]) -> list[OutboxEntry]:
    """The entries of these, which are the last that were put there, inside the same transaction."""
    if not newest:
        return []
    _, last = outbox_span(db)
    return [OutboxEntry(EventNumber(n), event) for n, event in enumerate(newest, last - len(newest) + 1)]


def forget(db: sqlite3.Connection, up_to: EventNumber) -> None:
    """Take out all up to this number, inside the open transaction; the newest stays in any case."""
    db.execute(_QUERIES["forget_events"], (up_to,))


def events_after(db: sqlite3.Connection, number: EventNumber, limit: int) -> list[OutboxEntry]:
    """See the port."""
    rows = db.execute(_QUERIES["events_after"], (number, limit)).fetchall()
    return [entry_of(*row) for row in rows]


def entry_of(number: int, happened: int, stored: bytes) -> OutboxEntry:
    """The entry that is stored so. In place of one that cannot be read it is told that it is lost: one
    damaged record must not keep from everybody all that came after it.
    """
    try:
        event = decode_event(stored)
    except RecordUnreadableError as error:
        log.error("the event %s is told as lost: %s", number, error)
        event = Event(
            message=Message("EventsLost", (str(number), str(number))),
            origin=EVENT_SERVICE_URI,
            resource_type=ResourceType.EVENT_SERVICE,
            at=EPOCH + timedelta(microseconds=happened),
        )
    return OutboxEntry(EventNumber(number), event)


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
