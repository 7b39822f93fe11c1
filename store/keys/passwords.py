"""Password hashes with Argon2id, made and checked in threads of their own."""

import logging
import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import argon2

from actors.tasks.errors import StoreUnavailableError
from store.lane import Lane

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ask:
    """A password to hash, or to compare with a hash."""

    password: str
    against: str | None = None


async def open_hasher(
    *, threads: int = 2, parameters: argon2.Parameters = argon2.profiles.RFC_9106_LOW_MEMORY
) -> "Argon2Hasher":
    """A hasher for the running loop, to be closed by `close()`.

    While it works, each thread takes the memory that `parameters` name: 64 MiB.
    """
    hasher = Argon2Hasher(threads, parameters)
    await hasher.open()
    return hasher


class Argon2Hasher:
    """`actors.tasks.ports.PasswordHasher` with Argon2id. See `open_hasher`."""

    def __init__(self, threads: int, parameters: argon2.Parameters) -> None:
        def closed() -> StoreUnavailableError:
            return StoreUnavailableError("Passwords are not checked any more: the service is stopping.")

        self._lane = Lane(
            "passwords", lambda: _Worker(parameters), closed=closed, threads=threads, skip_gone=True
        )
        self._nobodys = _nobodys_hash(parameters)

    async def open(self) -> None:
        """See `open_hasher`."""
        await self._lane.start()

    async def close(self) -> None:
        """Finish what has been asked for, then end the threads; later calls get StoreUnavailableError."""
        await self._lane.close()

    async def hash(self, password: str) -> str:
        return cast(str, await self._lane.ask(_Ask(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        against = self._nobodys if password_hash is None else password_hash
        return cast(bool, await self._lane.ask(_Ask(password, against)))


class _Worker:
    """Hashes and compares in one thread."""

    def __init__(self, parameters: argon2.Parameters) -> None:
        self._hasher = argon2.PasswordHasher.from_parameters(parameters)

    def open(self) -> None:
        """Nothing to get ready."""

    def work(self, asks: Sequence[_Ask]) -> list[str | bool]:
        return [self._answer(ask) for ask in asks]

    def close(self) -> None:
        """Nothing to give back."""

    def _answer(self, ask: _Ask) -> str | bool:
        password = ask.password.encode("utf-8", "surrogatepass")
        if ask.against is None:
            return self._hasher.hash(password)
        try:
            return self._hasher.verify(ask.against, password)
        except argon2.exceptions.VerifyMismatchError:
            return False
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            log.error("A stored password hash is not one: set that account's password anew.")
            return False


def _nobodys_hash(parameters: argon2.Parameters) -> str:
    """A hash of no password, as costly to compare with as a real one."""
    salt, digest = (
        b64encode(os.urandom(length)).rstrip(b"=").decode()
        for length in (parameters.salt_len, parameters.hash_len)
    )
    cost = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${cost}${salt}${digest}"
