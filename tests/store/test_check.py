"""A check finds what is wrong with a database, each thing in a sentence, and nothing in a sound one."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Emit, Record, Save
from actors.tasks.task import TaskId
from store.check import check
from store.codec import encode
from store.folder import DataFolder, FolderUnusableError
from store.sqlite import open_store
from tests.store.back_ends import ended
from tests.store.processes import child
from tests.store.records import (
    a_delivery,
    a_request_key,
    a_role,
    a_session,
    a_source,
    a_subscription,
    a_system,
    a_task,
    an_account,
    an_aggregate,
    an_event,
    some_settings,
)

# Of ids that are the same at each run: they stand in the names of tests.
TASK = replace(a_task(), id=TaskId("task-0"), subtasks=2)
SUBTASKS = [replace(a_task(parent=TASK.id), id=TaskId(f"task-{number}")) for number in (1, 2)]


@pytest.fixture
async def folder(tmp_path: Path) -> DataFolder:
    """A folder with every kind of record, which nobody has open."""
    store = await open_store(tmp_path)
    records: list[Record] = [TASK, *SUBTASKS, an_account("ann"), an_account("bob"), a_role(), a_session()]
    records += [a_source("bmc:443"), a_system(), an_aggregate(), some_settings(), a_request_key(TASK.id)]
    subscription = a_subscription()
    records += [subscription, a_delivery(subscription.id)]
    await store.commit(*map(Save, records), Emit([an_event()]))
    await store.commit(Save(ended(SUBTASKS[0])))
    await store.close()
    return DataFolder(tmp_path)


def spoil(folder: DataFolder, *statements: str) -> None:
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            db.execute(statement)


def test_a_sound_one_is_counted(folder: DataFolder) -> None:
    seen = check(folder)
    assert seen.findings == ()
    assert seen.counts == {
        "tasks": 3,
        "accounts": 2,
        "roles": 1,
        "sessions": 1,
        "sources": 1,
        "systems": 1,
        "aggregates": 1,
        "service_settings": 1,
        "request_keys": 1,
        "subscriptions": 1,
        "deliveries": 1,
        "events": 1,
    }
    assert [file.name for file in folder.path.iterdir()] == ["taskmon.db"]


def test_it_goes_beside_a_process_that_commits(tmp_path: Path) -> None:
    with child("commit_until_killed", tmp_path) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
            assert check(DataFolder(tmp_path)).findings == ()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE events SET record = x'c1'", "The event 1 cannot be read."),
        ("UPDATE events SET happened = 1", "The event 1 has 1 in the column happened, unlike its record."),
        (
            "UPDATE tasks SET record = x'c1' WHERE parent IS NULL",
            f"The Task {TASK.id} cannot be read. A stored",
        ),
        ("UPDATE tasks SET revision = 7 WHERE parent IS NULL", "has 7 in the column revision, .* says 1"),
        ("UPDATE tasks SET owner = 'x' WHERE parent IS NULL", "has 'x' in the column owner"),
        ("UPDATE tasks SET started = 0 WHERE parent IS NULL", "has 0 in the column started"),
        ("UPDATE tasks SET ended = NULL WHERE ended > 0", "has None in the column ended"),
        ("UPDATE tasks SET state = 'x' WHERE parent IS NULL", "has 'x' in the column state"),
        ("UPDATE tasks SET target = 'x' WHERE parent IS NULL", "has 'x' in the column target"),
        ("UPDATE task_counts SET tasks = 7", "is said to have 7 tasks, and has 1"),
        ("DELETE FROM task_counts", "is said to have 0 tasks, and has 1"),
        ("DROP TABLE task_counts", "cannot be counted: no such table"),
        ("UPDATE tasks SET live = 0 WHERE parent IS NULL", "has 0 in the column live, .* says True"),
        (
            "UPDATE accounts SET name = 'eve' WHERE name = 'ann'",
            "The Account .* has 'eve' in the column name",
        ),
        ("UPDATE sources SET address = 'x'", "The Source .* has 'x' in the column address"),
        ("UPDATE systems SET id = 'x'", "The System x has 'x' in the column id, .* says 's"),
        ("UPDATE sessions SET record = (SELECT record FROM systems)", "The Session .* cannot be read"),
        ("UPDATE aggregates SET record = x'9401'", "The Aggregate .* cannot be read"),
        (
            "UPDATE service_settings SET revision = 7",
            "The ServiceSettings TaskService has 7 in the column rev",
        ),
        ("DELETE FROM tasks WHERE ended > 0", "recorded with 2 subtasks and has 1"),
        ("DROP TABLE roles", "The table roles cannot be read to its end"),
        ("DROP TABLE sessions", "The table sessions cannot be read to its end: no such table"),
        ("UPDATE migrations SET name = 'other'", r"The migration 1 \(other\) is not known"),
        ("INSERT INTO migrations VALUES (99, 'later', '')", r"The migration 99 \(later\) is not known"),
        ("DELETE FROM migrations", r"The migration 1 \(first_tables\) was not applied"),
        ("DROP TABLE migrations", "The migrations that made the tables cannot be read: no such table"),
        (
            "DELETE FROM sqlite_schema WHERE name = 'live_tasks'",
            "SQLite finds the file damaged: .*never used",
        ),
    ],
)
def test_what_is_wrong_is_found(folder: DataFolder, statement: str, finding: str) -> None:
    spoil(folder, statement)
    findings = check(folder).findings
    assert [one for one in findings if re.search(finding, one)], findings


async def test_an_account_with_a_role_that_is_none_is_found(folder: DataFolder) -> None:
    store = await open_store(folder.path)
    role, auditor, eve = a_role(), an_account("auditor"), an_account("eve")
    await store.commit(Save(role), Save(replace(auditor, role=role.id)), Save(replace(eve, role="Emperor")))
    await store.close()
    assert check(folder).findings == (
        f"The Account {eve.id} has the role 'Emperor', and there is none of that name.",
    )
    spoil(folder, "DROP TABLE roles")
    (finding,) = check(folder).findings
    assert finding.startswith("The table roles cannot be read")


def test_a_subtask_without_its_parent_is_found(folder: DataFolder) -> None:
    spoil(folder, "DELETE FROM tasks WHERE parent IS NULL")
    assert check(folder).findings == tuple(
        f"The subtask {task.id} has no parent: there is no top-level task {TASK.id}." for task in SUBTASKS
    )


def test_a_record_of_other_values_than_it_should_have_is_found(folder: DataFolder) -> None:
    nothing: Any = None
    with closing(sqlite3.connect(folder.database)) as db, db:
        timeless = encode(replace(TASK, started=nothing))
        db.execute("UPDATE tasks SET record = ? WHERE parent IS NULL", (timeless,))
    (finding,) = check(folder).findings
    assert finding.startswith(f"The Task {TASK.id} holds what it should not (TypeError: ")


def test_everything_is_told_and_not_only_the_first(folder: DataFolder) -> None:
    spoil(
        folder,
        "UPDATE tasks SET record = x'c1'",
        "UPDATE accounts SET revision = 9",
        "DROP TABLE sources",
        "UPDATE systems SET revision = 9",
    )
    assert len(check(folder).findings) == 3 + 2 + 1 + 1


def test_a_page_of_rubbish_is_found(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.database)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'tasks'").fetchone()[0]
    with folder.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    findings = check(folder).findings
    assert findings[0].startswith("SQLite finds the file damaged: ")
    assert [one for one in findings if one.startswith("The table tasks cannot be read to its end: ")]


def test_a_folder_without_a_database_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusableError, match="no database"):
        check(DataFolder(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    DataFolder(tmp_path).database.write_text("This is my shopping list. " * 100)
    with pytest.raises(StoreUnavailableError, match=r"could not be checked .*not a database"):
        check(DataFolder(tmp_path))
