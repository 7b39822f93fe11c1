"""What telling of events needs of the world: how they are written, and somewhere to post them to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from actors.access.records import Viewer
from actors.events.records import OutboxEntry


class EventRenderer(Protocol):
    """Writes events as Redfish has them."""

    async def __call__(
        self, entries: Sequence[OutboxEntry], context: str, including_for: Viewer | None = None
    ) -> bytes:
        """A Redfish Event in JSON with all of these (at least one), in their order, and this Context.

        OriginOfCondition is a link; with `including_for` it is the whole resource as this viewer reads it
        now, where it is still there and he may.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPost:
    """One request to a destination of events: a POST of `body`, which is JSON, within `timeout` seconds."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    verify_certificate: bool
    timeout: float


class Destinations(Protocol):
    """Where events are posted to."""

    def why_not(self, url: str) -> str:
        """Why nothing may be posted to this URL, a sentence; empty if it may.

        It must be an absolute http or https URL, without a fragment and without credentials, of a host that
        events may be sent to by the networks that are set. A name may: where it leads is seen to when it is
        looked up, for each connection.
        """

    async def post(self, request: EventPost) -> None:
        """Send it; no redirect is followed. On return the destination has answered with a 2xx.

        It may come twice where a connection was used that the destination had just closed.

        Raises:
            NotDeliveredError: it has not, with a sentence that says why, fit to be shown to clients.
        """
