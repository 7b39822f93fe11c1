"""A page of tasks from the database: what of the query SQL can compare goes there, the rest asks records."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from actors.tasks.errors import QueryTooSlowError
from actors.tasks.task import Task, TaskId
from actors.tasks.task_query import (
    NOT_ENDED,
    Compared,
    Condition,
    Every,
    Not,
    OneOf,
    Relation,
    TaskCursor,
    TaskField,
    TaskPage,
    TaskQuery,
    folded,
    holds,
    microseconds_of,
)
from store.changes import QUERIES
from store.codec import decode

STEPS_BETWEEN_LOOKS: Final = 20_000
"""So many steps of SQLite's machine, well under a millisecond, lie between two looks at the clock."""

# Names of columns and operators come from these tables alone; all that a client gave is a parameter.
_COLUMNS: Final = {
    TaskField.ID: "id",
    TaskField.STATE: "state",
    TaskField.STATUS: "status",
    TaskField.STARTED: "started",
    TaskField.ENDED: "ended",
    TaskField.OWNER: "owner",
    TaskField.OPERATION: "operation",
    TaskField.TARGET: "target",
}
_OPERATORS: Final = {
    Relation.EQ: "=",
    Relation.NE: "<>",
    Relation.GT: ">",
    Relation.GE: ">=",
    Relation.LT: "<",
    Relation.LE: "<=",
}


@dataclass(slots=True)
class _Words:
    """The WHERE of a statement as it grows, and its parameters."""

    where: list[str] = field(default_factory=list)
    given: list[object] = field(default_factory=list)

    def also(self, sql: str, *given: object) -> None:
        self.where.append(sql)
        self.given += given

    @property
    def sql(self) -> str:
        return " AND ".join(self.where)


class Deadline:
    """Until when a page is waited for, on the monotonic clock; asked in the thread that reads."""

    def __init__(self, patience: float) -> None:
        self._until = time.monotonic() + patience

    def give_up(self) -> None:
        """Nobody waits any more: it has come. From any thread."""
        self._until = float("-inf")

    @property
    def has_come(self) -> bool:
        return time.monotonic() > self._until


def read_page(db: sqlite3.Connection, query: TaskQuery, deadline: Deadline) -> TaskPage:
    """The page, read in one transaction.

    Raises:
        QueryTooSlowError: the deadline has come first.
        sqlite3.Error: the database failed.
    """
    with _until(db, deadline), _one_state(db):
        return _filtered(db, query, deadline) if query.accepts else _compared(db, query)


