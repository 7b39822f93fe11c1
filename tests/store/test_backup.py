"""A backup is one state of the store, whole or absent, and is made beside whoever writes."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Save
from store.backup import BackupError, back_up
from store.check import check
from store.folder import DataFolder, FolderUnusableError
from store.sqlite import SqliteStore, open_store
from tests.store.child import SUBTASKS
from tests.store.processes import child
from tests.store.records import a_task, an_account


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
async def store(folder: DataFolder) -> AsyncIterator[SqliteStore]:
    opened = await open_store(folder.path)
    yield opened
    await opened.close()


def names(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}


@pytest.fixture
def restored(tmp_path: Path) -> DataFolder:
    """Another data folder, whose database is where the backup is written."""
    other = DataFolder(tmp_path / "restored")
    other.create()
    return other


async def test_what_was_acknowledged_before_is_in_it(
    folder: DataFolder, store: SqliteStore, restored: DataFolder
) -> None:
    task, account = a_task(), an_account("ann")
    await store.commit(Save(task), Save(account))
    size = back_up(folder, restored.database)
    await store.commit(Save(replace(task, revision=2)))
    assert names(restored.path) == {"taskmon.db"}, "no draft and no log is left"
    assert stat.S_IMODE(restored.database.stat().st_mode) == 0o600
    assert restored.database.stat().st_size == size
    copy = await open_store(restored.path)
    assert await copy.task(task.id) == task
    assert await copy.account_named("ann") == account
    await copy.commit(Save(replace(task, revision=2)))
    await copy.close()
    await store.commit(Save(replace(task, revision=3)))


def test_it_is_one_state_while_another_process_commits(folder: DataFolder, tmp_path: Path) -> None:
    copies = []
    with child("commit_until_killed", folder.path) as process:
        assert process.stdout is not None
        for number in range(5):
            acknowledged = [process.stdout.readline().strip() for _ in range(50)]
            copies.append((acknowledged, DataFolder(tmp_path / str(number))))
            copies[-1][1].create()
            back_up(folder, copies[-1][1].database)
    for acknowledged, copy in copies:
        seen = check(copy)
        assert seen.findings == ()
        with closing(sqlite3.connect(copy.database)) as db:
            parents = {row[0] for row in db.execute("SELECT id FROM tasks WHERE parent IS NULL")}
        assert set(acknowledged) <= parents
        assert seen.counts["tasks"] == len(parents) * (1 + SUBTASKS)


async def test_a_folder_that_nobody_has_open_is_copied_and_stays_one_file(
    folder: DataFolder, restored: DataFolder
) -> None:
    store = await open_store(folder.path)
    task = a_task()
    await store.commit(Save(task))
    await store.close()
    back_up(folder, restored.database)
    assert names(folder.path) == {"taskmon.db"}
    copy = await open_store(restored.path)
    assert await copy.live_tasks() == [task]
    await copy.close()


def test_what_a_killed_service_left_in_its_log_is_in_it(folder: DataFolder, restored: DataFolder) -> None:
    with child("commit_until_killed", folder.path) as process:
        assert process.stdout is not None
        acknowledged = {process.stdout.readline().strip() for _ in range(50)}
    back_up(folder, restored.database)
    with closing(sqlite3.connect(restored.database)) as db:
        assert acknowledged <= {row[0] for row in db.execute("SELECT id FROM tasks")}


async def test_a_file_that_is_there_is_left_as_it_is(
    folder: DataFolder, store: SqliteStore, tmp_path: Path
) -> None:
    target, lost = tmp_path / "kept", tmp_path / "lost"
    target.write_text("last week's backup")
    lost.symlink_to(tmp_path / "nowhere")
    for taken in (target, lost):
        with pytest.raises(BackupError, match="is there already and was left as it is"):
            back_up(folder, taken)
    assert target.read_text() == "last week's backup"
    assert names(tmp_path) == {"data", "kept", "lost"}


async def test_of_several_that_write_one_file_at_once_one_succeeds(
    folder: DataFolder, store: SqliteStore, tmp_path: Path
) -> None:
    await store.commit(*(Save(a_task()) for _ in range(200)))
    target = tmp_path / "backup"
    copying = (asyncio.to_thread(back_up, folder, target) for _ in range(5))
    outcomes = await asyncio.gather(*copying, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["BackupError"] * 4, "int"]
    assert names(tmp_path) == {"data", "backup"}


async def test_where_nothing_can_be_written_is_told(
    folder: DataFolder, store: SqliteStore, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match=r"nowhere/backup could not be written: No such file"):
        back_up(folder, tmp_path / "nowhere" / "backup")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_without_a_database_is_told_and_not_made(folder: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(FolderUnusableError, match=r"no database .*taskmon\.db.*--data"):
        back_up(folder, tmp_path / "backup")
    folder.create()
    with pytest.raises(FolderUnusableError, match="no database"):
        back_up(folder, tmp_path / "backup")
    assert list(tmp_path.rglob("*")) == [folder.path]


def test_what_is_no_database_leaves_no_backup(folder: DataFolder, tmp_path: Path) -> None:
    folder.create()
    folder.database.write_text("This is my shopping list. " * 100)
    with pytest.raises(StoreUnavailableError, match=r"could not be copied to .*not a database"):
        back_up(folder, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == [folder.path]
