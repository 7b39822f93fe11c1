"""What a request says: its body as JSON, how long it is to be, and its path as a log may show it."""

import logging
import re
from typing import Any, Final
from urllib.parse import quote

import orjson
from tornado.httputil import HTTPHeaders, HTTPServerRequest

from actors import InvalidRequestError, Message
from web.errors import charset_refused, content_encoding_refused, content_type_refused

UTF_8: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
"""What a charset may be: JSON has no other than UTF-8 (RFC 8259, 8.1), of which ASCII is a part."""

log = logging.getLogger("taskmon.web")

PRINTS: Final = re.compile("[!-~]*")
UNASKED: Final = frozenset({"application/x-www-form-urlencoded", "application/octet-stream"})
"""The media types that HTTP clients write on a body when they are not told any."""


def read_json(body: bytes, headers: HTTPHeaders) -> dict[str, Any]:
    """The JSON object that this body is; an absent body counts as an empty one.

    See `RedfishHandler.json_object` for what is refused.
    """
    if not body.strip():
        return {}
    coding = headers.get("Content-Encoding", "").strip()
    if coding.lower() not in ("", "identity"):
        raise content_encoding_refused(coding)
    content_type = headers.get("Content-Type", "")
    if _is_declared_otherwise(content_type, body):
        raise content_type_refused(content_type)
    if _charset_of(content_type) not in UTF_8:
        raise charset_refused(content_type)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"The mistake is at line {error.lineno}, column {error.colno}."
        raise InvalidRequestError(Message("MalformedJSON", detail=where)) from None
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a string", type(None): "null"}.get(type(value), "a plain value")
        detail = f"It is {kind}, not an object."
        raise InvalidRequestError(Message("UnrecognizedRequestBody", detail=detail))
    return value


def _is_declared_otherwise(content_type: str, body: bytes) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in UNASKED:
        return body.lstrip()[:1] not in (b"{", b"[")
    return media_type not in ("", "application/json")


def _charset_of(content_type: str) -> str:
    """What it says of the charset, in lower case; nothing where it says nothing."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def declared_length(request: HTTPServerRequest) -> int:
    """What Content-Length says; nonsense is for Tornado to refuse, when it comes to reading the body."""
    declared = request.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 1000 else 0


def asks_first(request: HTTPServerRequest) -> bool:
    """Whether the client waits with its body until it is told to go on (RFC 9110, 10.1.1)."""
    return request.headers.get("Expect", "").lower() == "100-continue"


def summary(request: HTTPServerRequest) -> str:
    """Method and path for the log: one line, whatever the client sent; without the query."""
    return f"{(request.method or '-')[:20]} {plain_path(request.path)}"


def log_answer(request: str, user: str, status: int, seconds: float) -> None:
    """One line for each request that was answered; `request` is its summary."""
    log.info("%s %s %d %.1f ms", request, user, status, 1000 * seconds)


def plain_path(path: str) -> str:
    """The path without the query, of printable ASCII, and no longer than a line or two."""
    path = path[:256]
    return path if PRINTS.fullmatch(path) else quote(path, safe="/%", errors="replace")


def header_text(value: str) -> str:
    """A header for people as its author wrote it: UTF-8 where it is that (RFC 9110, section 5.5)."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
