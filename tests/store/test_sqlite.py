"""What the SQLite store does beyond the contract: it lasts, it groups, it shares, it recovers."""

import asyncio
import logging
import os
import sqlite3
import stat
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Emit, Remove, Save
from actors.tasks.task import Task, TaskId
from store.folder import DataFolder
from store.sqlite import SqliteStore, Writer, open_store
from tests.store.child import SUBTASKS
from tests.store.processes import child
from tests.store.records import OWNER, a_source, a_task, an_account, an_event
from tests.store.room import no_file_may_grow_beyond


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


@contextmanager
def held_for_writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database as another process holds it while it writes."""
    with closing(sqlite3.connect(DataFolder(folder).database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def transactions_in_log(folder: Path) -> int:
    """How many commits the write-ahead log holds: frames that carry the size of the database after them.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    log = DataFolder(folder).database.with_name("taskmon.db-wal").read_bytes()
    page_size, _, salts = struct.unpack(">8xII8s", log[:24])
    frames = (log[at : at + 24] for at in range(32, len(log), 24 + page_size))
    return sum(struct.unpack(">4xI", frame[:8])[0] > 0 for frame in frames if frame[8:16] == salts)


def modes(folder: Path) -> dict[str, int]:
    """The files of the folder with their permissions."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


# --- it lasts


async def test_what_was_committed_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    parent = a_task()
    subtasks = [a_task(parent=parent.id) for _ in range(3)]
    first = await open_store(tmp_path)
    await first.commit(*map(Save, [parent, *subtasks]), Save(an_account("ann")))
    await first.close()
    assert modes(tmp_path).keys() == {"taskmon.db"}
    second = await open_store(tmp_path)
    assert await second.task(parent.id) == parent
    assert await second.live_tasks() == [parent, *subtasks]
    assert await second.accounts()
    await second.commit(Save(replace(parent, revision=2)))
    await second.close()


async def test_what_was_acknowledged_is_there_after_sigkill(tmp_path: Path) -> None:
    with child("commit_until_killed", tmp_path) as process:
        assert process.stdout is not None
        acknowledged = [line.strip() for line in islice(process.stdout, 200)]
        process.kill()
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert len(acknowledged) >= 200
    store = await open_store(tmp_path)
    there = await store.tasks()
    assert set(acknowledged) <= set(there)
    for task_id in there:  # and each commit, acknowledged or not, is there whole or not at all
        assert len(await store.subtasks(task_id)) == SUBTASKS
    await store.commit(Save(a_task()))
    await store.close()


# --- it groups


async def test_what_waits_is_committed_in_one_transaction(tmp_path: Path, store: SqliteStore) -> None:
    before = transactions_in_log(tmp_path)
    with held_for_writing(tmp_path) as other:
        asked = [asyncio.create_task(store.commit(Save(a_task()))) for _ in range(300)]
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
        await asyncio.gather(*asked)
    # The first may have been taken alone; all that came while it waited went together.
    assert transactions_in_log(tmp_path) - before <= 2
    assert len(await store.tasks()) == 300


async def test_a_lone_commit_waits_for_nobody(tmp_path: Path, store: SqliteStore) -> None:
    before = transactions_in_log(tmp_path)
    for _ in range(5):
        await store.commit(Save(a_task()))
    assert transactions_in_log(tmp_path) - before == 5


async def test_the_loop_and_the_reads_go_on_while_a_commit_waits(tmp_path: Path, store: SqliteStore) -> None:
    task = a_task()
    await store.commit(Save(task))
    with held_for_writing(tmp_path) as other:
        waiting = asyncio.create_task(store.commit(Save(a_task())))
        for _ in range(10):
            assert await store.task(task.id) == task
        assert not waiting.done()
        other.execute("ROLLBACK")
        await waiting


async def test_ten_thousand_records_are_one_commit(store: SqliteStore) -> None:
    parent = a_task()
    subtasks = [a_task(parent=parent.id) for _ in range(10_000)]
    seen: set[int] = set()

    async def look_on(while_it_lasts: "asyncio.Task[None]") -> None:
        while not while_it_lasts.done():
            seen.add(len(await store.subtasks(parent.id)))

    saving = asyncio.create_task(store.commit(Save(parent), *map(Save, subtasks)))
    await asyncio.gather(saving, look_on(saving))
    assert await store.subtasks(parent.id) == [task.id for task in subtasks]
    removing = asyncio.create_task(store.commit(Remove(Task, parent.id)))
    await asyncio.gather(removing, look_on(removing))
    assert await store.live_tasks() == []
    assert seen <= {0, 10_000}


# --- it shares


async def test_an_account_that_another_process_adds_is_seen_at_once(
    tmp_path: Path, store: SqliteStore
) -> None:
    assert await store.account_named("ann") is None
    with child("add_account", tmp_path) as other:
        committing = [store.commit(Save(a_task())) for _ in range(50)]
        await asyncio.gather(*committing)
        _, complaint = await asyncio.to_thread(other.communicate)
        assert complaint == ""
        expected = f"account-of-{other.pid}"
    account = await store.account_named("ann")
    assert account is not None
    assert account.id == expected
    assert await store.accounts()


async def test_many_processes_may_begin_with_a_new_folder_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "new"

    def add() -> str:
        with child("add_account", folder) as other:
            return other.communicate()[1]

    complaints = await asyncio.gather(*(asyncio.to_thread(add) for _ in range(5)))
    assert sorted(complaint.partition(":")[0] for complaint in complaints) == ["", *["AlreadyThereError"] * 4]
    store = await open_store(folder)
    assert await store.account_named("ann") is not None
    await store.close()


# --- it fails, and recovers


async def test_another_process_that_keeps_the_database_is_told_and_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "store")
    store = await open_store(tmp_path, busy_timeout=0.01)
    task, other_task = a_task(), a_task()
    with held_for_writing(tmp_path):
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="Another process is writing"):
                await store.commit(Save(task))
        assert await store.task(task.id) is None
    await store.commit(Save(task))
    await store.commit(Save(other_task))
    assert await store.task(task.id) == task
    # one line when it begins, one when it is over
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    await store.close()


async def test_a_disk_that_takes_no_more_is_told_and_the_store_goes_on_afterwards(
    tmp_path: Path, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    store.when_emitted(lambda entries: heard.append(len(entries)))
    kept = a_task()
    await store.commit(Save(kept))
    log = DataFolder(tmp_path).database.with_name("taskmon.db-wal")
    large = [replace(a_task(), input={"filling": "x" * 20_000}) for _ in range(20)]
    with no_file_may_grow_beyond(log.stat().st_size + 8192):
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="could not be written"):
                await store.commit(*map(Save, large), Emit([an_event()]))
        assert await store.task(kept.id) == kept
    assert heard == [0, 0], "what may have been put into the outbox has to be read"
    await store.commit(*map(Save, large))
    assert set(await store.tasks()) == {kept.id, *(task.id for task in large)}
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_connection_that_failed_is_not_used_again(tmp_path: Path) -> None:
    writer = Writer(DataFolder(tmp_path), busy_timeout=1)
    writer.open()
    # A limit of this connection alone, and it cannot be lifted from outside.
    writer._link.get().execute("PRAGMA max_page_count = 30")
    large = (Save(replace(a_task(), input={"filling": "x" * 200_000})),)
    small = (Save(a_task()),)
    (outcome, neighbours) = writer.work([large, small])
    for refused in (outcome, neighbours):
        assert isinstance(refused, StoreUnavailableError)
        assert "SQLITE_FULL" in str(refused)
    assert writer.work([large, small]) == [None, None]
    writer.close()


@pytest.mark.parametrize("name", [None, "half a pair: \ud800"])
async def test_what_no_column_can_hold_is_refused_alone(store: SqliteStore, name: Any) -> None:
    bad = replace(an_account("ann"), name=name)
    good = [store.commit(Save(a_task())) for _ in range(10)]
    told = await asyncio.gather(*good, store.commit(Save(bad)), return_exceptions=True)
    assert told[:-1] == [None] * 10
    assert isinstance(told[-1], ValueError)
    assert await store.accounts() == []


async def test_a_damaged_record_is_told_to_those_who_ask_for_it_alone(
    tmp_path: Path, store: SqliteStore
) -> None:
    good, bad = a_task(), a_task()
    await store.commit(Save(good), Save(bad))
    with closing(sqlite3.connect(DataFolder(tmp_path).database)) as other, other:
        other.execute("UPDATE tasks SET record = x'c1' WHERE id = ?", (bad.id,))
    answers = await asyncio.gather(store.task(good.id), store.task(bad.id), return_exceptions=True)
    assert answers[0] == good
    assert isinstance(answers[1], StoreUnavailableError)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    DataFolder(tmp_path).database.write_text("This is my shopping list. " * 100)
    with pytest.raises(StoreUnavailableError, match="not a database: restore"):
        await open_store(tmp_path)
    assert set(threading.enumerate()) == before


async def test_a_database_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    DataFolder(tmp_path).database.mkdir()
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        await open_store(tmp_path)


# --- its files, its end


async def test_its_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = await open_store(tmp_path)
        await store.commit(Save(a_task()))
        assert modes(tmp_path) == dict.fromkeys(("taskmon.db", "taskmon.db-wal", "taskmon.db-shm"), 0o600)
        await store.close()
    finally:
        os.umask(before)


async def test_closing_finishes_what_is_queued_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = await open_store(tmp_path)
    tasks = [a_task() for _ in range(2000)]
    saves = [asyncio.create_task(store.commit(Save(task))) for task in tasks]
    reads = [asyncio.create_task(store.task(TaskId("task1"))) for _ in range(100)]
    await asyncio.sleep(0)
    await store.close()
    assert set(threading.enumerate()) == before
    assert all(one.done() for one in (*saves, *reads))
    await asyncio.gather(*saves, *reads)
    again = await open_store(tmp_path)
    assert len(await again.tasks(OWNER)) == 2000
    await again.close()


async def test_a_store_may_lie_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% of ünder?mode=ro#1" / "deeper"
    store = await open_store(folder)
    await store.commit(Save(a_source("bmc:443")))
    await store.close()
    assert DataFolder(folder).database.is_file()
