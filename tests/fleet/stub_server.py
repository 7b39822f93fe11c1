"""A Redfish server for the tests, over real HTTPS: says what the test lets it say, misbehaves on order.

TLS is done by hand on the bare TCP connection, so that it can end a connection anywhere, fall silent in
the handshake, and count what is really open.
"""

import asyncio
import base64
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from socket import SHUT_WR
from typing import Any, Self

USER, PASSWORD = "root", "calvin-and-hobbes"
ROOT = "/redfish/v1/"
SESSIONS = "/redfish/v1/SessionService/Sessions"
SYSTEMS = "/redfish/v1/Systems"
SYSTEM = "/redfish/v1/Systems/1"
RESET = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"
INFO = "/redfish/v1/Systems/1/ResetActionInfo"
MONITOR = "/redfish/v1/TaskService/TaskMonitors/7"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived, and over which connection."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Reply:
    """What to answer. `raw` goes over the wire as it is; `hang_up` ends the connection after it."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang_up: bool = False

    def encode(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = b"" if self.body is None else self.body
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        head = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        head += [
            f"{name}: {value}" for name, value in {"Content-Length": str(len(body)), **self.headers}.items()
        ]
        return "\r\n".join((*head, "\r\n")).encode() + body


Behaviour = Reply | Callable[[Seen], Reply | Awaitable[Reply]]
HANG_UP = Reply(raw=b"", hang_up=True)


class Sockets:
    """Counts the connections at several servers together."""

    def __init__(self) -> None:
        self.open = 0
        self.most_open = 0

    def opened(self) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)

    def closed(self) -> None:
        self.open -= 1


class StubServer:
    """`on["GET /path"]` is what it does for that request: a Reply, or what makes one."""

    def __init__(self, tls: ssl.SSLContext, host: str, sockets: Sockets) -> None:
        self.on: dict[str, Behaviour] = self._well_behaved()
        self.seen: list[Seen] = []
        self.tokens: set[str] = set()
        self.accounts = {USER: PASSWORD}
        self.silent = False
        """Whether it accepts connections and then says nothing, not even in the handshake."""
        self.rude = False
        """Whether it leaves the client's goodbyes unanswered, until the client has gone."""
        self.open = 0
        """TCP connections, with or without TLS."""
        self.accepted = 0
        self.handshakes = 0
        """Of TLS, to their end."""
        self.goodbyes = 0
        """Connections that the client ended by saying so."""
        self.address = ""
        self.tls = tls
        self._host = host
        self._sockets = sockets
        self._listener: asyncio.Server | None = None
        self.wires: set[_Wire] = set()
        self._work: set[asyncio.Task[None]] = set()
        self._watchers: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._logins = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Wire(self), self._host, 0)
        port = self._listener.sockets[0].getsockname()[1]
        self.address = f"[{self._host}]:{port}" if ":" in self._host else f"{self._host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Nobody listens any more, and what was open is closed."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for work in list(self._work):
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        self.hang_up()
        await self.until(lambda: self.open == 0)

    def hang_up(self) -> None:
        """End every connection, without a word."""
        for wire in list(self.wires):
            wire.transport.abort()

    def speak(self) -> None:
        """Break the silence: what has been said meanwhile is answered."""
        self.silent = False
        for wire in list(self.wires):
            wire.data_received(b"")

    @property
    def names(self) -> list[str]:
        """What was asked, in order."""
        return [one.name for one in self.seen]

    @property
    def count(self) -> Counter[str]:
        """How often each thing was asked."""
        return Counter(self.names)

    async def until(self, check: Callable[[], bool], within: float = 5.0) -> None:
        """Wait for what arrives, connects or ends, and makes this true."""
        if check():
            return
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.append((check, told))
        async with asyncio.timeout(within):
            await told

    @contextmanager
    def holding(self, name: str) -> Iterator[asyncio.Event]:
        """Requests of this name arrive, and are answered once the event is set."""
        released = asyncio.Event()
        before = self.on.get(name)

        async def later(seen: Seen) -> Reply:
            await released.wait()
            return await _reply(seen, before)

        self.on[name] = later
        yield released
        released.set()

    # --- what a well-behaved server does

    def _well_behaved(self) -> dict[str, Behaviour]:
        return {
            f"GET {ROOT}": Reply(body=a_root()),
            f"POST {SESSIONS}": self._log_in,
            f"GET {SYSTEMS}": Reply(body={"Members": [{"@odata.id": SYSTEM}]}),
            f"GET {SYSTEM}": Reply(body=a_system()),
            f"POST {RESET}": Reply(204),
        }

    def _log_in(self, seen: Seen) -> Reply:
        given = json.loads(seen.body)
        if self.accounts.get(given["UserName"]) != given["Password"]:
            return Reply(401, an_error("The user name or password is wrong."))
        self._logins += 1
        token = f"token-{self._logins}"
        self.tokens.add(token)
        return Reply(201, {}, {"X-Auth-Token": token, "Location": f"{SESSIONS}/{self._logins}"})

    def _lets_in(self, seen: Seen) -> bool:
        if seen.path == ROOT or seen.name == f"POST {SESSIONS}":
            return True
        scheme, _, credentials = seen.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            user, _, password = base64.b64decode(credentials).decode().partition(":")
            return self.accounts.get(user) == password
        return seen.headers.get("x-auth-token") in self.tokens

    async def _answer(self, seen: Seen, wire: "_Wire") -> None:
        if self._lets_in(seen):
            wire.send(await _reply(seen, self.on.get(seen.name)))
        else:
            wire.send(Reply(401, an_error("Log in first.")))

    # --- called by the wires

    def arrived(self, seen: Seen, wire: "_Wire") -> None:
        self.seen.append(seen)
        work = asyncio.get_running_loop().create_task(self._answer(seen, wire))
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        self.changed()

    def connected(self, wire: "_Wire") -> int:
        self.wires.add(wire)
        self.open += 1
        self.accepted += 1
        self._sockets.opened()
        self.changed()
        return self.accepted

    def disconnected(self, wire: "_Wire") -> None:
        self.wires.discard(wire)
        self.open -= 1
        self._sockets.closed()
        self.changed()

    def changed(self) -> None:
        for check, told in list(self._watchers):
            if told.done() or check():
                self._watchers.remove((check, told))
                if not told.done():
                    told.set_result(None)


