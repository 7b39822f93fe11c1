"""A web server that answers from a script, over a real socket, for services that we have none of."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Scripted = tuple[int, str, str] | Callable[["Heard"], tuple[int, dict[str, str], str]]
"""HTTP status, content type and body; or a function that makes status, headers and body from the request."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class ScriptedHttp:
    """Answers by path, query left out; what is in no script is 404. A context manager."""

    def __init__(self, script: Mapping[str, Scripted], headers: Mapping[str, str] | None = None) -> None:
        self.requests: list[Heard] = []
        outer, more = self, dict(headers or {})

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                heard = Heard(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(size).decode(),
                )
                outer.requests.append(heard)
                scripted = script.get(self.path.partition("?")[0], (404, "application/json", "{}"))
                if callable(scripted):
                    status, own, body = scripted(heard)
                else:
                    status, kind, body = scripted
                    own = {"Content-Type": kind}
                self.send_response(status)
                for name, value in {**more, **own, "Content-Length": str(len(body.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (the names are the library's)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
