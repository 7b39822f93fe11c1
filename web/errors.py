"""From what went wrong to the answer: HTTP status, headers and the Redfish error object, in one place.

- InvalidRequestError 400, BadCredentialsError 401, NotAllowedError 403, NotFoundError 404, ConflictError 409,
  ChangedError and UnchangedError 412, KeyReusedError 422;
- Refusal, which is what this layer refuses by itself, and tornado.web.HTTPError: their own;
- RevisionConflictError 409; StoreUnavailableError, QueryTooSlowError, NoRoomError and BusyError 503 with
  Retry-After;
- anything else is a crash: 500, and the traceback goes to the log only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import responses
from typing import Final

from tornado.web import HTTPError

from actors import (
    BadCredentialsError,
    BusyError,
    ChangedError,
    ConflictError,
    InvalidRequestError,
    KeyReusedError,
    Message,
    NoRoomError,
    NotAllowedError,
    NotFoundError,
    QueryTooSlowError,
    RevisionConflictError,
    StoreUnavailableError,
    UnchangedError,
)

RETRY_AFTER: Final = 5
"""Seconds after which it is worth trying again, when the store could not do it or the service is stopping."""
RETRY_WITH_ROOM: Final = 30
"""The same where there is no room for another task, or a server is busy, which takes longer to change."""
MOST_MESSAGES: Final = 50
"""An error body names so many mistakes; a request may hold ten thousand."""
LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a request that failed is answered."""

    status: int
    messages: tuple[Message, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: bool = True
    """False: the service itself is at fault, which belongs into its log with a traceback."""


class Refusal(Exception):  # noqa: N818 (it is an answer as much as an error)
    """What the web layer refuses by itself."""

    def __init__(self, status: int, *messages: Message, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(" ".join(message.text for message in messages))
        self.failure = Failure(status=status, messages=messages, headers=headers or {})


class NoCredentialsError(Refusal):
    """Nothing in the request says who makes it."""

    def __init__(self) -> None:
        super().__init__(401, Message("NoValidSession"))


def no_such_uri(path: str) -> Refusal:
    """No resource of any kind has this path."""
    return Refusal(404, Message("InvalidURI", (shown(path),)))


def no_such_resource(path: str) -> Refusal:
    """A resource could have this path, and none has."""
    return Refusal(404, Message("ResourceMissingAtURI", (shown(path),)))


def no_such_method(method: str, allow: str, why: str = "") -> Refusal:
    detail = why or f"{shown(method)} is none of {allow}."
    return Refusal(405, Message("OperationNotAllowed", detail=detail), headers={"Allow": allow})


def privilege_missing(needed: Sequence[str]) -> Refusal:
    detail = f"It needs {' or '.join(needed)}."
    return Refusal(403, Message("InsufficientPrivilege", detail=detail))


def metrics_not_here() -> Refusal:
    """Asked from elsewhere, where no token is set that would allow it."""
    detail = (
        "The metrics can be read on the machine of the service itself; elsewhere once metrics.token is set."
    )
    return Refusal(403, Message("InsufficientPrivilege", detail=detail))


def metrics_token_missing() -> Refusal:
    """Asked from elsewhere without the token, or with another one."""
    detail = "The metrics can be read from elsewhere with the bearer token that metrics.token holds."
    return Refusal(
        401, Message("NoValidSession", detail=detail), headers={"WWW-Authenticate": 'Bearer realm="taskmon"'}
    )


def odata_version_refused(version: str) -> Refusal:
    return Refusal(
        412,
        Message(
            "HeaderInvalid",
            (f"OData-Version: {shown(version)}",),
            resolution_here="Send OData-Version: 4.0, or leave the header out.",
        ),
    )


def query_refused(option: str) -> Refusal:
    detail = f"The query option {shown(option)} is not understood."
    return Refusal(501, Message("QueryNotSupported", detail=detail))


def query_not_for(what: str) -> Refusal:
    """Where there is no use for the options of a query: `what` names them and says why."""
    return Refusal(400, Message("QueryNotSupportedOnResource", detail=what))


def query_not_with(method: str) -> Refusal:
    detail = f"Query options that begin with $ go with GET and HEAD, not with {shown(method)}."
    return Refusal(400, Message("QueryNotSupportedOnOperation", detail=detail))


def answer_too_large(most: int) -> Refusal:
    detail = f"$expand puts {most} resources into one answer at the most, and these would be more."
    return Refusal(507, Message("InsufficientStorage", detail=detail))


def service_stopping() -> Refusal:
    return Refusal(
        503,
        Message(
            "ServiceTemporarilyUnavailable",
            (str(RETRY_AFTER),),
            detail="The service is stopping and begins nothing new; tasks can still be read and deleted.",
        ),
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def too_many_requests(seconds: int) -> Refusal:
    return Refusal(
        429,
        Message(
            "ServiceTemporarilyUnavailable",
            (str(seconds),),
            detail="The account makes more requests than web.requests_per_second allows; this one was not "
            "carried out.",
            resolution_here="Wait, ask less often, and wait for tasks with Prefer: wait instead of polling.",
        ),
        headers={"Retry-After": str(seconds)},
    )


def body_too_large(most: int) -> Refusal:
    return Refusal(413, Message("PayloadTooLarge", detail=f"It may have {most} bytes at the most."))


def head_too_large(size: int, most: int) -> Refusal:
    detail = f"The head of the request has {size} bytes, and web.max_headers allows {most}."
    advice = "Send fewer or shorter headers, or a shorter URI."
    return Refusal(431, Message("GeneralError", detail=detail, resolution_here=advice))


def content_type_refused(content_type: str) -> Refusal:
    return Refusal(
        415,
        Message(
            "HeaderInvalid",
            (f"Content-Type: {shown(content_type)}",),
            detail="The body of a request is JSON.",
            resolution_here="Send a JSON object with Content-Type: application/json.",
        ),
    )


def charset_refused(content_type: str) -> Refusal:
    return Refusal(
        415,
        Message(
            "HeaderInvalid",
            (f"Content-Type: {shown(content_type)}",),
            detail="JSON is written in UTF-8.",
            resolution_here="Send the body in UTF-8, and leave the charset out of Content-Type.",
        ),
    )


def content_encoding_refused(coding: str) -> Refusal:
    return Refusal(
        415,
        Message(
            "HeaderInvalid",
            (f"Content-Encoding: {shown(coding)}",),
            detail="The body of a request is read as it comes, and not unpacked.",
            resolution_here="Send the body as it is, without Content-Encoding.",
        ),
        headers={"Accept-Encoding": "identity"},
    )


def not_acceptable(accept: str, content_type: str) -> Refusal:
    media = content_type.partition(";")[0]
    return Refusal(
        406,
        Message(
            "HeaderInvalid",
            (f"Accept: {shown(accept)}",),
            detail=f"The resource is written as {media} only.",
            resolution_here=f"Send Accept: {media}, or leave the header out.",
        ),
    )


def idempotency_key_refused() -> InvalidRequestError:
    return InvalidRequestError(
        Message(
            "HeaderInvalid",
            ("Idempotency-Key",),
            detail="It is not one key of 1 to 255 printable ASCII characters without blanks.",
            resolution_here="Send one key that is new for each request, such as a UUID.",
        )
    )


def shown(text: str) -> str:
    """What a client sent, as it is repeated to it: no longer than a line, and nothing that does not print."""
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)


def failure_of(error: BaseException | None) -> Failure:
    """How a request is answered that was ended by this error; None is a crash of unknown cause."""
    match error:
        case Refusal():
            return error.failure
        case InvalidRequestError():
            return Failure(status=400, messages=error.messages)
        case BadCredentialsError():
            return Failure(status=401, messages=error.messages)
        case NotAllowedError():
            return Failure(status=403, messages=error.messages)
        case KeyReusedError():
            return Failure(status=422, messages=error.messages)
        case NotFoundError():
            return Failure(status=404, messages=error.messages)
        case ConflictError():
            return Failure(status=409, messages=error.messages)
        case ChangedError() | UnchangedError():
            return Failure(status=412, messages=error.messages)
        case RevisionConflictError():
            detail = "It was changed by another request at the same moment; nothing was done."
            return Failure(status=409, messages=(Message("ResourceInUse", detail=detail),))
        case StoreUnavailableError():
            return _later(RETRY_AFTER)
        case QueryTooSlowError():
            return _later(
                RETRY_AFTER,
                "The query took longer than the service allows.",
                "Ask for less: filter tasks by Id, TaskState, TaskStatus, StartTime, EndTime, or by Owner, "
                "Operation or Target in Oem/Taskmon; expand fewer levels, or use $top.",
            )
        case NoRoomError() | BusyError():
            return _later(RETRY_WITH_ROOM, str(error), error.advice)
        case HTTPError() if error.status_code < 500:
            detail = f"{error.status_code} {responses.get(error.status_code, 'refused')}."
            return Failure(status=error.status_code, messages=(Message("GeneralError", detail=detail),))
        case _:
            return Failure(status=500, messages=(Message("InternalError"),), expected=False)


def _later(seconds: int, detail: str = "", advice: str = "") -> Failure:
    message = Message("ServiceTemporarilyUnavailable", (str(seconds),), detail=detail, resolution_here=advice)
    return Failure(status=503, messages=(message,), headers={"Retry-After": str(seconds)})


def told(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages as they are sent: the first ones, and that there are more."""
    if len(messages) <= MOST_MESSAGES:
        return messages
    return [*messages[:MOST_MESSAGES], Message("MistakesLeftOut", (str(MOST_MESSAGES),))]
