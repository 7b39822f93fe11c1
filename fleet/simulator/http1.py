"""HTTP/1.1 as a simulated server speaks it: reading one request, writing one answer.

Of its own, because Tornado's costs several times as much for each request, and because the faults need the
bytes of an answer in hand to stop half way through them.
"""

from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

import orjson
from tornado.iostream import IOStream, StreamClosedError

MAX_HEAD = 65_536
MAX_BODY = 1 << 20

Headers = tuple[tuple[str, str], ...]

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS = frozenset((204, 304))


class BadRequestError(Exception):
    """What came cannot be read. `status` is the answer, after which the connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


class NotJSONError(Exception):
    """The body of a request is not JSON."""


@dataclass(frozen=True, eq=False)
class Request:
    """One request, read whole. Header names are in lower case; `path` has no query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool

    @cached_property
    def json(self) -> Any:
        """The body; None when there is none.

        Raises:
            NotJSONError: there is a body, and it is not JSON.
        """
        if not self.body:
            return None
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise NotJSONError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `body` is JSON to be; None for none."""

    status: int
    body: dict[str, Any] | None = None
    headers: Headers = field(default=())


async def read_request(stream: IOStream) -> Request:
    """The next request of this connection.

    Raises:
        StreamClosedError: there is none any more.
        BadRequestError: what came cannot be read.
    """
    head = (await stream.read_until(b"\r\n\r\n", max_bytes=MAX_HEAD)).decode("latin-1")
    lines = head.lstrip("\r\n").split("\r\n")
    start = lines[0].split(" ")
    if len(start) != 3 or start[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequestError(400)
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.lower()] = value.strip()
        elif line:
            raise BadRequestError(400)
    connection = headers.get("connection", "").lower()
    method, target, version = start
    return Request(
        method=method,
        path=target.partition("?")[0],
        headers=headers,
        body=await _read_body(stream, headers),
        keep_alive="close" not in connection if version == "HTTP/1.1" else "keep-alive" in connection,
    )


async def _read_body(stream: IOStream, headers: dict[str, str]) -> bytes:
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequestError(400)
    if not chunked and length == "0":
        return b""
    if int(length) > MAX_BODY:
        raise BadRequestError(413)
    if headers.get("expect", "").lower() == "100-continue":
        await stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await _read_chunks(stream) if chunked else await stream.read_bytes(int(length))


async def _read_chunks(stream: IOStream) -> bytes:
    body = b""
    while True:
        size_line = (await stream.read_until(b"\r\n", max_bytes=1024)).partition(b";")[0].strip()
        try:
            size = int(size_line, 16)
        except ValueError:
            raise BadRequestError(400) from None
        if size == 0:
            while await stream.read_until(b"\r\n", max_bytes=MAX_HEAD) != b"\r\n":
                pass  # trailers say nothing that matters here
            return body
        if size < 0 or len(body) + size > MAX_BODY:
            raise BadRequestError(413)
        body += (await stream.read_bytes(size + 2))[:size]


def encode(answer: Answer, request: Request, cut_body: bool = False) -> tuple[bytes, bytes]:
    """The head and the body of an answer, as they go out; with `cut_body`, JSON that breaks off half way."""
    head = [_STATUS_LINES.get(answer.status) or f"HTTP/1.1 {answer.status} Unknown\r\n"]
    body = b""
    if answer.body is not None:
        body = orjson.dumps(answer.body)
        if cut_body:
            body = body[: len(body) // 2]
        head.append("Content-Type: application/json; charset=utf-8\r\n")
    head += [f"{name}: {value}\r\n" for name, value in answer.headers]
    if not request.keep_alive:
        head.append("Connection: close\r\n")
    if answer.status not in _BODILESS:
        head.append(f"Content-Length: {len(body)}\r\n")
    head.append("OData-Version: 4.0\r\nCache-Control: no-cache\r\n\r\n")
    return "".join(head).encode("latin-1"), b"" if request.method == "HEAD" else body


async def write(stream: IOStream, data: bytes) -> None:
    """Hand these bytes to the operating system.

    Raises:
        StreamClosedError: the other side has gone.
    """
    written = stream.write(data)
    if not written.done():
        await written


__all__ = [
    "Answer",
    "BadRequestError",
    "Headers",
    "NotJSONError",
    "Request",
    "StreamClosedError",
    "encode",
    "read_request",
    "write",
]
