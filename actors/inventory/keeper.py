"""InventoryKeeper: makes those changes to the inventory that depend on what is there, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from actors.inventory.inventory import Inventory
from actors.runtime import LoopActor
from actors.tasks.errors import AlreadyThereError, ClientError, RevisionConflictError
from actors.tasks.mail import Ping
from actors.tasks.ports import Change, Store


@dataclass(frozen=True, slots=True)
class Keep:
    """Commit what `settle` makes of the inventory as it is then. Answered with the changes made.

    Nothing is changed if `settle` raises; a ClientError is the answer then, for `asking.ask` to raise.
    """

    settle: Callable[[Inventory], Sequence[Change]]


class InventoryKeeper(LoopActor):
    """While one change is under way the next one waits in the mailbox, so none works on old records."""

    def __init__(self, inventory: Inventory, store: Store, on_lost: Callable[[str], None]) -> None:
        super().__init__()
        self._on_lost = on_lost
        self._inventory = inventory
        self._store = store
        self._in_doubt = False  # whether a commit may have been stored that the inventory does not show

    async def on_receive(self, message: Keep | Ping) -> Sequence[Change] | ClientError | None:
        match message:
            case Ping():
                return None
            case Keep(settle):
                if self._in_doubt:
                    await self._read_again()
                try:
                    changes = settle(self._inventory)
                except ClientError as error:
                    return error
                self._in_doubt = True
                try:
                    await self._store.commit(*changes)
                except (RevisionConflictError, AlreadyThereError):
                    await self._read_again()  # an earlier commit of unknown outcome was stored after all
                    raise
                self._in_doubt = False
                self._inventory.apply(changes)
                return changes

    async def _read_again(self) -> None:
        """The stored records decide. Raises StoreUnavailableError, and the doubt remains."""
        await self._inventory.refresh(self._store)
        self._in_doubt = False

    def on_failure(self, *_: Any) -> None:
        """Without it no server comes or goes: the service stops."""
        self._on_lost(type(self).__name__)
