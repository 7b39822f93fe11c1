"""Access in a house of the test's own: a memory store, a hasher that counts, a clock that the test holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from actors import Account, Viewer, add_account
from actors.access.access import Access, open_access
from actors.settings.kept import KeptSettings
from store.memory import MemoryStore
from tests.actors.house import HeldClock, PlainHasher


class CountingHasher(PlainHasher):
    """Counts the verifications, which are what costs."""

    verified = 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified += 1
        await asyncio.sleep(0)  # the real one's thread takes its time
        return await super().verify(password_hash, password)


class Entrance:
    """What access stands on, with accounts; access itself is opened as often as a test starts the service."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.hasher, self.clock = CountingHasher(), HeldClock()

    async def add(self, name: str, role: str = "Operator") -> Account:
        """What `taskmon account add` does; the password is `password of NAME`."""
        return await add_account(
            self.store, self.hasher, self.clock, name=name, password=f"password of {name}", role=role
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Access]:
        lost: list[str] = []
        async with AsyncExitStack() as stack:
            kept = await KeptSettings.load(self.store)
            yield await open_access(self.store, self.hasher, self.clock, kept, stack, lost.append)
        assert lost == []


async def as_viewer(access: Access, name: str) -> Viewer:
    """Who this is, by his password."""
    return await access.gate.by_password(name, f"password of {name}")
