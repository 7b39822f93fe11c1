"""The limit of the web benchmarks: a bare Tornado handler writing the same bytes, in a process of its own.

    python -m bench.peer FILE [CERTIFICATE KEY]

FILE is a JSON list of `[path, status, [[header, value], …], body]`. It listens on a free port of 127.0.0.1,
with TLS where it is given a certificate, and ends on SIGTERM.
"""

import asyncio
import json
import signal
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

BY_ITSELF: Final = frozenset({"Date", "Content-Length", "Server"})
"""Headers that Tornado writes by itself."""


class Bare(RequestHandler):
    """Writes what it was made with: no routing to speak of, nobody to let in, nothing to look up."""

    def initialize(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self._answer = status, headers, body

    def set_default_headers(self) -> None:
        self.clear_header("Server")  # the service does not send it either

    def get(self) -> None:
        status, headers, body = self._answer
        self.set_status(status)
        for name, value in headers:
            self.set_header(name, value)
        self.write(body)


def handlers_of(file: Path) -> list[Any]:
    """A handler for each answer in the file."""
    handlers: list[Any] = []
    for path, status, headers, body in json.loads(file.read_bytes()):
        own = [(name, value) for name, value in headers if name not in BY_ITSELF]
        handlers.append((path, Bare, {"status": status, "headers": own, "body": body.encode()}))
    return handlers


async def serve(handlers: list[Any], certificate: Sequence[str] = ()) -> None:
    """Serve these until SIGTERM, with TLS where there is a certificate with its key."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    (socket,) = bind_sockets(0, "127.0.0.1")
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
    http = HTTPServer(Application(handlers), ssl_options=tls)
    http.add_socket(socket)
    print(f"listening on {'https' if tls else 'http'}://127.0.0.1:{socket.getsockname()[1]}", flush=True)
    await stop.wait()
    http.stop()
    await http.close_all_connections()


if __name__ == "__main__":
    asyncio.run(serve(handlers_of(Path(sys.argv[1])), sys.argv[2:]))
