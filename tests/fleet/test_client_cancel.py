"""A server's own task is cancelled by one DELETE of its monitor, sent like an action."""

import asyncio
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
    ServerTooSlowError,
    ServerUnreachableError,
)
from actors.tasks.ports import Errand, Login
from fleet.pool import FleetOptions, open_servers
from tests.fleet.simulator_support import NEVER_ENDING, simulated
from tests.fleet.simulator_support import RESET as SIMULATED_RESET
from tests.fleet.stub_fleet import REQUEST_ID, StubFleet, a_fleet
from tests.fleet.stub_server import (
    HANG_UP,
    MONITOR,
    RESET,
    ROOT,
    SESSIONS,
    SYSTEM,
    Behaviour,
    Reply,
    an_error,
    in_turn,
)

CANCEL = f"DELETE {MONITOR}"
LOGIN = f"POST {SESSIONS}"


async def cancel(fleet: StubFleet, monitor: str = MONITOR, **errand: Any) -> None:
    await fleet.at(**errand).cancel_task(monitor)


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


# --- what the server says


@pytest.mark.parametrize("reply", [Reply(200, {"TaskState": "Cancelled"}), Reply(202, b"{"), Reply(204)])
async def test_it_is_asked_once_by_deleting_the_monitor(tmp_path: Path, reply: Reply) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = reply
        await cancel(fleet)
        assert fleet.server.names == [f"GET {ROOT}", LOGIN, CANCEL]
        sent = fleet.server.seen[-1]
        assert sent.body == b""
        assert "content-type" not in sent.headers
        assert {one.headers["x-request-id"] for one in fleet.server.seen} == {REQUEST_ID}


