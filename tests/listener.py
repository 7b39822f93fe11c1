"""A listener of events as a process of its own, over HTTPS: notes what it hears, and misbehaves on order.

What it does with a request, the path says, or the file of orders, which is read again at SIGHUP: `take`,
`status N`, `often N` (that status, every third time), `slow SECONDS`, `hang`, `drop`, `redirect`,
`long`. A path is `/NAME` or `/NAME/ORDER`.
"""

import argparse
import asyncio
import json
import signal
import ssl
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from fleet.simulator.certificates import Certificates
from tests.service import READY, ROOT, Process


class Listener(Process):
    """The process, seen from a test. Started again, it listens where it did; what it heard is kept."""

    def __init__(self, folder: Path, *, tls: bool = True, name: str = "listener") -> None:
        super().__init__(name, folder)
        self.certificate = folder / "listener-ca.pem"
        """The authority that signed what it shows; each start makes another one."""
        self._heard = folder / "heard.jsonl"
        self._orders = folder / "orders.json"
        self._port = 0
        self._tls = tls
        self._read = 0
        self._requests: list[dict[str, Any]] = []
        self._by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._heard.touch()
        if not self._orders.exists():
            self._orders.write_text("{}")
        super().start()
        self._port = int(self.url.rpartition(":")[2])

    def program(self) -> Sequence[str]:
        return ["-m", "tests.listener"]

    def arguments(self) -> Sequence[str]:
        files = {"heard": self._heard, "orders": self._orders, "ca": self.certificate}
        plain = [] if self._tls else ["--plain"]
        return [f"--port={self._port}", *plain, *(f"--{name}={path}" for name, path in files.items())]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def order(self, orders: Mapping[str, str]) -> None:
        """What it does from now on with requests for these paths; returns once it does."""
        self._orders.write_text(json.dumps(dict(orders)))
        self.send(signal.SIGHUP)
        line = self.next_line()
        assert line == f"orders: {len(orders)}", line

    def heard(self, path: str = "") -> list[dict[str, Any]]:
        """The requests that have come whole, oldest first.

        Each has `path`, `headers`, `body`, `raw`, `order` and `time`.
        """
        for request in self.unheard():
            self._requests.append(request)
            self._by_path[request["path"]].append(request)
        return self._by_path[path] if path else self._requests

    def unheard(self) -> Iterator[dict[str, Any]]:
        """Those that have come since this or `heard` was last called. `heard` will not know of them."""
        with self._heard.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                request = json.loads(line)
                request["body"] = json.loads(request["raw"])
                yield request

    def events(self, path: str = "", order: str = "take") -> list[dict[str, Any]]:
        """The events in those that it took, in the order of their coming."""
        return [
            event for line in self.heard(path) if line["order"] == order for event in line["body"]["Events"]
        ]


class _Hears(RequestHandler):
    def initialize(self, orders: dict[str, str], heard: Any) -> None:
        self._orders = orders
        self._heard = heard

    _often: ClassVar[list[str]] = []
    """The paths that a request for which is often refused, once for each that came."""

    async def post(self, path: str) -> None:
        order = self._orders.get(f"/{path}") or path.partition("/")[2].replace("/", " ") or "take"
        if order.startswith("often "):
            self._often.append(path)
            order = f"status {order.split()[1]}" if self._often.count(path) % 3 == 2 else "take"
        line = {
            "time": time.time(),
            "path": f"/{path}",
            "order": order,
            "headers": dict(self.request.headers.get_all()),
            "raw": self.request.body.decode(),
        }
        self._heard.write(json.dumps(line) + "\n")
        self._heard.flush()
        match order.split():
            case ["take"]:
                self.set_status(204)
            case ["status", status]:
                self.set_status(int(status))
            case ["slow", seconds]:
                await asyncio.sleep(float(seconds))
            case ["hang"]:
                await asyncio.get_running_loop().create_future()
            case ["drop"]:
                self.request.connection.stream.close()  # type: ignore[union-attr]
            case ["redirect"]:
                self.redirect("/elsewhere", status=307)
            case ["long"]:
                self.write(b"x" * 1_000_000)
            case _:
                raise ValueError(order)


async def _listen(options: argparse.Namespace) -> None:
    orders: dict[str, str] = {}

    def read_orders() -> None:
        orders.clear()
        orders.update(json.loads(options.orders.read_text()))
        print(f"orders: {len(orders)}", flush=True)

    loop = asyncio.get_running_loop()
    over = loop.create_future()
    loop.add_signal_handler(signal.SIGHUP, read_orders)
    loop.add_signal_handler(signal.SIGTERM, over.set_result, None)
    with options.heard.open("a") as heard:
        app = Application([(r"/(.*)", _Hears, {"orders": orders, "heard": heard})])
        server = HTTPServer(app, ssl_options=None if options.plain else _tls(options.ca))
        (socket,) = bind_sockets(options.port, "127.0.0.1")
        server.add_socket(socket)
        read_orders()
        scheme = "http" if options.plain else "https"
        print(f"{READY}{scheme}://127.0.0.1:{socket.getsockname()[1]}", flush=True)
        await over
        server.stop()
        await server.close_all_connections()


def _tls(authority: Path) -> ssl.SSLContext:
    certificates = Certificates()
    authority.write_bytes(certificates.ca_pem)
    return certificates.listening_context


def _options(arguments: Iterable[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plain", action="store_true")
    for name in ("heard", "orders", "ca"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    asyncio.run(_listen(_options(sys.argv[1:])))
