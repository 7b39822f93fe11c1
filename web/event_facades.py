"""What the web layer asks of the actors about events, in its own words: see `web.services`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from actors import (
    DeliveryState,
    NewSubscription,
    OutboxEntry,
    Stream,
    Subscription,
    SubscriptionChange,
    SubscriptionId,
    TestMessage,
    Viewer,
)


class Events(Protocol):
    """The stored subscriptions to events. NotFoundError where there is none with the id; where a revision is
    given, and the subscription has another, ChangedError.
    """

    @property
    def retry_attempts(self) -> int:
        """How often a delivery that failed is tried again."""

    @property
    def retry_interval(self) -> int:
        """Seconds between two attempts."""

    def subscriptions(self, viewer: Viewer) -> list[Subscription]:
        """Those that the viewer may see, oldest first."""

    def subscription(self, subscription_id: str, viewer: Viewer) -> Subscription:
        """The subscription with this id."""

    def delivery(self, subscription_id: SubscriptionId) -> DeliveryState:
        """How far it has been told, now."""

    async def subscribe(self, new: NewSubscription, viewer: Viewer) -> Subscription:
        """A new subscription; its destination is not waited for. InvalidRequestError, NotAllowedError."""

    async def change(
        self, subscription_id: str, change: SubscriptionChange, viewer: Viewer, revision: int | None = None
    ) -> Subscription:
        """The subscription, changed in all of this. InvalidRequestError."""

    async def unsubscribe(self, subscription_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the subscription."""

    async def suspend(self, subscription_id: str, viewer: Viewer) -> None:
        """Have it told nothing."""

    async def resume(self, subscription_id: str, viewer: Viewer, since: timedelta | None = None) -> None:
        """Have it told again, of what was not delivered `since` so long ago; without one of all of that."""

    async def submit_test(self, message: TestMessage, origin: str, viewer: Viewer) -> None:
        """Have this told like any other event."""


class Streams(Protocol):
    """Who reads events over an open connection."""

    def __len__(self) -> int:
        """How many are open."""

    def open(
        self, viewer: Viewer, wants: Callable[[OutboxEntry], bool], text: str = "", after: int | None = None
    ) -> Stream:
        """A new stream, behind the event with this number. InvalidRequestError, NoRoomError."""

    def gone(self, stream: Stream) -> None:
        """It is over."""

    def list(self, viewer: Viewer) -> list[Stream]:
        """The open streams that the viewer may see, oldest first."""

    def has(self, stream_id: str) -> bool:
        """Whether a stream with this id is open."""

    def find(self, stream_id: str, viewer: Viewer) -> Stream:
        """The open stream with this id. NotFoundError."""

    def delete(self, stream_id: str, viewer: Viewer) -> None:
        """Have it end. NotFoundError."""

    async def close(self) -> None:
        """End all, and open none any more."""
