"""One connection to a server: opened, used for one exchange after the other, closed at once.

It is aiohttp's reader of HTTP answers on a TLS transport of asyncio, below aiohttp's ClientSession. What
a session adds is in the way here: between being asked and writing it yields to the loop, so that a
request could leave after its permit; it repeats requests by itself; its limit leaves idle connections
out; it does not say whether anything was sent; and it waits up to 30 s for a server's goodbye. And it
takes more CPU time.
"""

import asyncio
import errno
import hashlib
import select
import socket
import ssl
from asyncio import sslproto
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader

from actors.inventory.records import Trust
from fleet.http import LARGEST_ANSWER, Answer, Request, too_large
from fleet.networks import Networks
from fleet.patience import Patience
from fleet.sockets import connected_socket
from fleet.troubles import (
    another_certificate,
    hung_up,
    not_connected,
    not_connected_in_time,
    not_understood,
    out_of_patience,
    too_slow,
)

SWITCHING_PROTOCOLS = 101


sslproto.SSLProtocol.max_size = 32 * 1024
"""Bytes that asyncio sets aside for each TLS connection, at once and for as long as it lives: by itself it
takes 256 KiB, which is 128 MB for our 500 connections. A TLS record is no longer than half of this."""

LONGEST_GOODBYE = 2.0
"""Seconds that a server has to notice that a request was given up."""


