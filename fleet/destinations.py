"""Where events are posted to: listeners anywhere in the networks that servers may be in, over HTTPS or HTTP.

A listener is asked by somebody who says where a request of ours goes, like a server that is added: the same
networks hold for both (`networks`), and are looked at for each connection. Listeners are trusted by the
system's authorities and those of `fleet.ca_file`. Redfish has http destinations too: what goes there can be
read and changed on the way, and a signature shows the latter alone.
"""

import asyncio
import logging
import os
import socket
import ssl
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from yarl import URL

from actors.events.ports import EventPost
from actors.hosts import host_of
from actors.inventory.records import Trust
from actors.tasks.errors import NotDeliveredError
from fleet.networks import Networks
from fleet.options import Contexts, FleetOptions
from fleet.troubles import seconds

log = logging.getLogger("taskmon.events")

LONGEST_READ: Final = 64 * 1024
"""Bytes of an answer that are read, so that the connection can be used again; with more, it is closed."""
KEPT_OPEN: Final = 3.0
"""Seconds that a connection is kept for the next request: listeners close theirs after five or more."""
SCHEMES: Final = ("https", "http")


class Listeners:
    """Implements `Destinations`; see there for the promises. As a context manager it closes itself.

    There are as many connections at once as there are requests under way.
    """

    def __init__(self, options: FleetOptions) -> None:
        self._networks = Networks(options.networks)
        contexts = Contexts(options)
        self._verified = contexts.of(Trust(verify=True))
        self._unverified = contexts.of(Trust(verify=False))
        self._user_agent = options.user_agent
        self._session: aiohttp.ClientSession | None = None

    # --- Destinations

    def why_not(self, url: str) -> str:
        """See `Destinations`."""
        parsed = _parsed(url)
        if parsed is None:
            return "It is no URL."
        if parsed.scheme not in SCHEMES:
            return "Its scheme is not supported: a destination is reached by https or http."
        if not parsed.raw_host:
            return "It names no host."
        if not parsed.port:
            return "Its port will not do: ports are 1 to 65535."
        if parsed.user is not None or parsed.password is not None:
            return "It has a user name or a password in it: give credentials in HttpHeaders."
        if parsed.fragment:
            return "It has a fragment, which no request carries."
        if not self._networks.allow(parsed.raw_host):
            return (
                f"No listener may be at {parsed.raw_host}; the setting fleet.networks names where one may be."
            )
        try:
            host_of(parsed.raw_host)
        except ValueError as error:
            return f"Its host will not do: {error}."
        return ""

    async def post(self, request: EventPost) -> None:
        """See `Destinations`."""
        if why := self.why_not(request.url):
            raise NotDeliveredError(why, "NotAllowed")
        url = URL(request.url)
        where = f"{url.raw_host}:{url.port}"
        tries = SimpleNamespace(reused=False)
        used: list[asyncio.Transport] = []
        _USED.set(used)
        try:
            async with asyncio.timeout(request.timeout):
                try:
                    await self._send(url, request, tries)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                    if not tries.reused or isinstance(error, aiohttp.ClientConnectorError):
                        raise
                    # The listener has closed what was kept open. Events may come twice, and must come once.
                    await self._send(url, request, tries)
        except TimeoutError:
            for transport in used:
                transport.abort()  # who does not answer a request does not answer a goodbye either
            raise NotDeliveredError(
                f"{where} did not answer within {seconds(request.timeout)}.", "TooSlow"
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _trouble(where, error) from error

    async def _send(self, url: URL, request: EventPost, tries: SimpleNamespace) -> None:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            **request.headers,
            "Content-Type": "application/json",
        }
        async with self._opened().post(
            url,
            data=request.body,
            headers=headers,
            allow_redirects=False,
            ssl=self._verified if request.verify_certificate else self._unverified,
            trace_request_ctx=tries,
        ) as answer:
            if not await _is_read(answer) and answer.connection is not None:
                if (transport := answer.connection.transport) is not None:
                    transport.abort()  # a goodbye would wait until the listener has sent all of it
                answer.close()
        where, status = f"{url.raw_host}:{url.port}", answer.status
        if 300 <= status < 400:
            raise NotDeliveredError(
                f"{where} answered with HTTP status {status}, and redirects are not followed. "
                "Subscribe with the URL that it leads to.",
                "Refused",
            )
        if not 200 <= status < 300:
            raise NotDeliveredError(f"{where} answered with HTTP status {status}.", "Refused")

    # --- life

    async def close(self) -> None:
        """Close every connection. Later requests open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # a transport that was aborted is closed at the loop's next pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Made with the first request, for it belongs to the loop that runs then."""
        if self._session is None:
            tracing = aiohttp.TraceConfig()
            tracing.on_connection_reuseconn.append(_note_reuse)
            tracing.on_connection_create_start.append(_note_new)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(self._networks),
                    use_dns_cache=False,  # where a name leads is looked at for each connection
                    limit=0,
                    keepalive_timeout=KEPT_OPEN,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                trace_configs=[tracing],
                request_class=_Request,
            )
        return self._session


