"""The values by which events can be chosen, for subscriptions and for the filters of streams."""

from enum import StrEnum
from typing import Final

from actors import CATALOGUE, MESSAGE_REGISTRIES, Health, ResourceType


class EventType(StrEnum):
    """Redfish's old types of events, but for that of metric reports, of which there are none here."""

    STATUS_CHANGE = "StatusChange"
    UPDATED = "ResourceUpdated"
    ADDED = "ResourceAdded"
    REMOVED = "ResourceRemoved"
    ALERT = "Alert"
    OTHER = "Other"


class EventFormat(StrEnum):
    """What is sent. There are no metric reports here."""

    EVENT = "Event"


class Protocol(StrEnum):
    """How events are sent to a destination."""

    REDFISH = "Redfish"


class SubscriptionType(StrEnum):
    """What can be asked for by POST; a stream is asked for by opening it."""

    REDFISH_EVENT = "RedfishEvent"


EVENT: Final = EventFormat.EVENT

REGISTRY_PREFIXES: Final = tuple(registry.prefix for registry in MESSAGE_REGISTRIES)

_MESSAGE_IDS: Final = frozenset(
    form
    for template in CATALOGUE.values()
    for form in (template.message_id, f"{template.registry.partition('.')[0]}.{template.key}")
)
_WHICH_MESSAGE: Final = (
    "Give the MessageId of a message in /redfish/v1/Registries, or its registry and key alone."
)
_LISTED: Final = {
    "EventFormatType": (EVENT,),
    "EventType": tuple(EventType),
    "RegistryPrefix": REGISTRY_PREFIXES,
    "ResourceType": tuple(ResourceType),
    "Severity": tuple(Health),
}


def way_out(name: str, value: str) -> str:
    """What to give in place of this value of the property by which events are chosen; empty if it is right.

    Properties that have any value are right with every one.
    """
    if name == "MessageId":
        return "" if value in _MESSAGE_IDS else _WHICH_MESSAGE
    listed = _LISTED.get(name)
    return "" if listed is None or value in listed else f"Give one of {', '.join(listed)}."
