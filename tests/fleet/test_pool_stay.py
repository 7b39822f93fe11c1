"""Whoever stays with a server keeps its connection between two calls, and not for ever."""

import asyncio
from pathlib import Path

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerUnreachableError
from fleet import connections, stay
from tests.fleet.stub_fleet import StubFleet, a_fleet
from tests.fleet.stub_server import RESET, SYSTEM
from tests.support import eventually


async def look(fleet: StubFleet, number: int = 0) -> None:
    await fleet.at(number).system(SYSTEM)


async def waits_for_a_place(fleet: StubFleet, number: int) -> asyncio.Task[None]:
    """A look at this server, once it waits for the only place."""
    waiting = asyncio.create_task(look(fleet, number))
    await eventually(lambda: _assert(fleet.pool.waiting == 1))
    return waiting


def _assert(fact: bool) -> None:
    assert fact


async def test_look_and_action_go_over_one_connection_while_others_wait(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        hurried, patient = fleet.at(patience=9), fleet.at()
        with patient.staying():
            await hurried.system(SYSTEM)  # on another errand than the action
            waiting = await waits_for_a_place(fleet, 1)
            await patient.reset(RESET, ResetType.FORCE_RESTART)
            await look(fleet)
            assert not waiting.done()
            assert fleet.server.accepted == 1
        await waiting
        assert fleet.sockets.most_open == 1


async def test_without_it_whoever_waits_gets_the_place(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        await look(fleet)
        await look(fleet, 1)
        await look(fleet)
        assert fleet.server.accepted == 2


async def test_a_stay_that_drags_on_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stay, "LONGEST_STAY", 0.05)
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        with fleet.at().staying():
            await look(fleet)
            await look(fleet, 1)  # gets the place although the block has not ended
            assert fleet.server.open == 0
            await look(fleet)
            assert fleet.server.accepted == 2


async def test_what_must_not_be_sent_twice_goes_over_none_that_was_kept_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.call.FRESH", -1.0)  # whatever was kept was kept too long
    async with a_fleet(tmp_path) as fleet:
        with fleet.at().staying():
            await look(fleet)
            await fleet.at().reset(RESET, ResetType.FORCE_RESTART)
            assert fleet.server.accepted == 2


async def test_one_that_the_server_has_closed_meanwhile_is_not_used(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.at().staying():
            await look(fleet)
            fleet.server.hang_up()
            await eventually(lambda: _assert(fleet.pool.open == 0))
            await fleet.at().reset(RESET, ResetType.FORCE_RESTART)
        assert fleet.server.count[f"POST {RESET}"] == 1
        assert fleet.server.accepted == 2


async def test_several_may_stay_and_the_last_to_leave_gives_the_place_up(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        with fleet.at().staying():
            with fleet.at().staying():
                await look(fleet)
            waiting = await waits_for_a_place(fleet, 1)
            await look(fleet)
            assert fleet.server.accepted == 1
        await waiting


async def test_forgetting_and_closing_end_a_stay_too(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2) as fleet:
        with fleet.at(0).staying(), fleet.at(1).staying():
            await look(fleet, 0)
            await look(fleet, 1)
            await asyncio.wait_for(fleet.pool.forget(fleet.server.address), 5)
            assert fleet.pool.open == 1
            await asyncio.wait_for(fleet.pool.close(), 5)
        assert fleet.pool.open == 0


async def test_a_wait_for_a_handshake_counts_towards_no_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANDSHAKES_AT_ONCE", 1)
    async with a_fleet(tmp_path, servers=2) as fleet:
        fleet.server.silent = True  # its handshake takes all the time that it is given
        stuck = asyncio.create_task(fleet.at(patience=1.5).system(SYSTEM))
        await fleet.server.until(lambda: fleet.server.accepted == 1)
        patient = asyncio.create_task(fleet.at(1, patience=1.0).system(SYSTEM))
        await fleet.servers[1].until(lambda: fleet.servers[1].accepted == 1)
        with pytest.raises(ServerUnreachableError):
            await stuck
        assert (await patient).path == SYSTEM


async def test_cancelled_while_waiting_for_a_handshake_it_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANDSHAKES_AT_ONCE", 1)
    async with a_fleet(tmp_path, servers=2) as fleet:
        fleet.server.silent = True
        stuck = asyncio.create_task(look(fleet))
        await fleet.server.until(lambda: fleet.server.accepted == 1)
        waiting = asyncio.create_task(look(fleet, 1))
        await fleet.servers[1].until(lambda: fleet.servers[1].accepted == 1)
        for one in (waiting, stuck):
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one
        await fleet.servers[1].until(lambda: fleet.servers[1].open == 0)
        assert fleet.pool.open == 0
        await look(fleet, 1)
