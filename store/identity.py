"""The service's own UUID: made once, and the same for as long as the data folder lasts."""

from pathlib import Path
from uuid import UUID, uuid4

from store.folder import PUBLIC_FILE, FolderUnusableError, unusable, write_once

FILE = "service.uuid"


def ensure_uuid(folder: Path) -> str:
    """The UUID of this data folder in canonical form; made if there is none yet.

    Raises:
        FolderUnusableError: it cannot be read or written, or is no UUID.
    """
    path = folder / FILE
    with unusable(path, "read or written"):
        if not path.exists():
            write_once(path, f"{uuid4()}\n".encode(), PUBLIC_FILE)
        text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        return str(UUID(text))
    except ValueError:
        raise FolderUnusableError(
            f"{path} does not hold a UUID: it has been changed. Remove it; the next start makes a new one."
        ) from None