class _Protocol(ResponseHandler):
    """aiohttp's reader of answers, which also says when its connection is gone.

    Then nothing of the connection refers to itself any more: it and its TLS are freed at once, and not when
    the collector of cycles looks at everything the next time. There are thousands of them.
    """

    on_lost: Callable[[], None] | None = None
    _below: Any = None
    """asyncio's transport of what is encrypted, which holds a method of its own for as long as it exists."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if hasattr(self._below, "_read_ready_cb"):
            self._below._read_ready_cb = None
        self._below = None
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost()


class Connection:
    """An open connection. One exchange at a time."""

    __slots__ = ("_clean", "_on_lost", "_protocol", "_transport", "address", "heard", "lost", "trust", "used")

    def __init__(
        self,
        address: str,
        trust: Trust,
        protocol: _Protocol,
        transport: asyncio.Transport,
        on_lost: Callable[["Connection"], None],
    ) -> None:
        self.address = address
        self.trust = trust
        """What the server has shown."""
        self.used = False
        """Whether a request has been sent over it."""
        self.heard = False
        """Whether an answer to the last request has begun."""
        self.lost = asyncio.Event()
        """Set once it is closed, by whichever side."""
        self._protocol = protocol
        self._transport = transport
        self._on_lost = on_lost
        self._clean = True
        protocol.on_lost = self._is_lost

    @classmethod
    async def open(
        cls,
        request: Request,
        tls: ssl.SSLContext,
        patience: Patience,
        limit: float,
        handshakes: asyncio.Semaphore,
        on_lost: Callable[["Connection"], None],
        networks: Networks,
    ) -> Self:
        """A new connection to where this request is to go, TLS included, within `limit` seconds.

        Waiting for a turn among the `handshakes` counts neither towards these nor towards the patience.
        `on_lost` is called once, when it is closed; never if this raises or is cancelled.

        Raises:
            ServerUnreachableError: it did not come about.
            FencedError: when its turn came the request had no permit any more.
        """
        address = request.address
        if limit <= 0:
            raise out_of_patience(request)
        loop = asyncio.get_running_loop()
        protocol = _Protocol(loop)
        began = loop.time()
        try:
            with patience:
                async with asyncio.timeout(limit):
                    connected = await connected_socket(request, networks)
            limit_of_tls = limit - (loop.time() - began)
            async with _turn_among(handshakes, connected, request.permit):
                with patience:
                    async with asyncio.timeout(limit_of_tls):
                        transport, _ = await loop.create_connection(
                            lambda: protocol,
                            sock=connected,
                            ssl=tls,
                            server_hostname=address.host.partition("%")[0],  # a certificate has no zone
                        )
        except BaseException as error:
            if protocol.transport is not None:  # connected, and cancelled in the same turn of the loop
                protocol.transport.abort()
            match error:
                case TimeoutError():
                    raise not_connected_in_time(request, limit) from None
                case OSError() | ValueError():  # ValueError: a name that no name server can be asked for
                    # Without its frames, which refer to it and to all of the TLS that failed.
                    raise not_connected(request, error) from error.with_traceback(None)
                case _:
                    raise
        if protocol.transport is None:  # lost before anybody could be told
            raise not_connected(request, ConnectionResetError(errno.ECONNRESET, "")) from None
        if (pin := request.trust.pin) and (shown := _fingerprint(transport)) != pin:
            protocol.transport.abort()
            raise another_certificate(request, shown)
        return cls(address.text, request.trust, protocol, transport, on_lost)

    @property
    def usable(self) -> bool:
        """Whether another request may go over it: all was said and read, and neither side has closed it."""
        return self._clean and self._protocol.is_connected() and not self._protocol.should_close

    @property
    def quiet(self) -> bool:
        """Whether nothing lies unread in its socket: a server that has just hung up is not quiet."""
        own = self._transport.get_extra_info("socket")
        if own is None or own.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(own.fileno(), select.POLLIN)
        return not poll.poll(0)

    async def exchange(self, request: Request, patience: Patience, limit: float) -> Answer:
        """Send the request, before anything else gets a turn on the loop, and read the whole answer.

        Raises:
            ServerTooSlowError: the whole answer was not there after `limit` seconds, or the patience left.
            ServerHungUpError: the connection ended before.
            ServerNotUnderstoodError: the answer is not HTTP, or too large.
        """
        self._clean = False
        self.used = True
        self.heard = False
        limit = min(limit, patience.left)
        self._protocol.set_response_params(read_until_eof=True, auto_decompress=False)
        self._transport.write(request.encode())
        try:
            with patience:
                async with asyncio.timeout(limit) as clock:
                    return await self._answer(request)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            if clock.expired():
                raise too_slow(request, limit) from None
            raise hung_up(request) from error
        except HttpProcessingError as error:
            raise not_understood(request, "did not answer in HTTP") from error
        except asyncio.CancelledError:
            await self._part()
            raise

    async def _part(self) -> None:
        """Hang up, and wait until the server has noticed.

        By then it has read what was sent before: an aborted request that still lies in its socket would
        reach it at some later time, when everybody has been told that nothing more will.
        """
        self._say_goodbye()
        try:
            async with asyncio.timeout(LONGEST_GOODBYE):
                await self.lost.wait()
        except TimeoutError:
            self._transport.abort()

    async def _answer(self, request: Request) -> Answer:
        message, payload = await self._head()
        self.heard = True
        if message.code == SWITCHING_PROTOCOLS:
            raise not_understood(request, "wants to switch protocols")
        body = await self._body(payload, request)
        self._clean = True
        headers = {name.lower(): value for name, value in message.headers.items()}
        return Answer(request, message.code, headers, body)

    async def _head(self) -> tuple[RawResponseMessage, StreamReader]:
        while True:
            message, payload = await self._protocol.read()
            if not 100 <= message.code < 200 or message.code == SWITCHING_PROTOCOLS:
                return message, payload

    async def _body(self, payload: StreamReader, request: Request) -> bytes:
        body = b""
        while part := await payload.readany():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise too_large(request)
        return body

    def close(self) -> None:
        """Close it at once: it says goodbye and does not wait for the server's. Twice is no error."""
        self._clean = False
        self._say_goodbye()
        self._transport.abort()

    def _say_goodbye(self) -> None:
        # asked to close twice, asyncio's TLS transport can no longer be aborted, and lingers for 30 s
        if not self._transport.is_closing():
            self._transport.close()

    def _is_lost(self) -> None:
        self.lost.set()
        self._on_lost(self)


@asynccontextmanager
async def _turn_among(
    handshakes: asyncio.Semaphore, connected: socket.socket, permit: Callable[[], None]
) -> AsyncIterator[None]:
    """While it is this socket's turn; one that gives up waiting for it, or has no permit then, is closed."""
    try:
        await handshakes.acquire()
    except BaseException:
        connected.close()
        raise
    try:
        try:
            permit()
        except BaseException:
            connected.close()
            raise
        yield
    finally:
        handshakes.release()


def _fingerprint(transport: asyncio.Transport) -> str:
    """The SHA-256 of the certificate that the server has shown."""
    shown: bytes = transport.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
    return hashlib.sha256(shown).hexdigest()
