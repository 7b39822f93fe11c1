"""A connection that is closed is freed at once, with its TLS: the collector may not come for long."""

import asyncio
import gc
import ssl
from pathlib import Path

from actors.inventory.records import ResetType
from fleet.connection import Connection
from tests.fleet.stub_fleet import a_fleet
from tests.fleet.stub_server import RESET, SYSTEM
from tests.support import uncollected


def in_memory() -> int:
    """How many connections and TLS objects there are."""
    return sum(isinstance(one, Connection | ssl.SSLObject) for one in gc.get_objects())


async def test_nothing_of_a_closed_connection_waits_for_the_collector(tmp_path: Path) -> None:
    with uncollected():
        before = in_memory()
        async with a_fleet(tmp_path) as fleet:
            await fleet.at().system(SYSTEM)
            await fleet.at().reset(RESET, ResetType.ON)
            assert in_memory() > before
        await asyncio.sleep(0)
        assert in_memory() == before
