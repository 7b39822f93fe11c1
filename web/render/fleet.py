"""The aggregation service, sources, aggregates, connection methods and systems."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, cast

from actors import (
    Aggregate,
    AggregateId,
    ResetType,
    Source,
    SourceId,
    System,
    SystemId,
    aggregate_uri,
    source_uri,
    system_uri,
)
from web.models import Aggregate as AggregateResource
from web.models import (
    AggregationService,
    AggregationSource,
    Collection,
    ComputerSystem,
    ConnectionMethod,
    ResetAction,
)
from web.render.common import ENABLED, collection, heading, link, links
from web.uris import (
    AGGREGATES,
    AGGREGATION_SERVICE,
    CONNECTION_METHODS,
    REDFISH_METHOD,
    REDFISH_METHOD_ID,
    SOURCES,
    SYSTEMS,
    action_uri,
)
from web.versions import ODATA_CONTEXT, ODATA_TYPE, OEM_SOURCE_TYPE

ALL_RESET_TYPES: Final = tuple(ResetType)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def aggregation_service() -> AggregationService:
    return {
        **heading("AggregationService", AGGREGATION_SERVICE),
        "Id": "AggregationService",
        "Name": "Aggregation Service",
        "Status": ENABLED,
        "ServiceEnabled": True,
        "Aggregates": link(AGGREGATES),
        "AggregationSources": link(SOURCES),
        "ConnectionMethods": link(CONNECTION_METHODS),
        "Actions": {
            "#AggregationService.Reset": _reset_action(
                AGGREGATION_SERVICE, "AggregationService.Reset", ALL_RESET_TYPES
            )
        },
    }


def aggregate_collection(ids: Iterable[AggregateId]) -> Collection:
    return collection("AggregateCollection", AGGREGATES, map(aggregate_uri, ids))


def aggregate_resource(aggregate: Aggregate) -> AggregateResource:
    uri = aggregate_uri(aggregate.id)
    return {
        **heading("Aggregate", uri),
        "Id": aggregate.id,
        "Name": f"Aggregate {aggregate.id}",
        "Elements": links(map(system_uri, aggregate.elements)),
        "ElementsCount": len(aggregate.elements),
        "Actions": {
            "#Aggregate.Reset": _reset_action(uri, "Aggregate.Reset", ALL_RESET_TYPES),
            "#Aggregate.AddElements": {"target": action_uri(uri, "Aggregate.AddElements")},
            "#Aggregate.RemoveElements": {"target": action_uri(uri, "Aggregate.RemoveElements")},
        },
    }


def source_collection(ids: Iterable[SourceId]) -> Collection:
    return collection("AggregationSourceCollection", SOURCES, map(source_uri, ids))


def source_resource(source: Source) -> AggregationSource:
    return {
        "@odata.id": source_uri(source.id),
        "@odata.type": ODATA_TYPE["AggregationSource"],
        "@odata.context": ODATA_CONTEXT["AggregationSource"],
        "Id": source.id,
        "Name": f"Server {source.host}",
        "HostName": source.host,
        "UserName": source.user_name,
        "Password": None,
        "Links": {
            "ConnectionMethod": link(REDFISH_METHOD),
            "ResourcesAccessed": links(map(system_uri, source.systems)),
        },
        "Oem": {
            "Taskmon": {
                "@odata.type": OEM_SOURCE_TYPE,
                "VerifyCertificate": source.trust.verify,
                "CertificateSHA256": source.trust.pin or None,
            }
        },
    }


def connection_method_collection() -> Collection:
    return collection("ConnectionMethodCollection", CONNECTION_METHODS, [REDFISH_METHOD])


def connection_method(sources: Iterable[SourceId]) -> ConnectionMethod:
    return {
        **heading("ConnectionMethod", REDFISH_METHOD),
        "Id": REDFISH_METHOD_ID,
        "Name": "Redfish",
        "ConnectionMethodType": "Redfish",
        "Links": {"AggregationSources": links(map(source_uri, sources))},
    }


def system_collection(ids: Iterable[SystemId]) -> Collection:
    return collection("ComputerSystemCollection", SYSTEMS, map(system_uri, ids))


def system_resource(system: System) -> ComputerSystem:
    """A system as it was last seen. What its server left out, or wrote in a form of its own, is left out."""
    uri = system_uri(system.id)
    body: ComputerSystem = {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE["ComputerSystem"],
        "@odata.context": ODATA_CONTEXT["ComputerSystem"],
        "Id": system.id,
        "Name": system.name,
        "PowerState": system.power_state,
    }
    told = {"Manufacturer": system.manufacturer, "Model": system.model, "SerialNumber": system.serial_number}
    body |= cast(ComputerSystem, {key: text for key, text in told.items() if text})
    if _UUID.fullmatch(system.uuid):
        body["UUID"] = system.uuid
    if _TIME.fullmatch(system.last_reset):
        body["LastResetTime"] = system.last_reset
    if system.reset_uri:
        # A server that does not say what it supports is asked for whatever the client wants.
        types = system.reset_types or ALL_RESET_TYPES
        body["Actions"] = {"#ComputerSystem.Reset": _reset_action(uri, "ComputerSystem.Reset", types)}
    return body


def _reset_action(uri: str, action: str, types: Sequence[ResetType]) -> ResetAction:
    return {"target": action_uri(uri, action), "ResetType@Redfish.AllowableValues": list(types)}
