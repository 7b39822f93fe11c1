"""What goes to a destination: which events, and the request that brings them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from actors.access.records import AccountId, Viewer
from actors.access.rules import may_see
from actors.events.choice import meets
from actors.events.feed import Feed
from actors.events.ports import EventPost, EventRenderer
from actors.events.records import Event, EventNumber, OutboxEntry, ResourceType, Subscription
from actors.tasks.errors import KeyUnusableError, NotDeliveredError
from actors.tasks.messages import Message
from actors.tasks.ports import Clock, Vault
from actors.uris import subscription_uri

READ_TOGETHER: Final = 200
"""Events that are looked at before others have their turn."""

SIGNATURE, TIMESTAMP = "X-Taskmon-Signature", "X-Taskmon-Timestamp"
"""The headers of a request that is signed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next events for a subscription, none if they are not for it; `told` is the place behind them.

    `lost` is how many before them were forgotten; then the first entry says so.
    """

    entries: Sequence[OutboxEntry]
    told: EventNumber
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Finds what is for a subscription, and writes it; `standing` is what an account may do now."""

    feed: Feed
    clock: Clock
    vault: Vault
    render: EventRenderer
    standing: Callable[[AccountId], Viewer | None]
    batch: int
    timeout: float

    async def next(self, subscription: Subscription, place: EventNumber) -> Batch:
        """What comes behind this place, as soon as there is something.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        while True:
            await self.feed.beyond(place)
            entries = await self.feed.after(place, max(READ_TOGETHER, self.batch))
            if entries:
                break
            await self.feed.beyond(self.feed.last)  # forgotten all, and what came after it is still to come
        wanted: list[OutboxEntry] = []
        viewer = self.standing(subscription.owner)
        lost = 0 if viewer is None else entries[0].number - place - 1
        if lost:
            wanted.append(self._loss(subscription, place, lost))
        told = place
        for entry in entries:
            if len(wanted) >= self.batch:
                break
            told = entry.number
            if viewer is not None and _sees(viewer, entry.event) and meets(subscription.choice, entry.event):
                wanted.append(entry)
        return Batch(wanted, EventNumber(max(told, place + lost)), lost)

    async def request(self, subscription: Subscription, entries: Sequence[OutboxEntry]) -> EventPost:
        """The request that brings these events.

        Raises:
            NotDeliveredError: its headers or its key cannot be opened.
        """
        viewer = self.standing(subscription.owner) if subscription.include_origin else None
        body = await self.render(entries, subscription.context, viewer)
        return EventPost(
            url=subscription.destination,
            body=body,
            headers=self._headers(subscription, body),
            verify_certificate=subscription.verify_certificate,
            timeout=self.timeout,
        )

    def _headers(self, subscription: Subscription, body: bytes) -> dict[str, str]:
        try:
            headers = _headers_in(subscription, self.vault)
            if subscription.signing_key is not None:
                key = self.vault.unseal(subscription.signing_key)
                timestamp = str(int(self.clock.now().timestamp()))
                headers |= {TIMESTAMP: timestamp, SIGNATURE: signature(key, timestamp, body)}
        except KeyUnusableError:
            raise NotDeliveredError(
                "The headers or the signing key of this subscription cannot be opened: they were sealed with "
                "another key. Set them again.",
                "Secrets",
            ) from None
        return headers

    def _loss(self, subscription: Subscription, place: EventNumber, lost: int) -> OutboxEntry:
        """That events are missing: it has the number of the last of them, which no other event has."""
        message = Message("EventsLost", (str(place + 1), str(place + lost)))
        event = Event(
            message=message,
            origin=subscription_uri(subscription.id),
            resource_type=ResourceType.EVENT_DESTINATION,
            owner=subscription.owner,
            at=self.clock.now(),
        )
        return OutboxEntry(EventNumber(place + lost), event)


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What X-Taskmon-Signature says: HMAC-SHA256 with this key over timestamp, full stop and body."""
    signed = timestamp.encode("ascii") + b"." + body
    return "sha256=" + hmac.new(key.encode("utf-8", "surrogatepass"), signed, hashlib.sha256).hexdigest()


def _headers_in(subscription: Subscription, vault: Vault) -> dict[str, str]:
    if subscription.headers is None:
        return {}
    headers: dict[str, str] = json.loads(vault.unseal(subscription.headers))
    return headers


def _sees(viewer: Viewer, event: Event) -> bool:
    return event.owner is None or may_see(viewer, event.owner)
