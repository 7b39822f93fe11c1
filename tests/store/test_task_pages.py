"""Pages of tasks: every back end answers as the reference does, and SQLite by its indexes and in time."""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.access.records import AccountId
from actors.tasks.catalogue import Health
from actors.tasks.errors import QueryTooSlowError
from actors.tasks.ports import Remove, Save, Store
from actors.tasks.states import TERMINAL, TaskState
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
    TaskQuery,
    page_of,
)
from store.changes import attempt
from store.codec import encode
from store.connection import connect, migrate
from store.sql_files import migrations, statements
from store.sqlite import open_store
from store.task_pages import Deadline, read_page
from tests.store.back_ends import BACK_ENDS, ClosableStore, ended, opened
from tests.store.records import NOON, OWNER, a_task, later

BOB = AccountId("bob")
PATIENCE = 60.0


@pytest.fixture(params=BACK_ENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ClosableStore]:
    async with opened(request.param, tmp_path) as one:
        yield one


def several() -> list[Task]:
    """Tasks of two owners in every state, some of the same instant, and subtasks of the first."""
    tasks = [
        replace(
            a_task(started=later(number // 3), owner=BOB if number % 4 == 0 else OWNER),
            state=state,
            status=list(Health)[number % 3],
            operation=("reset", "add_server", "Öl")[number % 3],
            target=f"Rack-{number}ÄB",
            ended=later(100 + number % 5) if state in TERMINAL else None,
        )
        for number, state in enumerate([*TaskState] * 2)
    ]
    below = [replace(a_task(parent=tasks[0].id, owner=BOB), target=f"s{number}") for number in range(7)]
    return [*tasks, *below]


_texts = st.sampled_from(
    [*TaskState, *Health, "reset", "add_server", "Öl", "", "zz", "bob", OWNER, "Rack-1ÄB"]
)
_times = st.sampled_from([NOT_ENDED, NOON, *(later(number) for number in (1, 2, 3, 101, 103))])
_compared = st.builds(
    Compared, st.sampled_from([TaskField.STARTED, TaskField.ENDED]), st.sampled_from(Relation), _times
) | st.builds(
    Compared,
    st.sampled_from([field for field in TaskField if field not in (TaskField.STARTED, TaskField.ENDED)]),
    st.sampled_from(Relation),
    _texts,
)
_conditions: st.SearchStrategy[Condition] = st.recursive(
    _compared,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Every, st.lists(inner, max_size=3).map(tuple))
        | st.builds(OneOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
_cursors = st.builds(
    TaskCursor, st.integers(-2, 12).map(lambda n: int(NOON.timestamp()) * 10**6 + n), st.integers(0, 30)
)


@st.composite
def _queries(draw: st.DrawFn) -> TaskQuery:
    number = draw(st.none() | st.integers(2, 5))
    return TaskQuery(
        owner=draw(st.sampled_from([None, BOB, OWNER, AccountId("nobody")])),
        condition=draw(st.none() | _conditions),
        text=draw(st.sampled_from(["", "", "rack-1", "äb", "ÄB", "TASK", "1"])),
        accepts=None if number is None else lambda task: len(task.target) % number == 0,
        backwards=draw(st.booleans()),
        after=draw(st.none() | _cursors),
        skip=draw(st.integers(0, 5)),
        limit=draw(st.integers(0, 30)),
        records=draw(st.booleans()),
    )


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=_queries(), below=st.booleans())
def test_sqlite_answers_every_query_as_the_reference_does(
    database: tuple[sqlite3.Connection, list[tuple[int, Task]]], query: TaskQuery, below: bool
) -> None:
    db, placed = database
    if below:
        query = replace(query, parent=placed[0][1].id)
    assert read_page(db, query, Deadline(PATIENCE)) == page_of(placed, query)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, list[tuple[int, Task]]]]:
    tasks = several()
    with closing(connect(tmp_path / "t.db", busy_timeout=1)) as db:
        migrate(db, tmp_path / "t.db")
        assert attempt(db, [Save(task) for task in tasks], []) is None
        places = dict(db.execute("SELECT id, place FROM tasks"))
        yield db, [(places[task.id], task) for task in tasks]


