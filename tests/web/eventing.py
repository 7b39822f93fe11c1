"""Real events for tests of the web layer: an outbox in memory, streams, scripted destinations."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from actors import Event, EventNumber, Events, Message, ResourceType, Streams
from actors.access.access import Access
from actors.events.events import Outside, catch_up, open_deliveries, open_events
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.tasks.ports import Emit
from store.memory import MemoryStore
from tests.actors.house import PlainVault
from tests.actors.listening import ScriptedDestinations
from tests.web.standins import NOW, HeldClock, account
from web.event_writer import EventWriter

LIMITS = EventLimits(heartbeat=0.2, max_subscriptions=3)
TASK = "/redfish/v1/TaskService/Tasks/t1"
SYSTEM = "/redfish/v1/Systems/s1.1"


@dataclass(frozen=True)
class EventHouse:
    """The outbox and who is told from it."""

    store: MemoryStore
    feed: Feed
    events: Events
    streams: Streams
    destinations: ScriptedDestinations

    async def tell(self, *events: Event) -> None:
        """Put these into the outbox, as the changes do that they tell of."""
        await self.store.commit(Emit(events))

    async def tell_of_tasks(self, count: int, owner: str = "Operator") -> None:
        """So many changes of a task of this role's account, each told by its number."""
        await self.tell(*(of_task(owner=owner, percent=number) for number in range(count)))

    async def known(self, number: int) -> None:
        """Return when everybody can be told of the event with this number."""
        await self.feed.beyond(EventNumber(number - 1))


def of_task(key: str = "TaskProgressChanged", owner: str = "Operator", percent: int = 1) -> Event:
    """Something that has happened to a task."""
    args = ("t1", str(percent)) if key == "TaskProgressChanged" else ("t1",)
    return Event(
        message=Message(key, args),
        origin=TASK,
        resource_type=ResourceType.TASK,
        owner=account(owner),
        at=NOW,
    )


def of_system(key: str = "ResourcePoweredOn") -> Event:
    """Something that has happened to a system, which everybody may know."""
    args = (SYSTEM,) if key.startswith("ResourcePower") else ()
    return Event(message=Message(key, args), origin=SYSTEM, resource_type=ResourceType.SYSTEM, at=NOW)


def _fail(name: str) -> None:
    raise AssertionError(f"{name} failed")


@asynccontextmanager
async def an_event_house(access: Access, limits: EventLimits = LIMITS) -> AsyncIterator[EventHouse]:
    """With the accounts that `access` knows; what is set of the EventService is in effect at once."""
    store, destinations = MemoryStore(), ScriptedDestinations()
    async with AsyncExitStack() as stack:
        parts = await open_events(store, HeldClock(), limits, stack, _fail)
        outside = Outside(
            store=store,
            clock=HeldClock(),
            vault=PlainVault(),
            destinations=destinations,
            render=EventWriter(),
        )
        told = await open_deliveries(outside, parts.feed, access.standing, access.kept, limits, stack, _fail)
        access.accounts.when_deleted(told.events.forget_account)
        streams = Streams(
            parts.feed, HeldClock(), limits, access.standing, partial(catch_up, parts.dispatcher)
        )
        streams.start(_fail)
        stack.push_async_callback(streams.close)
        yield EventHouse(store, parts.feed, told.events, streams, destinations)
