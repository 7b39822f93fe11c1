"""A connection that is closed is freed at once, with its TLS: the collector of cycles may come late."""

import asyncio
import gc
import ssl
from pathlib import Path

from actors.inventory.records import ResetType
from fleet.connection import Connection
from tests.fleet.stub_fleet import a_fleet
from tests.fleet.stub_server import RESET, SYSTEM
from tests.support import uncollected


def in_memory(address: str) -> int:
    """How many connections, TLS objects, and transports to this address there are."""
    return sum(
        isinstance(one, Connection | ssl.SSLObject)
        or (isinstance(one, asyncio.Transport) and _peer(one) == address)
        for one in gc.get_objects()
    )


def _peer(transport: asyncio.Transport) -> str:
    host, port = (transport.get_extra_info("peername") or ("", 0))[:2]
    return f"{host}:{port}"


async def test_nothing_of_a_closed_connection_waits_for_the_collector(tmp_path: Path) -> None:
    with uncollected():
        async with a_fleet(tmp_path) as fleet:
            address = fleet.server.address
            before = in_memory(address)
            await fleet.at().system(SYSTEM)
            await fleet.at().reset(RESET, ResetType.ON)
            assert in_memory(address) >= before + 3
        await asyncio.sleep(0)
        assert in_memory(address) == before
