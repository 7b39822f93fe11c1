"""Aggregation sources, aggregates and systems as they are sent."""

from typing import Annotated, NotRequired, TypedDict

from actors import PowerState as Power
from actors import ResetType
from web.models.base import Link, Patched, Resource, StatusObject
from web.models.notes import Doc, Range, Time, Uri, Uuid


class Action(TypedDict):
    """An action without parameters that are told of beforehand."""

    target: Annotated[Uri, Doc("Where to POST it.")]


ResetAction = TypedDict(
    "ResetAction",
    {
        "target": Annotated[Uri, Doc("Where to POST it.")],
        "ResetType@Redfish.AllowableValues": Annotated[
            list[ResetType], Doc("The values that ResetType may have.")
        ],
    },
)
ResetAction.__doc__ = "A reset action."

AggregationServiceActions = TypedDict(
    "AggregationServiceActions",
    {"#AggregationService.Reset": Annotated[ResetAction, Doc("Reset a list of systems.")]},
)
AggregationServiceActions.__doc__ = "The actions of the aggregation service."

AggregateActions = TypedDict(
    "AggregateActions",
    {
        "#Aggregate.Reset": Annotated[ResetAction, Doc("Reset the systems of the aggregate.")],
        "#Aggregate.AddElements": Annotated[Action, Doc("Put systems into the aggregate.")],
        "#Aggregate.RemoveElements": Annotated[Action, Doc("Take systems out of the aggregate.")],
    },
)
AggregateActions.__doc__ = "The actions of an aggregate."

SystemActions = TypedDict(
    "SystemActions",
    {"#ComputerSystem.Reset": Annotated[ResetAction, Doc("Reset the system.")]},
)
SystemActions.__doc__ = "The actions of a system."


class AggregationService(Resource):
    """Where servers are added, grouped and reset."""

    Status: Annotated[StatusObject, Doc("State and health.")]
    ServiceEnabled: Annotated[bool, Doc("Whether the service takes requests.")]
    Aggregates: Annotated[Link, Doc("The aggregates.")]
    AggregationSources: Annotated[Link, Doc("The servers that were added.")]
    ConnectionMethods: Annotated[Link, Doc("The ways in which servers are reached.")]
    Actions: Annotated[AggregationServiceActions, Doc("What it can do.")]


class Aggregate(Resource):
    """A set of systems that are reset together."""

    Elements: Annotated[list[Link], Doc("Its systems.")]
    ElementsCount: Annotated[int, Range(0), Doc("How many systems it has.")]
    Actions: Annotated[AggregateActions, Doc("What it can do.")]


class SourceLinks(TypedDict):
    """Links of an aggregation source."""

    ConnectionMethod: Annotated[Link, Doc("The way in which the server is reached.")]
    ResourcesAccessed: Annotated[list[Link], Doc("The systems that the server manages.")]


_Typed = TypedDict(
    "_Typed", {"@odata.type": Annotated[str, Doc("The type of this object, with its version.")]}
)


class TaskmonSource(_Typed):
    """How the server shows that it is the right one."""

    VerifyCertificate: Annotated[
        bool | None,
        Doc("Whether its certificate must be signed by who is trusted; null: as is set for all."),
    ]
    CertificateSHA256: Annotated[
        str | None,
        Doc("The SHA-256, in hexadecimal digits, of the certificate that it must show, if any."),
    ]


class SourceOem(TypedDict):
    """What is not of the standard."""

    Taskmon: Annotated[TaskmonSource, Doc("What is this service's own.")]


class AggregationSource(Resource, Patched):
    """A server that was added."""

    HostName: Annotated[str, Doc("Its address.")]
    UserName: Annotated[str, Doc("The user name for it.")]
    Password: Annotated[None, Doc("Always null: it can be written and not read.")]
    Links: Annotated[SourceLinks, Doc("Links to other resources.")]
    Oem: Annotated[SourceOem, Doc("What is not of the standard.")]


class ConnectionMethodLinks(TypedDict):
    """Links of a connection method."""

    AggregationSources: Annotated[list[Link], Doc("The servers that are reached so.")]


class ConnectionMethod(Resource):
    """A way in which servers are reached."""

    ConnectionMethodType: Annotated[str, Doc("The protocol.")]
    Links: Annotated[ConnectionMethodLinks, Doc("Links to other resources.")]


class ComputerSystem(Resource):
    """A machine that an aggregation source manages, as it was last seen."""

    Manufacturer: NotRequired[Annotated[str, Doc("Who made it.")]]
    Model: NotRequired[Annotated[str, Doc("Its model.")]]
    SerialNumber: NotRequired[Annotated[str, Doc("Its serial number.")]]
    UUID: NotRequired[Annotated[Uuid, Doc("Its UUID.")]]
    PowerState: Annotated[Power | None, Doc("Its power state when it was last seen.")]
    LastResetTime: NotRequired[Annotated[Time, Doc("When it was last reset, by its own clock.")]]
    Actions: NotRequired[Annotated[SystemActions, Doc("What it can do.")]]
