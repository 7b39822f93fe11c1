"""What is said of a method of a handler beside what the table of routes and the models say already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from web.kinds import Shape

OF_A_RESOURCE: Final = ("$select", "$expand")
OF_A_COLLECTION: Final = ("$filter", "$skip", "$top", *OF_A_RESOURCE, "only")
OF_TASKS: Final = (*OF_A_COLLECTION, "taskmon.order", "taskmon.text", "taskmon.after")
KEY_REUSED: Final = 422
NO_BODY: Final = ""
"""In place of a schema: the answer has no body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a handler.

    `answers` has, for each HTTP status of its own, the name of the schema of the body, or several names
    where it is one of several. What every request may be answered with is added to it: see `document`.
    """

    summary: str
    answers: Mapping[int, str | tuple[str, ...]]
    body: Shape | None = None
    """What is read of the request; None: nothing is."""
    refusals: tuple[int, ...] = ()
    """Statuses with a RedfishError that this operation adds to the common ones."""
    headers: tuple[str, ...] = ()
    """The request headers of its own that it looks at: keys of `headers.REQUEST_HEADERS`."""
    query: tuple[str, ...] = ()
    """The query parameters that have a use here: keys of `query.QUERY_PARAMETERS`."""
    response_headers: tuple[str, ...] = ()
    """The headers of its own that an answer 2xx has: keys of `headers.ANSWER_HEADERS`."""
    media: Mapping[str, str] = field(default_factory=dict)
    """Where an answer is not JSON only: media types, each with what it is."""


def document(schema: str, summary: str) -> dict[str, Operation]:
    """What is read and is no resource: no query has a use there."""
    return {"GET": Operation(summary, {200: schema})}


def resource(schema: str, summary: str) -> dict[str, Operation]:
    """GET of a resource."""
    return {"GET": Operation(summary, {200: schema}, query=OF_A_RESOURCE)}


def collection(schema: str, summary: str) -> dict[str, Operation]:
    """GET of a collection of resources."""
    return {"GET": Operation(summary, {200: schema}, query=OF_A_COLLECTION)}


def tasks(summary: str) -> dict[str, Operation]:
    """GET of a collection of tasks, which the store pages."""
    return {"GET": Operation(summary, {200: "TaskCollection"}, query=OF_TASKS)}


def change(schema: str, summary: str, body: Shape, refusals: tuple[int, ...] = ()) -> dict[str, Operation]:
    """PATCH of a resource."""
    answers = {200: schema, 204: NO_BODY}
    return {"PATCH": Operation(summary, answers, body, refusals, headers=("If-Match", "Prefer"))}


def creation(
    schema: str, summary: str, body: Shape, response_headers: tuple[str, ...] = ("ETag",), **more: Any
) -> dict[str, Operation]:
    """POST to a collection whose new member is there at once."""
    return {"POST": Operation(summary, {201: schema}, body, response_headers=response_headers, **more)}


def start(
    method: str, summary: str, body: Shape | None = None, headers: tuple[str, ...] = ()
) -> dict[str, Operation]:
    """A request that becomes a task; `headers` are those besides what all of these take."""
    return {
        method: Operation(
            summary,
            {202: ("Accepted", "Task")},
            body=body,
            refusals=(KEY_REUSED,),
            headers=(*headers, "Prefer", "Idempotency-Key"),
        )
    }
