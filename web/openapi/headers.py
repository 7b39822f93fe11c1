"""The headers of requests that the service looks at, those of its answers, and where these are sent."""

from collections.abc import Mapping
from typing import Any, Final

from actors import LONGEST_REASON
from web.openapi.operation import NO_BODY, Operation
from web.uris import SCHEMA_STORE
from web.versions import ODATA_TYPE

Header = dict[str, Any]
_TEXT: Final = {"type": "string"}

REQUEST_HEADERS: Final[Mapping[str, Header]] = {
    "OData-Version": {"description": "The version of OData.", "schema": {"type": "string", "enum": ["4.0"]}},
    "X-Request-Id": {
        "description": "What the request is called in its answer, the log and the audit. Up to 128 letters, "
        "digits and `._:-`; in place of anything else the service makes one.",
        "schema": _TEXT,
    },
    "If-Match": {
        "description": "The tag that the resource must still have, or `*`; with another one it is 412.",
        "schema": _TEXT,
    },
    "If-None-Match": {
        "description": "The tag that the client has; where it is still true the answer is 304.",
        "schema": _TEXT,
    },
    "Idempotency-Key": {
        "description": "Names the request: sent again it makes no second task.",
        "schema": {"type": "string", "pattern": '^([!-~]{1,255}|"[!-~]{1,255}")$'},
    },
    "Last-Event-ID": {
        "description": "The id of the event that came last: the stream goes on behind it.",
        "schema": {"type": "string", "pattern": r"^\d{1,18}$"},
    },
    "Prefer": {
        "description": "`return=representation` asks for the whole resource in the answer, `wait=N` for an "
        "answer that waits up to N seconds for a change. What is not known is ignored (RFC 7240).",
        "schema": _TEXT,
        "examples": {text: {"value": text} for text in ("return=representation", "return=minimal", "wait=1")},
    },
    "X-Abort-Reason": {
        "description": "Why the task is aborted, for its Messages.",
        "schema": {"type": "string", "maxLength": LONGEST_REASON},
    },
}
OF_ALL_REQUESTS: Final = ("OData-Version", "X-Request-Id")

ANSWER_HEADERS: Final[Mapping[str, Header]] = {
    "Allow": {"description": "The methods that this resource has.", "schema": _TEXT},
    "Cache-Control": {
        "description": "An answer may be kept, and is asked for again before it is used.",
        "schema": {"type": "string", "const": "no-cache"},
    },
    "ETag": {
        "description": "The tag of what is shown: it changes with it, and is for If-Match and If-None-Match.",
        "schema": {"type": "string", "pattern": '^"[!#-~]+"$'},
    },
    "Link": {
        "description": "The JSON Schema of the body, with `rel=describedby`.",
        "schema": {
            "type": "string",
            "pattern": f"^<{SCHEMA_STORE}/[A-Za-z]+[.]json>; rel=describedby$",
        },
    },
    "Location": {"description": "The path of what was made, or of the task monitor.", "schema": _TEXT},
    "OData-Version": {
        "description": "The version of OData.",
        "schema": {"type": "string", "const": "4.0"},
    },
    "Preference-Applied": {
        "description": "What of the request's Prefer was done (RFC 7240).",
        "schema": {"type": "string", "pattern": "^(return=(minimal|representation)|wait=[0-9]+)$"},
    },
    "Retry-After": {
        "description": "Seconds after which it is worth asking again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"description": "How to log in.", "schema": _TEXT},
    "X-Auth-Token": {"description": "The token of the session.", "schema": _TEXT},
    "X-Request-Id": {
        "description": "What the request is called in the log and the audit.",
        "schema": {"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z._:-]{0,127}$"},
    },
    "Accept-Encoding": {
        "description": "How a body may be packed, where it was packed: not at all.",
        "schema": {"type": "string"},
    },
}
"""What of the headers of answers a client may make use of. All others are HTTP's, or for browsers."""
SOMETIMES: Final = ".sometimes"
"""Behind a name: the header as a component that need not be there."""

_ALWAYS: Final = ("X-Request-Id", "OData-Version", "Cache-Control")
_BY_STATUS: Final[Mapping[int, tuple[str, ...]]] = {
    201: ("Location",),
    202: ("Location",),
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def header_components() -> dict[str, Header]:
    """Every header of answers, once as one that is there and once as one that may be."""
    found: dict[str, Header] = {}
    for name, about in ANSWER_HEADERS.items():
        found[name] = {**about, "required": True}
        found[name + SOMETIMES] = about
    return found


def headers_of_status(status: int) -> dict[str, Header]:
    """The headers of any answer with this status."""
    found = {name: _sent(name) for name in (*_ALWAYS, *_BY_STATUS.get(status, ()))}
    if status == 415:
        found["Accept-Encoding"] = _maybe("Accept-Encoding")
    return found


def headers_of_answer(method: str, operation: Operation, status: int) -> dict[str, Header]:
    """The headers of an answer that is this operation's own."""
    found = headers_of_status(status)
    if method == "GET":
        # of an error that is the result of an operation, but not of one that is this request's own
        found["Allow"] = _sent("Allow") if status < 400 else _maybe("Allow")
    if status >= 400:
        return found
    if status == 202:
        found["Retry-After"] = _maybe("Retry-After")
    if "Prefer" in operation.headers:
        found["Preference-Applied"] = _maybe("Preference-Applied")
    resources = [_is_resource(name) for name in _names(operation, status)]
    if any(resources):
        found["Link"] = _sent("Link") if all(resources) else _maybe("Link")
    if method == "PATCH" or (status == 200 and all(resources) and resources):
        found["ETag"] = _sent("ETag")
    if 200 <= status < 300:
        found |= {name: _sent(name) for name in operation.response_headers}
    return found


def _names(operation: Operation, status: int) -> tuple[str, ...]:
    schemas = operation.answers.get(status, NO_BODY)
    return (schemas,) if isinstance(schemas, str) else schemas


def _is_resource(schema: str) -> bool:
    return schema in ODATA_TYPE or schema == "TaskMonitor"


def _sent(name: str) -> Header:
    return {"$ref": f"#/components/headers/{name}"}


def _maybe(name: str) -> Header:
    return _sent(name + SOMETIMES)