_USED: Final = ContextVar[list[asyncio.Transport]]("transports that a request has used")


class _Request(aiohttp.ClientRequest):
    """Notes over which transport it goes: aiohttp itself would wait for a goodbye over it."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        if conn.transport is not None and (used := _USED.get(None)) is not None:
            used.append(conn.transport)
        return await super().send(conn)


async def _note_reuse(_: aiohttp.ClientSession, context: Any, __: object) -> None:
    context.trace_request_ctx.reused = True


async def _note_new(_: aiohttp.ClientSession, context: Any, __: object) -> None:
    context.trace_request_ctx.reused = False


class _Resolver(AbstractResolver):
    """Looks names up, and leaves out the addresses where nobody may be asked."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        allowed = [entry for entry in found if self._networks.allow(str(entry[4][0]))]
        if not allowed:
            at = ", ".join(str(entry[4][0]) for entry in found)
            raise NotDeliveredError(
                f"Nothing was sent to {host}: no listener may be at {at}. If one is, its network is to be "
                "named in the setting fleet.networks.",
                "NotAllowed",
            )
        return [
            ResolveResult(
                hostname=host,
                host=str(to[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, to in allowed
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def _is_read(answer: aiohttp.ClientResponse) -> bool:
    """Whether the body has come to its end within what is read of it."""
    read = 0
    while part := await answer.content.readany():
        read += len(part)
        if read > LONGEST_READ:
            return False
    return True


def _parsed(url: str) -> URL | None:
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        return None
    try:
        parsed = URL(url)
    except ValueError:
        return None
    return parsed if parsed.scheme else None


def _trouble(where: str, error: Exception) -> NotDeliveredError:
    """What went wrong, as a sentence; nothing of the request is in it."""
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as bad):
            return NotDeliveredError(
                f"The certificate of {where} is not trusted: {bad.verify_message.rstrip('.')}. Put the "
                "certificate that signed it, or itself, into the file that fleet.ca_file names, or set "
                "VerifyCertificate to false.",
                "Certificate",
            )
        case aiohttp.ClientConnectorCertificateError():
            return NotDeliveredError(f"The certificate of {where} is not for it.", "Certificate")
        case aiohttp.ClientSSLError(os_error=ssl.SSLError() as bad):
            reason = (bad.reason or "the handshake failed").replace("_", " ").lower()
            return NotDeliveredError(f"No TLS connection to {where}: {reason}.", "Unreachable")
        case aiohttp.ClientConnectorDNSError():
            return NotDeliveredError(
                f"The name {where.rpartition(':')[0]} cannot be resolved.", "Unreachable"
            )
        case aiohttp.ClientConnectorError(os_error=OSError(errno=int(number))):
            return NotDeliveredError(
                f"No connection to {where}: {os.strerror(number).lower()}.", "Unreachable"
            )
        case aiohttp.ClientConnectorError():
            return NotDeliveredError(
                f"No connection to {where}: it was closed during the handshake.", "Unreachable"
            )
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return NotDeliveredError(f"{where} ended the connection before it had answered.", "HungUp")
        case aiohttp.ClientPayloadError():
            return NotDeliveredError(f"{where} ended the connection within its answer.", "HungUp")
        case aiohttp.ClientResponseError():
            return NotDeliveredError(f"{where} did not answer in HTTP.", "NotUnderstood")
        case _:
            log.warning("a destination cannot be reached, for an unexpected reason", exc_info=error)
            return NotDeliveredError(f"{where} cannot be reached.", "Unreachable")


def open_listeners(options: FleetOptions) -> Listeners:
    """The destinations of events, reached as these options say. Opens no connection by itself.

    Raises:
        ValueError: `ca_file` cannot be read as certificates.
    """
    return Listeners(options)
