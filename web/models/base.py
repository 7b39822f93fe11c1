"""What resources have in common: a heading, links, collections, messages and the status object."""

from typing import Annotated, NotRequired, TypedDict

from actors import Health as Severe
from web.models.notes import Doc, Pattern, Range, Uri

# Keys such as "@odata.id" are no Python names: the functional form for those, classes for the rest.
Link = TypedDict("Link", {"@odata.id": Annotated[Uri, Doc("The URI of the resource.")]})
Link.__doc__ = "A reference to another resource."

Heading = TypedDict(
    "Heading",
    {
        "@odata.id": Annotated[Uri, Doc("The URI of this resource.")],
        "@odata.etag": NotRequired[
            Annotated[
                str, Pattern(r'^"[^\s"]+"$'), Doc("What the header ETag says: it changes with the resource.")
            ]
        ],
        "@odata.type": Annotated[str, Doc("The type of this resource, with its version.")],
        "@odata.context": Annotated[Uri, Doc("The place of its type in the metadata document.")],
    },
)


class Resource(Heading):
    """What every single resource has."""

    Id: Annotated[str, Doc("What tells this resource from the others of its collection.")]
    Name: Annotated[str, Doc("The name of the resource.")]


_Counted = TypedDict(
    "_Counted",
    {
        "Members@odata.count": Annotated[int, Range(0), Doc("How many members there are, on all pages.")],
        "Members@odata.nextLink": NotRequired[Annotated[Uri, Doc("The next page, if there is one.")]],
    },
)


class Collection(Heading, _Counted):
    """A collection: links to its members."""

    Name: Annotated[str, Doc("The name of the collection.")]
    Members: Annotated[list[Link], Doc("The members.")]


class StatusObject(TypedDict):
    """The state and health of a service."""

    State: Annotated[str, Doc("Whether it is enabled.")]
    Health: Annotated[Severe, Doc("Its own health.")]
    HealthRollup: Annotated[Severe, Doc("Its health and that of what belongs to it.")]


class RedfishMessage(TypedDict):
    """A Redfish Message."""

    MessageId: Annotated[str, Doc("Registry, its version (two numbers) and the key of the message.")]
    Message: Annotated[str, Doc("The message for a person.")]
    MessageArgs: Annotated[list[str], Doc("The arguments of the message.")]
    MessageSeverity: Annotated[Severe, Doc("How grave it is.")]
    Resolution: Annotated[str, Doc("What to do now.")]


class ErrorMessage(RedfishMessage):
    """A Redfish Message in an error or in the result of an action."""

    Severity: Annotated[Severe, Doc("The older name of MessageSeverity; there are clients that need it.")]
    RelatedProperties: NotRequired[
        Annotated[list[str], Doc("JSON pointers to the properties of the request that it is about.")]
    ]


_Extended = TypedDict(
    "_Extended",
    {"@Message.ExtendedInfo": Annotated[list[ErrorMessage], Doc("All there is to say.")]},
)


Patched = TypedDict(
    "Patched",
    {
        "@Message.ExtendedInfo": NotRequired[
            Annotated[list[ErrorMessage], Doc("In the answer to a PATCH: what of it was not done, and why.")]
        ]
    },
)
Patched.__doc__ = "What the answer to a PATCH may hold besides the resource."


class ErrorBody(_Extended):
    """What went wrong."""

    code: Annotated[str, Doc("The MessageId that sums the error up.")]
    message: Annotated[str, Doc("The error in a sentence.")]


class RedfishError(TypedDict):
    """The body of every answer with HTTP status 400 or above."""

    error: Annotated[ErrorBody, Doc("The error.")]


class Success(_Extended):
    """The result of an action that ended well."""

    code: Annotated[str, Doc("The MessageId of success.")]
    message: Annotated[str, Doc("The result in a sentence.")]


class Accepted(_Extended):
    """The first answer to a request that has become a task; Location leads to its monitor."""