class _Wire(asyncio.Protocol):
    """One connection: bytes in, requests out to the server; replies in, bytes out."""

    def __init__(self, server: StubServer) -> None:
        self._server = server
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = server.tls.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = False
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._number = self._server.connected(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._server.disconnected(self)

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        if self._server.silent:
            return
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
                self._server.handshakes += 1
            while part := self._tls.read(65536):
                self._read += part
            self._server.goodbyes += 1
            if not self._server.rude:
                self.transport.close()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:  # the client does not believe the certificate
            self.transport.close()
        self._requests()

    def cut(self) -> None:
        """End the connection this instant, without the loop, as if from outside."""
        socket = self.transport.get_extra_info("socket")
        with socket.dup() as twin:
            twin.shutdown(SHUT_WR)

    def send(self, reply: Reply) -> None:
        if self.transport.is_closing():
            return
        if encoded := reply.encode():
            self._tls.write(encoded)
            self._flush()
        if reply.hang_up:
            self.transport.close()

    def _flush(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self._outgoing.read())

    def _requests(self) -> None:
        while b"\r\n\r\n" in self._read:
            head, _, rest = self._read.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._read = rest[length:]
            method, path, _ = first.split(" ")
            self._server.arrived(Seen(method, path, headers, rest[:length], self._number), self)


async def _reply(seen: Seen, behaviour: Behaviour | None) -> Reply:
    if behaviour is None:
        return Reply(404, an_error("There is no such resource."))
    if isinstance(behaviour, Reply):
        return behaviour
    made = behaviour(seen)
    return made if isinstance(made, Reply) else await made


def in_turn(*replies: Reply) -> Callable[[Seen], Reply]:
    """These replies one after the other, and the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def a_root(**changes: Any) -> dict[str, Any]:
    return {
        "@odata.id": ROOT,
        "RedfishVersion": "1.21.0",
        "Systems": {"@odata.id": SYSTEMS},
        "Links": {"Sessions": {"@odata.id": SESSIONS}},
    } | changes


def a_system(**changes: Any) -> dict[str, Any]:
    return {
        "@odata.id": SYSTEM,
        "Id": "1",
        "Name": "Web front 7",
        "UUID": "f6b0a1c2-9a55-4c1e-8a3e-1d2c3b4a5968",
        "Manufacturer": "Contoso",
        "Model": "3500",
        "SerialNumber": "437XR1138R2",
        "PowerState": "On",
        "LastResetTime": "2026-01-02T03:04:05Z",
        "Actions": {
            "#ComputerSystem.Reset": {
                "target": RESET,
                "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "ForceRestart"],
            }
        },
    } | changes


def an_error(text: str) -> dict[str, Any]:
    return {
        "error": {
            "code": "Base.1.13.GeneralError",
            "message": "See the extended information.",
            "@Message.ExtendedInfo": [{"MessageId": "Base.1.13.GeneralError", "Message": text}],
        }
    }
