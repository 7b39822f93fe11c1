"""Each kind of fault, as a client sees it over HTTPS, and what it does to the server behind."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from fleet.simulator import Simulator
from tests.fleet.simulator_support import (
    NEVER_ENDING,
    RESET,
    SESSIONS,
    SYSTEM,
    Client,
    Reply,
    connect,
    lines_of,
    simulated,
)
from tests.support import eventually

POST_RESET = {"method": "POST", "path": RESET}
BROKEN = (aiohttp.ClientError, ConnectionError, ssl.SSLError)


@contextlib.asynccontextmanager
async def asking(
    simulator: Simulator, method: str, path: str, body: str = ""
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which this request to the first server has been sent."""
    line = simulator.inventory()[0]
    auth = aiohttp.encode_basic_auth(line["UserName"], line["Password"])
    reader, writer = await connect(simulator)
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {auth}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


async def followed(client: Client, monitor: str) -> Reply:
    """The first answer of a monitor that is not 202."""
    async with asyncio.timeout(5):
        while True:
            reply = await client.ask("GET", monitor)
            if reply.status != 202:
                return reply


async def test_slow_answers_leave_after_their_seconds() -> None:
    rule = {"fault": "slow", "seconds": 0.1} | POST_RESET
    async with simulated([rule]) as client:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        assert (await client.reset("ForceOff")).status == 204
        assert loop.time() - asked >= 0.1


async def test_a_slow_request_takes_effect_when_it_comes() -> None:
    rule = {"fault": "slow", "seconds": 3600} | POST_RESET
    async with (
        simulated([rule], transition=NEVER_ENDING) as client,
        asking(client.simulator, "POST", RESET, '{"ResetType": "ForceOff"}'),
    ):

        def took_effect() -> None:
            assert client.simulator.power_state(0) == "PoweringOff"

        await eventually(took_effect)


