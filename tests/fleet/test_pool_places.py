"""How many connections are open, who gets the next one, and that none is lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerHungUpError, ServerUnreachableError
from tests.fleet.stub_fleet import StubFleet, a_fleet
from tests.fleet.stub_server import RESET, SESSIONS, SYSTEM, Reply, a_system, in_turn
from tests.support import eventually

LOOK = f"GET {SYSTEM}"
LOGIN = f"POST {SESSIONS}"


async def look(fleet: StubFleet, number: int = 0, **errand: Any) -> str:
    return (await fleet.at(number, **errand).system(SYSTEM)).name


async def test_a_connection_is_used_again(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        for _ in range(5):
            await look(fleet)
        assert fleet.server.accepted == 1
        assert "connection" not in fleet.server.seen[-1].headers


async def test_one_that_its_server_wants_closed_is_not(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(body=a_system(), headers={"Connection": "close"})
        await look(fleet)
        await look(fleet)
        assert fleet.server.accepted == 2
        await fleet.server.until(lambda: fleet.server.open == 0)
        assert fleet.pool.open == 0


async def test_never_more_are_open_than_allowed_idle_ones_included(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=5, max_connections=2) as fleet:
        for _ in range(3):
            names = await asyncio.gather(*(look(fleet, number) for number in range(5) for _ in range(4)))
            assert len(names) == 20
        assert fleet.sockets.most_open == 2
        assert fleet.pool.open == 2


async def test_a_call_keeps_its_connection_while_others_wait(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=10, max_connections=2) as fleet:
        await asyncio.gather(*(look(fleet, number) for number in range(10)))
        assert [len(server.seen) for server in fleet.servers] == [3] * 10
        assert [server.accepted for server in fleet.servers] == [1] * 10


async def test_but_not_while_it_pauses_or_waits_for_anothers_login(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1, retries=1, retry_pause=0.3) as fleet:
        fleet.server.on[LOOK] = in_turn(Reply(503), Reply(body=a_system()))
        pausing = asyncio.create_task(look(fleet))
        await fleet.server.until(lambda: LOOK in fleet.server.names)
        assert await look(fleet, 1)
        assert not pausing.done()
        assert await pausing


async def test_nor_while_another_logs_in_for_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=2) as fleet:
        await look(fleet)
        fleet.server.tokens.clear()
        with fleet.server.holding(LOGIN) as released:
            calls = [asyncio.create_task(look(fleet)) for _ in range(2)]
            await fleet.server.until(lambda: fleet.server.count[LOOK] == 3 and fleet.server.count[LOGIN] == 2)
            assert await look(fleet, 1)
            released.set()
            await asyncio.gather(*calls)
        assert fleet.server.count[LOGIN] == 2


async def test_the_connection_that_was_idle_longest_makes_room(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=3, max_connections=2) as fleet:
        await look(fleet, 0)
        await look(fleet, 1)
        await look(fleet, 0)
        await look(fleet, 2)
        await fleet.servers[1].until(lambda: fleet.servers[1].open == 0)
        assert [server.open for server in fleet.servers] == [1, 0, 1]
        assert fleet.servers[1].goodbyes == 1


async def test_whoever_waits_longest_for_a_place_is_served_first(tmp_path: Path) -> None:
    order: list[int] = []
    async with a_fleet(tmp_path, servers=4, max_connections=1) as fleet:

        async def in_order(number: int) -> None:
            await look(fleet, number)
            order.append(number)

        with fleet.server.holding(LOOK) as released:
            first = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            waiting = [asyncio.create_task(in_order(number)) for number in (3, 1, 2)]
            # each has had its turn on the loop, and none has got as far as a socket
            await eventually(lambda: _assert(fleet.pool.waiting == 3))
            assert [server.accepted for server in fleet.servers[1:]] == [0, 0, 0]
            released.set()
            await asyncio.gather(first, *waiting)
    # each needs several requests, and between two of them goes to the end of the queue
    assert order == [3, 1, 2]


def _assert(fact: bool) -> None:
    assert fact


@pytest.mark.parametrize("who", range(3))
async def test_cancelled_while_waiting_for_a_place_it_loses_none(tmp_path: Path, who: int) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        await look(fleet, 1)  # logged in: otherwise one waits for a place, and the others for its login
        with fleet.server.holding(LOOK) as released:
            first = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            waiting = [asyncio.create_task(look(fleet, 1)) for _ in range(3)]
            await eventually(lambda: _assert(fleet.pool.waiting == 3))
            waiting[who].cancel()
            released.set()
            assert await first
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [
            number == who for number in range(3)
        ]
        assert await look(fleet)
        assert fleet.pool.open == 1


async def test_cancelled_in_the_turn_in_which_it_gets_its_place_it_passes_it_on(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=3, max_connections=1) as fleet:
        with fleet.server.holding(LOOK) as released:
            first = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            second = asyncio.create_task(look(fleet, 1))
            third = asyncio.create_task(look(fleet, 2))
            await eventually(lambda: _assert(fleet.pool.waiting == 2))
            released.set()
            async with asyncio.timeout(5):
                while fleet.pool.waiting == 2:  # to the very turn  # noqa: ASYNC110
                    await asyncio.sleep(0)
            second.cancel()
            assert await third
            assert await first
            with pytest.raises(asyncio.CancelledError):
                await second
        assert fleet.servers[1].accepted == 0
        assert fleet.pool.open == 1


async def test_cancelled_while_connecting_it_closes_and_gives_the_place_on(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        fleet.server.silent = True
        connecting = asyncio.create_task(look(fleet))
        await fleet.server.until(lambda: fleet.server.open == 1)
        waiting = asyncio.create_task(look(fleet, 1))
        connecting.cancel()
        assert await waiting
        await fleet.server.until(lambda: fleet.server.open == 0)
        with pytest.raises(asyncio.CancelledError):
            await connecting
        assert fleet.pool.open == 1
        assert not fleet.server.seen


async def test_cancelled_while_reading_it_closes_at_once_and_gives_the_place_on(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        with fleet.server.holding(LOOK):
            reading = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            waiting = asyncio.create_task(look(fleet, 1))
            reading.cancel()
            assert await waiting
            await fleet.server.until(lambda: fleet.server.open == 0)
            with pytest.raises(asyncio.CancelledError):
                await reading
        assert fleet.server.count[LOOK] == 1
        assert fleet.pool.open == 1


@pytest.mark.parametrize("turns", range(1, 60))
async def test_cancelled_after_any_number_of_turns_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """Every await on the way, from the first connection to the last byte, is hit by one of these."""
    monkeypatch.setattr("fleet.connection.LONGEST_GOODBYE", 0.02)
    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        fleet.server.rude = True
        await look(fleet, 1)
        call = asyncio.create_task(look(fleet))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert await look(fleet, 1)
        assert await look(fleet)
        assert fleet.pool.open == 1
        assert fleet.pool.waiting == 0
        await fleet.servers[1].until(lambda: fleet.sockets.open == 1)


async def test_an_idle_connection_is_closed_after_a_while(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=3, idle_time=0.05) as fleet:
        await asyncio.gather(*(look(fleet, number) for number in range(3)))
        for server in fleet.servers:
            await server.until(lambda server=server: server.open == 0)  # type: ignore[misc]
            assert server.goodbyes == 1
        assert fleet.pool.open == 0


async def test_one_in_use_is_not(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, idle_time=0.05) as fleet:
        with fleet.server.holding(LOOK) as released:
            long = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            await look(fleet, 1)
            await fleet.servers[1].until(lambda: fleet.servers[1].open == 0)
            assert fleet.server.open == 1
            released.set()
            assert await long


async def test_one_that_its_server_closes_frees_its_place_at_once(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, max_connections=1) as fleet:
        await look(fleet)
        fleet.server.hang_up()
        await eventually(lambda: _assert(fleet.pool.open == 0))
        assert await look(fleet)
        assert fleet.server.count[LOOK] == 2


async def test_a_server_gets_no_more_than_its_share(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, per_server=2) as fleet:
        await look(fleet)
        with fleet.server.holding(LOOK) as released:
            calls = [asyncio.create_task(look(fleet)) for _ in range(5)]
            await fleet.server.until(lambda: fleet.server.count[LOOK] == 3)
            assert fleet.server.open == 2
            released.set()
            await asyncio.gather(*calls)
        assert fleet.sockets.most_open == 2


@pytest.mark.parametrize("who", range(4))
async def test_cancelled_while_waiting_for_a_turn_at_its_server_it_loses_none(
    tmp_path: Path, who: int
) -> None:
    async with a_fleet(tmp_path, per_server=1) as fleet:
        await look(fleet)
        with fleet.server.holding(LOOK) as released:
            calls = [asyncio.create_task(look(fleet)) for _ in range(4)]
            await fleet.server.until(lambda: fleet.server.count[LOOK] == 2)
            calls[who].cancel()
            released.set()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [
            number == who for number in range(4)
        ]
        assert await look(fleet)


@pytest.mark.parametrize("turns", range(40))
async def test_cancelled_when_it_has_just_got_its_turn_it_passes_it_on(tmp_path: Path, turns: int) -> None:
    async with a_fleet(tmp_path, per_server=1) as fleet:
        await look(fleet)
        calls = [asyncio.create_task(look(fleet)) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        calls[1].cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(*calls, return_exceptions=True)
            assert await look(fleet)


async def test_whoever_waits_at_a_server_out_of_reach_hears_of_it_with_the_first(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, per_server=1, connect_timeout=0.1, retries=0) as fleet:
        await look(fleet)
        fleet.server.hang_up()
        await eventually(lambda: _assert(fleet.pool.open == 0))
        fleet.server.silent = True
        outcomes = await asyncio.gather(*(look(fleet) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(one, ServerUnreachableError) for one in outcomes)
        assert fleet.server.accepted == 2
        assert fleet.pool.open == 0


async def test_a_connection_goes_straight_to_who_waits_for_that_server(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, max_connections=1) as fleet:
        await look(fleet)
        with fleet.server.holding(LOOK) as released:
            calls = [asyncio.create_task(look(fleet)) for _ in range(3)]
            await eventually(lambda: _assert(fleet.pool.waiting == 2))
            calls[1].cancel()
            released.set()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(outcomes[1], asyncio.CancelledError)
        assert (outcomes[0], outcomes[2]) == ("Web front 7", "Web front 7")
        assert fleet.server.accepted == 1


async def test_forget_closes_what_is_open_there_and_sends_nothing(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2) as fleet:
        await look(fleet, 0)
        await look(fleet, 1)
        asked = list(fleet.server.names)
        await fleet.pool.forget(fleet.server.address)
        assert fleet.pool.open == 1
        await fleet.server.until(lambda: fleet.server.open == 0)
        assert fleet.server.names == asked
        assert fleet.servers[1].open == 1


async def test_forget_drops_what_is_remembered(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await look(fleet)
        await fleet.pool.forget(fleet.server.address)
        await look(fleet)
        assert fleet.server.count[LOGIN] == 2


async def test_forget_ends_what_is_under_way_there_and_it_is_not_repeated(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(LOOK):
            call = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            await fleet.pool.forget(fleet.server.address)
            with pytest.raises(ServerHungUpError):
                await call
        assert fleet.server.count[LOOK] == 1
        assert fleet.pool.open == 0


async def test_forgetting_a_stranger_is_no_error(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.pool.forget("10.0.0.1:443")


async def test_close_closes_all_and_tells_who_waits(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=3, max_connections=2, per_server=1, retries=0) as fleet:
        await look(fleet, 1)
        with fleet.server.holding(LOOK):
            reading = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            turn = asyncio.create_task(look(fleet))
            fleet.servers[2].silent = True
            connecting = asyncio.create_task(look(fleet, 2))
            await fleet.servers[2].until(lambda: fleet.servers[2].open == 1)
            place = asyncio.create_task(look(fleet, 1))
            await eventually(lambda: _assert(fleet.pool.waiting == 1))
            closing = asyncio.create_task(fleet.pool.close())
            with pytest.raises(ServerHungUpError):
                await reading
            with pytest.raises(ServerUnreachableError, match="taskmon is stopping"):
                await turn
            with pytest.raises(ServerUnreachableError, match="taskmon is stopping"):
                await place
            assert not closing.done()  # one is still being opened
            connecting.cancel()
            await closing
            assert fleet.pool.open == 0
        with pytest.raises(ServerUnreachableError, match="taskmon is stopping"):
            await look(fleet)
        await fleet.pool.close()


async def test_with_nothing_asked_nothing_is_sent(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, idle_time=0.05) as fleet:
        fleet.at()
        assert fleet.server.accepted == 0
        await fleet.at().system_paths()
        await look(fleet)
        await fleet.at().reset(RESET, ResetType.ON)
        asked = list(fleet.server.names)
        await fleet.server.until(lambda: fleet.server.open == 0)
        assert fleet.server.names == asked