@pytest.mark.parametrize("status", [404, 410])
async def test_a_task_that_is_gone_already_is_no_error(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = Reply(status, an_error("There is no such task."))
        await cancel(fleet)
        assert fleet.server.count[CANCEL] == 1


@pytest.mark.parametrize("status", [400, 403, 405, 409, 429, 500, 501, 502, 503, 504])
async def test_a_refusal_is_final(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        fleet.server.on[CANCEL] = Reply(status, an_error("Not here."), {"Retry-After": "0"})
        error = await failure_of(cancel(fleet))
        assert isinstance(error, ServerRefusedError)
        assert error.status == status
        assert str(error) == f"{fleet.server.address} answered {CANCEL} with HTTP status {status}: Not here."
        assert fleet.server.count[CANCEL] == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = Reply(status, headers={"Location": MONITOR + "2"})
        fleet.server.on[CANCEL + "2"] = Reply(204)
        assert isinstance(await failure_of(cancel(fleet)), ServerNotUnderstoodError)
        assert fleet.server.names[-1] == CANCEL


async def test_a_monitor_elsewhere_is_not_asked_for(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2) as fleet:
        elsewhere = f"https://{fleet.servers[1].address}{MONITOR}"
        assert isinstance(await failure_of(cancel(fleet, elsewhere)), ServerNotUnderstoodError)
        assert [server.accepted for server in fleet.servers] == [0, 0]


# --- sent once


@pytest.mark.parametrize(
    "reply", [HANG_UP, Reply(raw=b"HTTP/1.1 2", hang_up=True), Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n")]
)
@pytest.mark.parametrize("warm", [False, True])
async def test_a_server_that_hangs_up_on_it_gets_it_once(tmp_path: Path, reply: Reply, *, warm: bool) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        fleet.server.on[CANCEL] = reply
        if warm:
            await fleet.at().system(SYSTEM)
        assert isinstance(await failure_of(cancel(fleet)), ServerHungUpError)
        assert fleet.server.count[CANCEL] == 1


async def test_it_does_not_go_over_a_connection_that_has_been_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = Reply(204)
        await fleet.at().system(SYSTEM)
        monkeypatch.setattr("fleet.call.FRESH", 0.0)
        await cancel(fleet)
        assert (fleet.server.names[-1], fleet.server.seen[-1].connection) == (CANCEL, 2)


async def test_a_session_that_has_run_out_is_the_one_reason_to_send_it_again(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = Reply(404)
        await fleet.at().system(SYSTEM)
        fleet.server.tokens.clear()
        await cancel(fleet)
        assert fleet.server.names[3:] == [CANCEL, LOGIN, CANCEL]


async def test_and_it_is_so_once(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[CANCEL] = Reply(401)
        error = await failure_of(cancel(fleet))
        assert isinstance(error, ServerRefusedError)
        assert error.status == 401
        assert fleet.server.names == [f"GET {ROOT}", LOGIN, CANCEL, LOGIN, CANCEL]


# --- not sent


async def test_a_server_that_is_gone_was_not_sent_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system(SYSTEM)
        await fleet.server.stop()
        assert isinstance(await failure_of(cancel(fleet)), ServerUnreachableError)


@pytest.mark.parametrize(
    ("asked", "behaviour", "kind"),
    [
        (f"GET {ROOT}", Reply(404), ServerRefusedError),
        (f"GET {ROOT}", Reply(410), ServerRefusedError),
        (LOGIN, Reply(403), ServerRefusedError),
        (LOGIN, Reply(410), ServerRefusedError),
        (LOGIN, Reply(201), ServerNotUnderstoodError),
        (LOGIN, HANG_UP, ServerUnreachableError),
    ],
)
async def test_without_a_login_it_is_not_sent(
    tmp_path: Path, asked: str, behaviour: Behaviour, kind: type[ServerError]
) -> None:
    """What is missing on the way there is not the task: that it is gone is said by its monitor alone."""
    async with a_fleet(tmp_path, retries=0) as fleet:
        fleet.server.on[CANCEL] = Reply(204)
        fleet.server.on[asked] = behaviour
        assert isinstance(await failure_of(cancel(fleet)), kind)
        assert CANCEL not in fleet.server.names


@pytest.mark.parametrize("warm", [False, True])
async def test_without_a_permit_nothing_leaves(tmp_path: Path, *, warm: bool) -> None:
    def fenced() -> None:
        raise FencedError("The task has been stopped.")

    async with a_fleet(tmp_path) as fleet:
        if warm:
            await fleet.at().system(SYSTEM)
        before = fleet.server.names
        with pytest.raises(FencedError):
            await cancel(fleet, permit=fenced)
        assert fleet.server.names == before


# --- how long it takes


async def test_patience_bounds_the_answer(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        await fleet.at().system(SYSTEM)
        with fleet.server.holding(CANCEL):
            error = await failure_of(cancel(fleet, patience=0.2))
            assert isinstance(error, ServerTooSlowError)
            assert str(error) == f"{fleet.server.address} did not answer {CANCEL} within 0.2 s."
            assert fleet.server.count[CANCEL] == 1


async def test_patience_bounds_the_login_and_then_it_is_not_sent(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=5) as fleet:
        with fleet.server.holding(LOGIN):
            error = await failure_of(cancel(fleet, patience=0.2))
            assert isinstance(error, ServerUnreachableError)
        assert CANCEL not in fleet.server.names


async def test_a_cancelled_call_ends_when_the_server_has_noticed(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(CANCEL):
            call = asyncio.create_task(cancel(fleet))
            await fleet.server.until(lambda: CANCEL in fleet.server.names)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert (fleet.server.open, fleet.server.goodbyes) == (0, 1)


# --- with the action before it


async def test_what_the_action_named_as_its_monitor_is_what_is_deleted(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[f"POST {RESET}"] = Reply(202, headers={"Location": MONITOR})
        fleet.server.on[CANCEL] = in_turn(Reply(204), Reply(404))
        accepted = await fleet.at().reset(RESET, ResetType.FORCE_OFF)
        for _ in range(2):
            await cancel(fleet, accepted.monitor)
        assert fleet.server.names[2:] == [f"POST {RESET}", CANCEL, CANCEL]


async def test_at_a_simulated_server_the_task_is_gone_afterwards(tmp_path: Path) -> None:
    rules = [{"fault": "accepted", "task": "never", "seconds": 0}]
    async with simulated(rules, servers=1, transition=NEVER_ENDING) as client:
        ca_file = tmp_path / "ca.pem"
        ca_file.write_bytes(client.simulator.ca_pem)
        (line,) = client.simulator.inventory()
        login = Login(address=line["HostName"], user_name=line["UserName"], password=line["Password"])
        async with open_servers(FleetOptions(ca_file=ca_file)) as pool:
            server = pool.at(login, Errand(request_id=REQUEST_ID, permit=lambda: None))
            accepted = await server.reset(SIMULATED_RESET, ResetType.FORCE_OFF)
            assert not (await server.task_seen(accepted.monitor)).ended
            await server.cancel_task(accepted.monitor)
            error = await failure_of(server.task_seen(accepted.monitor))
            assert isinstance(error, ServerRefusedError)
            assert error.status == 404
            await server.cancel_task(accepted.monitor)
        assert client.simulator.power_state(0) == "On"
