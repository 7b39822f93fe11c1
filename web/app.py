"""The web application and the HTTP server in front of it, put together from their parts."""

import ssl
from pathlib import Path
from typing import Final

from tornado.httpserver import HTTPServer
from tornado.web import Application

from web.handler import NothingHere, log_request
from web.routes import NOWHERE, ROUTES
from web.services import Services, WebOptions

LARGEST_DRAINED: Final = 64 * 1024 * 1024
"""Up to so many bytes a body is received to its end, so that the client can read the answer to it."""
BODY_TIMEOUT: Final = 120.0
"""Seconds that a client has to send a body."""
IDLE_TIMEOUT: Final = 300.0
"""Seconds after which a connection without a request is closed."""


def make_app(services: Services, options: WebOptions) -> Application:
    """The application: all routes of the table, and the same treatment for whatever is in none of them."""
    handlers = [
        (route.pattern, route.handler, {"route": route, "services": services, "options": options})
        for route in ROUTES
    ]
    return Application(
        handlers,
        default_handler_class=NothingHere,
        default_handler_args={"route": NOWHERE, "services": services, "options": options},
        log_function=log_request,
        # A page from elsewhere must not act with the credentials that a browser remembers.
        cross_origin_protection=True,
    )


def make_server(app: Application, tls: ssl.SSLContext | None = None) -> HTTPServer:
    """A server for the application, not listening yet: `add_sockets` or `listen` makes it.

    Without a TLS context it speaks plain HTTP. Headers that a proxy adds are not believed.
    """
    return HTTPServer(
        app,
        ssl_options=tls,
        xheaders=False,
        max_body_size=LARGEST_DRAINED,
        body_timeout=BODY_TIMEOUT,
        idle_connection_timeout=IDLE_TIMEOUT,
    )


def tls_context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """A context for a server: TLS 1.2 and 1.3, with this certificate (and its chain) and key, in PEM.

    Raises:
        OSError: a file cannot be read, or (ssl.SSLError) is not what it should be.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_file, key_file)
    return context
