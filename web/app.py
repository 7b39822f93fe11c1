"""The web application and the HTTP server in front of it, put together from their parts."""

import os
import re
import socket
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPMessageDelegate
from tornado.web import Application

from config.settings import WebSettings
from web.audit import log_and_audit
from web.compression import Gzip
from web.dashboard import read_files
from web.described import RouteDocuments
from web.frames import Frames
from web.handler import NothingHere
from web.heads import HeadDelegate
from web.polls import PollDelegate, Polls
from web.rate import RatedGate
from web.redirect import redirecting
from web.routes import NOWHERE, PAGES, ROUTES
from web.server import DEFAULT_LIMITS, LimitedServer, ServerLimits, limited_server, warm_up
from web.services import Services, WebOptions
from web.under_way import UnderWay

LAST_ANSWERS: Final = 5.0
"""Seconds that a planned stop waits for the answers to requests that were taken before it."""
BACKLOG: Final = 1024


class RedfishApplication(Application):
    """All routes of the table, and the same treatment for whatever is in none of them."""

    def __init__(self, services: Services, options: WebOptions) -> None:
        self.under_way = UnderWay()
        self.readable = [(re.compile(route.pattern), route) for route in ROUTES if "GET" in route.privileges]
        """What `$expand` can follow a link to."""
        self.services = services
        self.shared: dict[str, Any] = {
            "services": services,
            "options": options,
            "under_way": self.under_way,
        }
        """What every handler is made with."""
        self.frames = Frames()
        """Of the events that go over streams."""
        super().__init__(
            [(route.pattern, route.handler, {"route": route, **self.shared}) for route in (*ROUTES, *PAGES)],
            transforms=[Gzip],
            default_handler_class=NothingHere,
            default_handler_args={"route": NOWHERE, **self.shared},
            log_function=log_and_audit,
            documents=RouteDocuments(ROUTES),
            dashboard=read_files(),
            # A page from elsewhere must not act with the credentials that a browser remembers.
            cross_origin_protection=True,
        )
        self.polls = Polls(services, options.body_timeout)
        self._max_headers = options.max_headers

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """A poll that has its answer already is given it; a handler answers everything else."""
        routed = super().start_request(server_conn, request_conn)
        handled = HeadDelegate(self, request_conn, routed, self._max_headers)
        return PollDelegate(self.polls, request_conn, handled)


def make_app(services: Services, options: WebOptions) -> RedfishApplication:
    """The application; it needs a server in front of it."""
    if options.requests_per_second:
        services = replace(services, gate=RatedGate(services.gate, options.requests_per_second))
    return RedfishApplication(services, options)


def make_server(
    app: RedfishApplication, tls: ssl.SSLContext | None = None, limits: ServerLimits = DEFAULT_LIMITS
) -> LimitedServer:
    """A server for the application, not listening yet; without a TLS context it speaks plain HTTP."""
    return limited_server(app, tls, limits)


def tls_context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """A context for a server: TLS 1.2 and 1.3, with this certificate (and its chain) and key, in PEM.

    Raises:
        OSError: a file cannot be read, or is not what it should be.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert_file, key_file)
    except OSError as error:
        raise OSError(
            f"The certificate {cert_file} and the key {key_file} cannot be used: {error.strerror or error}. "
            "Both must be readable PEM files that belong together."
        ) from error
    return context


@dataclass(frozen=True, slots=True)
class Listening:
    """The service on its port: its URL, and what it shows who connects."""

    url: str
    _server: HTTPServer
    redirect: str | None = None
    """Where plain HTTP is told of it, if anywhere."""

    def show(self, certificate: tuple[Path, Path] | None) -> None:
        """From now on show new connections this certificate; those that are open stay as they are.

        Whether it is HTTPS at all does not change: None, or a certificate where there is none, changes
        nothing.

        Raises:
            OSError: a file cannot be used; nothing has changed.
        """
        if certificate is not None and self._server.ssl_options is not None:
            # Another context, not another pair in the same one: nobody meets the one with the other's key.
            self._server.ssl_options = tls_context(*certificate)


async def listen(
    app: RedfishApplication,
    settings: WebSettings,
    certificate: tuple[Path, Path] | None,
    stack: AsyncExitStack,
) -> Listening:
    """Listen as the settings say, with this certificate and key (None: plain HTTP).

    Pushes on the stack: take no more connections, answer what was taken, close what is open.

    Raises:
        OSError: the address cannot be listened on, or a file of the certificate cannot be used.
    """
    limits = ServerLimits(
        max_headers=settings.max_headers,
        idle_timeout=settings.idle_timeout,
        body_timeout=settings.body_timeout,
        connections_per_address=settings.connections_per_address,
    )
    server = make_server(app, tls_context(*certificate) if certificate else None, limits)
    sockets = _bound(settings.host, settings.port)
    if certificate:
        warm_up()
    server.add_sockets(sockets)
    stack.push_async_callback(_stop, app, server)
    port = sockets[0].getsockname()[1]
    redirect = None
    if certificate and settings.redirect_port is not None:
        redirect = _redirect(settings, port, limits, stack)
    return Listening(
        f"{'https' if certificate else 'http'}://{_reachable(settings.host)}:{port}", server, redirect
    )


def _redirect(settings: WebSettings, port: int, limits: ServerLimits, stack: AsyncExitStack) -> str:
    """Listen for plain HTTP, to say where HTTPS is; the URL where that is done."""
    server = limited_server(redirecting(_reachable(settings.host), port), None, limits)
    sockets = _bound(settings.host, settings.redirect_port or 0)
    server.add_sockets(sockets)
    stack.push_async_callback(server.close_all_connections)
    stack.callback(server.stop)
    return f"http://{_reachable(settings.host)}:{sockets[0].getsockname()[1]}"


def _bound(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of the host, all with the same port, listening; `::` takes IPv4 as well."""
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            both = host == "::" and socket.has_dualstack_ipv6()
            wanted = (address[0], port or (sockets[0].getsockname()[1] if sockets else 0))
            sockets.append(socket.create_server(wanted, family=family, backlog=BACKLOG, dualstack_ipv6=both))
            sockets[-1].setblocking(False)
    except OSError as error:
        for bound in sockets:
            bound.close()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise OSError(
            f"The service cannot listen on {host}, port {port}: {reason}. "
            "Stop what listens there, or set web.host and web.port to what this machine has free."
        ) from error
    return sockets


async def _stop(app: RedfishApplication, server: HTTPServer) -> None:
    server.stop()
    await app.services.streams.close()
    await app.under_way.over(LAST_ANSWERS)
    await server.close_all_connections()


def _reachable(host: str) -> str:
    """The host as it stands in a URL; an address that means all of them is reached as localhost."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "localhost"
    return f"[{host}]" if isinstance(address, IPv6Address) else host
