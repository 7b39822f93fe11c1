"""The service root and the session service as they are sent."""

from typing import Annotated, NotRequired, TypedDict

from web.models.base import ErrorMessage, Link, Patched, Resource, StatusObject
from web.models.notes import Doc, Format, Pattern, Range, Time, Uri, Uuid


class ExpandObject(TypedDict):
    """Which forms of `$expand` the service understands."""

    ExpandAll: Annotated[bool, Doc("Whether `*` is understood.")]
    Levels: Annotated[bool, Doc("Whether `$levels` is understood.")]
    Links: Annotated[bool, Doc("Whether `~` is understood.")]
    MaxLevels: Annotated[int, Range(1), Doc("The most that `$levels` may be.")]
    NoLinks: Annotated[bool, Doc("Whether `.` is understood.")]


class ProtocolFeatures(TypedDict):
    """Which optional parts of the protocol the service keeps."""

    ExcerptQuery: Annotated[bool, Doc("Whether `excerpt` is understood.")]
    ExpandQuery: Annotated[ExpandObject, Doc("Which forms of `$expand` are understood.")]
    FilterQuery: Annotated[bool, Doc("Whether `$filter` is understood.")]
    OnlyMemberQuery: Annotated[bool, Doc("Whether `only` is understood.")]
    SelectQuery: Annotated[bool, Doc("Whether `$select` is understood.")]
    TopSkipQuery: Annotated[bool, Doc("Whether `$top` and `$skip` are understood.")]


class RootLinks(TypedDict):
    """Links of the service root."""

    Sessions: Annotated[Link, Doc("The sessions; a POST there logs in.")]


class ServiceRoot(Resource):
    """Where every client begins."""

    RedfishVersion: Annotated[
        str, Pattern(r"^\d+\.\d+\.\d+$"), Doc("The version of the protocol that is spoken.")
    ]
    UUID: Annotated[Uuid, Doc("The service's own UUID; it stays over restarts.")]
    Product: Annotated[str, Doc("The product.")]
    ProtocolFeaturesSupported: Annotated[ProtocolFeatures, Doc("The optional parts of the protocol.")]
    SessionService: Annotated[Link, Doc("The session service.")]
    AccountService: Annotated[Link, Doc("The account service.")]
    Tasks: Annotated[Link, Doc("The task service.")]
    EventService: Annotated[Link, Doc("The event service.")]
    AggregationService: Annotated[Link, Doc("The aggregation service.")]
    Systems: Annotated[Link, Doc("All systems.")]
    Registries: Annotated[Link, Doc("The message registries.")]
    JsonSchemas: Annotated[Link, Doc("The JSON Schemas of what is sent.")]
    Links: Annotated[RootLinks, Doc("Links to other resources.")]


class SessionService(Resource):
    """How sessions are kept."""

    Status: Annotated[StatusObject, Doc("State and health.")]
    ServiceEnabled: Annotated[bool, Doc("Whether sessions can be made.")]
    SessionTimeout: Annotated[int, Range(30, 86400), Doc("A session unused for so many seconds ends.")]
    Sessions: Annotated[Link, Doc("The sessions.")]


class SessionServiceAnswer(SessionService, Patched):
    """How sessions are kept."""


_Told = TypedDict(
    "_Told",
    {
        "@Message.ExtendedInfo": NotRequired[
            Annotated[list[ErrorMessage], Doc("In the answer to a login: that the password must be changed.")]
        ]
    },
)


class Session(Resource, _Told):
    """A login that lasts."""

    UserName: Annotated[str, Doc("The name of the account.")]
    SessionType: Annotated[str, Doc("Which interface the session is used with.")]
    CreatedTime: Annotated[Time, Doc("When it was made.")]
    ClientOriginIPAddress: NotRequired[Annotated[str, Doc("The address from which it was made.")]]


class ODataValue(TypedDict):
    """An entry of the OData service document."""

    name: Annotated[str, Doc("The property of the service root.")]
    kind: Annotated[str, Doc("What it is.")]
    url: Annotated[str, Format("uri-reference"), Doc("Where it is.")]


_Context = TypedDict("_Context", {"@odata.context": Annotated[str, Doc("The metadata document.")]})


class ODataDocument(_Context):
    """The OData service document."""

    value: Annotated[list[ODataValue], Doc("Where the service root leads to.")]


class VersionsDocument(TypedDict):
    """Which versions of the protocol are spoken, each with its service root."""

    v1: Annotated[Uri, Doc("The service root of version 1.")]


class Watch(TypedDict):
    """The answer to whoever watches over the service."""

    status: Annotated[str, Doc("`ok`, `ready` or `stopping`.")]
