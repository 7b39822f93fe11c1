"""What a simulated server answers over HTTPS when nothing is wrong with it, and to requests that are."""

from datetime import datetime
from typing import Any

import pytest

from fleet.simulator.power import EFFECTS, Effect, PowerState, ResetType
from tests.fleet.simulator_support import (
    NEVER_ENDING,
    QUICK,
    RESET,
    SESSIONS,
    SYSTEM,
    Client,
    Reply,
    connect,
    simulated,
)
from tests.support import eventually

ROOT = "/redfish/v1/"
ON_AT_THE_END = {Effect.POWER_ON, Effect.RESTART}
ELSEWHERE = {
    ResetType.PAUSE: "Paused",
    ResetType.SLEEP: "Sleeping",
    ResetType.HIBERNATE: "Hibernating",
    ResetType.NMI: "On",
}


def assert_error(reply: Reply, status: int, key: str, says: str = "") -> None:
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith("application/json")
    (info,) = reply.body["error"]["@Message.ExtendedInfo"]
    assert info["MessageId"].rpartition(".")[2] == key
    assert says in info["Message"]
    assert info["Resolution"]


async def shows(client: Client, state: str, server: int = 0) -> None:
    def check() -> None:
        assert client.simulator.power_state(server) == state

    await eventually(check)


