"""What the web layer asks about events: the stored subscriptions, and the settings of their delivery."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pykka

from actors.access.records import AccountId, Viewer
from actors.access.rules import may_see
from actors.asking import ask
from actors.audit import audit
from actors.events.changes import (
    NewSubscription,
    SubscriptionChange,
    changed_by,
    check,
    no_such_subscription,
    resumed,
    sealed_headers,
    sealed_key,
    suspended,
)
from actors.events.deliveries import Deliveries, DeliveryState, EventCounts, at_the_start
from actors.events.feed import Feed
from actors.events.ports import Destinations
from actors.events.records import (
    BEGINNING,
    Event,
    EventNumber,
    ResourceType,
    Subscription,
    SubscriptionId,
    TestMessage,
)
from actors.events.retries import RetryRules
from actors.events.subscriptions import Subscriptions, removal
from actors.keeping import Keep, be_of
from actors.settings.records import Value
from actors.tasks.errors import NotAllowedError, StoreUnavailableError
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Clock, Emit, Remove, Save, Store, Vault
from actors.uris import EVENT_SERVICE_URI

log = logging.getLogger("taskmon.events")

ALL: Final = 2**62
"""More than there will ever be events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSources:
    """What the service of events is made from."""

    keeper: pykka.ActorRef[Any]
    subscriptions: Subscriptions
    deliveries: Deliveries
    feed: Feed
    store: Store
    vault: Vault
    clock: Clock
    destinations: Destinations
    retries: RetryRules
    max_subscriptions: int


