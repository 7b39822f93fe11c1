"""The database file: its tables by migrations, its settings, its queries' plans, its driver's errors."""

import inspect
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread

import pytest

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Save
from store import changes, outbox, sqlite, task_pages
from store.connection import Link, StoreTooNewError, connect, migrate, transaction, unavailable
from store.folder import DataFolder
from store.sql_files import Migration, migrations, queries, statements
from store.sqlite import open_store
from tests.store.records import a_task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path, busy_timeout=1)) as opened:
        yield opened


def shape(db: sqlite3.Connection) -> dict[str, object]:
    """What the tables and indexes are, however they came to be it."""
    names = db.execute("SELECT type, name FROM sqlite_schema ORDER BY name").fetchall()
    found: dict[str, object] = {}
    for kind, name in names:
        if kind == "table":
            found[name] = (
                db.execute(f"PRAGMA table_xinfo({name})").fetchall(),
                db.execute("SELECT strict, wr FROM pragma_table_list WHERE name = ?", (name,)).fetchall(),
                sorted(row[1:] for row in db.execute(f"PRAGMA index_list({name})")),
            )
        else:
            sql = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0] or ""
            found[name] = (
                db.execute(f"PRAGMA index_xinfo({name})").fetchall(),
                "".join(sql.partition("WHERE")[1:]),
            )
    return found


# --- durable


def test_a_commit_is_on_the_disk_before_it_returns(db: sqlite3.Connection) -> None:
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_reading_connection_cannot_write(db: sqlite3.Connection, path: Path) -> None:
    db.execute("CREATE TABLE t (a)")
    with closing(connect(path, busy_timeout=1, read_only=True)) as reading:
        assert reading.execute("SELECT * FROM t").fetchall() == []
        with pytest.raises(sqlite3.OperationalError):
            reading.execute("INSERT INTO t VALUES (1)")


def test_a_database_that_can_have_no_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnavailableError, match="local disk"):
        connect(Path(":memory:"), busy_timeout=1)


def test_several_may_make_one_new_database_at_once(tmp_path: Path) -> None:
    together, failed = Barrier(6, timeout=10), list[BaseException]()

    def make(path: Path) -> None:
        together.wait()
        try:
            with closing(connect(path, busy_timeout=10)) as made:
                migrate(made, path)
        except sqlite3.Error as error:
            failed.append(error)

    for number in range(20):
        threads = [Thread(target=make, args=(tmp_path / f"{number}.db",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_a_dropped_link_connects_anew_and_forgets_what_was_under_way(path: Path) -> None:
    link = Link(path, busy_timeout=1)
    first = link.get()
    assert link.get() is first
    first.execute("CREATE TABLE t (a)")
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO t VALUES (1)")
    link.drop()
    assert link.get().execute("SELECT * FROM t").fetchall() == []
    link.drop()
    link.drop()


def test_a_transaction_that_fails_leaves_nothing(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE t (a)")

    def half_way() -> None:
        with transaction(db):
            db.execute("INSERT INTO t VALUES (1)")
            raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        half_way()
    assert not db.in_transaction
    assert db.execute("SELECT * FROM t").fetchall() == []


# --- the tables


def test_all_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "a.db", busy_timeout=1)) as fresh:
        migrate(fresh, tmp_path / "a.db")
        with closing(connect(tmp_path / "b.db", busy_timeout=1)) as stepped:
            for migration in migrations():
                for statement in statements(migration.sql):
                    stepped.execute(statement)
            assert shape(fresh) == shape(stepped)
            assert "tasks" in shape(stepped)


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_what_was_applied_is_recorded(db: sqlite3.Connection, path: Path) -> None:
    for _ in range(2):
        migrate(db, path)
        recorded = db.execute("SELECT number, name FROM migrations").fetchall()
        assert recorded == [(migration.number, migration.name) for migration in migrations()]


def test_an_older_database_gets_the_steps_that_it_lacks(db: sqlite3.Connection, path: Path) -> None:
    migrate(db, path)
    number = len(migrations())
    more = [
        Migration(
            number + 1, "notes", "CREATE TABLE notes (a);\n-- a comment;\nINSERT INTO notes VALUES (1);"
        ),
        Migration(number + 2, "more_notes", "INSERT INTO notes VALUES (2)"),
    ]
    for _ in range(2):
        migrate(db, path, [*migrations(), *more])
        assert db.execute("SELECT a FROM notes").fetchall() == [(1,), (2,)]


def test_a_migration_that_fails_leaves_nothing_and_is_not_recorded(
    db: sqlite3.Connection, path: Path
) -> None:
    migrate(db, path)
    number = len(migrations())
    good = Migration(number + 1, "good", "CREATE TABLE good (a)")
    bad = Migration(number + 2, "bad", "CREATE TABLE half (a);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(db, path, [*migrations(), good, bad])
    assert not db.in_transaction
    assert "good" in shape(db)
    assert "half" not in shape(db)
    assert db.execute("SELECT max(number) FROM migrations").fetchone() == (number + 1,)


async def test_a_folder_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit(Save(task := a_task()))
    await store.close()
    with closing(sqlite3.connect(DataFolder(tmp_path).database)) as newer, newer:
        newer.execute("INSERT INTO migrations VALUES (99, 'of_later', '2030-01-01T00:00:00+00:00')")
    with pytest.raises(StoreTooNewError, match=r"newer version of this program: .* version 99"):
        await open_store(tmp_path)
    with closing(sqlite3.connect(DataFolder(tmp_path).database)) as newer, newer:
        newer.execute("DELETE FROM migrations WHERE number = 99")
        assert newer.execute("SELECT id FROM tasks").fetchall() == [(task.id,)]


async def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(DataFolder(tmp_path).database)) as other:
        other.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StoreUnavailableError, match="could not be opened"):
        await open_store(tmp_path)


# --- the queries


def plan(db: sqlite3.Connection, sql: str) -> list[str]:
    wanted = max((int(number) for number in re.findall(r"\?(\d+)", sql)), default=0)
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * wanted)]


