"""The data folder: private, held by one service at a time, written whole or not at all."""

import logging
import os
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from store.folder import DataFolder, FolderInUseError, FolderUnusableError, write_once
from store.identity import ensure_uuid
from store.sqlite import open_store
from tests.store.processes import child


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = DataFolder(tmp_path / "not" / "there" / "yet")
        folder.create()
        folder.create()
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o700


async def test_a_folder_that_is_there_keeps_its_mode_and_an_open_one_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    store = await open_store(folder)
    await store.close()
    assert mode(folder) == 0o755
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert f"chmod 700 {folder}" in warning.getMessage()


def test_a_private_folder_is_not_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = DataFolder(tmp_path / "private")
    folder.create()
    folder.warn_if_open()
    assert caplog.records == []


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FolderUnusableError, match=f"{bad} could not be made: ") as told:
            DataFolder(bad).create()
        assert "belongs to the user" in str(told.value)


# --- the lock


def test_a_second_service_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.lock():
        refused = pytest.raises(FolderInUseError, match=rf"{tmp_path} is in use .*, process {os.getpid()}\.")
        with refused, folder.lock():
            pytest.fail("two hold it")
        with child("hold", tmp_path) as other:
            _, complaint = other.communicate()
        assert complaint.startswith("FolderInUseError: ")
    with folder.lock():
        pass


def test_a_process_that_is_killed_lets_the_folder_go(tmp_path: Path) -> None:
    with child("hold", tmp_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(FolderInUseError, match=f"process {other.pid}"), DataFolder(tmp_path).lock():
            pytest.fail("two hold it")
        other.kill()
        other.wait()
        with DataFolder(tmp_path).lock():
            assert DataFolder(tmp_path).lock_file.read_text() == f"{os.getpid()}\n"


def test_the_lock_makes_the_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "new").lock():
        assert mode(tmp_path / "new") == 0o700


def test_a_lock_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    DataFolder(tmp_path).lock_file.mkdir()
    with (
        pytest.raises(FolderUnusableError, match=r"service\.lock could not be opened"),
        DataFolder(tmp_path).lock(),
    ):
        pytest.fail("it holds a folder")


async def test_a_store_opens_while_a_service_holds_the_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path).lock():
        store = await open_store(tmp_path)
        await store.close()


# --- files that are written once


def test_a_file_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_once(path, b"first", 0o600) is True
    assert write_once(path, b"second", 0o644) is False
    assert path.read_bytes() == b"first"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_of_several_that_write_it_at_once_one_succeeds(tmp_path: Path) -> None:
    path, together = tmp_path / "file", Barrier(8)
    wrote: list[bytes] = []

    def write(content: bytes) -> None:
        together.wait(10)
        if write_once(path, content, 0o600):
            wrote.append(content)

    threads = [Thread(target=write, args=(bytes([number]) * 1000,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes()] == wrote
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_once(tmp_path / "not there" / "file", b"", 0o600)
    assert list(tmp_path.iterdir()) == []


# --- the installation's own UUID


def test_the_uuid_stays(tmp_path: Path) -> None:
    first = ensure_uuid(tmp_path)
    assert ensure_uuid(tmp_path) == first
    assert len(first) == 36
    other = tmp_path / "other"
    other.mkdir()
    assert ensure_uuid(other) != first


def test_a_uuid_that_is_none_is_told(tmp_path: Path) -> None:
    DataFolder(tmp_path).uuid_file.write_bytes(b"\xffnot one")
    with pytest.raises(FolderUnusableError, match="does not hold a UUID"):
        ensure_uuid(tmp_path)
