"""Puts together what tells of events: the feed of the outbox, and who is told from it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pykka

from actors.access.records import AccountId, Viewer
from actors.asking import ask, stop_in_time
from actors.events.deliveries import Deliveries
from actors.events.dispatcher import EventDispatcher
from actors.events.feed import Feed
from actors.events.keeper import SubscriptionKeeper
from actors.events.limits import EventLimits
from actors.events.ports import Destinations, EventRenderer
from actors.events.posting import Posting
from actors.events.records import EventNumber
from actors.events.retries import RetryRules
from actors.events.service import Events, EventSources
from actors.events.subscription_actor import DeliverySources
from actors.events.subscriptions import Subscriptions
from actors.events.team import Team
from actors.settings.kept import KeptSettings
from actors.settings.records import EVENT_SERVICE
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.mail import Ping
from actors.tasks.ports import Clock, Store, Vault

CAUGHT_UP_WITHIN = 1.0
"""Seconds that a stop waits for the last events to come into the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventParts:
    """What is there to tell from."""

    feed: Feed
    dispatcher: pykka.ActorRef[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What deliveries need of the world."""

    store: Store
    clock: Clock
    vault: Vault
    destinations: Destinations
    render: EventRenderer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryParts:
    """What there is of subscriptions."""

    events: Events
    keeper: pykka.ActorRef[Any]
    team: Team


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


async def catch_up(dispatcher: pykka.ActorRef[Any]) -> None:
    """Return when the feed has what was committed before, or when that takes too long; for a planned stop."""
    with suppress(TimeoutError, StoreUnavailableError):  # what is not told now, whoever resumes hears
        async with asyncio.timeout(CAUGHT_UP_WITHIN):
            await ask(dispatcher, Ping())


async def open_deliveries(
    outside: Outside,
    feed: Feed,
    standing: Callable[[AccountId], Viewer | None],
    kept: KeptSettings,
    limits: EventLimits,
    stack: AsyncExitStack,
    on_lost: Callable[[str], None],
) -> DeliveryParts:
    """On return every stored subscription is being delivered to, from its own place on. Closing `stack` ends
    it.

    A subscription whose account is gone is removed: it was, when the last run ended, about to be.
    """
    store = outside.store
    known = await Subscriptions.load(store)
    deliveries = Deliveries(feed, await store.deliveries())
    retries = RetryRules(limits.retry_attempts, limits.retry_interval)
    retries.apply(kept.of(EVENT_SERVICE).values)
    team = Team(
        DeliverySources(
            posting=Posting(
                feed=feed,
                clock=outside.clock,
                vault=outside.vault,
                render=outside.render,
                standing=standing,
                batch=limits.delivery_batch,
                timeout=limits.delivery_timeout,
            ),
            destinations=outside.destinations,
            deliveries=deliveries,
            retries=retries,
            store=store,
            clock=outside.clock,
        )
    )
    retries.when_changed = team.retime
    stack.push_async_callback(team.close)
    keeper = SubscriptionKeeper.start(known, store, team, on_lost)
    stack.push_async_callback(stop_in_time, keeper)
    await ask(keeper, Ping())
    events = Events(
        EventSources(
            keeper=keeper,
            subscriptions=known,
            deliveries=deliveries,
            feed=feed,
            store=store,
            vault=outside.vault,
            clock=outside.clock,
            destinations=outside.destinations,
            retries=retries,
            max_subscriptions=limits.max_subscriptions,
        )
    )
    kept.when_changed(EVENT_SERVICE, events.apply)
    accounts = {account.id for account in await store.accounts()}
    for owner in {one.owner for one in known.all.values()} - accounts:
        await events.forget_account(owner)
    return DeliveryParts(events=events, keeper=keeper, team=team)
