"""Writes events for those who are told of them by POST: what `actors` calls an EventRenderer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from tornado.httputil import HTTPHeaders

from actors import OutboxEntry, StoreUnavailableError, Viewer
from web.inside import Inside
from web.render.events import event_body, event_id, event_record, numbers

if TYPE_CHECKING:
    from web.app import RedfishApplication


class EventWriter:
    """It is made before the application whose resources it reads, for the actors begin before that.

    Until then, and where a resource cannot be read, there is a link in its place.
    """

    def __init__(self) -> None:
        self._application: RedfishApplication | None = None

    def read_from(self, application: "RedfishApplication") -> None:
        """From now on put in the resources of this application where they are wanted."""
        self._application = application

    async def __call__(
        self, entries: Sequence[OutboxEntry], context: str, including_for: Viewer | None = None
    ) -> bytes:
        """See `actors.events.ports.EventRenderer`."""
        origins = {} if including_for is None else await self._origins(entries, including_for)
        records = [
            event_record(entry.event, event_id(entry), index, origins.get(entry.event.origin))
            for index, entry in enumerate(entries)
        ]
        return orjson.dumps(event_body(numbers(entries[0].number, entries[-1].number), records, context))

    async def _origins(self, entries: Sequence[OutboxEntry], viewer: Viewer) -> dict[str, Any]:
        """The resources that these events are about, each read once, as the viewer may see them."""
        if self._application is None:
            return {}
        inside = Inside(self._application, HTTPHeaders({"Host": "localhost"}), lambda: viewer)
        found = {}
        for uri in dict.fromkeys(entry.event.origin for entry in entries):
            try:
                resource = await inside.read(uri)
            except StoreUnavailableError:
                continue
            if resource is not None:
                found[uri] = resource.body
        return found
