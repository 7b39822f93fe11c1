"""AccessKeeper: makes all changes to accounts and roles, opens and ends sessions, one change at a time."""

from actors.access.directory import Directory
from actors.keeping import Keeper


class AccessKeeper(Keeper[Directory]):
    """Each change sees what has been stored until then, also by `taskmon account add` beside the service."""

    async def look(self) -> None:
        await self._book.refresh_accounts(self._store)
