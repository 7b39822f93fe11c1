"""What is read of a server, well or ill disposed."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import PowerState, ResetType
from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerRefusedError,
    ServerTooSlowError,
)
from actors.tasks.ports import SeenSystem
from tests.fleet.stub_fleet import REQUEST_ID, StubFleet, a_fleet
from tests.fleet.stub_server import (
    HANG_UP,
    INFO,
    RESET,
    ROOT,
    SYSTEM,
    SYSTEMS,
    Reply,
    a_root,
    a_system,
    an_error,
    in_turn,
)

LOOK = f"GET {SYSTEM}"
ROOT_OF = f"GET {ROOT}"
LIST = f"GET {SYSTEMS}"


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


async def seen(fleet: StubFleet, **changes: Any) -> SeenSystem:
    fleet.server.on[LOOK] = Reply(body=a_system(**changes))
    return await fleet.at().system(SYSTEM)


# --- a system


async def test_a_system_as_its_server_describes_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        assert await fleet.at().system(SYSTEM) == SeenSystem(
            id_there="1",
            path=SYSTEM,
            name="Web front 7",
            uuid="f6b0a1c2-9a55-4c1e-8a3e-1d2c3b4a5968",
            manufacturer="Contoso",
            model="3500",
            serial_number="437XR1138R2",
            reset_uri=RESET,
            reset_types=(ResetType.ON, ResetType.FORCE_OFF, ResetType.FORCE_RESTART),
            power_state=PowerState.ON,
            last_reset="2026-01-02T03:04:05Z",
        )


async def test_every_request_carries_the_errands_id(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at().system_paths()
        await fleet.at().reset(RESET, ResetType.ON)
        assert len(fleet.server.seen) == 4
        assert {one.headers["x-request-id"] for one in fleet.server.seen} == {REQUEST_ID}
        await fleet.at(request_id=None).system(SYSTEM)
        assert "x-request-id" not in fleet.server.seen[-1].headers


@pytest.mark.parametrize(
    "nonsense", [None, 7, True, [], {}, "", ["Yes"], {"@odata.id": 3}, "\x00\x07", "x" * 5000]
)
async def test_values_that_make_no_sense_are_left_out(tmp_path: Path, nonsense: Any) -> None:
    everything = dict.fromkeys(a_system(), nonsense)
    async with a_fleet(tmp_path) as fleet:
        system = await seen(fleet, **everything)
        assert system.id_there
        assert system.name
        assert system.power_state is None
        assert (system.reset_uri, system.reset_types) == ("", ())
        assert all(
            len(text) <= 256 and (text == "" or text.isprintable()) for text in (system.uuid, system.name)
        )
        action = dict.fromkeys(["target", "ResetType@Redfish.AllowableValues"], nonsense)
        system = await seen(fleet, Actions={"#ComputerSystem.Reset": action})
        assert (system.reset_uri, system.reset_types) == ("", ())
        system = await seen(fleet, Actions={"#ComputerSystem.Reset": {"@Redfish.ActionInfo": nonsense}})
        assert system.reset_types == ()
        assert set(fleet.server.names) <= {ROOT_OF, "POST /redfish/v1/SessionService/Sessions", LOOK}


@pytest.mark.parametrize("value", [*PowerState, "Melting"])
async def test_power_states(tmp_path: Path, value: str) -> None:
    async with a_fleet(tmp_path) as fleet:
        known = None if value == "Melting" else PowerState(value)
        assert (await seen(fleet, PowerState=value)).power_state is known


async def test_reset_types_that_redfish_does_not_know_are_left_out(tmp_path: Path) -> None:
    values = ["On", "Explode", 5, None, "On", ["Nmi"], "Nmi"]
    async with a_fleet(tmp_path) as fleet:
        action = {"target": RESET, "ResetType@Redfish.AllowableValues": values}
        system = await seen(fleet, Actions={"#ComputerSystem.Reset": action})
        assert system.reset_types == (ResetType.ON, ResetType.NMI)


async def test_what_an_action_info_says_is_asked_for_once(tmp_path: Path) -> None:
    action = {"target": RESET, "@Redfish.ActionInfo": INFO}
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[f"GET {INFO}"] = Reply(
            body={
                "Parameters": [
                    7,
                    {"Name": "Other", "AllowableValues": ["Off"]},
                    {"Name": "ResetType", "AllowableValues": ["On", "Explode", "PowerCycle"]},
                ]
            }
        )
        for _ in range(3):
            system = await seen(fleet, Actions={"#ComputerSystem.Reset": action})
            assert system.reset_types == (ResetType.ON, ResetType.POWER_CYCLE)
        assert fleet.server.count[f"GET {INFO}"] == 1
        await fleet.pool.forget(fleet.server.address)
        await seen(fleet, Actions={"#ComputerSystem.Reset": action})
        assert fleet.server.count[f"GET {INFO}"] == 2


@pytest.mark.parametrize(
    "reply", [Reply(404), Reply(body=b"{"), Reply(body={"Parameters": [{"Name": "ResetType"}]})]
)
async def test_an_action_info_that_is_not_given_says_nothing(tmp_path: Path, reply: Reply) -> None:
    action = {"target": RESET, "@Redfish.ActionInfo": INFO}
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[f"GET {INFO}"] = reply
        for _ in range(2):
            system = await seen(fleet, Actions={"#ComputerSystem.Reset": action})
            assert (system.reset_uri, system.reset_types) == (RESET, ())
        assert fleet.server.count[f"GET {INFO}"] == 1


# --- systems


async def test_the_systems_in_the_servers_order_page_by_page(tmp_path: Path) -> None:
    paths = [f"{SYSTEMS}/{name}" for name in "cab"]
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LIST] = Reply(
            body={
                "Members": [{"@odata.id": path} for path in paths[:2]],
                "Members@odata.nextLink": f"{SYSTEMS}?$skip=2",
            }
        )
        fleet.server.on[f"{LIST}?$skip=2"] = Reply(body={"Members": [{"@odata.id": paths[2]}]})
        assert list(await fleet.at().system_paths()) == paths


async def test_pages_that_go_in_a_circle_end(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LIST] = Reply(
            body={"Members": [{"@odata.id": SYSTEM}], "Members@odata.nextLink": SYSTEMS}
        )
        assert await fleet.at().system_paths() == (SYSTEM,)
        assert fleet.server.count[LIST] == 1


async def test_pages_without_end_are_not_followed_for_ever(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        for page in range(150):
            fleet.server.on[f"{LIST}?{page}" if page else LIST] = Reply(
                body={
                    "Members": [{"@odata.id": f"{SYSTEMS}/{page}"}],
                    "Members@odata.nextLink": f"{SYSTEMS}?{page + 1}",
                }
            )
        assert len(await fleet.at().system_paths()) == 100


@pytest.mark.parametrize(
    ("root", "systems"),
    [
        (Reply(404), None),
        (Reply(body=b"<html>"), None),
        (Reply(body=[1]), None),
        (Reply(body={"Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}}}), None),
        (Reply(body=a_root(Systems="/redfish/v1/Systems")), None),
        (None, Reply(body={"Members": []})),
        (None, Reply(body={"Members": {"@odata.id": SYSTEM}})),
        (None, Reply(body={})),
        (None, Reply(body={"Members": [None, 3, SYSTEM, {"@odata.id": ["/x"]}]})),
    ],
)
async def test_what_is_no_redfish_service_or_has_no_systems(
    tmp_path: Path, root: Reply | None, systems: Reply | None
) -> None:
    async with a_fleet(tmp_path) as fleet:
        if root is not None:
            fleet.server.on[ROOT_OF] = root
        if systems is not None:
            fleet.server.on[LIST] = systems
        error = await failure_of(fleet.at().system_paths())
        assert isinstance(error, ServerNotUnderstoodError)
        assert fleet.server.address in str(error)


# --- URIs that lead elsewhere


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://{other}/redfish/v1/Systems/1",
        "//{other}/redfish/v1/Systems/1",
        "/\\{other}/redfish/v1/Systems/1",
        "http://{here}/redfish/v1/Systems/1",
        "https://user@{here}/redfish/v1/Systems/1",
        "https://{here}",
        "https://{here}?x",
        "redfish/v1/Systems/1",
        "",
        "/redfish/v1/Systems/1\r\nX-Evil: 1",
        "/redfish/v1/" + "x" * 3000,
    ],
)
async def test_no_request_goes_where_a_hostile_document_leads(tmp_path: Path, elsewhere: str) -> None:
    async with a_fleet(tmp_path, servers=2) as fleet:
        uri = elsewhere.format(other=fleet.servers[1].address, here=fleet.server.address)
        link = {"@odata.id": uri}
        good = Reply(body={"Members": [link, {"@odata.id": SYSTEM}], "Members@odata.nextLink": uri})
        fleet.server.on[LIST] = good
        assert await fleet.at().system_paths() == (SYSTEM,)
        fleet.server.on[ROOT_OF] = Reply(body=a_root(Systems=link))
        assert isinstance(await failure_of(fleet.at().system_paths()), ServerNotUnderstoodError)
        action = {"target": uri, "@Redfish.ActionInfo": uri}
        assert (await seen(fleet, Actions={"#ComputerSystem.Reset": action})).reset_uri == ""
        at = fleet.at()
        for call in (at.system(uri), at.reset(uri, ResetType.ON), at.task_seen(uri), at.cancel_task(uri)):
            assert isinstance(await failure_of(call), ServerNotUnderstoodError)
        fleet.server.on[LOOK] = Reply(301, headers={"Location": uri.replace("\r\n", "")[:900] or "x"})
        await failure_of(fleet.at().system(SYSTEM))
        assert fleet.servers[1].accepted == 0
        assert all("x-evil" not in one.headers for one in fleet.server.seen)


async def test_its_own_absolute_uris_are_paths(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        own = f"HTTPS://{fleet.server.address.upper()}{SYSTEM}"
        fleet.server.on[LIST] = Reply(body={"Members": [{"@odata.id": own}]})
        assert await fleet.at().system_paths() == (SYSTEM,)


async def test_what_http_does_not_allow_in_a_path_is_encoded(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LIST] = Reply(body={"Members": [{"@odata.id": f"{SYSTEMS}/Blade 1ü%20x#frag"}]})
        (path,) = await fleet.at().system_paths()
        assert path == f"{SYSTEMS}/Blade%201%C3%BC%20x"
        fleet.server.on[f"GET {path}"] = Reply(body={})
        system = await fleet.at().system(path)
        assert (system.id_there, system.path) == ("Blade%201%C3%BC%20x", path)


async def test_redirects_at_the_same_server_are_followed_by_reads(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ROOT_OF] = Reply(308, headers={"Location": "/redfish/v1"})
        fleet.server.on["GET /redfish/v1"] = Reply(body=a_root())
        assert await fleet.at().system_paths() == (SYSTEM,)
        fleet.server.on[LOOK] = Reply(302, headers={"Location": SYSTEM})
        error = await failure_of(fleet.at().system(SYSTEM))
        assert isinstance(error, ServerNotUnderstoodError)
        assert fleet.server.count[LOOK] == 4


# --- bodies


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"[" * 100_000, b'{"Id": "\xff"}', b'{"Id": NaN}']
)
async def test_what_is_not_a_json_object(tmp_path: Path, body: bytes) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(body=body)
        error = await failure_of(fleet.at().system(SYSTEM))
        assert isinstance(error, ServerNotUnderstoodError)
        assert error.uri == f"https://{fleet.server.address}{SYSTEM}"
        assert fleet.server.count[LOOK] == 1
        assert fleet.server.accepted == 1  # the connection is as good as before


async def test_a_compressed_answer_that_nobody_asked_for(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(a_system()).encode())
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(body=packed, headers={"Content-Encoding": "gzip"})
        assert (await fleet.at().system(SYSTEM)).name == "Web front 7"
        assert fleet.server.seen[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b" " * 50_000_000), "gzip"),
        (b"xx", "gzip"),
        (gzip.compress(b"{}")[:-9], "gzip"),
        (b"{}", "br"),
    ],
    ids=["bomb", "no gzip", "cut off", "not offered"],
)
async def test_a_compressed_answer_that_is_a_bomb_or_broken(
    tmp_path: Path, body: bytes, encoding: str
) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(body=body, headers={"Content-Encoding": encoding})
        assert isinstance(await failure_of(fleet.at().system(SYSTEM)), ServerNotUnderstoodError)


# --- failing, and trying again


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}, {"Retry-After": "soon"}])
async def test_a_busy_server_is_asked_again(tmp_path: Path, status: int, headers: dict[str, str]) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = in_turn(
            Reply(status, headers=headers), Reply(status, headers=headers), Reply(body=a_system())
        )
        assert await fleet.at().system(SYSTEM)
        assert fleet.server.count[LOOK] == 3


async def test_a_small_retry_after_is_waited_for(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = in_turn(Reply(503, headers={"Retry-After": "5"}), Reply(body=a_system()))
        # shown by what patience says of the pause, instead of by sitting it out
        error = await failure_of(fleet.at(patience=4).system(SYSTEM))
        assert isinstance(error, ServerRefusedError)
        assert fleet.server.count[LOOK] == 1


async def test_a_long_one_is_a_refusal(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(503, headers={"Retry-After": "6"})
        error = await failure_of(fleet.at().system(SYSTEM))
        assert isinstance(error, ServerRefusedError)
        assert fleet.server.count[LOOK] == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 501])
async def test_a_refusal_is_not_repeated(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(status, an_error("No."))
        error = await failure_of(fleet.at().system(SYSTEM))
        assert isinstance(error, ServerRefusedError)
        assert error.status == status
        assert str(error) == f"{fleet.server.address} answered GET {SYSTEM} with HTTP status {status}: No."
        assert error.uri == f"https://{fleet.server.address}{SYSTEM}"
        assert fleet.server.count[LOOK] == 1


async def test_a_server_that_hangs_up_is_asked_again(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=2) as fleet:
        fleet.server.on[ROOT_OF] = in_turn(HANG_UP, HANG_UP, Reply(body=a_root()))
        assert await fleet.at().system_paths()
        assert fleet.server.count[ROOT_OF] == 3


async def test_one_that_is_too_slow_is_asked_again(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, read_timeout=0.1, retries=2) as fleet:
        with fleet.server.holding(LOOK):
            assert isinstance(await failure_of(fleet.at().system(SYSTEM)), ServerTooSlowError)
        assert fleet.server.count[LOOK] == 3


async def test_without_retries_nothing_is(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=0) as fleet:
        fleet.server.on[ROOT_OF] = HANG_UP
        assert isinstance(await failure_of(fleet.at().system_paths()), ServerHungUpError)
        assert fleet.server.count[ROOT_OF] == 1
