"""The event service, its subscriptions and open streams, and what the parameters of its action are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, cast

from actors import DeliveryState, Health, ResourceType, Stream, Subscription, subscription_uri
from web.event_values import EVENT, REGISTRY_PREFIXES, EventType, Protocol, SubscriptionType
from web.models import ActionInfo, ActionParameter, Collection, EventDestination, EventService
from web.render.common import ENABLED, collection, heading, link, links, utc
from web.uris import EVENT_SERVICE, EVENT_STREAM, SUBSCRIPTIONS, TEST_EVENT_INFO, action_uri
from web.versions import ODATA_CONTEXT, ODATA_TYPE, OEM_DESTINATION_TYPE

SUBMIT_TEST_EVENT: Final = "EventService.SubmitTestEvent"
SUSPEND: Final = "EventDestination.SuspendSubscription"
RESUME: Final = "EventDestination.ResumeSubscription"
STREAM_TYPE: Final = "SSE"


def event_service(attempts: int, interval: int) -> EventService:
    """Without what is deprecated; to choose by the old EventType is understood all the same."""
    return {
        **heading("EventService", EVENT_SERVICE),
        "Id": "EventService",
        "Name": "Event Service",
        "Status": ENABLED,
        "ServiceEnabled": True,
        "DeliveryRetryAttempts": attempts,
        "DeliveryRetryIntervalSeconds": interval,
        "EventFormatTypes": [EVENT],
        "ExcludeMessageId": True,
        "ExcludeRegistryPrefix": True,
        "IncludeOriginOfConditionSupported": True,
        "OriginResourcesSupported": True,
        "RegistryPrefixes": list(REGISTRY_PREFIXES),
        "ResourceTypes": list(ResourceType),
        "ServerSentEventUri": EVENT_STREAM,
        "Severities": list(Health),
        "SSEFilterPropertiesSupported": {
            "EventFormatType": True,
            "MessageId": True,
            "MetricReportDefinition": False,
            "OriginResource": True,
            "RegistryPrefix": True,
            "ResourceType": True,
            "SubordinateResources": True,
        },
        "SSEIncludeOriginOfConditionSupported": False,
        "SubordinateResourcesSupported": True,
        "Subscriptions": link(SUBSCRIPTIONS),
        "Actions": {
            "#EventService.SubmitTestEvent": {
                "target": action_uri(EVENT_SERVICE, SUBMIT_TEST_EVENT),
                "@Redfish.ActionInfo": TEST_EVENT_INFO,
            }
        },
    }


def test_event_info() -> ActionInfo:
    """What SubmitTestEvent takes."""
    texts = ("EventId", "EventTimestamp", "Message", "MessageId", "OriginOfCondition")
    parameters: list[ActionParameter] = [
        *(_parameter(name, "String") for name in texts),
        _parameter("MessageArgs", "StringArray"),
        _choice("EventType", EventType),
        _choice("MessageSeverity", Health),
        _choice("Severity", Health),
    ]
    return {
        **heading("ActionInfo", TEST_EVENT_INFO),
        "Id": TEST_EVENT_INFO.rpartition("/")[2],
        "Name": "Submit Test Event Action Info",
        "Parameters": parameters,
    }


def _parameter(name: str, data_type: str) -> ActionParameter:
    return {"Name": name, "Required": False, "DataType": data_type}


def _choice(name: str, values: Iterable[str]) -> ActionParameter:
    return {**_parameter(name, "String"), "AllowableValues": list(values)}


def destination_collection(ids: Iterable[str]) -> Collection:
    return collection("EventDestinationCollection", SUBSCRIPTIONS, (f"{SUBSCRIPTIONS}/{one}" for one in ids))


def subscription_resource(subscription: Subscription, delivery: DeliveryState) -> EventDestination:
    """A subscription; its headers and its signing key are never shown."""
    uri = subscription_uri(subscription.id)
    failing = delivery.failed > 0 or bool(subscription.suspended_why)
    health = Health.WARNING if failing else Health.OK
    body: EventDestination = {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE["EventDestination"],
        "@odata.context": ODATA_CONTEXT["EventDestination"],
        "Id": subscription.id,
        "Name": "Event Subscription",
        "Context": subscription.context,
        "Destination": subscription.destination,
        "Protocol": Protocol.REDFISH,
        "SubscriptionType": SubscriptionType.REDFISH_EVENT,
        "EventFormatType": EVENT,
        "Status": {
            "State": "Disabled" if subscription.suspended else "Enabled",
            "Health": health,
            "HealthRollup": health,
        },
        "HttpHeaders": [],
        "DeliveryRetryPolicy": subscription.retry_policy,
        "VerifyCertificate": subscription.verify_certificate,
        "IncludeOriginOfCondition": subscription.include_origin,
        "Actions": {
            "#EventDestination.ResumeSubscription": {"target": action_uri(uri, RESUME)},
            "#EventDestination.SuspendSubscription": {"target": action_uri(uri, SUSPEND)},
        },
        "Oem": {
            "Taskmon": {
                "@odata.type": OEM_DESTINATION_TYPE,
                "Owner": subscription.owner,
                "Created": utc(subscription.created),
                "Pending": delivery.pending,
                "Delivered": delivery.delivered,
                "LastSuccess": _maybe(delivery.last_success),
                "LastFailure": _maybe(delivery.last_failure),
                "LastError": delivery.last_error,
                "FailedAttempts": delivery.failed,
                "Signed": subscription.signing_key is not None,
            }
        },
    }
    body |= _choice_of(subscription)
    if subscription.suspended_why:
        body["Oem"]["Taskmon"]["SuspendedReason"] = subscription.suspended_why
    return body


def stream_resource(stream: Stream) -> EventDestination:
    """An open stream, for as long as it is one."""
    uri = subscription_uri(stream.id)
    body: EventDestination = {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE["EventDestination"],
        "@odata.context": ODATA_CONTEXT["EventDestination"],
        "Id": stream.id,
        "Name": "Event Stream",
        "Context": stream.id,
        "Protocol": Protocol.REDFISH,
        "SubscriptionType": STREAM_TYPE,
        "EventFormatType": EVENT,
        "Status": ENABLED,
        "Oem": {
            "Taskmon": {
                "@odata.type": OEM_DESTINATION_TYPE,
                "Owner": stream.owner,
                "Created": utc(stream.created),
                "Pending": stream.behind,
                "LastEventId": str(stream.place),
            }
        },
    }
    if stream.filter:
        body["Oem"]["Taskmon"]["Filter"] = stream.filter
    return body


def _choice_of(subscription: Subscription) -> EventDestination:
    """What it wants, as far as it said so: a list that is empty would be one by which nothing is wanted."""
    choice = subscription.choice
    given: dict[str, Any] = {
        "RegistryPrefixes": list(choice.registries),
        "ExcludeRegistryPrefixes": list(choice.excluded_registries),
        "MessageIds": list(choice.message_ids),
        "ExcludeMessageIds": list(choice.excluded_message_ids),
        "ResourceTypes": list(choice.resource_types),
        "OriginResources": links(choice.origins),
        "EventTypes": list(choice.event_types),
        "Severities": list(choice.severities),
    }
    shown = {name: value for name, value in given.items() if value}
    if choice.origins or choice.subordinate:
        shown["SubordinateResources"] = choice.subordinate
    return cast(EventDestination, shown)


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else utc(at)
