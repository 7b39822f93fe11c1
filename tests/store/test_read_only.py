"""A disk that turns read-only: nothing acknowledged is lost, reads go on, and so do writes once they may.

A test cannot have the kernel do that to a file system with open files. What SQLite makes of it is simulated:
the write that meets it fails, and from then on the database can only be opened for reading.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import store.connection
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Save
from store.check import check
from store.folder import DataFolder
from store.sqlite import open_store
from tests.store.records import a_task
from tests.store.room import no_file_may_grow_beyond

WORDS = r"could not be written \(SQLITE_READONLY\)\. The file may not be written"


@contextmanager
def read_only_disk(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, a database that is opened is opened for reading."""

    def connect(path: Path, *, busy_timeout: float, read_only: bool = False) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=busy_timeout, isolation_level=None)

    with patch.context() as patched:
        patched.setattr(store.connection, "connect", connect)
        yield


async def test_commits_are_refused_and_reads_go_on_until_it_may_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await open_store(tmp_path)
    kept, refused, after = a_task(), a_task(), a_task()
    await opened.commit(Save(kept))
    with read_only_disk(monkeypatch):
        with no_file_may_grow_beyond(0), pytest.raises(StoreUnavailableError):
            await opened.commit(Save(refused))
        for _ in range(3):
            with pytest.raises(StoreUnavailableError, match=WORDS):
                await opened.commit(Save(refused))
        assert await opened.task(kept.id) == kept
        assert await opened.task(refused.id) is None
    await opened.commit(Save(after))
    await opened.close()
    assert check(DataFolder(tmp_path)).findings == ()
    again = await open_store(tmp_path)
    assert await again.live_tasks() == [kept, after]
    await again.close()


async def test_what_is_opened_on_such_a_disk_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await open_store(tmp_path)
    await opened.commit(Save(kept := a_task()))
    await opened.close()
    with read_only_disk(monkeypatch):
        opened = await open_store(tmp_path)
        assert await opened.live_tasks() == [kept]
        with pytest.raises(StoreUnavailableError, match=WORDS):
            await opened.commit(Save(a_task()))
    await opened.commit(Save(after := a_task()))
    assert await opened.live_tasks() == [kept, after]
    await opened.close()
