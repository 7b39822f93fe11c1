"""What `login` keeps: for each service its URL, a session and how its certificate is checked. No password.

One JSON file, `taskmon/sessions.json` in $XDG_STATE_HOME (else ~/.local/state), of mode 0600.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.client.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A service, and a session there. Without a session (`session` is empty) it wants Basic credentials."""

    url: str
    user: str
    session: str
    """The URI of the session."""
    token: str
    ca: str
    """The file with the certificate that it must prove itself by; empty: as the system has it."""
    insecure: bool

    def __repr__(self) -> str:
        return f"Kept({self.url!r})"  # a token has no place in a traceback


def default_file() -> Path:
    """Where sessions are kept on this machine for this person."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return folder / "taskmon" / "sessions.json"


class Sessions:
    """The file of sessions. The service that was logged in to last is the present one."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def find(self, url: str = "") -> Kept:
        """The session at this service; the present one where no URL is given.

        Raises:
            CommandError: there is none, or the file cannot be used.
        """
        present, services = self._read()
        if not services:
            raise CommandError("You are not logged in: begin with `taskmon login URL`.")
        if not url and present not in services:
            known = ", ".join(services)
            raise CommandError(f"Say which service with --service: you are logged in at {known}.")
        if (url or present) not in services:
            raise CommandError(f"You are not logged in at {url}: begin with `taskmon login {url}`.")
        return services[url or present]

    def all(self) -> list[Kept]:
        """Every session, the present one first."""
        present, services = self._read()
        return sorted(services.values(), key=lambda kept: kept.url != present)

    def put(self, kept: Kept) -> None:
        """Keep this session, in place of one at the same service, as the present one."""
        with self._alone():
            _, services = self._read()
            self._write(kept.url, {**services, kept.url: kept})

    def remove(self, url: str) -> None:
        """Forget the session at this service; none is no error."""
        with self._alone():
            present, services = self._read()
            services.pop(url, None)
            if present == url:
                present = next(iter(services)) if len(services) == 1 else ""
            self._write(present, services)

    # --- the file

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two commands that change the file at the same time, one comes after the other."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> tuple[str, dict[str, Kept]]:
        try:
            with self.file.open(encoding="utf-8") as opened:
                mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
                content = opened.read()
        except FileNotFoundError:
            return "", {}
        except OSError as error:
            raise CommandError(f"{self.file} cannot be read: {error.strerror}.") from None
        if mode & 0o077:
            raise CommandError(
                f"{self.file} holds your sessions and others may open it (mode {mode:04o}): "
                f"`chmod 600` it, or remove it and log in again."
            )
        try:
            read = json.loads(content)
            services = {one["url"]: Kept(**one) for one in read["services"]}
            return str(read["present"]), services
        except (ValueError, TypeError, KeyError):
            raise CommandError(f"{self.file} is damaged: remove it, and log in again.") from None

    def _write(self, present: str, services: dict[str, Kept]) -> None:
        content = json.dumps({"present": present, "services": [asdict(one) for one in services.values()]})
        try:
            # mkstemp makes it 0600 from the first moment; a reader sees the old file or the new one.
            handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".sessions-")
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(content)
            Path(name).replace(self.file)
        except OSError as error:
            raise CommandError(f"{self.file} cannot be written: {error.strerror}.") from None
