"""Messages of the registry Base about what a request is for: who asks, resources, servers, operations."""

from typing import Final

from actors.tasks.catalogue.template import CRITICAL, NONE, WARNING, Row

RESOURCE: Final[tuple[Row, ...]] = (
    (
        "ResourceInUse",
        WARNING,
        0,
        "The resource is in use.",
        "Wait until it is free, then send the request again.",
    ),
    (
        "PasswordChangeRequired",
        CRITICAL,
        1,
        "The password of this account must be changed before it may do anything else, "
        "by a PATCH of Password at {0}.",
        "Send a PATCH with a new Password to the URI given; then send the request again.",
    ),
    (
        "EventSubscriptionLimitExceeded",
        CRITICAL,
        0,
        "There are as many subscriptions to events as there may be.",
        "Delete subscriptions that nobody needs, or have events.max_subscriptions raised.",
    ),
    ("ResourceCannotBeDeleted", CRITICAL, 0, "The resource cannot be deleted.", NONE),
    (
        "ResourceAlreadyExists",
        CRITICAL,
        3,
        "There is a resource of type {0} already whose {1} is {2}.",
        "Use the resource that is there, or give another value.",
    ),
    (
        "ResourceNotFound",
        CRITICAL,
        2,
        "There is no resource of type {0} named {1}.",
        "Name a resource that is there.",
    ),
    (
        "ResourceMissingAtURI",
        CRITICAL,
        1,
        "There is no resource at {0}.",
        "Look the URI up in the collection that should list it.",
    ),
    (
        "InvalidURI",
        CRITICAL,
        1,
        "There is nothing at {0}.",
        "Follow the links from /redfish/v1/ to what there is.",
    ),
    (
        "NoValidSession",
        CRITICAL,
        0,
        "There is no valid session or credentials with this request.",
        "Log in at /redfish/v1/SessionService/Sessions, or use HTTP Basic.",
    ),
    (
        "InsufficientPrivilege",
        CRITICAL,
        0,
        "The account does not have the privilege that this needs.",
        "Use an account with the privilege, or ask an administrator for it.",
    ),
    (
        "ServiceTemporarilyUnavailable",
        CRITICAL,
        1,
        "The service cannot do this just now. Retry in {0} seconds.",
        "Wait for the time given, then send the request again.",
    ),
    (
        "ResourceAtUriUnauthorized",
        CRITICAL,
        2,
        "The server at {0} refused the service's credentials: {1}.",
        "See that user name and password are the right ones for this server.",
    ),
    (
        "ResourceAtUriInUnknownFormat",
        CRITICAL,
        1,
        "What {0} answered could not be understood.",
        "See that it is a Redfish service and healthy.",
    ),
    (
        "CouldNotEstablishConnection",
        CRITICAL,
        1,
        "No connection could be made to {0}.",
        "See that the server is powered, reachable over the network, and trusted.",
    ),
    (
        "OperationFailed",
        WARNING,
        0,
        "The operation failed, wholly or in part.",
        "Look at the other messages, mend the cause, and start it again.",
    ),
    (
        "OperationTimeout",
        WARNING,
        0,
        "The operation took too long, and may be done in part.",
        "See what the server is doing, then start it again if that is right.",
    ),
)
