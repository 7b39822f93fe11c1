"""The SubscriptionActors: one for each subscription, and another in the place of one that has died."""

import asyncio
import logging
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

import pykka

from actors.asking import stop_in_time
from actors.events.records import Subscription, SubscriptionId
from actors.events.subscription_actor import Changed, DeliverySources, Retimed, SubscriptionActor
from actors.events.subscriptions import Subscriptions

log = logging.getLogger("taskmon.events")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until a dead one is started again: twice as long each time, up to the longest."""
SOUND_AFTER: Final = 600.0
"""Seconds without dying after which the pauses begin anew."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """The SubscriptionActor of this subscription has died."""

    subscription: SubscriptionId


@dataclass(frozen=True, slots=True)
class Revive:
    """Start it again, if there still is such a subscription."""

    subscription: SubscriptionId


@dataclass(slots=True)
class _Member:
    ref: pykka.ActorRef[Any]
    subscription: Subscription


class Team:
    """Moved by the SubscriptionKeeper alone; `refs` and `close` are for whoever starts and stops it all."""

    def __init__(self, sources: DeliverySources) -> None:
        self._sources = sources
        self._members: dict[SubscriptionId, _Member] = {}
        self._falls: dict[SubscriptionId, tuple[int, float]] = {}
        """How often one has died, and when it last did, by the loop's clock."""
        self._pausing: dict[SubscriptionId, asyncio.TimerHandle] = {}
        self._closed = False

    @property
    def refs(self) -> list[pykka.ActorRef[Any]]:
        """All that live."""
        return [member.ref for member in self._members.values()]

    def follow(self, known: Subscriptions, keeper: pykka.ActorRef[Any]) -> None:
        """Be one for each of these: start, tell of changes, and stop what is gone."""
        if self._closed:
            return
        for gone in [one for one in self._members if one not in known.all]:
            self._members.pop(gone).ref.stop(block=False)
            self._forget(gone)
        for gone in [one for one in self._pausing if one not in known.all]:
            self._forget(gone)
        for subscription in known.all.values():
            member = self._members.get(subscription.id)
            if member is None:
                if subscription.id not in self._pausing:
                    self._start(subscription, keeper)
            elif member.subscription is not subscription:
                member.subscription = subscription
                if member.ref.is_alive():
                    member.ref.tell(Changed(subscription))

    def fallen(self, subscription_id: SubscriptionId, keeper: pykka.ActorRef[Any]) -> None:
        """Have it started again after a pause, longer each time."""
        if self._closed or self._members.pop(subscription_id, None) is None:
            return
        now = asyncio.get_running_loop().time()
        times, last = self._falls.get(subscription_id, (0, now))
        times = 1 if now - last > SOUND_AFTER else times + 1
        self._falls[subscription_id] = (times, now)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(times - 1, 30))
        log.error("the delivery for subscription %s has failed; it goes on in %s s", subscription_id, pause)

        def revive() -> None:
            if keeper.is_alive():
                keeper.tell(Revive(subscription_id))

        self._pausing[subscription_id] = asyncio.get_running_loop().call_later(
            pause, revive, context=Context()
        )

    def revive(self, subscription_id: SubscriptionId) -> None:
        """The pause of this one is over; `follow` starts it."""
        self._pausing.pop(subscription_id, None)

    def retime(self) -> None:
        """Tell all that the rules for trying again have changed."""
        for ref in self.refs:
            if ref.is_alive():
                ref.tell(Retimed())

    async def close(self) -> None:
        """Stop all, and start none any more. What is on its way to a destination is given up, and sent again
        after the next start."""
        self._closed = True
        for timer in self._pausing.values():
            timer.cancel()
        refs = self.refs
        self._members.clear()
        await asyncio.gather(*map(stop_in_time, refs))

    def _start(self, subscription: Subscription, keeper: pykka.ActorRef[Any]) -> None:
        def on_fallen(fallen: SubscriptionId) -> None:
            if keeper.is_alive():
                keeper.tell(Fallen(fallen))

        ref = SubscriptionActor.start(subscription, self._sources, keeper, on_fallen)
        self._members[subscription.id] = _Member(ref, subscription)

    def _forget(self, subscription_id: SubscriptionId) -> None:
        self._falls.pop(subscription_id, None)
        self._sources.deliveries.forget(subscription_id)
        if (timer := self._pausing.pop(subscription_id, None)) is not None:
            timer.cancel()
