"""Shared by the tests of the simulator: simulators on the test's loop, and clients that verify them."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from multidict import CIMultiDictProxy

from fleet.simulator import Simulator, SimulatorOptions

SYSTEM = "/redfish/v1/Systems/1"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
SESSIONS = "/redfish/v1/SessionService/Sessions"
QUICK = (0.0, 0.01)
NEVER_ENDING = (3600.0, 3600.0)


def trusting(ca_pem: bytes) -> ssl.SSLContext:
    """A client's TLS context that trusts this authority only, and is as strict as Python 3.13 by default."""
    context = ssl.create_default_context(cadata=ca_pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@dataclass(frozen=True)
class Reply:
    """What a client got; `body` is None when there was none."""

    status: int
    headers: CIMultiDictProxy[str]
    body: Any


class Client:
    """A client of all servers of one simulator, with connections that stay open."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._inventory = simulator.inventory()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=trusting(self.simulator.ca_pem))
        self._session = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        server: int = 0,
        basic: bool = True,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """The reply to one request, with Basic credentials unless told otherwise.

        A body of bytes goes out as it is, any other as JSON.
        """
        line = self._inventory[server]
        sent = dict(headers or {})
        if basic:
            sent["Authorization"] = aiohttp.encode_basic_auth(line["UserName"], line["Password"])
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        url = f"https://{line['HostName']}{path}"
        async with self._session.request(method, url, data=data, headers=sent) as response:
            content = await response.read()
            return Reply(response.status, response.headers, json.loads(content) if content else None)

    async def reset(self, reset_type: str, server: int = 0) -> Reply:
        """The reply to a reset of one server."""
        return await self.ask("POST", RESET, {"ResetType": reset_type}, server=server)

    async def system(self, server: int = 0) -> dict[str, Any]:
        """The system of one server."""
        reply = await self.ask("GET", SYSTEM, server=server)
        assert reply.status == 200
        assert isinstance(reply.body, dict)
        return reply.body


@asynccontextmanager
async def simulated(rules: object = None, **options: Any) -> AsyncIterator[Client]:
    """A client of a simulator with these options and rules; both end with the block."""
    chosen: dict[str, Any] = {"servers": 2, "transition": QUICK} | options
    async with Simulator(SimulatorOptions(**chosen)) as simulator:
        if rules is not None:
            simulator.use_faults(rules)
        async with Client(simulator) as client:
            yield client


async def connect(simulator: Simulator, index: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection of its own to one server, without a name for SNI: an IP address is not one."""
    address, _, port = simulator.host_name(index).partition(":")
    context = trusting(simulator.ca_pem)
    return await asyncio.open_connection(address, int(port), ssl=context, server_hostname=address)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a request log."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def outside_address() -> str | None:
    """An address of this machine outside 127.0.0.0/8; None when it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
