"""The catalogue of the Redfish Messages that this service can emit: ids, texts and severities.

Ids, argument counts and severities are those of DMTF's message registries Base 1.13.0 and
TaskEvent 1.0.3; texts and resolutions say the same in our own words. What they have no message for is
in a registry of our own, Taskmon. A MessageId has two version numbers (`Base.1.13.Success`): Redfish
DSP0266, "MessageId format", and what clients look for.
"""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How well it went: Redfish's `Health`, which is also a Task's `TaskStatus`."""

    OK = "OK"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True)
class Template:
    """One message of a message registry; `{0}`, `{1}` … stand for its arguments."""

    registry: str
    key: str
    severity: Health
    arguments: int
    text: str
    resolution: str

    @property
    def message_id(self) -> str:
        return f"{self.registry}.{self.key}"


_OK, _WARNING, _CRITICAL = Health.OK, Health.WARNING, Health.CRITICAL
_MEND = "Correct the request and send it again."
_NONE = "None."

_BASE: tuple[tuple[str, Health, int, str, str], ...] = (
    ("Success", _OK, 0, "Request completed successfully.", _NONE),
    ("Created", _OK, 0, "The resource has been created.", _NONE),
    ("GeneralError", _CRITICAL, 0, "The request could not be carried out.", "See the other messages."),
    (
        "InternalError",
        _CRITICAL,
        0,
        "The service met an error of its own and goes on running.",
        "Send the request again; if it fails again, look into the service's log.",
    ),
    (
        "MalformedJSON",
        _CRITICAL,
        0,
        "The request body is not valid JSON.",
        "Send a body that is one JSON object.",
    ),
    (
        "UnrecognizedRequestBody",
        _WARNING,
        0,
        "The request body is not something this service can read.",
        "Send a body that is one JSON object.",
    ),
    (
        "PropertyUnknown",
        _WARNING,
        1,
        "The property {0} is not known for this resource.",
        "Take the property out of the request body and send it again.",
    ),
    ("PropertyValueTypeError", _WARNING, 2, "The value {0} of the property {1} has the wrong type.", _MEND),
    (
        "PropertyValueFormatError",
        _WARNING,
        2,
        "The value {0} of the property {1} has the wrong format.",
        _MEND,
    ),
    (
        "PropertyValueNotInList",
        _WARNING,
        2,
        "The value {0} of the property {1} is not one of those allowed.",
        _MEND,
    ),
    (
        "PropertyNotWritable",
        _WARNING,
        1,
        "The property {0} can only be read.",
        "Take the property out of the request body and send it again.",
    ),
    (
        "NoOperation",
        _WARNING,
        0,
        "The request body holds nothing to act upon, and nothing was changed.",
        "Put the properties that are to change into the request body.",
    ),
    (
        "PreconditionFailed",
        _CRITICAL,
        0,
        "The resource is not as the request expects it.",
        "Read the resource, decide again, and send its new ETag in If-Match.",
    ),
    ("PropertyValueError", _WARNING, 1, "The value of the property {0} is not valid.", _MEND),
    (
        "CreateFailedMissingReqProperties",
        _CRITICAL,
        1,
        "Nothing was created: the property {0} is required and was not given.",
        "Add the property and send the request again.",
    ),
    (
        "ActionNotSupported",
        _CRITICAL,
        1,
        "The action {0} is not supported here.",
        "Choose an action, or a value of it, that the resource offers.",
    ),
    (
        "ActionParameterMissing",
        _CRITICAL,
        2,
        "The action {0} needs the parameter {1}.",
        "Add the parameter and send the request again.",
    ),
    (
        "ActionParameterUnknown",
        _WARNING,
        2,
        "The action {0} has no parameter {1}.",
        "Take the parameter out of the request body and send it again.",
    ),
    (
        "ActionParameterValueTypeError",
        _WARNING,
        3,
        "The value {0} of the parameter {1} of the action {2} has the wrong type.",
        _MEND,
    ),
    (
        "ActionParameterValueFormatError",
        _WARNING,
        3,
        "The value {0} of the parameter {1} of the action {2} has the wrong format.",
        _MEND,
    ),
    (
        "ActionParameterValueNotInList",
        _WARNING,
        3,
        "The value {0} of the parameter {1} of the action {2} is not one of those allowed.",
        _MEND,
    ),
    (
        "ActionParameterValueError",
        _WARNING,
        2,
        "The value of the parameter {0} of the action {1} is not valid.",
        _MEND,
    ),
    (
        "ResourceInUse",
        _WARNING,
        0,
        "The resource is in use.",
        "Wait until it is free, then send the request again.",
    ),
    (
        "PropertyValueConflict",
        _WARNING,
        2,
        "The value of the property {0} does not go together with that of {1}.",
        _MEND,
    ),
    (
        "PropertyValueExternalConflict",
        _WARNING,
        2,
        "The property {0} cannot have the value {1} as things are.",
        "Change what stands against it, then send the request again.",
    ),
    (
        "PasswordChangeRequired",
        _CRITICAL,
        1,
        "The password of this account must be changed before it may do anything else, "
        "by a PATCH of Password at {0}.",
        "Send a PATCH with a new Password to the URI given; then send the request again.",
    ),
    ("ResourceCannotBeDeleted", _CRITICAL, 0, "The resource cannot be deleted.", _NONE),
    (
        "ResourceAlreadyExists",
        _CRITICAL,
        3,
        "There is a resource of type {0} already whose {1} is {2}.",
        "Use the resource that is there, or give another value.",
    ),
    (
        "ResourceNotFound",
        _CRITICAL,
        2,
        "There is no resource of type {0} named {1}.",
        "Name a resource that is there.",
    ),
    (
        "ResourceMissingAtURI",
        _CRITICAL,
        1,
        "There is no resource at {0}.",
        "Look the URI up in the collection that should list it.",
    ),
    (
        "InvalidURI",
        _CRITICAL,
        1,
        "There is nothing at {0}.",
        "Follow the links from /redfish/v1/ to what there is.",
    ),
    (
        "PayloadTooLarge",
        _CRITICAL,
        0,
        "The request body is larger than this service accepts.",
        "Send a smaller body, for example by dividing the request.",
    ),
    (
        "OperationNotAllowed",
        _CRITICAL,
        0,
        "The HTTP method is not allowed on this resource.",
        "Use one of the methods in the Allow header.",
    ),
    (
        "NoValidSession",
        _CRITICAL,
        0,
        "There is no valid session or credentials with this request.",
        "Log in at /redfish/v1/SessionService/Sessions, or use HTTP Basic.",
    ),
    (
        "InsufficientPrivilege",
        _CRITICAL,
        0,
        "The account does not have the privilege that this needs.",
        "Use an account with the privilege, or ask an administrator for it.",
    ),
    (
        "ServiceTemporarilyUnavailable",
        _CRITICAL,
        1,
        "The service cannot do this just now. Retry in {0} seconds.",
        "Wait for the time given, then send the request again.",
    ),
    ("HeaderInvalid", _CRITICAL, 1, "The header {0} is not valid.", _MEND),
    (
        "QueryNotSupported",
        _WARNING,
        0,
        "The service does not support this query.",
        "Take the query out of the URI.",
    ),
    (
        "QueryNotSupportedOnResource",
        _WARNING,
        0,
        "This resource does not support the query.",
        "Take the query out of the URI.",
    ),
    (
        "QueryNotSupportedOnOperation",
        _WARNING,
        0,
        "This operation does not support the query.",
        "Take the query out of the URI.",
    ),
    (
        "QueryCombinationInvalid",
        _WARNING,
        0,
        "Query options were given that cannot go together.",
        "Take one of them out of the URI.",
    ),
    (
        "QueryParameterValueTypeError",
        _WARNING,
        2,
        "The value {0} of the option {1} has the wrong type.",
        _MEND,
    ),
    (
        "QueryParameterValueFormatError",
        _WARNING,
        2,
        "The value {0} of the option {1} has the wrong format.",
        _MEND,
    ),
    ("QueryParameterValueError", _WARNING, 1, "The value of the option {0} is not valid.", _MEND),
    (
        "QueryParameterOutOfRange",
        _WARNING,
        3,
        "The value {0} of the option {1} is outside of {2}.",
        "Give a value that is within the range.",
    ),
    (
        "InsufficientStorage",
        _CRITICAL,
        0,
        "The answer is larger than this service sends at once.",
        "Ask for less, for example with $top or fewer levels.",
    ),
    (
        "ResourceAtUriUnauthorized",
        _CRITICAL,
        2,
        "The server at {0} refused the service's credentials: {1}.",
        "See that user name and password are the right ones for this server.",
    ),
    (
        "ResourceAtUriInUnknownFormat",
        _CRITICAL,
        1,
        "What {0} answered could not be understood.",
        "See that it is a Redfish service and healthy.",
    ),
    (
        "CouldNotEstablishConnection",
        _CRITICAL,
        1,
        "No connection could be made to {0}.",
        "See that the server is powered, reachable over the network, and trusted.",
    ),
    (
        "OperationFailed",
        _WARNING,
        0,
        "The operation failed, wholly or in part.",
        "Look at the other messages, mend the cause, and start it again.",
    ),
    (
        "OperationTimeout",
        _WARNING,
        0,
        "The operation took too long, and may be done in part.",
        "See what the server is doing, then start it again if that is right.",
    ),
)

_TASK_EVENT: tuple[tuple[str, Health, int, str, str], ...] = (
    ("TaskStarted", _OK, 1, "The task with id {0} has started.", _NONE),
    ("TaskProgressChanged", _OK, 2, "The task with id {0} is {1} percent complete.", _NONE),
    ("TaskPaused", _WARNING, 1, "The task with id {0} has to wait.", _NONE),
    ("TaskResumed", _OK, 1, "The task with id {0} goes on.", _NONE),
    ("TaskCompletedOK", _OK, 1, "The task with id {0} has completed.", _NONE),
    (
        "TaskCompletedWarning",
        _WARNING,
        1,
        "The task with id {0} has completed, with something to look at.",
        "Read the other messages of the task.",
    ),
    (
        "TaskAborted",
        _CRITICAL,
        1,
        "The task with id {0} has completed with errors.",
        "Read the other messages of the task, and its subtasks if it has any.",
    ),
    (
        "TaskCancelled",
        _WARNING,
        1,
        "The task with id {0} was stopped before its end because that was asked for.",
        _NONE,
    ),
)

_TASKMON: tuple[tuple[str, Health, int, str, str], ...] = (
    (
        "MistakesLeftOut",
        _WARNING,
        1,
        "There are more mistakes than these {0}.",
        "Correct those that are named and send the request again.",
    ),
)

BASE, TASK_EVENT, TASKMON = "Base.1.13", "TaskEvent.1.0", "Taskmon.1.0"

CATALOGUE: dict[str, Template] = {
    row[0]: Template(registry, *row)
    for registry, rows in ((BASE, _BASE), (TASK_EVENT, _TASK_EVENT), (TASKMON, _TASKMON))
    for row in rows
}