class Events:
    """Subscriptions are seen and changed by who made them, and by those with ConfigureUsers (`access.rules`).

    Changes are made one at a time; on return they are durable and in effect. No method waits for a
    destination. Every coroutine may raise StoreUnavailableError.
    """

    def __init__(self, made_from: EventSources) -> None:
        self._keeper = made_from.keeper
        self._known = made_from.subscriptions
        self._deliveries = made_from.deliveries
        self._feed = made_from.feed
        self._store = made_from.store
        self._vault = made_from.vault
        self._clock = made_from.clock
        self._destinations = made_from.destinations
        self._retries = made_from.retries
        self._most = made_from.max_subscriptions

    # --- reading

    def subscriptions(self, viewer: Viewer) -> list[Subscription]:
        """The stored subscriptions that the viewer may see, oldest first."""
        return [one for one in self._known.all.values() if may_see(viewer, one.owner)]

    def subscription(self, subscription_id: str, viewer: Viewer) -> Subscription:
        """The stored subscription with this id.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        subscription = self._known.all.get(SubscriptionId(subscription_id))
        if subscription is None:
            raise no_such_subscription(subscription_id)
        if not may_see(viewer, subscription.owner):
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The subscription belongs to another account.")
            )
        return subscription

    def delivery(self, subscription_id: SubscriptionId) -> DeliveryState:
        """How far a subscription has been told, now.

        Raises:
            NotFoundError: there is no such subscription.
        """
        subscription = self._known.all.get(subscription_id)
        if subscription is None:
            raise no_such_subscription(subscription_id)
        return self._deliveries.state(subscription)

    @property
    def retry_attempts(self) -> int:
        """How often a delivery is tried again before the policies that give up do so."""
        return self._retries.attempts

    @property
    def retry_interval(self) -> int:
        """Seconds between two attempts."""
        return self._retries.interval

    @property
    def counts(self) -> EventCounts:
        """Plain numbers since the start, of all subscriptions."""
        return self._deliveries.counts

    @property
    def pending(self) -> int:
        """Events behind the places of all subscriptions that are not suspended, added up."""
        active = [one for one in self._known.all.values() if not one.suspended]
        return sum(map(self._deliveries.pending, active))

    def __len__(self) -> int:
        return len(self._known.all)

    # --- changing

    async def subscribe(self, new: NewSubscription, viewer: Viewer) -> Subscription:
        """Make a subscription of the viewer's: it is told of what is committed from now on.

        Raises:
            InvalidRequestError: the destination, the context, a header or the key will not do.
            NotAllowedError: there are as many subscriptions as there may be.
        """
        check(new, self._destinations.why_not(new.destination))
        subscription = Subscription(
            id=SubscriptionId(str(uuid4())),
            owner=viewer.account,
            destination=new.destination,
            context=new.context,
            choice=new.choice,
            include_origin=new.include_origin,
            retry_policy=new.retry_policy,
            verify_certificate=new.verify_certificate,
            headers=sealed_headers(new.headers, self._vault),
            signing_key=sealed_key(new.signing_key, self._vault),
            after=self._feed.last,
            created=self._clock.now(),
        )

        def settle(known: Subscriptions) -> Sequence[Change]:
            if len(known.all) >= self._most:
                raise NotAllowedError(
                    Message(
                        "EventSubscriptionLimitExceeded",
                        detail=f"The setting events.max_subscriptions allows {self._most}.",
                    )
                )
            return [Save(subscription), Save(at_the_start(subscription))]

        await ask(self._keeper, Keep(settle))
        log.info("subscription %s made by %s", subscription.id, viewer.name)
        return subscription

    async def change(
        self, subscription_id: str, change: SubscriptionChange, viewer: Viewer, revision: int | None = None
    ) -> Subscription:
        """The subscription, changed in all of this or in nothing.

        Raises:
            NotFoundError, NotAllowedError: as `subscription`.
            InvalidRequestError: it cannot be so.
            ChangedError: a revision is given, and the record has another.
        """
        changed = await self._settle(
            subscription_id, viewer, lambda present: changed_by(present, change, self._vault), revision
        )
        log.info("subscription %s changed by %s", changed.id, viewer.name)
        return changed

    async def unsubscribe(self, subscription_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the subscription: nothing new is sent to its destination.

        Raises:
            NotFoundError, NotAllowedError: as `subscription`.
            ChangedError: a revision is given, and the record has another.
        """

        def settle(_: Subscriptions) -> Sequence[Change]:
            present = self.subscription(subscription_id, viewer)
            be_of(present, revision)
            return removal(present)

        self.subscription(subscription_id, viewer)
        await ask(self._keeper, Keep(settle))
        log.info("subscription %s removed by %s", subscription_id, viewer.name)

    async def suspend(self, subscription_id: str, viewer: Viewer) -> None:
        """Have nothing sent to the destination until it is resumed. One that is suspended stays so.

        Raises:
            NotFoundError, NotAllowedError: as `subscription`.
        """
        await self._settle(
            subscription_id, viewer, lambda present: present if present.suspended else suspended(present)
        )
        log.info("subscription %s suspended by %s", subscription_id, viewer.name)

    async def resume(self, subscription_id: str, viewer: Viewer, since: timedelta | None = None) -> None:
        """Go on with it: with what has happened `since` so long ago and was not delivered, as far as it is
        kept; without one, with all of that. One that is not suspended goes on as it does.

        Raises:
            NotFoundError, NotAllowedError: as `subscription`.
        """
        self.subscription(subscription_id, viewer)
        after = BEGINNING if since is None else await self._last_before(since)
        await self._settle(
            subscription_id,
            viewer,
            lambda present: resumed(present, after) if present.suspended else present,
        )
        log.info("subscription %s resumed by %s", subscription_id, viewer.name)

    async def submit_test(self, message: TestMessage, origin: str, viewer: Viewer) -> None:
        """Tell everybody who wants it of this, by the way of all events; without an `origin` it is of the
        EventService. On return it will be told."""
        event = Event(
            message=message,
            origin=origin or EVENT_SERVICE_URI,
            resource_type=ResourceType.EVENT_SERVICE,
            at=self._clock.now(),
        )
        await self._store.commit(Emit([event]))
        log.info("test event submitted by %s", viewer.name)

    # --- for the rest of the house

    def apply(self, values: Mapping[str, Value]) -> None:
        """Go by what clients have set of the EventService, for deliveries that are under way too."""
        self._retries.apply(values)

    async def forget_account(self, account_id: AccountId) -> None:
        """Remove all subscriptions of an account that is gone.

        Where the store is unavailable they stay until the next start, and are told nothing meanwhile.
        """

        def settle(known: Subscriptions) -> Sequence[Change]:
            theirs = [one for one in known.all.values() if one.owner == account_id]
            return [change for one in theirs for change in removal(one)]

        try:
            removed: Sequence[Change] = await ask(self._keeper, Keep(settle))
        except StoreUnavailableError as error:
            log.warning("the subscriptions of account %s could not be removed: %s", account_id, error)
            return
        for change in removed:
            if isinstance(change, Remove) and change.kind is Subscription:
                log.info("subscription %s removed with its account", change.id)
                audit("subscription removed", subscription=change.id, reason="its account is deleted")

    # --- parts

    async def _settle(
        self,
        subscription_id: str,
        viewer: Viewer,
        become: Callable[[Subscription], Subscription],
        revision: int | None = None,
    ) -> Subscription:
        def settle(_: Subscriptions) -> Sequence[Change]:
            present = self.subscription(subscription_id, viewer)
            be_of(present, revision)
            changed = become(present)
            return [] if changed is present else [Save(changed)]

        self.subscription(subscription_id, viewer)
        await ask(self._keeper, Keep(settle))
        return self.subscription(subscription_id, viewer)

    async def _last_before(self, since: timedelta) -> EventNumber:
        """The number of the last event that is older than so long."""
        if since <= timedelta(0):
            return self._feed.last
        try:
            moment = self._clock.now() - since
        except OverflowError:
            return BEGINNING
        return await self._store.old_events(moment, ALL, ALL)