async def crawled(client: Client, path: str, seen: dict[str, Any]) -> dict[str, Any]:
    reply = await client.ask("GET", path)
    assert reply.status == 200, path
    seen[path] = reply.body
    waiting = [reply.body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            link = value.get("@odata.id")
            if isinstance(link, str) and link not in seen:
                await crawled(client, link, seen)
    return seen


async def test_the_service_root_is_open_in_each_of_its_forms() -> None:
    async with simulated() as client:
        roots = [await client.ask("GET", path, basic=False) for path in (ROOT, ROOT.rstrip("/"))]
        assert [reply.status for reply in roots] == [200, 200]
        assert roots[0].body == roots[1].body
        assert roots[0].headers["OData-Version"] == "4.0"
        assert (await client.ask("GET", "/redfish", basic=False)).body == {"v1": ROOT}
        assert (await client.ask("HEAD", ROOT, basic=False)).status == 200


async def test_every_link_from_the_root_leads_to_its_resource() -> None:
    async with simulated() as client:
        await client.ask("POST", SESSIONS, credentials(client))
        found = await crawled(client, ROOT, {})

    assert {SYSTEM, SESSIONS, f"{SESSIONS}/1", "/redfish/v1/TaskService/Tasks"} <= set(found)
    assert all(body["@odata.id"] == path for path, body in found.items())


async def test_each_server_is_somebody_of_its_own() -> None:
    async with simulated(servers=3) as client:
        systems = [await client.system(index) for index in range(3)]

    for name in ("UUID", "SerialNumber", "Name"):
        assert len({system[name] for system in systems}) == 3
    assert {system["PowerState"] for system in systems} == {"On"}
    offered = systems[0]["Actions"]["#ComputerSystem.Reset"]
    assert offered["target"] == RESET
    assert offered["ResetType@Redfish.AllowableValues"] == list(ResetType)


@pytest.mark.parametrize("path", [SYSTEM, SESSIONS, "/redfish/v1/Systems", "/redfish/v1/No", f"{SESSIONS}/1"])
async def test_without_credentials_everything_else_is_refused(path: str) -> None:
    async with simulated() as client:
        reply = await client.ask("GET", path, basic=False)
        assert_error(reply, 401, "NoValidSession")
        assert reply.headers["WWW-Authenticate"].startswith("Basic ")


async def test_the_credentials_of_one_server_are_not_those_of_another() -> None:
    async with simulated() as client:
        theirs = client.simulator.inventory()[1]
        mine = client.simulator.inventory()[0]["HostName"]
        client._inventory[0] = theirs | {"HostName": mine}
        assert (await client.ask("GET", SYSTEM)).status == 401


def credentials(client: Client, server: int = 0) -> dict[str, str]:
    line = client.simulator.inventory()[server]
    return {"UserName": line["UserName"], "Password": line["Password"]}


async def test_a_session_opens_works_and_closes() -> None:
    async with simulated() as client:
        opened = await client.ask("POST", SESSIONS, credentials(client), basic=False)
        assert opened.status == 201
        location, token = opened.headers["Location"], {"X-Auth-Token": opened.headers["X-Auth-Token"]}
        assert location == opened.body["@odata.id"] == f"{SESSIONS}/{opened.body['Id']}"
        assert "Password" not in opened.body

        assert (await client.ask("GET", SYSTEM, basic=False, headers=token)).status == 200
        assert (await client.ask("GET", SYSTEM, server=1, basic=False, headers=token)).status == 401
        listed = await client.ask("GET", SESSIONS, basic=False, headers=token)
        assert [member["@odata.id"] for member in listed.body["Members"]] == [location]
        assert (await client.ask("GET", location)).body == opened.body

        assert (await client.ask("DELETE", location, basic=False, headers=token)).status == 204
        assert (await client.ask("GET", SYSTEM, basic=False, headers=token)).status == 401
        assert_error(await client.ask("GET", location), 404, "ResourceMissingAtURI", location)
        assert_error(await client.ask("DELETE", location), 404, "ResourceMissingAtURI", location)


async def test_two_logins_are_two_sessions() -> None:
    async with simulated() as client:
        opened = [await client.ask("POST", SESSIONS, credentials(client), basic=False) for _ in range(2)]

    assert len({reply.headers["Location"] for reply in opened}) == 2
    assert len({reply.headers["X-Auth-Token"] for reply in opened}) == 2


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"UserName": "bmc1", "Password": "wrong"}, 401, "NoValidSession"),
        ({"UserName": 1, "Password": None}, 401, "NoValidSession"),
        ({"UserName": "bmc1"}, 400, "PropertyMissing"),
        ([], 400, "UnrecognizedRequestBody"),
        (b"{", 400, "MalformedJSON"),
        (None, 400, "UnrecognizedRequestBody"),
    ],
)
async def test_a_login_that_cannot_work_is_refused(body: object, status: int, key: str) -> None:
    async with simulated() as client:
        assert_error(await client.ask("POST", SESSIONS, body, basic=False), status, key)
        assert (await client.ask("GET", SESSIONS)).body["Members"] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "key", "allow"),
    [
        ("GET", "/redfish/v1/Chassis", 404, "ResourceMissingAtURI", None),
        ("GET", "/redfish/v1/Systems/2", 404, "ResourceMissingAtURI", None),
        ("GET", "/redfish/v1/TaskService/Tasks/1", 404, "ResourceMissingAtURI", None),
        ("DELETE", "/redfish/v1/TaskService/TaskMonitors/1", 404, "ResourceMissingAtURI", None),
        ("GET", "/", 404, "ResourceMissingAtURI", None),
        ("PATCH", SYSTEM, 405, "OperationNotAllowed", "GET, HEAD"),
        ("DELETE", ROOT, 405, "OperationNotAllowed", "GET, HEAD"),
        ("GET", RESET, 405, "OperationNotAllowed", "POST"),
        ("PUT", SESSIONS, 405, "OperationNotAllowed", "GET, HEAD, POST"),
        ("POST", f"{SESSIONS}/1", 405, "OperationNotAllowed", "GET, HEAD, DELETE"),
        ("INVENTED", SYSTEM, 405, "OperationNotAllowed", "GET, HEAD"),
    ],
)
async def test_unknown_paths_and_methods(
    method: str, path: str, status: int, key: str, allow: str | None
) -> None:
    async with simulated() as client:
        reply = await client.ask(method, path)
        assert_error(reply, status, key)
        assert reply.headers.get("Allow") == allow


@pytest.mark.parametrize(
    ("body", "key", "says"),
    [
        (b"{", "MalformedJSON", ""),
        (b"\xff", "MalformedJSON", ""),
        ([], "UnrecognizedRequestBody", ""),
        (None, "UnrecognizedRequestBody", ""),
        ({}, "ActionParameterMissing", "ResetType"),
        ({"ResetType": "Explode"}, "ActionParameterValueNotInList", "Explode"),
        ({"ResetType": "on"}, "ActionParameterValueNotInList", "on"),
        ({"ResetType": 5}, "ActionParameterValueTypeError", "5"),
        ({"ResetType": ["On"]}, "ActionParameterValueTypeError", "On"),
        ({"ResetType": "On", "Force": True}, "ActionParameterUnknown", "Force"),
    ],
)
async def test_a_reset_that_cannot_work_is_refused_and_does_nothing(
    body: object, key: str, says: str
) -> None:
    async with simulated(transition=NEVER_ENDING) as client:
        assert_error(await client.ask("POST", RESET, body), 400, key, says)
        assert client.simulator.power_state(0) == "On"


