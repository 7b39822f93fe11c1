"""A connection that is closed is freed at once, with its TLS: the collector of cycles may come late."""

import asyncio
import gc
import ssl
from pathlib import Path

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerUnreachableError
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


async def test_nor_does_the_tls_of_a_handshake_that_failed(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # no TLS at all
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as plain, a_fleet(tmp_path) as fleet:
        address = f"127.0.0.1:{plain.sockets[0].getsockname()[1]}"
        with uncollected():
            before = in_memory("")
            for _ in range(3):
                with pytest.raises(ServerUnreachableError, match="No TLS connection"):
                    await fleet.at(address=address, patience=1).system(SYSTEM)
            await asyncio.sleep(0)
            assert in_memory("") == before
