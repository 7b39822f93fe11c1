"""The event service, subscriptions, and events as they are sent."""

from typing import Annotated, Any, NotRequired, TypedDict

from actors import Health, RetryPolicy
from web.models.base import Link, Patched, Resource, StatusObject
from web.models.fleet import Action
from web.models.notes import Doc, Range, Time, Uri

SubmitTestEventAction = TypedDict(
    "SubmitTestEventAction",
    {
        "target": Annotated[Uri, Doc("Where to POST it.")],
        "@Redfish.ActionInfo": Annotated[Uri, Doc("What its parameters are.")],
    },
)
SubmitTestEventAction.__doc__ = "The action that has a test event told."

EventServiceActions = TypedDict(
    "EventServiceActions",
    {
        "#EventService.SubmitTestEvent": Annotated[
            SubmitTestEventAction, Doc("Have an event told that means nothing, to see that it arrives.")
        ]
    },
)
EventServiceActions.__doc__ = "The actions of the event service."


class StreamFilters(TypedDict):
    """By which properties the `$filter` of a stream chooses events."""

    EventFormatType: Annotated[bool, Doc("By the format.")]
    MessageId: Annotated[bool, Doc("By the MessageId.")]
    MetricReportDefinition: Annotated[bool, Doc("By the definition of a metric report.")]
    OriginResource: Annotated[bool, Doc("By the resource that they are about.")]
    RegistryPrefix: Annotated[bool, Doc("By the message registry.")]
    ResourceType: Annotated[bool, Doc("By the type of the resource that they are about.")]
    SubordinateResources: Annotated[bool, Doc("With the resources below the one that is named.")]


class EventService(Resource):
    """Who is told of events, and how."""

    Status: Annotated[StatusObject, Doc("State and health.")]
    ServiceEnabled: Annotated[bool, Doc("Whether events are told.")]
    DeliveryRetryAttempts: Annotated[int, Range(0), Doc("How often a delivery that failed is repeated.")]
    DeliveryRetryIntervalSeconds: Annotated[int, Range(1), Doc("Seconds between two attempts.")]
    EventFormatTypes: Annotated[list[str], Doc("The formats in which something is told.")]
    ExcludeMessageId: Annotated[bool, Doc("Whether a subscription may exclude MessageIds.")]
    ExcludeRegistryPrefix: Annotated[bool, Doc("Whether a subscription may exclude message registries.")]
    IncludeOriginOfConditionSupported: Annotated[
        bool, Doc("Whether the resource itself can be sent in place of a link.")
    ]
    OriginResourcesSupported: Annotated[bool, Doc("Whether a subscription may name resources.")]
    RegistryPrefixes: Annotated[list[str], Doc("The message registries that a subscription may name.")]
    ResourceTypes: Annotated[list[str], Doc("The types of resources that a subscription may name.")]
    ServerSentEventUri: Annotated[Uri, Doc("Where a stream of events is opened.")]
    Severities: Annotated[list[Health], Doc("The severities that a subscription may name.")]
    SSEFilterPropertiesSupported: Annotated[StreamFilters, Doc("What the filter of a stream understands.")]
    SSEIncludeOriginOfConditionSupported: Annotated[
        bool, Doc("Whether a stream can have the resource in place of a link.")
    ]
    SubordinateResourcesSupported: Annotated[
        bool, Doc("Whether a subscription may take in what is below the resources that it names.")
    ]
    Subscriptions: Annotated[Link, Doc("The subscriptions and the open streams.")]
    Actions: Annotated[EventServiceActions, Doc("What it can do.")]


class EventServiceAnswer(EventService, Patched):
    """Who is told of events, and how."""


SubscriptionActions = TypedDict(
    "SubscriptionActions",
    {
        "#EventDestination.ResumeSubscription": Annotated[Action, Doc("Go on telling it of events.")],
        "#EventDestination.SuspendSubscription": Annotated[Action, Doc("Tell it nothing for a while.")],
    },
)
SubscriptionActions.__doc__ = "The actions of a subscription."

_Typed = TypedDict(
    "_Typed", {"@odata.type": Annotated[str, Doc("The type of this object, with its version.")]}
)


class TaskmonDestination(_Typed):
    """What this service tells of a subscription or a stream beside what the standard has."""

    Owner: Annotated[str, Doc("The id of the account whose it is.")]
    Created: Annotated[Time, Doc("When it was made or opened.")]
    Pending: Annotated[int, Range(0), Doc("How many events have come that it has not been asked about.")]
    Delivered: NotRequired[Annotated[int, Range(0), Doc("How many events its destination has taken.")]]
    LastSuccess: NotRequired[Annotated[Time | None, Doc("When its destination last took events.")]]
    LastFailure: NotRequired[Annotated[Time | None, Doc("When an attempt last failed.")]]
    LastError: NotRequired[Annotated[str, Doc("Why that failed, a sentence; empty: none has.")]]
    FailedAttempts: NotRequired[Annotated[int, Range(0), Doc("Attempts since the last success.")]]
    Signed: NotRequired[Annotated[bool, Doc("Whether the requests are signed.")]]
    SuspendedReason: NotRequired[Annotated[str, Doc("Why it is suspended, unless a client asked for it.")]]
    LastEventId: NotRequired[Annotated[str, Doc("How far a stream has been told.")]]
    Filter: NotRequired[Annotated[str, Doc("The filter of a stream.")]]


