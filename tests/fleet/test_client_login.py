"""Logging in at a server: a session that all calls share, or Basic; never more logins than needed."""

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import (
    FencedError,
    ServerError,
    ServerNotUnderstoodError,
    ServerRefusedError,
    ServerTooSlowError,
    ServerUnreachableError,
)
from tests.fleet.stub_fleet import REQUEST_ID, StubFleet, a_fleet
from tests.fleet.stub_server import (
    HANG_UP,
    PASSWORD,
    RESET,
    ROOT,
    SESSIONS,
    SYSTEM,
    USER,
    Reply,
    a_root,
    a_system,
    an_error,
    in_turn,
)

LOOK = f"GET {SYSTEM}"
ROOT_OF = f"GET {ROOT}"
LOGIN = f"POST {SESSIONS}"
SERVICE = "/redfish/v1/SessionService"
BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


async def look(fleet: StubFleet, number: int = 0, **errand: Any) -> str:
    return (await fleet.at(number, **errand).system(SYSTEM)).name


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


# --- sessions


async def test_one_session_serves_all_calls(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        for _ in range(3):
            await look(fleet)
        assert fleet.server.names == [ROOT_OF, LOGIN, LOOK, LOOK, LOOK]
        assert {one.headers.get("x-auth-token") for one in fleet.server.seen[2:]} == {"token-1"}
        assert "authorization" not in fleet.server.seen[0].headers
        assert fleet.server.seen[1].headers["x-request-id"] == REQUEST_ID


async def test_each_server_has_its_own(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2) as fleet:
        await look(fleet, 0)
        await look(fleet, 1)
        assert [server.count[LOGIN] for server in fleet.servers] == [1, 1]


async def test_they_are_found_by_way_of_the_session_service(tmp_path: Path) -> None:
    elsewhere = "/redfish/v1/SessionService/TheSessions"
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = Reply(body=a_root(Links={}, SessionService={"@odata.id": SERVICE}))
        fleet.server.on[f"GET {SERVICE}"] = Reply(body={"Sessions": {"@odata.id": SESSIONS}})
        await look(fleet)
        assert fleet.server.count[LOGIN] == 1
        assert fleet.server.count[f"GET {SERVICE}"] == 1
        assert elsewhere not in str(fleet.server.names)


async def test_a_session_that_has_run_out_is_replaced(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await look(fleet)
        fleet.server.tokens.clear()
        await look(fleet)
        assert fleet.server.names[3:] == [LOOK, LOGIN, LOOK]
        await look(fleet)
        assert fleet.server.count[LOGIN] == 2


async def test_for_an_action_too(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await look(fleet)
        fleet.server.tokens.clear()
        await fleet.at().reset(RESET, ResetType.ON)
        assert fleet.server.names[3:] == [f"POST {RESET}", LOGIN, f"POST {RESET}"]


async def test_but_only_once(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(401, an_error("Not you."))
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerRefusedError)
        assert error.status == 401
        assert fleet.server.names == [ROOT_OF, LOGIN, LOOK, LOGIN, LOOK]


async def test_wrong_credentials(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        error = await failure_of(look(fleet, password="hobbes-and-calvin"))
        assert isinstance(error, ServerRefusedError)
        assert error.status == 401
        assert error.uri == f"https://{fleet.server.address}{SESSIONS}"
        assert "The user name or password is wrong." in str(error)
        assert fleet.server.count[LOGIN] == 1  # more might lock the account


async def test_a_session_serves_only_the_credentials_that_it_was_made_with(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await look(fleet)
        error = await failure_of(look(fleet, password="guess"))
        assert isinstance(error, ServerRefusedError)
        assert await look(fleet)
        assert fleet.server.count[LOGIN] == 2


@pytest.mark.parametrize("token", [None, "", "\x7f", "tök"])
async def test_a_login_without_a_token_is_not_understood(tmp_path: Path, token: str | None) -> None:
    head = b"" if token is None else f"X-Auth-Token: {token}\r\n".encode()
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOGIN] = Reply(raw=b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n" + head + b"\r\n")
        assert isinstance(await failure_of(look(fleet)), ServerNotUnderstoodError)


# --- Basic


@pytest.mark.parametrize("root", [{"Links": {}}, {"Links": {"Sessions": {"@odata.id": 3}}}, {"Links": None}])
async def test_basic_where_the_root_offers_no_sessions(tmp_path: Path, root: dict[str, Any]) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = Reply(body=a_root(**root))
        await look(fleet)
        await fleet.at().reset(RESET, ResetType.ON)
        assert fleet.server.names == [ROOT_OF, LOOK, f"POST {RESET}"]
        assert {one.headers["authorization"] for one in fleet.server.seen[1:]} == {BASIC}


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_basic_where_nobody_can_log_in(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOGIN] = Reply(status)
        await look(fleet)
        await look(fleet)
        assert fleet.server.names == [ROOT_OF, LOGIN, LOOK, LOOK]
        assert fleet.server.seen[-1].headers["authorization"] == BASIC


async def test_basic_where_the_session_service_is_not_there(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = Reply(body=a_root(Links={}, SessionService={"@odata.id": SERVICE}))
        await look(fleet)
        assert fleet.server.names == [ROOT_OF, f"GET {SERVICE}", LOOK]


async def test_basic_where_even_the_root_wants_it(tmp_path: Path) -> None:
    def root(seen: Any) -> Reply:
        known = seen.headers.get("authorization") == BASIC
        return Reply(body=a_root(Links={})) if known else Reply(401)

    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = root
        assert await fleet.at().system_paths() == (SYSTEM,)
        assert await look(fleet)
        error = await failure_of(fleet.at(password="guess").system_paths())
        assert isinstance(error, ServerRefusedError)
        assert error.status == 401


async def test_a_basic_that_is_refused_is_thought_over(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = in_turn(Reply(body=a_root(Links={})), Reply(body=a_root()))
        error = await failure_of(look(fleet, password="guess"))
        assert isinstance(error, ServerRefusedError)
        assert error.status == 401
        assert await look(fleet)
        assert fleet.server.names == [ROOT_OF, LOOK, ROOT_OF, LOGIN, LOOK]


# --- one at a time


async def test_calls_at_once_share_one_login(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await asyncio.gather(*(look(fleet) for _ in range(10)))
        assert fleet.server.count[LOGIN] == 1
        assert fleet.server.count[LOOK] == 10


async def test_they_share_its_refusal(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        calls = [look(fleet, password="guess") for _ in range(10)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, ServerRefusedError) and one.status == 401 for one in outcomes)
        assert fleet.server.count[LOGIN] == 1


async def test_other_credentials_do_not(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        outcomes = await asyncio.gather(
            look(fleet, password="guess"), look(fleet), look(fleet), return_exceptions=True
        )
        assert isinstance(outcomes[0], ServerRefusedError)
        assert list(outcomes[1:]) == ["Web front 7"] * 2
        assert fleet.server.count[LOGIN] == 2


async def test_where_the_one_who_logs_in_is_cancelled_the_next_takes_over(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(LOGIN) as released:
            calls = [asyncio.create_task(look(fleet, request_id=str(number))) for number in range(4)]
            await fleet.server.until(lambda: LOGIN in fleet.server.names)
            calls[1].cancel()  # one who waits
            calls[0].cancel()  # the one who logs in
            await fleet.server.until(lambda: fleet.server.count[LOGIN] == 2)
            released.set()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [True, True, False, False]
        assert [one.headers["x-request-id"] for one in fleet.server.seen if one.name == LOGIN] == ["0", "2"]


async def test_where_the_one_who_logs_in_is_held_back_the_next_takes_over(tmp_path: Path) -> None:
    def fence() -> None:
        if LOGIN not in fleet.server.names and ROOT_OF in fleet.server.names:
            raise FencedError("stopped")

    async with a_fleet(tmp_path) as fleet:
        held_back = asyncio.create_task(look(fleet, permit=fence))
        await asyncio.sleep(0)
        other = asyncio.create_task(look(fleet))
        with pytest.raises(FencedError):
            await held_back
        assert await other
        assert fleet.server.count[LOGIN] == 1


async def test_waiting_for_anothers_login_is_bounded_by_patience(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(LOGIN) as released:
            first = asyncio.create_task(look(fleet))
            await fleet.server.until(lambda: LOGIN in fleet.server.names)
            error = await failure_of(look(fleet, patience=0.1))
            assert isinstance(error, ServerUnreachableError)
            released.set()
            assert await first


async def test_but_not_while_that_one_waits_for_a_place(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, servers=2, max_connections=1, read_timeout=0.6, retries=0) as fleet:
        await look(fleet, 1)
        with fleet.server.holding(LOOK), fleet.servers[1].holding(LOOK) as released:
            blocking = asyncio.create_task(look(fleet, 1))
            await fleet.servers[1].until(lambda: fleet.servers[1].count[LOOK] == 2)
            leader = asyncio.create_task(fleet.at().reset(RESET, ResetType.ON))
            await asyncio.sleep(0)
            waiting = asyncio.create_task(fleet.at(patience=0.2).reset(RESET, ResetType.ON))
            assert isinstance(await failure_of(blocking), ServerTooSlowError)  # after 0.6 s
            await asyncio.gather(leader, waiting)
            released.set()
        assert fleet.server.count[LOGIN] == 1


# --- logins that fail for a reason that may pass


async def test_a_login_is_repeated_with_the_read_that_needs_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        log_in = fleet.server.on[LOGIN]
        replies = [HANG_UP, Reply(503)]
        fleet.server.on[LOGIN] = lambda seen: replies.pop(0) if replies else log_in(seen)  # type: ignore[operator]
        assert await look(fleet)
        assert fleet.server.names == [ROOT_OF, LOGIN, LOGIN, LOGIN, LOOK]


async def test_and_before_an_action_which_is_sent_once(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        log_in = fleet.server.on[LOGIN]
        replies = [HANG_UP, Reply(503)]
        fleet.server.on[LOGIN] = lambda seen: replies.pop(0) if replies else log_in(seen)  # type: ignore[operator]
        await fleet.at().reset(RESET, ResetType.ON)
        assert fleet.server.names == [ROOT_OF, LOGIN, LOGIN, LOGIN, f"POST {RESET}"]


async def test_an_action_without_a_login_was_not_sent_and_says_so(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOGIN] = HANG_UP
        error = await failure_of(fleet.at().reset(RESET, ResetType.ON))
        assert isinstance(error, ServerUnreachableError)
        assert str(error).startswith(
            f"POST {RESET} was not sent: {fleet.server.address} ended the connection"
        )
        assert fleet.server.count[f"POST {RESET}"] == 0
        assert fleet.server.count[LOGIN] == 3


# --- secrets


async def test_no_error_and_no_repr_has_a_secret_in_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await look(fleet)
        echo = f"Body was {PASSWORD}, header token-1, or {BASIC}; \x1b[31mred\r\n\u202eand back"
        for path, call in (
            (SYSTEM, fleet.at().system(SYSTEM)),
            (RESET, fleet.at().reset(RESET, ResetType.ON)),
        ):
            fleet.server.on[f"GET {path}"] = fleet.server.on[f"POST {path}"] = Reply(400, an_error(echo))
            error = await failure_of(call)
            told = str(error) + error.uri + repr(error)
            for secret in (PASSWORD, "token-1", BASIC.split()[1]):
                assert secret not in told
            assert "Body was ***, header ***, or Basic ***; [31mred and back" in str(error)
            assert str(error).isprintable()


async def test_a_long_message_is_cut(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(400, an_error("word " * 10_000))
        error = await failure_of(look(fleet))
        assert len(str(error)) < 450
        assert str(error).endswith("…")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": {"message": "Only this."}}, "Only this."),
        ({"error": {"@Message.ExtendedInfo": {"Message": "A lone one."}}}, "A lone one."),
        ({"@Message.ExtendedInfo": [{"Message": "Beside it."}]}, "Beside it."),
        (
            {"error": {"message": "x", "@Message.ExtendedInfo": [{"Message": "One."}, {"Message": "Two."}]}},
            "One. Two.",
        ),
        ({"error": {"message": "General.", "@Message.ExtendedInfo": [{"MessageId": "x"}, 3]}}, "General."),
        ({"error": "text"}, ""),
        ([], ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
async def test_what_the_server_says_is_passed_on(tmp_path: Path, body: Any, told: str) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(400, body)
        error = await failure_of(look(fleet))
        assert str(error).endswith(f"HTTP status 400: {told}" if told else "HTTP status 400.")


async def test_the_system_is_seen_again_when_the_server_comes_back(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=0) as fleet:
        await look(fleet)
        fleet.server.on[LOOK] = HANG_UP
        await failure_of(look(fleet))
        fleet.server.tokens.clear()
        fleet.server.on[LOOK] = Reply(body=a_system())
        assert await look(fleet)
