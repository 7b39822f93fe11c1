"""Taking over what servers say of their systems, and telling subscribers when the power state has changed."""

import logging
from datetime import datetime

from actors.inventory.inventory import Inventory
from actors.inventory.records import SystemId
from actors.inventory.server_events import power_changed
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Emit, SeenSystem, Store

log = logging.getLogger("taskmon.fleet")


async def saw(
    inventory: Inventory, store: Store, system_id: SystemId, seen: SeenSystem, at: datetime
) -> None:
    """Remember what a server just said of a system; on return a change of its power state is in the outbox.

    What was seen is itself not durable: after a stop of the service a change may be told once more.
    """
    inventory.saw(system_id, seen, at)
    system, told = inventory.systems.get(system_id), inventory.told_power.get(system_id)
    if system is None or system.power_state in (None, told):
        return
    inventory.told_power[system_id] = system.power_state  # nobody else tells it meanwhile
    if (event := power_changed(system, at)) is None:
        return
    try:
        await store.commit(Emit((event,)))
    except StoreUnavailableError as error:
        inventory.told_power[system_id] = told
        log.warning("that %s is %s could not be told: %s", system_id, system.power_state, error)
