"""The HTTP server in front of the application: how much of it one client may have, and for how long."""

import logging
import socket
import ssl
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, SSLIOStream
from tornado.web import Application

log = logging.getLogger("taskmon.web")

LARGEST_DRAINED: Final = 64 * 1024 * 1024
"""Bytes of a body that are received to no other end than that the client can read the answer to it."""

READ_TO_BE_REFUSED: Final = 64 * 1024
"""Bytes that a head may have besides those that are allowed, so that it can be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one client may have: see the settings of `web`. Times are in seconds, `max_headers` in bytes."""

    max_headers: int = 32 * 1024
    idle_timeout: float = 300.0
    body_timeout: float = 120.0
    connections_per_address: int = 2000


DEFAULT_LIMITS: Final = ServerLimits()


class LimitedServer(HTTPServer):
    """Tornado's server, which besides takes only so many connections from one address."""

    connections_per_address = DEFAULT_LIMITS.connections_per_address

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.open_from: dict[str, int] = {}
        """How many connections each client has open."""
        self._told_of: set[str] = set()
        """Those of whom the log has said that they have too many, until they have half as many."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve the connection, or close it at once: there is no request yet that could be answered."""
        client = client_at(address)
        already = self.open_from.get(client, 0)
        if already >= self.connections_per_address:
            if client not in self._told_of:  # or whoever tries again and again fills the log
                self._told_of.add(client)
                log.warning(
                    "connections from %s are closed unheard: it has %s open, and web.connections_per_address "
                    "allows no more",
                    client,
                    already,
                )
            stream.close()
            return
        self.open_from[client] = already + 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """The connection is gone, and its place is free."""
        super().on_close(server_conn)
        context = getattr(server_conn, "context", None)
        client = client_at(getattr(context, "address", None))
        left = self.open_from.get(client, 1) - 1
        if left <= self.connections_per_address // 2:
            self._told_of.discard(client)
        if left:
            self.open_from[client] = left
        else:
            self.open_from.pop(client, None)


def limited_server(
    app: Application, tls: ssl.SSLContext | None, limits: ServerLimits = DEFAULT_LIMITS
) -> LimitedServer:
    """A server for the application, with these limits. Headers that a proxy adds are not believed."""
    server = LimitedServer(
        app,
        ssl_options=tls,
        xheaders=False,
        max_header_size=limits.max_headers + READ_TO_BE_REFUSED,
        max_body_size=LARGEST_DRAINED,
        body_timeout=limits.body_timeout,
        idle_connection_timeout=limits.idle_timeout,
    )
    server.connections_per_address = limits.connections_per_address
    return server


def warm_up() -> None:
    """Do once what Tornado would do at the first connection by TLS: read the system's certificates.

    It takes a third of a second for some, on the loop; a server's connections do not even use them.
    """
    SSLIOStream(socket.socket()).close()


def client_at(address: Any) -> str:
    """Who is at this socket address: an IPv4 address, or a network of IPv6, all of which one client has."""
    if not isinstance(address, tuple) or not address:
        return ""
    if len(address) == 2:  # as the system names an IPv4 address: it need not be taken apart
        return str(address[0])
    host = str(address[0]).partition("%")[0]
    try:
        ip = ip_address(host)
    except ValueError:
        return host
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return f"{IPv6Address(int(ip) >> 64 << 64)}/64"
    return str(ip)