@contextmanager
def _one_state(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def _until(db: sqlite3.Connection, deadline: Deadline) -> Iterator[None]:
    _look_at_clock(deadline)
    db.set_progress_handler(lambda: deadline.has_come, STEPS_BETWEEN_LOOKS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise _too_slow() from None
    finally:
        db.set_progress_handler(None, 0)


def _look_at_clock(deadline: Deadline) -> None:
    if deadline.has_come:
        raise _too_slow()


def _too_slow() -> QueryTooSlowError:
    return QueryTooSlowError("There are too many tasks to look through in the time that a query may take.")


# --- where SQL can compare everything


def _compared(db: sqlite3.Connection, query: TaskQuery) -> TaskPage:
    asked = _asked(query)
    total: int
    if query.is_plain:
        total = _counted(db, query)
    else:
        count = f"SELECT count(*) FROM tasks WHERE {asked.sql}"  # noqa: S608 (see the tables above)
        total = db.execute(count, asked.given).fetchone()[0]
    if query.after:
        _go_behind(asked, query, query.after)
    columns = "id, place, started, record" if query.records else "id, place, started"
    found = f"SELECT {columns} FROM tasks WHERE {asked.sql}"  # noqa: S608
    rows = db.execute(
        f"{found} ORDER BY {_order(query)} LIMIT ? OFFSET ?", (*asked.given, query.limit + 1, query.skip)
    ).fetchall()
    shown = rows[: query.limit]
    more = TaskCursor(shown[-1][2], shown[-1][1]) if shown and len(rows) > len(shown) else None
    return TaskPage(
        ids=tuple(TaskId(row[0]) for row in shown),
        tasks=tuple(decode(Task, row[3]) for row in shown) if query.records else (),
        total=total,
        more=more,
    )


def _counted(db: sqlite3.Connection, query: TaskQuery) -> int:
    total: int
    if query.parent is not None:
        found = db.execute(QUERIES["count_subtasks"], (query.parent,))
    elif query.owner is None:
        found = db.execute(QUERIES["count_tasks"])
    else:
        found = db.execute(QUERIES["count_tasks_of_owner"], (query.owner,))
    (total,) = found.fetchone()
    return total


def _asked(query: TaskQuery) -> _Words:
    words = _Words()
    if query.parent is None:
        words.also("parent IS NULL")
    else:
        words.also("parent = ?", query.parent)
    if query.owner is not None:
        words.also("owner = ?", query.owner)
    if query.condition is not None:
        sql, given = _condition(query.condition)
        words.also(sql, *given)
    if query.text:
        text = folded(query.text)
        words.also("(instr(lower(id), ?) OR instr(lower(target), ?))", text, text)
    return words


def _newest_first(query: TaskQuery) -> bool:
    return (query.parent is None) != query.backwards


def _order(query: TaskQuery) -> str:
    way = "DESC" if _newest_first(query) else "ASC"
    return f"place {way}" if query.parent is not None else f"started {way}, place {way}"


def _go_behind(words: _Words, query: TaskQuery, mark: TaskCursor) -> None:
    operator = "<" if _newest_first(query) else ">"
    if query.parent is not None:
        words.also(f"place {operator} ?", mark.place)
    else:
        words.also(f"(started, place) {operator} (?, ?)", mark.started, mark.place)


def _condition(condition: Condition) -> tuple[str, list[object]]:
    match condition:
        case Every(parts):
            return _joined(" AND ", parts, "1")
        case OneOf(parts):
            return _joined(" OR ", parts, "0")
        case Not(part):
            sql, given = _condition(part)
            return f"NOT {sql}", given
        case Compared(task_field, relation, value):
            sql = f"{_COLUMNS[task_field]} {_OPERATORS[relation]} ?"
            stored = microseconds_of(value) if isinstance(value, datetime) else value
            if task_field is not TaskField.ENDED:
                return f"({sql})", [stored]
            # What has not ended has no end in its row, and compares as the one that is shown.
            if holds(relation, NOT_ENDED, value):
                return f"({sql} OR ended IS NULL)", [stored]
            return f"({sql} AND ended IS NOT NULL)", [stored]


def _joined(word: str, parts: tuple[Condition, ...], of_none: str) -> tuple[str, list[object]]:
    if not parts:
        return of_none, []
    made = [_condition(part) for part in parts]
    return f"({word.join(sql for sql, _ in made)})", [value for _, given in made for value in given]


# --- where records must be asked


def _filtered(db: sqlite3.Connection, query: TaskQuery, deadline: Deadline) -> TaskPage:
    asked = _asked(query)
    found = f"SELECT place, started, record FROM tasks WHERE {asked.sql}"  # noqa: S608
    newest_first = _newest_first(query)
    mark = query.after and (0 if query.parent is not None else query.after.started, query.after.place)
    total, skipped = 0, 0
    shown: list[tuple[int, Task]] = []
    more = False
    for place, started, stored in db.execute(f"{found} ORDER BY {_order(query)}", asked.given):
        _look_at_clock(deadline)
        task = decode(Task, stored)
        if query.accepts is None or not query.accepts(task):
            continue
        total += 1
        key = (0 if query.parent is not None else started, place)
        if mark and not (key < mark if newest_first else key > mark):
            continue
        if skipped < query.skip:
            skipped += 1
        elif len(shown) < query.limit:
            shown.append((place, task))
        else:
            more = True
    return TaskPage(
        ids=tuple(task.id for _, task in shown),
        tasks=tuple(task for _, task in shown) if query.records else (),
        total=total,
        more=TaskCursor(microseconds_of(shown[-1][1].started), shown[-1][0]) if shown and more else None,
    )
