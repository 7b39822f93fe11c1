"""A service with a stream of events that says what a test tells it to, over a real socket."""

import json
import queue
import socketserver
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

ROOT = {
    "RedfishVersion": "1.6.0",
    "EventService": {"@odata.id": "/redfish/v1/EventService"},
    "Links": {"Sessions": {"@odata.id": "/s"}},
}
STREAM = "/redfish/v1/EventService/SSE"
CLOSE = None


class SseServer:
    """Each connection to the stream is answered by the next of `connections`, as far as it is fed.

    What is fed to `feed` goes to the stream that is open; CLOSE ends it. A context manager.
    """

    def __init__(self) -> None:
        self.last_ids: list[str | None] = []
        """The Last-Event-ID of each connection to the stream."""
        self.refuse = 0
        """An HTTP status to answer the next connections with; 0: none."""
        self.kind = "text/event-stream"
        self._feed: queue.Queue[bytes | None] = queue.Queue()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                method, path, headers = self._heard()
                if not method:
                    return
                if path == STREAM:
                    self._stream(headers)
                elif path == "/s":
                    self._send(201, {}, "X-Auth-Token: t\r\nLocation: /s/1\r\n")
                elif path == "/redfish/v1/":
                    self._send(200, ROOT)
                else:
                    self._send(200, {"ServerSentEventUri": STREAM, "Id": "EventService"})

            def _heard(self) -> tuple[str, str, Mapping[str, str]]:
                words = self.rfile.readline().decode().split()
                headers = {}
                while line := self.rfile.readline().decode().strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                self.rfile.read(int(headers.get("content-length", 0)))
                return (words[0], words[1], headers) if words else ("", "", {})

            def _send(self, status: int, body: object, headers: str = "") -> None:
                content = json.dumps(body).encode()
                self.wfile.write(
                    f"HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    f"{headers}Content-Length: {len(content)}\r\n\r\n".encode()
                    + content
                )

            def _stream(self, headers: Mapping[str, str]) -> None:
                outer.last_ids.append(headers.get("last-event-id"))
                if outer.refuse:
                    self._send(outer.refuse, {"error": {"message": "Not now, says the service."}})
                    return
                self.wfile.write(
                    f"HTTP/1.1 200 OK\r\nContent-Type: {outer.kind}\r\nConnection: close\r\n\r\n".encode()
                )
                while (chunk := outer._feed.get()) is not CLOSE:
                    try:
                        self.wfile.write(chunk)
                    except OSError:
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def feed(self, *chunks: bytes | None) -> None:
        """Have the open stream, or the next, say this."""
        for chunk in chunks:
            self._feed.put(chunk)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.feed(CLOSE, CLOSE, CLOSE)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
