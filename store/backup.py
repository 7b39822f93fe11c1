"""A copy of the records of a data folder, made while a service may run on it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from actors.tasks.errors import TaskmonError
from store.connection import connect, unavailable
from store.folder import PRIVATE_FILE, DataFolder, drafted

# What others do with the database meanwhile lasts no longer; in WAL mode nobody keeps a reader waiting.
BUSY_TIMEOUT = 5.0


class BackupError(TaskmonError):
    """No backup was made, and nothing was changed where it should have been."""


def back_up(folder: DataFolder, target: Path) -> int:
    """Copy the database into the new file `target`, for its owner alone; its size in bytes.

    The copy is the database after one of its commits: everything acknowledged before the call is in it.
    Commits go on meanwhile. On return it survives a power cut; if anything fails there is no `target`. The
    keys of the folder are not in it.

    Raises:
        BackupError: `target` is there already, or cannot be written.
        FolderUnusableError: there is no database in the folder.
        StoreUnavailableError: the database cannot be read, or the copy has no room.
    """
    folder.require_database()
    if os.path.lexists(target):
        raise _taken(target)
    try:
        with drafted(target, PRIVATE_FILE) as draft:
            _copy(folder.database, draft, target)
        return target.stat().st_size
    except FileExistsError:
        raise _taken(target) from None
    except OSError as error:
        raise BackupError(
            f"The backup {target} could not be written: {error.strerror or error}. "
            "Choose a file in a folder that is there, with room for it, and in which you may write."
        ) from error


def _copy(database: Path, draft: Path, target: Path) -> None:
    try:
        with (
            closing(connect(database, busy_timeout=BUSY_TIMEOUT, read_only=True)) as source,
            closing(sqlite3.connect(draft, isolation_level=None)) as copy,
        ):
            # A copy that fails is thrown away, and one that does not is synced as a whole.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            # All pages in one step, which is one read transaction: a writer never makes it begin again.
            source.backup(copy, pages=-1)
    except sqlite3.Error as error:
        raise unavailable(error, database, f"copied to {target}") from error


def _taken(target: Path) -> BackupError:
    return BackupError(
        f"{target} is there already and was left as it is. Choose another file for the backup."
    )
