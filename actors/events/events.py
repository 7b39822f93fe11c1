"""Puts together what tells of events: the feed of the outbox, and who is told from it."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pykka

from actors.asking import ask, stop_in_time
from actors.events.dispatcher import EventDispatcher
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.events.records import EventNumber
from actors.tasks.mail import Ping
from actors.tasks.ports import Clock, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class EventParts:
    """What is there to tell from."""

    feed: Feed
    dispatcher: pykka.ActorRef[Any]


async def open_events(
    store: Store, clock: Clock, limits: EventLimits, stack: AsyncExitStack, on_lost: Callable[[str], None]
) -> EventParts:
    """On return what is put into the outbox comes into the feed. Closing `stack` ends it."""
    first, last = await store.outbox_span()
    feed = Feed(store, last)
    feed.first = first or EventNumber(last + 1)
    dispatcher = EventDispatcher.start(store, clock, feed, limits, on_lost)
    stack.push_async_callback(stop_in_time, dispatcher)
    await ask(dispatcher, Ping())
    return EventParts(feed=feed, dispatcher=dispatcher)
