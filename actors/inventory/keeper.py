"""InventoryKeeper: makes those changes to the inventory that depend on what is there, one at a time."""

from actors.inventory.inventory import Inventory
from actors.keeping import Keeper


class InventoryKeeper(Keeper[Inventory]):
    """Sources, systems and aggregates."""
