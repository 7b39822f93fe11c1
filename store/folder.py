"""The data folder: where what is stored lies, and whose it is while a service runs on it."""

import fcntl
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from actors.tasks.errors import TaskmonError

log = logging.getLogger(__name__)

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
PUBLIC_FILE = 0o644


class FolderInUseError(TaskmonError):
    """Another service runs on this data folder."""


class FolderUnusableError(TaskmonError):
    """The data folder, or a file that belongs in it, cannot be made, read or written."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of everything below one data folder."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "taskmon.db"

    @property
    def vault_key(self) -> Path:
        return self.path / "vault.key"

    @property
    def tls_certificate(self) -> Path:
        return self.path / "tls.crt"

    @property
    def tls_key(self) -> Path:
        return self.path / "tls.key"

    @property
    def lock_file(self) -> Path:
        return self.path / "service.lock"

    @property
    def audit_log(self) -> Path:
        return self.path / "audit.log"

    @property
    def uuid_file(self) -> Path:
        return self.path / "uuid"

    def create(self) -> None:
        """Make the folder, for its owner alone, if it is not there; one that is there stays as it is.

        Raises:
            FolderUnusableError: it cannot be made, or is something else.
        """
        with unusable(self.path, "made"):
            if not self.path.is_dir():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
                sync_folder(self.path.parent)

    def require_database(self) -> None:
        """Make nothing, and return if a database is there.

        Raises:
            FolderUnusableError: there is none, or it cannot be known.
        """
        with unusable(self.database, "looked at"):
            if self.database.is_file():
                return
        raise FolderUnusableError(
            f"There is no database {self.database}. Name the data folder of the service with --data."
        )

    def warn_if_open(self) -> None:
        """Log a warning if others on this machine may look into the folder, which is not ours to change."""
        with unusable(self.path, "looked at"):
            mode = stat.S_IMODE(self.path.stat().st_mode)
        if mode & 0o077:
            log.warning(
                "The data folder %s is open to others on this machine; close it with: chmod 700 %s",
                self.path,
                self.path,
            )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one service; the end of the process, however it comes, lets it go.

        Adding an account from another process does not take this lock.

        Raises:
            FolderInUseError: another service holds it.
            FolderUnusableError: the lock file cannot be written.
        """
        self.create()
        with unusable(self.lock_file, "opened"):
            held = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            with unusable(self.lock_file, "locked"):
                self._take(held)
            yield
        finally:
            os.close(held)

    def _take(self, held: int) -> None:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(held, 20, 0).decode("ascii", "replace").strip()
            raise FolderInUseError(
                f"The data folder {self.path} is in use by another service"
                f"{f', process {holder}' if holder else ''}. Stop that one, or choose another folder."
            ) from None
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)


def write_once(path: Path, content: bytes, mode: int) -> bool:
    """Write a file that is not there yet; False, and nothing is changed, if it is.

    Whoever sees the file sees the whole of it, and it survives a power cut. Of several that write it
    at once one succeeds.

    Raises:
        OSError: it cannot be written.
    """
    try:
        with drafted(path, mode) as draft, draft.open("r+b") as writing:
            writing.write(content)
    except FileExistsError:
        return False
    return True


@contextmanager
def drafted(path: Path, mode: int) -> Iterator[Path]:
    """An empty file beside `path` to be filled inside; at the end it is `path`, whole and synced.

    If what is done inside fails there is no `path`, and no draft is left either.

    Raises:
        FileExistsError: there is a `path` by now, which is left as it is.
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        try:
            yield draft
            os.fsync(file)
        finally:
            os.close(file)
        # A link, not a rename: a rename would replace a key that somebody else has just made and used.
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """See to it that the names in this folder survive a power cut."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def unusable(path: Path, tried: str) -> Iterator[None]:
    """Turn what the system says against `path` into a FolderUnusableError; `tried` is a past participle."""
    try:
        yield
    except OSError as error:
        raise FolderUnusableError(
            f"{path} could not be {tried}: {error.strerror or error}. "
            "See that the data folder is on a working disk and belongs to the user of the service."
        ) from error
