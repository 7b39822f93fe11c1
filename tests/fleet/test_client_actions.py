"""An action is sent once, only with a permit; and what follows it at the server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import (
    FencedError,
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerRefusedError,
    ServerUnreachableError,
)
from actors.tasks.ports import Accepted
from fleet import connections
from fleet.connection import Connection
from fleet.http import Answer, Request
from fleet.patience import Patience
from tests.fleet.stub_fleet import StubFleet, a_fleet
from tests.fleet.stub_server import (
    HANG_UP,
    RESET,
    ROOT,
    SESSIONS,
    SYSTEM,
    Reply,
    an_error,
)

ACTION = f"POST {RESET}"
LOOK = f"GET {SYSTEM}"


async def reset(fleet: StubFleet, **errand: Any) -> Accepted:
    return await fleet.at(**errand).reset(RESET, ResetType.FORCE_RESTART)


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


# --- sent once


async def test_the_action_as_redfish_wants_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        assert await reset(fleet) == Accepted()
        sent = fleet.server.seen[-1]
        assert (sent.name, sent.body) == (ACTION, b'{"ResetType":"ForceRestart"}')
        assert sent.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "reply",
    [
        HANG_UP,
        Reply(raw=b"HTTP/1.1 2", hang_up=True),
        Reply(raw=b"HTTP/1.1 204 No Content\r\n", hang_up=True),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", hang_up=True),
        Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
async def test_a_server_that_hangs_up_on_it_gets_it_once(tmp_path: Path, reply: Reply, *, warm: bool) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        fleet.server.on[ACTION] = reply
        if warm:
            await fleet.at().system(SYSTEM)
        error = await failure_of(reset(fleet))
        assert isinstance(error, ServerHungUpError)
        assert fleet.server.count[ACTION] == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 502, 503, 504])
async def test_a_refusal_is_final(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        fleet.server.on[ACTION] = Reply(status, an_error("Not now."), {"Retry-After": "0"})
        error = await failure_of(reset(fleet))
        assert isinstance(error, ServerRefusedError)
        assert error.status == status
        assert str(error) == f"{fleet.server.address} answered {ACTION} with HTTP status {status}: Not now."
        assert fleet.server.count[ACTION] == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ACTION] = Reply(status, headers={"Location": RESET + "2"})
        fleet.server.on[ACTION + "2"] = Reply(204)
        assert isinstance(await failure_of(reset(fleet)), ServerNotUnderstoodError)
        assert fleet.server.names[-1] == ACTION


async def test_a_server_that_is_gone_was_not_sent_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        await fleet.server.stop()
        assert isinstance(await failure_of(reset(fleet)), ServerUnreachableError)


async def test_it_goes_over_the_connection_that_was_just_used(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        await reset(fleet)
        assert fleet.server.accepted == 1


async def test_it_does_not_go_over_one_that_has_been_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        monkeypatch.setattr("fleet.call.FRESH", 0.0)
        await reset(fleet)
        assert (fleet.server.names[-1], fleet.server.seen[-1].connection) == (ACTION, 2)
        await fleet.server.until(lambda: fleet.server.open == 1)
        await fleet.at().system(SYSTEM)
        assert fleet.server.accepted == 2  # a read may take any


async def test_nor_over_one_that_the_server_has_just_closed(tmp_path: Path) -> None:
    """The end of the connection lies in the socket, and the loop has not yet seen it."""
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        for wire in list(fleet.server.wires):
            wire.cut()
        await reset(fleet)
        assert fleet.server.accepted == 2
        assert fleet.server.count[ACTION] == 1


# --- the permit


def fence_after(number: int, fleet: StubFleet) -> Callable[[], None]:
    """Permits so many more requests, and then none."""
    already = len(fleet.server.seen)

    def permit() -> None:
        if len(fleet.server.seen) - already >= number:
            raise FencedError("The task has been stopped.")

    return permit


@pytest.mark.parametrize("permitted", range(4))
async def test_without_a_permit_nothing_more_leaves(tmp_path: Path, permitted: int) -> None:
    """The requests are root, login, system, and what it fails with comes out of the call."""
    async with a_fleet(tmp_path) as fleet:
        call = fleet.at(permit=fence_after(permitted, fleet)).system(SYSTEM)
        if permitted < 3:
            with pytest.raises(FencedError):
                await call
        else:
            await call
        assert fleet.server.names == [f"GET {ROOT}", f"POST {SESSIONS}", LOOK][:permitted]
        # the connection is as good as before: nothing was sent over it
        await fleet.at().system(SYSTEM)
        assert fleet.server.accepted == 1


async def test_it_is_asked_when_the_connection_is_there(tmp_path: Path) -> None:
    stopped = False

    def permit() -> None:
        if stopped:
            raise FencedError("The task has been stopped.")

    async with a_fleet(tmp_path) as fleet:
        fleet.server.silent = True
        call = asyncio.create_task(reset(fleet, permit=permit))
        await fleet.server.until(lambda: fleet.server.open == 1)
        stopped = True  # while it is connecting
        fleet.server.speak()
        with pytest.raises(FencedError):
            await call
        assert fleet.server.names == []


async def test_it_is_asked_after_waiting_for_a_place(tmp_path: Path) -> None:
    stopped = False

    def permit() -> None:
        if stopped:
            raise FencedError("The task has been stopped.")

    async with a_fleet(tmp_path, servers=2, max_connections=1) as fleet:
        with fleet.server.holding(LOOK) as released:
            first = asyncio.create_task(fleet.at().system(SYSTEM))
            await fleet.server.until(lambda: LOOK in fleet.server.names)
            waiting = asyncio.create_task(fleet.at(1, permit=permit).system(SYSTEM))
            await asyncio.sleep(0)
            assert fleet.servers[1].accepted == 0
            stopped = True
            released.set()
            await first
            with pytest.raises(FencedError):
                await waiting
        assert fleet.servers[1].accepted == 0, "not even a connection is opened for it"
        await fleet.at(1).system(SYSTEM)


async def test_it_is_asked_after_waiting_for_a_handshake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANDSHAKES_AT_ONCE", 1)
    stopped = False

    def permit() -> None:
        if stopped:
            raise FencedError("The task has been stopped.")

    async with a_fleet(tmp_path, servers=2) as fleet:
        fleet.server.silent = True
        stuck = asyncio.create_task(fleet.at().system(SYSTEM))
        await fleet.server.until(lambda: fleet.server.open == 1)
        waiting = asyncio.create_task(fleet.at(1, permit=permit).system(SYSTEM))
        await fleet.servers[1].until(lambda: fleet.servers[1].open == 1)
        stopped = True
        fleet.server.speak()
        await stuck
        with pytest.raises(FencedError):
            await waiting
        await fleet.servers[1].until(lambda: fleet.servers[1].open == 0)
        assert fleet.servers[1].handshakes == 0
        await fleet.at(1).system(SYSTEM)
        assert fleet.pool.open == 2


async def test_it_is_asked_before_each_repetition(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        fleet.server.on[f"GET {ROOT}"] = Reply(503)
        with pytest.raises(FencedError):
            await fleet.at(permit=fence_after(3, fleet)).system(SYSTEM)
        assert len(fleet.server.seen) == 3


async def test_it_is_asked_before_an_action_is_sent_again_after_401(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        fleet.server.tokens.clear()
        with pytest.raises(FencedError):
            await reset(fleet, permit=fence_after(2, fleet))
        assert fleet.server.names[3:] == [ACTION, f"POST {SESSIONS}"]


@pytest.mark.parametrize("turns", range(25))
async def test_what_had_not_left_when_it_was_stopped_does_not_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """Stopped and cancelled at any turn of the loop: a request leaves in the same breath as its permit."""
    left: list[str] = []
    stopped = False
    exchange = Connection.exchange

    async def counted(self: Connection, request: Request, patience: Patience, limit: float) -> Answer:
        left.append(request.method)
        return await exchange(self, request, patience, limit)

    def permit() -> None:
        if stopped:
            raise FencedError("The task has been stopped.")

    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        monkeypatch.setattr(Connection, "exchange", counted)
        call = asyncio.create_task(reset(fleet, permit=permit))
        for _ in range(turns):
            await asyncio.sleep(0)
        stopped = True
        left_before = len(left)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert fleet.server.count[ACTION] == left_before
        await fleet.at().system(SYSTEM)
        assert fleet.server.count[ACTION] == left_before


async def test_a_cancelled_call_ends_when_the_server_has_noticed(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(ACTION):
            call = asyncio.create_task(reset(fleet))
            await fleet.server.until(lambda: ACTION in fleet.server.names)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert fleet.server.open == 0
            assert fleet.server.goodbyes == 1


async def test_one_that_does_not_notice_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.connection.LONGEST_GOODBYE", 0.1)
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(ACTION):
            call = asyncio.create_task(reset(fleet))
            await fleet.server.until(lambda: ACTION in fleet.server.names)
            fleet.server.silent = True
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await fleet.server.until(lambda: fleet.server.open == 0)
            assert fleet.pool.open == 0


@pytest.mark.parametrize("how", ["cancelled twice", "all is closed", "forgotten"])
async def test_nor_is_it_waited_for_when_there_is_no_time(tmp_path: Path, how: str) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(ACTION):
            call = asyncio.create_task(reset(fleet))
            await fleet.server.until(lambda: ACTION in fleet.server.names)
            fleet.server.silent = True
            call.cancel()
            for _ in range(3):
                await asyncio.sleep(0)
            assert not call.done()
            async with asyncio.timeout(1):
                match how:
                    case "cancelled twice":
                        call.cancel()
                    case "all is closed":
                        await fleet.pool.close()
                    case _:
                        await fleet.pool.forget(fleet.server.address)
                with pytest.raises(asyncio.CancelledError):
                    await call
                await fleet.server.until(lambda: fleet.server.open == 0)
            assert fleet.pool.open == 0