async def test_a_reset_without_credentials_does_nothing() -> None:
    async with simulated(transition=NEVER_ENDING) as client:
        reply = await client.ask("POST", RESET, {"ResetType": "ForceOff"}, basic=False)
        assert_error(reply, 401, "NoValidSession")
        assert client.simulator.power_state(0) == "On"


@pytest.mark.parametrize("before", ["On", "Off"])
@pytest.mark.parametrize("reset_type", ResetType)
async def test_each_reset_type_has_its_effect(reset_type: ResetType, before: str) -> None:
    async with simulated(transition=QUICK) as client:
        if before == "Off":
            await client.reset("ForceOff")
            await shows(client, "Off")
        first = await client.system()

        reply = await client.reset(reset_type)

        assert (reply.status, reply.body) == (204, None)
        match EFFECTS[reset_type]:
            case effect if effect in ON_AT_THE_END:
                final = "On"
            case Effect.POWER_OFF:
                final = "Off"
            case Effect.TOGGLE:
                final = "Off" if before == "On" else "On"
            case Effect.NOTHING:
                final = before
            case _:
                final = ELSEWHERE[reset_type]

        def settled() -> None:
            assert client.simulator.power_state(0) == final

        await eventually(settled)
        last = await client.system()
        assert last["PowerState"] == final
        booted = EFFECTS[reset_type] is Effect.RESTART or (before == "Off" and final == "On")
        moments = [datetime.fromisoformat(system["LastResetTime"]) for system in (first, last)]
        assert (moments[1] > moments[0]) is booted
        assert client.simulator.power_state(1) == "On"


async def test_transitional_states_are_seen_on_the_way() -> None:
    async with simulated(transition=NEVER_ENDING) as client:
        await client.reset("ForceOff")
        assert (await client.system())["PowerState"] == PowerState.POWERING_OFF
        await client.reset("On")
        assert (await client.system())["PowerState"] == PowerState.POWERING_ON


async def test_connections_stay_open_unless_the_client_wants_them_closed() -> None:
    async with simulated(servers=1) as client:
        reader, writer = await connect(client.simulator)
        for version, header, closes in (
            ("1.1", "", False),
            ("1.0", "Connection: keep-alive\r\n", False),
            ("1.1", "Connection: close\r\n", True),
        ):
            writer.write(f"GET /redfish/v1/ HTTP/{version}\r\nHost: x\r\n{header}\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert head.startswith("http/1.1 200 ok\r\n")
            assert ("connection: close" in head) is closes
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            assert (await reader.readexactly(length)).endswith(b"}")
        assert await reader.read() == b""
        writer.close()


async def test_chunked_bodies_are_understood_and_nonsense_is_refused() -> None:
    async with simulated(servers=1) as client:
        reader, writer = await connect(client.simulator)
        chunks = b'5\r\n{"Use\r\nd;x=y\r\nrName": "me"}\r\n0\r\nTrailer: z\r\n\r\n'
        writer.write(
            f"POST {SESSIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunks
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert b"PropertyMissing" in await reader.readexactly(length)
        writer.write(b"NONSENSE\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        writer.close()


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("Content-Length: 2000000", 413),
        ("Content-Length: -1", 400),
        ("Content-Length: x", 400),
        ("Transfer-Encoding: chunked\r\n\r\nzz", 400),
        ("Transfer-Encoding: chunked\r\n\r\nffffff", 413),
        ("no colon here", 400),
    ],
)
async def test_bodies_that_cannot_be_read_are_refused(lines: str, status: int) -> None:
    async with simulated(servers=1) as client:
        reader, writer = await connect(client.simulator)
        writer.write(f"POST {SESSIONS} HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n".encode())
        assert (await reader.read()).startswith(f"HTTP/1.1 {status} ".encode())
        writer.close()


async def test_a_client_that_waits_to_continue_is_told_to() -> None:
    async with simulated(servers=1) as client:
        reader, writer = await connect(client.simulator)
        lines = "Host: x\r\nContent-Length: 2\r\nExpect: 100-continue"
        writer.write(f"POST {SESSIONS} HTTP/1.1\r\n{lines}\r\n\r\n".encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        writer.close()
