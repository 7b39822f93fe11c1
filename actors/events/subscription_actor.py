"""SubscriptionActor: tells one destination of events, in their order, and tries again what failed."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

import pykka

from actors.asking import ask
from actors.audit import audit
from actors.events.changes import suspended
from actors.events.deliveries import Deliveries
from actors.events.delivery_record import DeliveryRecord
from actors.events.ports import Destinations
from actors.events.posting import Batch, Posting
from actors.events.records import RetryPolicy, Subscription, SubscriptionId
from actors.events.retries import RetryRules
from actors.events.subscriptions import Subscriptions, removal
from actors.keeping import Keep
from actors.runtime import LoopActor
from actors.tasks.errors import NotDeliveredError, StoreUnavailableError
from actors.tasks.mail import Ping
from actors.tasks.ports import Change, Clock, Save, Store

log = logging.getLogger("taskmon.events")

GATHERED: Final = 0.2
"""Seconds between two requests to a destination at the least: what comes meanwhile goes together."""
SAVED_EVERY: Final = 20.0
"""Seconds after which a place is saved that events have moved which were not for it. No event is forgotten
sooner after it has happened (`events.retention`), so none that was passed is taken for lost."""
LOOK_AGAIN: Final = 1.0
"""Seconds after which it goes on when the store was unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySources:
    """What every SubscriptionActor works with."""

    posting: Posting
    destinations: Destinations
    deliveries: Deliveries
    retries: RetryRules
    store: Store
    clock: Clock


