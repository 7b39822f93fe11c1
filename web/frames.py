"""Events as they go over a stream, made once for all who read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from actors import Event, EventNumber, OutboxEntry, Told
from web.event_values import EVENT
from web.render.events import event_body, event_id, event_record

KEPT: Final = 1000
"""So many events are kept as they were made, the newest; who is further behind has them made anew."""

RETRY: Final = 2000
"""Milliseconds after which a client that has lost its stream is to open it again."""


@dataclass(eq=False)
class Frame:
    """One event: as it is filtered by, and as it is written."""

    entry: OutboxEntry

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """By what it can be filtered."""
        return facts_of(self.entry.event)

    @cached_property
    def written(self) -> bytes:
        """All of it but the end, where the Context of the stream stands."""
        return _frame(self.entry.number, self.entry.event, event_id(self.entry))


class Frames:
    """The frames of the newest events."""

    def __init__(self) -> None:
        self._kept: dict[EventNumber, Frame] = {}

    def of(self, entry: OutboxEntry) -> Frame:
        """The frame of this event."""
        frame = self._kept.get(entry.number)
        if frame is None or frame.entry is not entry:
            frame = self._kept[entry.number] = Frame(entry)
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return frame

    def written(self, told: Told, context: str, before: EventNumber | None) -> bytes:
        """What a stream with this Context writes to tell this; `before` is the place that it told last."""
        end = orjson.dumps(context) + b"}\n\n"
        pieces: list[bytes] = []
        last = before
        if told.notice is not None:
            # It stands before the events: what it says is true of all up to the first of them.
            last = EventNumber(told.entries[0].number - 1) if told.entries else told.place
            pieces += (_frame(last, told.notice, f"{context}.{last}"), end)
        for entry in told.entries:
            pieces += (self.of(entry).written, end)
            last = entry.number
        if last != told.place:
            pieces.append(b"id: %d\n\n" % told.place)
        return b"".join(pieces)


def comment(sentence: str) -> bytes:
    """A line that clients pass over."""
    return f": {sentence}\n\n".encode()


OPENING: Final = b": taskmon\nretry: %d\n\n" % RETRY
ALIVE: Final = comment("nothing new")


def facts_of(event: Event) -> dict[str, Any]:
    """By what an event can be filtered; a property with several values is met by any of them."""
    message_id = event.message.message_id
    registry, *_, key = message_id.split(".")
    return {
        "EventFormatType": EVENT,
        "EventType": event.event_type,
        "MessageId": [message_id, f"{registry}.{key}"],
        "RegistryPrefix": event.registry_prefix,
        "ResourceType": event.resource_type,
        "Severity": event.message.severity,
        "OriginResource": event.origin,
        "OriginOrAbove": _and_above(event.origin),
    }


def _and_above(uri: str) -> list[str]:
    steps = uri.split("/")
    return ["/".join(steps[:end]) for end in range(len(steps), 1, -1)]


def _frame(number: EventNumber, event: Event, name: str) -> bytes:
    body = orjson.dumps(event_body(str(number), [event_record(event, name)], ""))
    cut = body.rindex(b'""}')
    return b"id: %d\ndata: %s" % (number, body[:cut])
