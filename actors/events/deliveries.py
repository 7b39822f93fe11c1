"""How far each subscription has been told, as it is known just now; what is stored may be a little behind."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from actors.events.feed import Feed
from actors.events.records import Delivery, EventNumber, Subscription, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """How far a subscription has been told, for those who look at it.

    `told` is the number of the last event that its destination has taken, or that was not for it; `pending`
    how many are behind that, some of which may not be for it. `failed` counts the attempts since the last
    success, and `last_error` is why the last one failed, a sentence; `delivered` counts the events taken.
    """

    told: EventNumber
    pending: int
    last_success: datetime | None
    last_failure: datetime | None
    last_error: str
    failed: int
    delivered: int


@dataclass(slots=True)
class EventCounts:
    """Plain numbers since the start."""

    delivered: int = 0
    """Events that destinations have taken."""
    requests: int = 0
    """Requests that destinations have taken."""
    failures: Counter[str] = field(default_factory=Counter)
    """Requests that failed, by the kind of trouble."""
    lost: int = 0
    """Events that were forgotten before a subscription was behind them, whether they were for it or not."""
    ended: Counter[str] = field(default_factory=Counter)
    """Subscriptions that the service has terminated or suspended, because attempts failed."""


class Deliveries:
    """Each subscription's delivery is written by its SubscriptionActor alone, and read by whoever asks."""

    def __init__(self, feed: Feed, stored: Iterable[Delivery] = ()) -> None:
        self._feed = feed
        self._known = {delivery.id: delivery for delivery in stored}
        self.counts = EventCounts()

    def of(self, subscription: Subscription) -> Delivery:
        """How far it has been told."""
        return self._known.get(subscription.id) or at_the_start(subscription)

    def note(self, delivery: Delivery) -> None:
        """It has come so far now."""
        self._known[delivery.id] = delivery

    def forget(self, subscription_id: SubscriptionId) -> None:
        """There is no such subscription any more."""
        self._known.pop(subscription_id, None)

    def pending(self, subscription: Subscription) -> int:
        """How many events there are behind its place."""
        return max(0, self._feed.last - max(self.of(subscription).told, subscription.after))

    def state(self, subscription: Subscription) -> DeliveryState:
        """For those who look at it."""
        delivery = self.of(subscription)
        return DeliveryState(
            told=EventNumber(max(delivery.told, subscription.after)),
            pending=self.pending(subscription),
            last_success=delivery.last_success,
            last_failure=delivery.last_failure,
            last_error=delivery.last_error,
            failed=delivery.failed,
            delivered=delivery.delivered,
        )


def at_the_start(subscription: Subscription) -> Delivery:
    """The delivery that is stored together with a new subscription."""
    return Delivery(id=subscription.id, told=subscription.after)
