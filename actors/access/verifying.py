"""Verifications under way: who asks for the same meanwhile is told the same, and costs nothing more."""

import asyncio
from dataclasses import dataclass

from actors.tasks.ports import PasswordHasher


@dataclass(slots=True)
class _UnderWay:
    verification: "asyncio.Task[bool]"
    waiting: int = 0


class Verifying:
    """A client that opens a thousand connections with one password costs one verification, and not the two
    minutes that a thousand would take, in which nobody else could log in.

    Names are part of what is the same: of names that do not exist and of wrong passwords not more is shared,
    and not less, than of right ones, so that the time tells nothing.
    """

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._under_way: dict[tuple[str, str | None, str], _UnderWay] = {}

    async def verify(self, name: str, password_hash: str | None, password: str) -> bool:
        """See `PasswordHasher.verify`. The verification is given up when nobody waits for it any more."""
        key = name, password_hash, password
        under_way = self._under_way.get(key)
        if under_way is None:
            verification = asyncio.create_task(
                self._hasher.verify(password_hash, password), name="verification of a password"
            )
            under_way = self._under_way[key] = _UnderWay(verification)
        under_way.waiting += 1
        try:
            return await asyncio.shield(under_way.verification)
        finally:
            under_way.waiting -= 1
            if self._under_way.get(key) is under_way and (
                not under_way.waiting or under_way.verification.done()
            ):
                del self._under_way[key]
                under_way.verification.cancel()  # no more than a word where it is done
