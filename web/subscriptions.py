"""Event destinations: subscriptions, which are stored, and open streams, which are not."""

from actors import Message, Stream, Subscription, subscription_uri
from web.body import ActionWords, CreateWords, read_body
from web.errors import Refusal, no_such_method
from web.etags import digest_tag, revision_tag
from web.event_bodies import CAN_CHANGE, NEW_SUBSCRIPTION, NOTHING, new_subscription, subscription_change
from web.event_bodies import RESUME as RESUME_BODY
from web.handler import RedfishHandler
from web.models import EventDestination
from web.patching import PatchHandler
from web.render.event_service import (
    RESUME,
    SUSPEND,
    destination_collection,
    stream_resource,
    subscription_resource,
)

OF_STREAMS = "GET, HEAD, DELETE"


class SubscriptionsHandler(RedfishHandler):
    async def get(self) -> None:
        stored = self.services.events.subscriptions(self.viewer)
        streams = self.services.streams.list(self.viewer)
        ids = [*(one.id for one in stored), *(one.id for one in streams)]
        self.send(destination_collection(ids), "EventDestinationCollection")

    async def post(self) -> None:
        given = read_body(self.json_object(), NEW_SUBSCRIPTION, CreateWords())
        made = await self.services.events.subscribe(new_subscription(given), self.viewer)
        body = subscription_resource(made, self.services.events.delivery(made.id))
        uri = subscription_uri(made.id)
        self.send(body, "EventDestination", status=201, location=uri, etag=revision_tag(made.revision))


class SubscriptionHandler(PatchHandler):
    """An EventDestination. The tag of a subscription is that of its record, without how far it has been told.
    A stream can be read, and deleted, which closes it.
    """

    async def get(self, destination_id: str) -> None:
        if self.services.streams.has(destination_id):
            stream = self._stream(destination_id)
            self.send(stream_resource(stream), "EventDestination", etag=_stream_tag(stream))
            return
        body, etag, _ = self._now(destination_id)
        self.send(body, "EventDestination", etag=etag)

    async def patch(self, destination_id: str) -> None:
        if self.services.streams.has(destination_id):
            self._stream(destination_id)
            raise no_such_method("PATCH", OF_STREAMS, "A stream is what it was opened as.")
        body, etag, subscription = self._now(destination_id)
        revision = self.expected(etag, subscription.revision)
        given, mistakes = self.read_patch(CAN_CHANGE, EventDestination.__annotations__)
        await self.services.events.change(destination_id, subscription_change(given), self.viewer, revision)
        body, etag, _ = self._now(destination_id)
        self.send_patched(body, "EventDestination", etag=etag, mistakes=mistakes)

    async def delete(self, destination_id: str) -> None:
        if self.services.streams.has(destination_id):
            self.expected(_stream_tag(self._stream(destination_id)), 0)
            self.services.streams.delete(destination_id, self.viewer)
        else:
            _, etag, subscription = self._now(destination_id)
            revision = self.expected(etag, subscription.revision)
            await self.services.events.unsubscribe(destination_id, self.viewer, revision)
        self.send_nothing()

    def _stream(self, stream_id: str) -> Stream:
        self.allow = OF_STREAMS
        return self.services.streams.find(stream_id, self.viewer)

    def _now(self, subscription_id: str) -> tuple[EventDestination, str, Subscription]:
        """The resource, its tag, and its record."""
        subscription = self.services.events.subscription(subscription_id, self.viewer)
        body = subscription_resource(subscription, self.services.events.delivery(subscription.id))
        return body, revision_tag(subscription.revision), subscription


class SuspendHandler(RedfishHandler):
    """EventDestination.SuspendSubscription"""

    async def post(self, destination_id: str) -> None:
        read_body(self.json_object(), NOTHING, ActionWords(SUSPEND))
        be_stored(self, destination_id, SUSPEND)
        await self.services.events.suspend(destination_id, self.viewer)
        self.send_nothing()


class ResumeHandler(RedfishHandler):
    """EventDestination.ResumeSubscription"""

    async def post(self, destination_id: str) -> None:
        given = read_body(self.json_object(), RESUME_BODY, ActionWords(RESUME))
        be_stored(self, destination_id, RESUME)
        since = given.get("DeliverBufferedEventDuration")
        await self.services.events.resume(destination_id, self.viewer, since)
        self.send_nothing()


def be_stored(handler: RedfishHandler, destination_id: str, action: str) -> None:
    """Whether it is no stream, which has no actions.

    Raises:
        Refusal: 400; 403 or 404 where it is a stream that the viewer may not see.
    """
    if handler.services.streams.has(destination_id):
        handler.services.streams.find(destination_id, handler.viewer)
        detail = "It is a stream, which ends when its client closes it."
        raise Refusal(400, Message("ActionNotSupported", (action,), detail=detail))


def _stream_tag(stream: Stream) -> str:
    return digest_tag([stream.id])