async def test_pages_one_after_the_other_show_each_task_once_while_tasks_come_and_go(store: Store) -> None:
    tasks = [a_task(started=later(number // 4)) for number in range(40)]
    await store.commit(*map(Save, tasks))
    seen: list[TaskId] = []
    query = TaskQuery(owner=OWNER, limit=7)
    page = await store.task_page(query, PATIENCE)
    while page.more is not None:
        seen += page.ids
        # The place of a removed task is still a place; what is new comes before the first page.
        await store.commit(Remove(Task, seen[-1]), Save(a_task(started=later(999))))
        page = await store.task_page(replace(query, after=page.more), PATIENCE)
    seen += page.ids
    assert seen == [task.id for task in reversed(tasks)]


async def test_the_number_of_tasks_is_that_of_the_owner_and_follows_every_change(store: Store) -> None:
    async def totals() -> list[int]:
        owners = (None, OWNER, BOB)
        return [(await store.task_page(TaskQuery(owner=owner, limit=1), PATIENCE)).total for owner in owners]

    assert await totals() == [0, 0, 0]
    mine, his = [a_task() for _ in range(3)], a_task(owner=BOB)
    await store.commit(*map(Save, [*mine, his, a_task(parent=his.id, owner=BOB)]))
    assert await totals() == [4, 3, 1]
    await store.commit(Save(ended(mine[0])))
    await store.commit(Remove(Task, mine[1].id), Remove(Task, TaskId("none")))
    assert await totals() == [3, 2, 1]
    await store.commit(Remove(Task, his.id))
    assert await totals() == [2, 2, 0]
    assert await store.count_tasks() == 2


async def test_subtasks_come_in_the_order_of_their_commit(store: Store) -> None:
    parent = a_task()
    below = [a_task(parent=parent.id, started=later(-number)) for number in range(9)]
    await store.commit(Save(parent), *map(Save, below))
    first = await store.task_page(TaskQuery(parent=parent.id, limit=4, records=True), PATIENCE)
    assert first.tasks == tuple(below[:4])
    assert first.total == 9
    second = await store.task_page(TaskQuery(parent=parent.id, limit=9, after=first.more), PATIENCE)
    assert second.ids == tuple(task.id for task in below[4:])
    assert second.more is None


async def test_a_query_ends_when_its_time_has_come(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    try:
        await store.commit(*(Save(a_task(started=later(number))) for number in range(300)))

        asked: list[TaskId] = []

        def slowly(task: Task) -> bool:
            asked.append(task.id)
            end = time.monotonic() + 0.01
            while time.monotonic() < end:
                pass
            return True

        with pytest.raises(QueryTooSlowError):
            await store.task_page(TaskQuery(accepts=slowly, limit=10), 0.1)
        assert len(asked) < 100, "it went on after its time"
        with pytest.raises(QueryTooSlowError):
            await store.task_page(TaskQuery(text="x", limit=10), 0.0)
        page = await store.task_page(TaskQuery(text="task", limit=10), PATIENCE)
        assert page.total == 300, "and the thread works on"
    finally:
        await store.close()


def test_sqlite_stops_inside_a_statement_when_the_time_has_come(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "t.db", busy_timeout=1)) as db:
        migrate(db, tmp_path / "t.db")
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
            "INSERT INTO tasks (id, revision, record, owner, started, live) "
            "SELECT 'task' || i, 1, x'00', 'ann', i, 0 FROM n"
        )
        states = tuple(Compared(TaskField.STATE, Relation.NE, f"state {number}") for number in range(200))
        query = TaskQuery(condition=Every(states), text="nothing has this", limit=10)
        began = time.monotonic()
        with pytest.raises(QueryTooSlowError):
            read_page(db, query, Deadline(0.05))
        assert time.monotonic() - began < 1.0
        assert read_page(db, TaskQuery(limit=3), Deadline(PATIENCE)).total == 200_000


@pytest.mark.parametrize(
    ("field", "value", "index"),
    [
        (TaskField.STATE, "Running", "tasks_by_state"),
        (TaskField.STATUS, "Critical", "tasks_by_status"),
        (TaskField.OPERATION, "reset", "tasks_by_operation"),
        (TaskField.OWNER, "bob", "tasks_of_owner"),
        (TaskField.STARTED, NOON, "top_level_tasks"),
    ],
)
def test_what_is_compared_is_found_by_an_index_in_its_order(
    tmp_path: Path, field: TaskField, value: str | datetime, index: str
) -> None:
    with closing(connect(tmp_path / "t.db", busy_timeout=1)) as db:
        migrate(db, tmp_path / "t.db")
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        condition = Compared(field, Relation.EQ, value)
        read_page(db, TaskQuery(condition=condition, limit=10), Deadline(PATIENCE))
        db.set_trace_callback(None)
        for sql in (one for one in asked if one.startswith("SELECT")):
            steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert len(steps) == 1, steps
            assert f"INDEX {index} " in steps[0], steps


def test_the_columns_of_records_from_before_are_filled_from_the_records(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(connect(path, busy_timeout=1)) as db:
        names = [migration.name for migration in migrations()]
        before = migrations()[: names.index("task_queries")]
        for migration in before:
            for statement in statements(migration.sql):
                db.execute(statement)
            db.execute("INSERT INTO migrations VALUES (?, ?, '')", (migration.number, migration.name))
        task = replace(a_task(), state=TaskState.EXCEPTION, status=Health.CRITICAL, ended=NOON + timedelta(1))
        row = (task.id, 1, encode(task), task.owner, 0, 0, 0)
        insert = (
            "INSERT INTO tasks (id, revision, record, owner, started, ended, live) VALUES (?,?,?,?,?,?,?)"
        )
        db.execute(insert, row)
        db.execute(insert, ("damaged", 1, b"\xff", "bob", 0, 0, 0))
        migrate(db, path)
        filled = "SELECT id, state, status, operation, target FROM tasks ORDER BY place"
        assert db.execute(filled).fetchall() == [
            (task.id, "Exception", "Critical", task.operation, task.target),
            ("damaged", "", "", "", ""),
        ]
        assert dict(db.execute("SELECT owner, tasks FROM task_counts")) == {task.owner: 1, "bob": 1}
