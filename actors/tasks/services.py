"""What every TaskActor works with: one bundle, made once at start."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.inventory.inventory import Inventory
from actors.operations.operation import Operation
from actors.tasks.holds import Holds
from actors.tasks.live_figures import LiveFigures
from actors.tasks.ports import Clock, Servers, Store, Vault
from actors.tasks.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskServices:
    """`keeper` is the InventoryKeeper; `abort_deadline` is in seconds."""

    store: Store
    servers: Servers
    vault: Vault
    clock: Clock
    inventory: Inventory
    keeper: pykka.ActorRef[Any]
    holds: Holds
    operations: Mapping[str, Operation]
    abort_deadline: float
    counters: Counter[str] = field(default_factory=Counter)
    """How often what is worth counting has happened, since the start."""
    waiting: Waiting = field(default_factory=Waiting)
    """Who waits for a change of a task."""
    figures: LiveFigures = field(default_factory=LiveFigures)
    left_behind: set[asyncio.Task[Any]] = field(default_factory=set)
    """Work that did not stop by the deadline of its abort; kept in sight until it does."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the service stops: who waits for the store to come back waits no longer."""
