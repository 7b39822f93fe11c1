"""Real accounts, roles and sessions for tests of the web layer, in a store in memory."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from actors import Account
from actors.access.access import Access, open_access
from actors.settings.kept import KeptSettings
from actors.tasks.ports import Save
from store.memory import MemoryStore
from tests.actors.house import PlainHasher
from tests.web.standins import NOW, PASSWORD, ROLES, HeldClock, account


@asynccontextmanager
async def an_access() -> AsyncIterator[Access]:
    """Three accounts, one for each role, as the stand-in of the gate has them."""
    store, hasher = MemoryStore(), PlainHasher()
    for role in ROLES:
        made = Account(
            id=account(role),
            name=role.lower(),
            role=role,
            password_hash=await hasher.hash(PASSWORD),
            created=NOW,
        )
        await store.commit(Save(made))
    lost: list[str] = []
    async with AsyncExitStack() as stack:
        kept = await KeptSettings.load(store)
        yield await open_access(store, hasher, HeldClock(), kept, stack, lost.append)
    assert lost == []
