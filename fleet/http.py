"""A request to a server and the answer to it, as values."""

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import orjson

from actors.inventory.records import AS_SET, Trust
from fleet.troubles import not_understood

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer's body, unpacked; more is refused unread."""

_INFLATE_ANY = 47  # zlib's window bits for "gzip or zlib, whichever its header says"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: `text` is `host:port`, with brackets around an IPv6 host."""

    text: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError where it is not `host:port`."""
        host, colon, port = text.rpartition(":")
        if not (host and colon and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError(f"{text!r} is no address: it must be host:port")
        return cls(text, host.removeprefix("[").removesuffix("]"), int(port))

    @property
    def authority(self) -> str:
        """As in a URI and in the Host header: without the port of HTTPS."""
        return self.text.removesuffix(":443")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` begins with one `/` and has no character that HTTP does not allow."""

    address: Address
    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    trust: Trust = AS_SET
    """What the server has to show before it is sent."""
    permit: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    """Raises FencedError if it may not be sent any more; asked also before anything is opened for it."""

    @property
    def uri(self) -> str:
        return uri_of(self.address, self.path)

    def encode(self) -> bytes:
        """As it goes over the wire, in one piece."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.address.authority}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join((*lines, "\r\n")).encode("latin-1") + (self.body or b"")


@dataclass(frozen=True)
class Answer:
    """What a server answered, read to its end. Names of headers are in lower case."""

    request: Request
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def content(self) -> bytes:
        """The body, unpacked: some servers compress it although nobody asked them to.

        Raises:
            ServerNotUnderstoodError: it cannot be unpacked, or is too large.
        """
        match self.headers.get("content-encoding", "identity").strip().lower():
            case "identity" | "":
                return self.body
            case "gzip" | "x-gzip" | "deflate":
                return self._inflated()
            case _:
                raise not_understood(self.request, "sent an answer in an encoding that it was not asked for")

    def _inflated(self) -> bytes:
        unpacker = zlib.decompressobj(_INFLATE_ANY)
        try:
            content = unpacker.decompress(self.body, LARGEST_ANSWER + 1)
        except zlib.error:
            raise not_understood(self.request, "sent an answer that cannot be unpacked") from None
        if len(content) > LARGEST_ANSWER:
            raise too_large(self.request)
        if not unpacker.eof:
            raise not_understood(self.request, "sent an answer that cannot be unpacked")
        return content

    def document(self) -> dict[str, Any]:
        """The JSON object that the answer holds.

        Raises:
            ServerNotUnderstoodError: it holds none.
        """
        try:
            document = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            raise not_understood(self.request, "did not answer with JSON") from None
        if not isinstance(document, dict):
            raise not_understood(self.request, "did not answer with a JSON object")
        return document


def uri_of(address: Address, path: str) -> str:
    """The whole URI of a path at a server, for errors."""
    return f"https://{address.text}{path}"


def too_large(request: Request) -> Exception:
    """The ServerNotUnderstoodError for an answer over the limit."""
    return not_understood(request, f"sent an answer of more than {LARGEST_ANSWER // 1024 // 1024} MiB")


def basic(user_name: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode("ascii")
