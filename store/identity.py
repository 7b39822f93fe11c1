"""The UUID of this installation, which clients see in the service root and may remember it by."""

from pathlib import Path
from uuid import UUID, uuid4

from store.folder import PUBLIC_FILE, DataFolder, FolderUnusableError, unusable, write_once


def ensure_uuid(folder: Path) -> str:
    """The UUID of this data folder, made at random the first time; it stays as long as the folder.

    Raises:
        FolderUnusableError: it cannot be read or written, or is not one any more.
    """
    path = DataFolder(folder).uuid_file
    with unusable(path, "read or written"):
        if not path.exists():
            write_once(path, f"{uuid4()}\n".encode(), PUBLIC_FILE)
        text = path.read_bytes().decode("ascii", "replace").strip()
    try:
        return str(UUID(text))
    except ValueError as error:
        raise FolderUnusableError(
            f"{path} does not hold a UUID. Put it back from a backup, or remove it: the next start makes a "
            "new one, and clients will take this for another service."
        ) from error
