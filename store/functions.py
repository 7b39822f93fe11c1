"""What SQL cannot do by itself and the migrations need: to look into a record."""

import sqlite3

from actors.tasks.task import Task
from store.codec import RecordUnreadableError, decode


def add_functions(db: sqlite3.Connection) -> None:
    """Make `task_field(record, name)` known on this connection."""
    db.create_function("task_field", 2, _task_field, deterministic=True)


def _task_field(record: bytes, name: str) -> str:
    """The field as the record says; empty where the record cannot be read, which the check reports."""
    try:
        return str(getattr(decode(Task, record), name))
    except RecordUnreadableError:
        return ""
