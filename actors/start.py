"""Starts the actors and what belongs to them, proves that each is up, and stops them in reverse."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pykka

from actors.access.access import open_access
from actors.access.account_service import Accounts
from actors.access.account_settings import AccountSettings
from actors.access.gate import Gate
from actors.access.role_service import Roles
from actors.asking import LONGEST_STOP, ask, stop_in_time
from actors.events.events import Outside, catch_up, open_deliveries, open_events
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.events.ports import Destinations, EventRenderer
from actors.events.service import Events
from actors.events.streams import Streams
from actors.events.team import Team
from actors.inventory.fleet import Fleet, FleetSources
from actors.inventory.inventory import Inventory
from actors.inventory.keeper import InventoryKeeper
from actors.operations.clocks import Timeouts
from actors.operations.repeats import Repeats
from actors.operations.reset_server import ResetLimits
from actors.operations.retry import Retries
from actors.operations.service import Operations
from actors.operations.submission import Submission
from actors.operations.table import operations
from actors.runtime import describe_actors
from actors.settings.kept import KeptSettings
from actors.settings.records import TASK_SERVICE
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.holds import Holds
from actors.tasks.live_figures import LiveFigures
from actors.tasks.mail import Park, Ping, Promise, Roll, Show
from actors.tasks.memory_of_ended import MemoryOfEnded
from actors.tasks.monitor_expiry import MonitorExpiry
from actors.tasks.ports import Clock, PasswordHasher, Servers, Store, Vault
from actors.tasks.recovery import recover
from actors.tasks.registry import TaskRegistry
from actors.tasks.retention import Retention, RetentionCounts, RetentionKeeper, RetentionRules
from actors.tasks.service import Tasks
from actors.tasks.services import TaskServices

log = logging.getLogger("taskmon.start")

LONGEST_ADOPTION = 60.0
"""Seconds in which the actors of one task from before the last stop must be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the actors need of the world: the back ends of the ports."""

    store: Store
    servers: Servers
    vault: Vault
    hasher: PasswordHasher
    clock: Clock
    destinations: Destinations
    render_events: EventRenderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds; see the settings of `tasks` and of each operation, and `fleet.power_max_age`. `refuse_busy` is
    that `fleet.when_busy` is "refuse"."""

    abort_deadline: float
    power_max_age: float
    reset: ResetLimits
    add_server: Timeouts
    remove_server: Timeouts
    retention: RetentionRules
    events: EventLimits = field(default_factory=EventLimits)
    refuse_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """What the web layer works with."""

    gate: Gate
    accounts: Accounts
    roles: Roles
    account_settings: AccountSettings
    tasks: Tasks
    fleet: Fleet
    operations: Operations
    retention: Retention
    figures: LiveFigures
    settings: KeptSettings
    feed: Feed
    events: Events
    streams: Streams
    counters: Counter[str]
    """Plain numbers since the start, such as what the start decided on tasks that were live."""
    stop_work: Callable[[float], Awaitable[None]]
    """For a planned stop: all work stops where it can be divided, within so many seconds, and is saved as
    it is. Tasks can still be read."""
    describe: Callable[[], Awaitable[str]]
    """Every actor with its mailbox and what it waits for, a few lines each: for a person at SIGUSR1."""


