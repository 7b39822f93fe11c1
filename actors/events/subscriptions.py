"""What is known of subscriptions: all of them in memory, as last committed."""

from collections.abc import Iterable

from actors.events.records import Delivery, Subscription, SubscriptionId
from actors.tasks.ports import Change, Remove, Save, Store


class Subscriptions:
    """A `keeping.Book`. Reads are plain look-ups; what changes it is `apply`, with what was committed."""

    def __init__(self) -> None:
        self.all: dict[SubscriptionId, Subscription] = {}
        """In the order in which they were made."""

    @classmethod
    async def load(cls, store: Store) -> "Subscriptions":
        """All that the store has."""
        subscriptions = cls()
        await subscriptions.refresh(store)
        return subscriptions

    async def refresh(self, store: Store) -> None:
        """Take over what the store has instead of what is known."""
        self.all = {subscription.id: subscription for subscription in await store.subscriptions()}

    def apply(self, changes: Iterable[Change]) -> None:
        """Take over what has been committed; other kinds of records are passed over."""
        for change in changes:
            match change:
                case Save(Subscription() as subscription):
                    self.all[subscription.id] = subscription
                case Remove(kind, removed) if kind is Subscription:
                    self.all.pop(SubscriptionId(removed), None)
                case _:
                    pass


def removal(subscription: Subscription) -> list[Change]:
    """What takes a subscription away, with what is known of its delivery."""
    return [Remove(Subscription, subscription.id), Remove(Delivery, subscription.id)]
