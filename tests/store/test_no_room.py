"""A disk without room: nothing acknowledged is lost, nothing half made stays, and it goes on with room."""

from dataclasses import replace
from pathlib import Path

import pytest

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Save
from actors.tasks.task import Task
from store.backup import back_up
from store.check import check
from store.folder import DataFolder
from store.sqlite import SqliteStore, open_store
from tests.store.records import a_task
from tests.store.room import no_file_may_grow_beyond


def a_large_task() -> Task:
    return replace(a_task(), input={"filling": "x" * 8000})


async def is_acknowledged(store: SqliteStore, task: Task) -> bool:
    try:
        await store.commit(Save(task))
    except StoreUnavailableError:
        return False
    return True


async def test_what_was_acknowledged_between_refusals_is_there_afterwards(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    store = await open_store(folder.path)
    log = folder.database.with_name("taskmon.db-wal")
    acknowledged: list[Task] = []
    refused: list[Task] = []
    for _ in range(5):
        with no_file_may_grow_beyond(log.stat().st_size + 50_000):
            # Now and then a small one still finds room where a large one did not.
            for task in [make() for _ in range(10) for make in (a_large_task, a_task)]:
                (acknowledged if await is_acknowledged(store, task) else refused).append(task)
        acknowledged.append(a_large_task())
        await store.commit(Save(acknowledged[-1]))
    await store.close()
    assert len(refused) >= 5
    assert check(folder).findings == ()
    store = await open_store(folder.path)
    assert await store.live_tasks() == acknowledged
    await store.close()


async def test_a_store_that_has_no_room_to_begin_begins_once_there_is(tmp_path: Path) -> None:
    for room in (0, 4096, 32768, 50_000):
        with (
            no_file_may_grow_beyond(room),
            pytest.raises(StoreUnavailableError, match=r"could not be opened \(.*on the disk"),
        ):
            await open_store(tmp_path)
    store = await open_store(tmp_path)
    await store.commit(Save(a_task()))
    await store.close()
    assert check(DataFolder(tmp_path)).findings == ()


async def test_a_backup_that_has_no_room_leaves_nothing(tmp_path: Path) -> None:
    folder, target = DataFolder(tmp_path / "data"), tmp_path / "backup"
    store = await open_store(folder.path)
    await store.commit(*(Save(a_large_task()) for _ in range(50)))
    with (
        no_file_may_grow_beyond(200_000),
        pytest.raises(StoreUnavailableError, match=f"could not be copied to {target}"),
    ):
        back_up(folder, target)
    assert list(tmp_path.iterdir()) == [folder.path]  # noqa: ASYNC240
    assert back_up(folder, target) > 200_000
    await store.close()