@pytest.mark.parametrize("name", queries())
def test_every_query_goes_by_an_index(db: sqlite3.Connection, path: Path, name: str) -> None:
    migrate(db, path)
    steps = plan(db, queries()[name])
    assert not [step for step in steps if "TEMP B-TREE" in step]
    scans = [step for step in steps if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"]
    # These give everything there is, in the order in which it lies there.
    whole_tables = {"accounts", "roles", "sessions", "sources", "systems", "aggregates", "service_settings"}
    whole_tables |= {"subscriptions", "deliveries"}
    whole_tables |= {"count_tasks", "count_tasks_without"}  # a row for each owner, and the ids that are given
    whole_tables.add("oldest_events")  # the first rows of it, as many as are asked for
    assert bool(scans) == (name in whole_tables)


def test_tasks_that_are_not_to_be_counted_are_found_by_their_ids(db: sqlite3.Connection, path: Path) -> None:
    migrate(db, path)
    (search,) = [step for step in plan(db, queries()["count_tasks_without"]) if "tasks USING" in step]
    assert search.endswith("(id=?)")


@pytest.mark.parametrize("name", ["top_level_tasks", "tasks_of_owner", "subtasks", "ended_tasks"])
def test_lists_of_ids_are_answered_by_an_index_alone(db: sqlite3.Connection, path: Path, name: str) -> None:
    migrate(db, path)
    (step,) = plan(db, queries()[name])
    assert step.startswith(f"SEARCH tasks USING COVERING INDEX {name} ")


def test_every_statement_is_used() -> None:
    code = "".join(inspect.getsource(module) for module in (changes, outbox, sqlite, task_pages))
    for name in queries():
        kind = re.sub("^(save_new|save|has)_", "", name)
        assert f'"{name}"' in code or f'_table("{kind}"' in code, name


# --- the driver's errors


DRIVER_ERRORS = [
    error for error in vars(sqlite3).values() if isinstance(error, type) and issubclass(error, sqlite3.Error)
]


@pytest.mark.parametrize("error", DRIVER_ERRORS)
def test_every_error_of_the_driver_has_a_sentence(error: type[sqlite3.Error], path: Path) -> None:
    told = unavailable(error("something odd"), path, "written")
    assert isinstance(told, StoreUnavailableError)
    assert str(path) in str(told)
    assert "something odd" in str(told)
    assert isinstance(told.__cause__, error)


def test_a_full_disk_is_called_that(db: sqlite3.Connection, path: Path) -> None:
    db.execute("CREATE TABLE t (a)")
    db.execute("PRAGMA max_page_count = 3")
    with pytest.raises(sqlite3.OperationalError) as full:
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert "The disk is full: make room" in str(unavailable(full.value, path, "written"))
