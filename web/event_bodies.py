"""What requests about events may hold, and what they mean to the actors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from actors import (
    CATALOGUE,
    EventChoice,
    Health,
    InvalidRequestError,
    Message,
    NewSubscription,
    RetryPolicy,
    SubscriptionChange,
    TestMessage,
)
from web.body import Words
from web.event_kinds import (
    duration,
    http_headers,
    known,
    message_id,
    moment,
    origin,
    origins,
    text,
    texts,
)
from web.event_values import EventFormat, EventType, Protocol, SubscriptionType
from web.kinds import Choice, Choices, Flag, Nested, Shape, Text
from web.oem import said_under_oem

LONGEST_CONTEXT: Final = 4096

CAN_CHANGE: Final[Shape] = {
    "Context": text(LONGEST_CONTEXT),
    "DeliveryRetryPolicy": Choice(RetryPolicy),
    "HttpHeaders": http_headers(),
    "VerifyCertificate": Flag(),
    "Oem": Nested({"Taskmon": Nested({"SigningKey": text(1024)})}),
}
NEW_SUBSCRIPTION: Final[Shape] = {
    **CAN_CHANGE,
    "Destination": Text(required=True, longest=2048),
    "Protocol": Choice(Protocol, required=True),
    "SubscriptionType": Choice(SubscriptionType),
    "EventFormatType": Choice(EventFormat),
    "IncludeOriginOfCondition": Flag(),
    "RegistryPrefixes": known("RegistryPrefix"),
    "ExcludeRegistryPrefixes": known("RegistryPrefix"),
    "MessageIds": known("MessageId"),
    "ExcludeMessageIds": known("MessageId"),
    "ResourceTypes": known("ResourceType"),
    "OriginResources": origins(),
    "SubordinateResources": Flag(),
    "EventTypes": Choices(EventType),
    "Severities": Choices(Health),
}
TEST_EVENT: Final[Shape] = {
    "EventId": Text(longest=200),
    "EventTimestamp": moment(),
    "EventType": Choice(EventType),
    "Message": Text(longest=4096),
    "MessageArgs": texts(),
    "MessageId": message_id(),
    "MessageSeverity": Choice(Health),
    "OriginOfCondition": origin(),
    "Severity": Choice(Health),
}
RESUME: Final[Shape] = {"DeliverBufferedEventDuration": duration()}
NOTHING: Final[Shape] = {}

_TEST: Final = Message("TestEvent")
_WITHOUT_TEXT: Final = "A test event, of which only its MessageId says what it tells."


def new_subscription(given: Mapping[str, Any]) -> NewSubscription:
    """What the body of a POST to Subscriptions asks for."""
    return NewSubscription(
        destination=given["Destination"],
        context=given.get("Context", ""),
        choice=EventChoice(
            registries=given.get("RegistryPrefixes", ()),
            excluded_registries=given.get("ExcludeRegistryPrefixes", ()),
            message_ids=given.get("MessageIds", ()),
            excluded_message_ids=given.get("ExcludeMessageIds", ()),
            resource_types=given.get("ResourceTypes", ()),
            origins=given.get("OriginResources", ()),
            subordinate=given.get("SubordinateResources", False),
            event_types=tuple(given.get("EventTypes", ())),
            severities=tuple(given.get("Severities", ())),
        ),
        include_origin=given.get("IncludeOriginOfCondition", False),
        retry_policy=given.get("DeliveryRetryPolicy", RetryPolicy.TERMINATE),
        verify_certificate=given.get("VerifyCertificate", True),
        headers=given.get("HttpHeaders", {}),
        signing_key=said_under_oem(given).get("SigningKey", ""),
    )


def subscription_change(given: Mapping[str, Any]) -> SubscriptionChange:
    """What the body of a PATCH wants to be different."""
    return SubscriptionChange(
        context=given.get("Context"),
        retry_policy=given.get("DeliveryRetryPolicy"),
        verify_certificate=given.get("VerifyCertificate"),
        headers=given.get("HttpHeaders"),
        signing_key=said_under_oem(given).get("SigningKey"),
    )


def message_of_test(given: Mapping[str, Any], words: Words) -> TestMessage:
    """What the parameters of SubmitTestEvent say.

    What they leave out is as the catalogue has it for that MessageId, where it is one of ours; without one it
    is our own TestEvent.

    Raises:
        InvalidRequestError: the MessageId is one of ours and takes another number of MessageArgs, and no
            Message is given in place of its own.
    """
    args = given.get("MessageArgs", ())
    message = TestMessage(
        message_id=given.get("MessageId", _TEST.message_id),
        args=args,
        text=_WITHOUT_TEXT,
        event_type=given.get("EventType", ""),
        event_id=given.get("EventId", ""),
        timestamp=given.get("EventTimestamp"),
    )
    registry, _, key = message.message_id.rpartition(".")
    template = CATALOGUE.get(key)
    if template is not None and template.registry == registry:
        message = replace(message, severity=template.severity, resolution=template.resolution)
        if template.arguments == len(args):
            message = replace(message, text=template.text.format(*args))
        elif "MessageId" not in given:
            message = replace(message, text=_TEST.text)
        elif "Message" not in given:
            raise InvalidRequestError(
                words.wrong_value(
                    "MessageArgs",
                    f"{message.message_id} takes {template.arguments}, and there are {len(args)}.",
                    f"Give {template.arguments} strings in MessageArgs.",
                )
            )
    severity = given.get("MessageSeverity", given.get("Severity", message.severity))
    return replace(message, severity=severity, text=given.get("Message", message.text))
