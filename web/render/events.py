"""Events as a destination and a stream are sent them."""

from typing import Any, Final

from actors import Event, EventNumber, OutboxEntry, TestMessage
from web.models import Event as EventBody
from web.models import EventRecord
from web.render.common import link, utc
from web.versions import ODATA_CONTEXT, ODATA_TYPE

EVENTS_NAME: Final = "Events"


def event_body(body_id: str, records: list[EventRecord], context: str) -> EventBody:
    """The body that has these records. Context comes last: what is before it is the same for everybody."""
    return {
        "@odata.type": ODATA_TYPE["Event"],
        "@odata.context": ODATA_CONTEXT["Event"],
        "Id": body_id,
        "Name": EVENTS_NAME,
        "Events": records,
        "Context": context,
    }


def event_id(entry: OutboxEntry) -> str:
    """The EventId: the number of the event, or what who asked for a test event called it."""
    message = entry.event.message
    return (message.event_id if isinstance(message, TestMessage) else "") or str(entry.number)


def event_record(event: Event, name: str, index: int = 0, origin: Any = None) -> EventRecord:
    """The event, called `name`, as a member of a body; `origin` is the resource that it is about, or None."""
    message = event.message
    return {
        "MemberId": str(index),
        "EventId": name,
        "EventTimestamp": utc(event.timestamp),
        "EventType": event.event_type,
        "MessageId": message.message_id,
        "Message": message.text,
        "MessageArgs": list(message.args),
        "MessageSeverity": message.severity,
        "Severity": message.severity,
        "Resolution": message.resolution,
        "OriginOfCondition": link(event.origin) if origin is None else origin,
    }


def numbers(first: EventNumber, last: EventNumber) -> str:
    """The Id of a body with the events from the first to the last."""
    return str(first) if first == last else f"{first}-{last}"
