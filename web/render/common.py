"""What most resources need: headings, links, collections, times."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from actors import Health
from web.models import Collection, Heading, Link, StatusObject
from web.versions import ODATA_CONTEXT, ODATA_TYPE

ENABLED: Final[StatusObject] = {"State": "Enabled", "Health": Health.OK, "HealthRollup": Health.OK}

COLLECTION_NAMES: Final = {
    "SessionCollection": "Session Collection",
    "ManagerAccountCollection": "Account Collection",
    "RoleCollection": "Role Collection",
    "TaskCollection": "Task Collection",
    "EventDestinationCollection": "Event Subscription Collection",
    "AggregateCollection": "Aggregate Collection",
    "AggregationSourceCollection": "Aggregation Source Collection",
    "ConnectionMethodCollection": "Connection Method Collection",
    "ComputerSystemCollection": "Computer System Collection",
    "MessageRegistryFileCollection": "Message Registry File Collection",
    "JsonSchemaFileCollection": "JSON Schema File Collection",
}


def heading(type_name: str, uri: str) -> Heading:
    """The OData properties that every resource begins with."""
    return {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE[type_name],
        "@odata.context": ODATA_CONTEXT[type_name],
    }


def link(uri: str) -> Link:
    return {"@odata.id": uri}


def links(uris: Iterable[str]) -> list[Link]:
    return [{"@odata.id": uri} for uri in uris]


def collection(type_name: str, uri: str, members: Iterable[str]) -> Collection:
    """A collection of this type with members at these URIs, in this order."""
    found = links(members)
    return {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE[type_name],
        "@odata.context": ODATA_CONTEXT[type_name],
        "Name": COLLECTION_NAMES[type_name],
        "Members": found,
        "Members@odata.count": len(found),
    }


def utc(at: datetime) -> str:
    """An aware time as Redfish writes it: UTC, always six decimals, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"  # in place of +00:00