async def start_actors(
    world: World, limits: Limits, stack: AsyncExitStack, on_lost: Callable[[str], None]
) -> Actors:
    """Start everything; on return each actor has answered, and each live record from before has its actor.

    Closing `stack` stops them: work in progress ends, and its records stay for the next start. `on_lost`
    is called with the name of a service actor that fails; the service cannot go on without it.
    """
    all_operations = operations(limits.reset, limits.add_server, limits.remove_server)
    counters: Counter[str] = Counter()
    events = await open_events(world.store, world.clock, limits.events, stack, on_lost)
    to_adopt, inventory, settings = await asyncio.gather(
        recover(world.store, world.clock, all_operations, counters),  # which changes tasks alone
        Inventory.load(world.store),
        KeptSettings.load(world.store),
    )
    access = await open_access(world.store, world.hasher, world.clock, settings, stack, on_lost)
    outside = Outside(
        store=world.store,
        clock=world.clock,
        vault=world.vault,
        destinations=world.destinations,
        render=world.render_events,
    )
    deliveries = await open_deliveries(
        outside, events.feed, access.standing, settings, limits.events, stack, on_lost
    )
    access.accounts.when_deleted(deliveries.events.forget_account)

    streams = Streams(
        events.feed, world.clock, limits.events, access.standing, partial(catch_up, events.dispatcher)
    )
    streams.start(on_lost)
    stack.push_async_callback(streams.close)

    keeper = InventoryKeeper.start(inventory, world.store, on_lost)
    stack.push_async_callback(stop_in_time, keeper)
    ended, counts = MemoryOfEnded(world.store), RetentionCounts()
    rules = limits.retention.with_set(settings.of(TASK_SERVICE).values)
    remover = RetentionKeeper.start(world.store, ended, world.clock, rules, counts, on_lost)
    stack.push_async_callback(stop_in_time, remover)
    services = TaskServices(
        store=world.store,
        servers=world.servers,
        vault=world.vault,
        clock=world.clock,
        inventory=inventory,
        keeper=keeper,
        holds=Holds(),
        operations=all_operations,
        counters=counters,
        abort_deadline=limits.abort_deadline,
    )
    registry = TaskRegistry.start(services, on_lost)
    stack.push_async_callback(stop_in_time, registry)
    stack.push_async_callback(_park, registry, 0.0)
    for actor in (keeper, remover, registry):
        await ask(actor, Ping())
    for adopt in to_adopt:
        launched: Promise = await ask(registry, adopt)
        async with asyncio.timeout(LONGEST_ADOPTION):
            await launched.kept()

    made_from = FleetSources(
        inventory=inventory,
        keeper=keeper,
        store=world.store,
        servers=world.servers,
        vault=world.vault,
        clock=world.clock,
    )
    fleet = Fleet(made_from, limits.power_max_age)
    retention = Retention(remover, rules, counts)
    settings.when_changed(TASK_SERVICE, retention.apply)
    monitors = MonitorExpiry(world.store, ended, world.clock, retention)
    stack.push_async_callback(monitors.settled)
    last_saved = await ask(registry, Show())
    tasks = Tasks(
        registry,
        last_saved,
        world.store,
        ended,
        world.clock,
        limits.abort_deadline,
        retention,
        monitors,
        services.waiting,
    )
    submission = Submission(registry, retention, refuse_busy=limits.refuse_busy)
    return Actors(
        gate=access.gate,
        accounts=access.accounts,
        roles=access.roles,
        account_settings=access.settings,
        tasks=tasks,
        fleet=fleet,
        operations=Operations(
            submission,
            Repeats(world.store, world.vault),
            Retries(tasks, submission, services, ended),
            fleet,
            made_from,
        ),
        retention=retention,
        figures=services.figures,
        settings=settings,
        feed=events.feed,
        events=deliveries.events,
        streams=streams,
        counters=counters,
        stop_work=partial(_park, registry),
        describe=partial(
            _describe,
            registry,
            deliveries.team,
            keeper,
            remover,
            access.keeper,
            events.dispatcher,
            deliveries.keeper,
        ),
    )


async def _describe(registry: pykka.ActorRef[Any], team: Team, *others: pykka.ActorRef[Any]) -> str:
    return describe_actors([*others, *team.refs, registry, *await ask(registry, Roll())])


async def _park(registry: pykka.ActorRef[Any], grace: float) -> None:
    """Stop the work of all live tasks; what can be divided only after `grace` seconds is cut.

    What has not ended even then is logged as a fault.
    """
    promise: Promise
    try:
        if grace > 0:
            try:
                async with asyncio.timeout(grace):
                    promise = await ask(registry, Park())
                    await promise.kept()
            except TimeoutError:
                log.warning("work that was not at a safe point within %s s is cut off", grace)
        async with asyncio.timeout(LONGEST_STOP):
            promise = await ask(registry, Park(now=True))
            await promise.kept()
    except (TimeoutError, StoreUnavailableError):
        log.error("not all tasks stopped their work within %s s", LONGEST_STOP)