@dataclass(frozen=True, slots=True)
class Changed:
    """The subscription is so now."""

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class Retimed:
    """The rules for trying again have changed."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """The destination has taken this batch."""

    batch: Batch


@dataclass(frozen=True, slots=True)
class _NotTaken:
    """It has not."""

    error: NotDeliveredError


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """What is next could not be read."""


@dataclass(frozen=True, slots=True)
class _Broken:
    """The child has failed by a fault of ours."""

    error: Exception


@dataclass(frozen=True, slots=True)
class _Again:
    """The pause is over."""


@dataclass(frozen=True, slots=True)
class _SavePlace:
    """See whether the place is to be saved."""


Mail = Changed | Retimed | _Taken | _NotTaken | _Unreadable | _Broken | _Again | _SavePlace | Ping


class SubscriptionActor(LoopActor):
    """One child at a time looks for what is next, brings it to the destination, and tells what came of it.

    Nothing is held while a destination fails: each attempt reads anew, from the same place. Waiting for the
    network is the child's; a turn waits for the store at the most, or for the SubscriptionKeeper.
    """

    listed = False

    def __init__(
        self,
        subscription: Subscription,
        sources: DeliverySources,
        keeper: pykka.ActorRef[Any],
        on_fallen: Callable[[SubscriptionId], None],
    ) -> None:
        super().__init__()
        self._subscription = subscription
        self._sources = sources
        self._keeper = keeper
        self._on_fallen = on_fallen
        self._record = DeliveryRecord(subscription, sources.deliveries, sources.store)
        self._child: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._save: asyncio.TimerHandle | None = None
        self._posted = float("-inf")  # by the loop's clock

    def on_start(self) -> None:
        self._save_later()
        if self._record.now.failed and not self._subscription.suspended:
            self._wait_and_try_again()
        else:
            self._go_on()

    async def on_receive(self, message: Mail) -> None:
        match message:
            case _Taken(batch):
                await self._taken(batch)
            case _NotTaken(error):
                await self._not_taken(error)
            case Changed(subscription):
                await self._change(subscription)
            case Retimed():
                if self._again is not None and self._record.now.failed:
                    self._wait_and_try_again()
            case _Unreadable():
                self._child = None
                self._try_again_in(LOOK_AGAIN)
            case _Again():
                self._go_on()
            case _SavePlace():
                if not self._record.is_saved:
                    await self._record.save()
                self._save_later()
            case _Broken(error):
                raise error
            case Ping():
                return

    def on_stop(self) -> None:
        self._end()

    def on_failure(self, *_: Any) -> None:
        """Another one takes its place (`Team`)."""
        self._end()
        self._on_fallen(self._subscription.id)

    def child_work(self) -> Iterable[asyncio.Task[Any]]:
        return () if self._child is None else (self._child,)

    # --- what came of it

    async def _taken(self, batch: Batch) -> None:
        self._child = None
        now, counts = self._sources.clock.now(), self._sources.deliveries.counts
        again = self._record.now.failed
        events = len(batch.entries) - bool(batch.lost)
        self._record.taken(batch.told, events, now)
        counts.delivered += events
        counts.requests += 1
        counts.lost += batch.lost
        if again:
            log.info("subscription %s: delivered, after %s failures", self._subscription.id, again)
        if batch.lost:
            log.warning("subscription %s: %s events are lost to it", self._subscription.id, batch.lost)
        await self._record.save()
        self._go_on()

    async def _not_taken(self, error: NotDeliveredError) -> None:
        self._child = None
        self._sources.deliveries.counts.failures[error.kind] += 1
        self._record.failed(str(error), self._sources.clock.now())
        failed = self._record.now.failed
        level = logging.WARNING if failed == 1 else logging.DEBUG
        log.log(level, "subscription %s: attempt %s failed: %s", self._subscription.id, failed, error)
        await self._record.save()
        if self._sources.retries.gives_up(self._subscription.retry_policy, failed):
            await self._give_up(failed, str(error))
        else:
            self._wait_and_try_again()

    async def _give_up(self, failed: int, error: str) -> None:
        """Do what the policy says for the end of all attempts; the keeper then tells or stops this actor."""
        known, why = self._subscription.id, f"{failed} attempts to deliver have failed. {error}"

        def settle(all_known: Subscriptions) -> Sequence[Change]:
            present = all_known.all.get(known)
            if present is None or present.suspended:
                return []
            policy = present.retry_policy
            if policy is RetryPolicy.TERMINATE:
                return removal(present)
            return [Save(suspended(present, why))] if policy is RetryPolicy.SUSPEND else []

        try:
            changes: Sequence[Change] = await ask(self._keeper, Keep(settle))
        except StoreUnavailableError as unavailable:
            log.warning("subscription %s cannot be ended just now: %s", known, unavailable)
            self._wait_and_try_again()
            return
        if not changes:
            self._wait_and_try_again()
            return
        what = "suspended" if isinstance(changes[0], Save) else "removed"
        self._sources.deliveries.counts.ended[what] += 1
        log.warning("subscription %s is %s: %s", known, what, why)
        audit(f"subscription {what}", subscription=known, reason=why)

    async def _change(self, subscription: Subscription) -> None:
        """What is on its way arrives as it was; but nothing is sent once it is suspended."""
        before, self._subscription = self._subscription, subscription
        self._record.reach(subscription.after)
        if subscription.suspended:
            self._wait_no_more()
            if self._child is not None and not self._child.done():
                self._child.cancel()
                self._child = None
            return
        if before.suspended:
            self._record.begin_anew()
            await self._record.save()
        self._go_on()

    # --- going on

    def _go_on(self) -> None:
        """See what is next, unless that is being done."""
        self._wait_no_more()
        if self._child is None and not self._subscription.suspended:
            self._child = _in_a_context_of_its_own(
                self._deliver(), f"delivery for subscription {self._subscription.id}"
            )

    async def _deliver(self) -> None:
        told: Mail
        try:
            told = await self._bring_next()
        except NotDeliveredError as error:
            told = _NotTaken(error)
        except StoreUnavailableError as error:
            log.warning("events cannot be read, trying again in %s s: %s", LOOK_AGAIN, error)
            told = _Unreadable()
        except Exception as error:  # noqa: BLE001 - the actor raises it
            told = _Broken(error)
        if self.actor_ref.is_alive():
            self.actor_ref.tell(told)

    async def _bring_next(self) -> _Taken:
        posting, loop = self._sources.posting, asyncio.get_running_loop()
        while True:
            batch = await posting.next(self._subscription, self._record.now.told)
            if not batch.entries:
                self._record.reach(batch.told)
                await asyncio.sleep(0)
                continue
            pause = self._posted + GATHERED - loop.time()
            if pause <= 0:
                break
            await asyncio.sleep(pause)
        self._posted = loop.time()
        request = await posting.request(self._subscription, batch.entries)
        await self._sources.destinations.post(request)
        return _Taken(batch)

    def _wait_and_try_again(self) -> None:
        """Try again so long after the last failure as the rules say now."""
        delivery = self._record.now
        pause = self._sources.retries.pause(self._subscription.retry_policy, delivery.failed)
        if delivery.last_failure is not None:
            gone = (self._sources.clock.now() - delivery.last_failure).total_seconds()
            pause = min(pause, max(0.0, pause - gone))
        self._try_again_in(pause)

    def _try_again_in(self, seconds: float) -> None:
        self._wait_no_more()
        self._again = self._later(seconds, _Again())

    def _wait_no_more(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def _save_later(self) -> None:
        self._save = self._later(SAVED_EVERY, _SavePlace())

    def _later(self, seconds: float, message: Mail) -> asyncio.TimerHandle:
        def tell() -> None:
            if self.actor_ref.is_alive():
                self.actor_ref.tell(message)

        return asyncio.get_running_loop().call_later(seconds, tell, context=Context())

    def _end(self) -> None:
        self._wait_no_more()
        if self._save is not None:
            self._save.cancel()
        if self._child is not None:
            self._child.cancel()


def _in_a_context_of_its_own(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    # What comes later is not the doing of the request that began it.
    return asyncio.get_running_loop().create_task(work, name=name, context=Context())