class DestinationOem(TypedDict):
    """What is not of the standard."""

    Taskmon: Annotated[TaskmonDestination, Doc("What is this service's own.")]


class EventDestination(Resource):
    """Somebody who is told of events: a subscription, or an open stream."""

    Context: Annotated[str, Doc("What the events carry, for the one who is told.")]
    Destination: NotRequired[Annotated[str, Doc("Where events are posted to.")]]
    Protocol: Annotated[str, Doc("How they are sent.")]
    SubscriptionType: Annotated[str, Doc("RedfishEvent, or SSE for a stream.")]
    EventFormatType: Annotated[str, Doc("What is sent.")]
    Status: Annotated[StatusObject, Doc("Whether it is told, and whether that works.")]
    HttpHeaders: NotRequired[Annotated[list[Any], Doc("Always empty: they can be written and not read.")]]
    DeliveryRetryPolicy: NotRequired[
        Annotated[RetryPolicy, Doc("What is done when all attempts at a delivery have failed.")]
    ]
    VerifyCertificate: NotRequired[Annotated[bool, Doc("Whether the destination's certificate is checked.")]]
    IncludeOriginOfCondition: NotRequired[
        Annotated[bool, Doc("Whether the resource itself is sent in place of a link.")]
    ]
    RegistryPrefixes: NotRequired[Annotated[list[str], Doc("The message registries that are wanted.")]]
    ExcludeRegistryPrefixes: NotRequired[Annotated[list[str], Doc("Those that are not.")]]
    MessageIds: NotRequired[Annotated[list[str], Doc("The MessageIds that are wanted.")]]
    ExcludeMessageIds: NotRequired[Annotated[list[str], Doc("Those that are not.")]]
    ResourceTypes: NotRequired[Annotated[list[str], Doc("The types of resources that are wanted.")]]
    OriginResources: NotRequired[Annotated[list[Link], Doc("The resources that are wanted.")]]
    SubordinateResources: NotRequired[Annotated[bool, Doc("Whether those below them are, too.")]]
    EventTypes: NotRequired[Annotated[list[str], Doc("The old types of events that are wanted.")]]
    Severities: NotRequired[Annotated[list[Health], Doc("The severities that are wanted.")]]
    Actions: NotRequired[Annotated[SubscriptionActions, Doc("What it can do.")]]
    Oem: Annotated[DestinationOem, Doc("What is not of the standard.")]


class EventDestinationAnswer(EventDestination, Patched):
    """Somebody who is told of events: a subscription, or an open stream."""


class EventRecord(TypedDict):
    """One thing that has happened."""

    MemberId: Annotated[str, Doc("Its place in the list.")]
    EventId: Annotated[str, Doc("The same whenever the event is told again.")]
    EventTimestamp: Annotated[Time, Doc("When it happened.")]
    EventType: Annotated[str, Doc("Its old type.")]
    MessageId: Annotated[str, Doc("Registry, its version (two numbers) and the key of the message.")]
    Message: Annotated[str, Doc("The message for a person.")]
    MessageArgs: Annotated[list[str], Doc("The arguments of the message.")]
    MessageSeverity: Annotated[Health, Doc("How grave it is.")]
    Severity: Annotated[Health, Doc("The older name of MessageSeverity.")]
    Resolution: Annotated[str, Doc("What to do now.")]
    OriginOfCondition: Annotated[Any, Doc("A link to what it is about, or the resource itself.")]


_EventHeading = TypedDict(
    "_EventHeading",
    {
        "@odata.type": Annotated[str, Doc("The type of this body, with its version.")],
        "@odata.context": Annotated[Uri, Doc("The place of its type in the metadata document.")],
    },
)


class Event(_EventHeading):
    """What a destination and a stream are sent."""

    Id: Annotated[str, Doc("The numbers of its events.")]
    Name: Annotated[str, Doc("The name of the body.")]
    Events: Annotated[list[EventRecord], Doc("What has happened, oldest first.")]
    Context: Annotated[str, Doc("The Context of the EventDestination.")]


class ActionParameter(TypedDict):
    """A parameter of an action."""

    Name: Annotated[str, Doc("Its name.")]
    Required: Annotated[bool, Doc("Whether it must be given.")]
    DataType: Annotated[str, Doc("What it is.")]
    AllowableValues: NotRequired[Annotated[list[str], Doc("The values that it may have.")]]


class ActionInfo(Resource):
    """What the parameters of an action are."""

    Parameters: Annotated[list[ActionParameter], Doc("The parameters.")]
