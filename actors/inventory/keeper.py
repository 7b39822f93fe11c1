"""InventoryKeeper: makes those changes to the inventory that depend on what is there, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from actors.inventory.inventory import Inventory
from actors.runtime import LoopActor
from actors.tasks.mail import Ping
from actors.tasks.ports import Change, Store


@dataclass(frozen=True, slots=True)
class Keep:
    """Commit what `settle` makes of the inventory as it is then. Answered with the changes made.

    What `settle` raises comes out of the ask, and nothing is changed.
    """

    settle: Callable[[Inventory], Sequence[Change]]


class InventoryKeeper(LoopActor):
    """While one change is under way the next one waits in the mailbox, so none works on old records."""

    def __init__(self, inventory: Inventory, store: Store, on_lost: Callable[[str], None]) -> None:
        super().__init__()
        self._on_lost = on_lost
        self._inventory = inventory
        self._store = store

    async def on_receive(self, message: Keep | Ping) -> Sequence[Change] | None:
        match message:
            case Ping():
                return None
            case Keep(settle):
                changes = settle(self._inventory)
                await self._store.commit(*changes)
                self._inventory.apply(changes)
                return changes

    def on_failure(self, *_: Any) -> None:
        """Without it no server comes or goes: the service stops."""
        self._on_lost(type(self).__name__)
