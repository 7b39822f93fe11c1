"""Events, subscriptions and how far they have been told, as bytes; `codec` says how that is done."""

from operator import attrgetter

from actors.events.records import (
    Delivery,
    Event,
    EventChoice,
    ResourceType,
    RetryPolicy,
    Subscription,
    TestMessage,
)
from actors.tasks.catalogue import Health
from store.message_codec import message_fields, message_from
from store.packing import Fields, Kind, pack, simple, unpack

_HEALTHS = {health.value: health for health in Health}
_RESOURCE_TYPES = {resource_type.value: resource_type for resource_type in ResourceType}
_RETRY_POLICIES = {policy.value: policy for policy in RetryPolicy}


def _event_fields(event: Event) -> Fields:
    message = event.message
    told = (_of_test(message),) if isinstance(message, TestMessage) else (None, *message_fields(message))
    return (event.origin, event.resource_type, event.owner, event.at, told)


def _event_from(fields: Fields) -> Event:
    origin, resource_type, owner, at, (test, *message) = fields
    return Event(
        message=message_from(message) if test is None else _test_from(test),
        origin=origin,
        resource_type=_RESOURCE_TYPES[resource_type],
        owner=owner,
        at=at,
    )


def _of_test(test: TestMessage) -> Fields:
    return (
        test.message_id,
        test.args,
        test.text,
        test.severity,
        test.event_type,
        test.event_id,
        test.resolution,
        test.timestamp,
    )


def _test_from(fields: Fields) -> TestMessage:
    message_id, args, text, severity, event_type, event_id, resolution, timestamp = fields
    return TestMessage(
        message_id=message_id,
        args=tuple(args),
        text=text,
        severity=_HEALTHS[severity],
        event_type=event_type,
        event_id=event_id,
        resolution=resolution,
        timestamp=timestamp,
    )


_EVENT = Kind("Event", _event_fields, _event_from)


def encode_event(event: Event) -> bytes:
    """The event as bytes; raises as `packing.pack` does."""
    return pack(_EVENT, event, event.origin)


def decode_event(stored: bytes) -> Event:
    """The event that these bytes are; raises as `packing.unpack` does."""
    return unpack(_EVENT, stored)


# --- who is told of them

_choice_fields = attrgetter(
    "registries",
    "excluded_registries",
    "message_ids",
    "excluded_message_ids",
    "resource_types",
    "origins",
    "subordinate",
    "event_types",
    "severities",
)


def _choice_from(fields: Fields) -> EventChoice:
    (registries, excluded_registries, message_ids, excluded_message_ids, resource_types, origins,
     subordinate, event_types, severities) = fields  # fmt: skip
    return EventChoice(
        registries=tuple(registries),
        excluded_registries=tuple(excluded_registries),
        message_ids=tuple(message_ids),
        excluded_message_ids=tuple(excluded_message_ids),
        resource_types=tuple(resource_types),
        origins=tuple(origins),
        subordinate=subordinate,
        event_types=tuple(event_types),
        severities=tuple([_HEALTHS[severity] for severity in severities]),
    )


def _subscription_fields(subscription: Subscription) -> Fields:
    return (
        subscription.id,
        subscription.revision,
        subscription.owner,
        subscription.destination,
        subscription.context,
        _choice_fields(subscription.choice),
        subscription.include_origin,
        subscription.retry_policy,
        subscription.verify_certificate,
        subscription.headers,
        subscription.signing_key,
        subscription.suspended,
        subscription.suspended_why,
        subscription.after,
        subscription.created,
    )


def _subscription_from(fields: Fields) -> Subscription:
    (subscription_id, revision, owner, destination, context, choice, include_origin, retry_policy,
     verify_certificate, headers, signing_key, suspended, suspended_why, after, created) = fields  # fmt: skip
    return Subscription(
        id=subscription_id,
        revision=revision,
        owner=owner,
        destination=destination,
        context=context,
        choice=_choice_from(choice),
        include_origin=include_origin,
        retry_policy=_RETRY_POLICIES[retry_policy],
        verify_certificate=verify_certificate,
        headers=headers,
        signing_key=signing_key,
        suspended=suspended,
        suspended_why=suspended_why,
        after=after,
        created=created,
    )


SUBSCRIPTION = Kind("Subscription", _subscription_fields, _subscription_from)

DELIVERY = simple(
    Delivery,
    ("id", "revision", "told", "last_success", "last_failure", "last_error", "failed", "delivered"),
)