async def test_a_client_may_leave_before_a_slow_answer(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    async with simulated([{"fault": "slow", "seconds": 3600}], request_log=log) as client:
        async with asking(client.simulator, "GET", SYSTEM):

            def noted() -> None:
                assert [line["status"] for line in lines_of(log)] == [200]

            await eventually(noted)

        def gone() -> None:
            assert not client.simulator._attending

        await eventually(gone)
    assert len(lines_of(log)) == 1


async def test_hanging_requests_get_no_answer_and_have_no_effect(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    rule = {"fault": "hang", "count": 1} | POST_RESET
    async with simulated([rule], request_log=log, transition=NEVER_ENDING) as client:
        async with asking(client.simulator, "POST", RESET, '{"ResetType": "ForceOff"}') as (reader, _):

            def noted() -> None:
                assert [line["status"] for line in lines_of(log)] == [None]

            await eventually(noted)
            assert (await client.system())["PowerState"] == "On"
            assert not reader.at_eof()
            hanging = asyncio.create_task(reader.read())
            await client.system()
            assert not hanging.done()
            hanging.cancel()
        assert (await client.reset("ForceOff")).status == 204


async def test_hanging_ends_after_its_seconds() -> None:
    async with (
        simulated([{"fault": "hang", "seconds": 0.05}]) as client,
        asking(client.simulator, "GET", SYSTEM) as (reader, _),
    ):
        assert await reader.read() == b""


async def test_a_reset_connection_gives_no_answer_and_has_no_effect(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    rule = {"fault": "reset"} | POST_RESET
    async with simulated([rule], request_log=log, transition=NEVER_ENDING) as client:
        async with asking(client.simulator, "POST", RESET, '{"ResetType": "ForceOff"}') as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
        assert [line["status"] for line in lines_of(log)] == [None]
        assert (await client.system())["PowerState"] == "On"


async def test_an_answer_with_a_body_is_dropped_half_way(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    async with simulated([{"fault": "drop"}], request_log=log) as client:
        async with asking(client.simulator, "GET", SYSTEM) as (reader, _):
            received = await reader.read()
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert len(body) == length // 2
        assert [line["status"] for line in lines_of(log)] == [200]
        with pytest.raises(aiohttp.ClientPayloadError):
            await client.system()


async def test_an_answer_without_a_body_is_dropped_in_its_first_line_after_the_effect(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    rule = {"fault": "drop"} | POST_RESET
    async with simulated([rule], request_log=log, transition=NEVER_ENDING) as client:
        async with asking(client.simulator, "POST", RESET, '{"ResetType": "ForceOff"}') as (reader, _):
            assert await reader.read() == b"HTTP/1.1 "
        assert [line["status"] for line in lines_of(log)] == [None]
        assert (await client.system())["PowerState"] == "PoweringOff"
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.reset("On")


@pytest.mark.parametrize("status", [200, 204, 301, 401, 404, 409, 429, 500, 503, 599])
async def test_any_status_is_answered_without_effect(status: int) -> None:
    rule = {"fault": "status", "status": status, "retry_after": 2} | POST_RESET
    async with simulated([rule], transition=NEVER_ENDING) as client:
        reply = await client.reset("ForceOff")
        assert reply.status == status
        assert reply.headers["Retry-After"] == "2"
        if status >= 400:
            assert reply.body["error"]["@Message.ExtendedInfo"]
        assert ("WWW-Authenticate" in reply.headers) is (status == 401)
        assert (await client.system())["PowerState"] == "On"


async def test_a_status_names_no_time_to_retry_unless_told() -> None:
    async with simulated([{"fault": "status"}]) as client:
        reply = await client.ask("GET", SYSTEM)
        assert reply.status == 503
        assert "Retry-After" not in reply.headers


@pytest.mark.parametrize("path", [SYSTEM, "/redfish/v1/", "/redfish/v1/Nowhere"])
async def test_json_may_break_off(path: str) -> None:
    async with (
        simulated([{"fault": "bad_json"}]) as client,
        asking(client.simulator, "GET", path) as (reader, _),
    ):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert body.startswith(b"{")
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)


async def test_a_reset_with_a_broken_answer_has_its_effect() -> None:
    rule = {"fault": "bad_json"} | POST_RESET
    async with simulated([rule], transition=NEVER_ENDING) as client:
        with pytest.raises(json.JSONDecodeError):
            await client.reset("ForceOff")
        assert client.simulator.power_state(0) == "PoweringOff"


async def test_a_task_that_ends_well() -> None:
    rule = {"fault": "accepted", "retry_after": 3}
    async with simulated([rule]) as client:
        reply = await client.reset("ForceOff")
        monitor = reply.headers["Location"]
        assert (reply.status, reply.headers["Retry-After"]) == (202, "3")
        assert monitor.startswith("/redfish/v1/TaskService/TaskMonitors/")
        assert reply.body["TaskMonitor"] == monitor

        last = await followed(client, monitor)

        assert (last.status, last.body) == (204, None)
        assert (await client.system())["PowerState"] == "Off"
        assert (await client.ask("GET", monitor)).status == 204
        task = (await client.ask("GET", reply.body["@odata.id"])).body
        assert (task["TaskState"], task["TaskStatus"], task["PercentComplete"]) == ("Completed", "OK", 100)
        assert task["StartTime"] <= task["EndTime"]
        listed = await client.ask("GET", "/redfish/v1/TaskService/Tasks")
        assert listed.body["Members"] == [{"@odata.id": task["@odata.id"]}]


async def test_a_task_under_way_answers_202_while_the_power_changes() -> None:
    async with simulated([{"fault": "accepted", "seconds": 3600}]) as client:
        accepted = await client.reset("ForceRestart")
        monitored = await client.ask("GET", accepted.headers["Location"])
        assert monitored.status == 202
        assert monitored.headers["Location"] == accepted.headers["Location"]
        for body in (accepted.body, monitored.body):
            assert (body["TaskState"], body["PercentComplete"]) == ("Running", 0)
            assert body["EndTime"] == "0001-01-01T00:00:00Z"
        assert (await client.system())["PowerState"] == "PoweringOff"


async def test_a_task_that_ends_badly_has_no_effect() -> None:
    async with simulated([{"fault": "accepted", "task": "fail"}]) as client:
        accepted = await client.reset("ForceOff")

        last = await followed(client, accepted.headers["Location"])

        assert last.status == 400
        assert last.body["error"]["@Message.ExtendedInfo"][0]["MessageId"].endswith(".OperationFailed")
        task = (await client.ask("GET", accepted.body["@odata.id"])).body
        assert (task["TaskState"], task["TaskStatus"]) == ("Exception", "Critical")
        assert len(task["Messages"]) == 1
        assert client.simulator.power_state(0) == "On"


async def test_a_task_that_never_ends_can_be_removed_by_its_monitor_or_itself() -> None:
    async with simulated([{"fault": "accepted", "task": "never", "seconds": 0}]) as client:
        for removed in ("monitor", "task"):
            accepted = await client.reset("ForceOff")
            paths = {"monitor": accepted.headers["Location"], "task": accepted.body["@odata.id"]}
            assert (await client.ask("GET", paths["monitor"])).status == 202
            assert (await client.ask("GET", paths["task"])).body["TaskState"] == "Running"
            assert (await client.ask("DELETE", paths[removed])).status == 204
            assert [(await client.ask("GET", path)).status for path in paths.values()] == [404, 404]
            assert (await client.ask("DELETE", paths[removed])).status == 404
        assert client.simulator.power_state(0) == "On"


async def test_a_task_that_disappears_has_its_effect() -> None:
    async with simulated([{"fault": "accepted", "task": "gone"}]) as client:
        accepted = await client.reset("ForceOff")

        assert (await followed(client, accepted.headers["Location"])).status == 404

        assert (await client.ask("GET", accepted.body["@odata.id"])).status == 404
        assert (await client.ask("GET", "/redfish/v1/TaskService/Tasks")).body["Members"] == []
        assert client.simulator.power_state(0) == "Off"


async def test_only_resets_that_would_be_accepted_become_tasks() -> None:
    async with simulated([{"fault": "accepted", "count": 1}]) as client:
        line = client.simulator.inventory()[0]
        login = {"UserName": line["UserName"], "Password": line["Password"]}
        assert (await client.ask("POST", SESSIONS, login)).status == 201
        assert (await client.ask("POST", RESET, {"ResetType": "?"})).status == 400
        assert (await client.ask("POST", RESET, {"ResetType": "On"}, basic=False)).status == 401
        assert (await client.ask("GET", SYSTEM)).status == 200
        assert [(await client.reset("On")).status for _ in range(2)] == [202, 204]


async def test_a_server_goes_away_during_its_own_reset() -> None:
    async with simulated([{"fault": "away", "seconds": 3600, "server": "127.0.0.1"}]) as client:
        reader, writer = await connect(client.simulator)

        assert (await client.reset("ForceRestart")).status == 204

        assert await reader.read() == b""
        writer.close()
        for _ in range(2):
            with pytest.raises(BROKEN):
                await client.system()
        assert (await client.system(server=1))["PowerState"] == "On"
        assert (await client.reset("ForceRestart", server=1)).status == 204


async def test_a_server_that_was_away_comes_back() -> None:
    async with simulated([{"fault": "away", "seconds": 0.1, "count": 1}]) as client:
        assert (await client.reset("ForceOff")).status == 204

        def back() -> None:
            assert not client.simulator._is_away(0)

        await eventually(back)
        assert (await client.system())["PowerState"] == "Off"
        assert (await client.reset("On")).status == 204
        assert (await client.system())["PowerState"] in ("PoweringOn", "On")


async def test_faults_hit_the_server_that_they_name() -> None:
    async with simulated([{"fault": "status", "server": "127.0.0.2"}]) as client:
        assert [(await client.ask("GET", SYSTEM, server=index)).status for index in (0, 1)] == [200, 503]


async def test_new_rules_replace_the_old_and_count_anew() -> None:
    once = [{"fault": "status", "count": 1}]
    async with simulated(once) as client:
        assert [(await client.ask("GET", SYSTEM)).status for _ in range(2)] == [503, 200]
        assert client.simulator.use_faults(once) == 1
        assert [(await client.ask("GET", SYSTEM)).status for _ in range(2)] == [503, 200]
        assert client.simulator.use_faults([]) == 0
        assert (await client.ask("GET", SYSTEM)).status == 200
