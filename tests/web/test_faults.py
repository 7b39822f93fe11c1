"""Hostile paths, crashes, a store that fails, and what the log says of all that."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors import BusyError, NoRoomError, RevisionConflictError, StoreUnavailableError, TaskmonError, Viewer
from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head

DELETE_ENDED = "/redfish/v1/TaskService/Actions/TaskService.DeleteAllCompletedTasks"
TASKS = "/redfish/v1/TaskService/Tasks"
HOSTILE = (
    "%00",
    "a%00b",
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%2F",
    "%ff%fe",
    "%c0%ae",
    "%ED%A0%80",
    "%",
    "%zz",
    "'; DROP TABLE tasks; --".replace(" ", "%20"),
    "%0d%0aSet-Cookie:%20x=1",
    "x" * 8000,
    "%E2%80%AE",
    "{id}",
    "%7Bid%7D",
    "$metadata",
    "a;b=c",
    "~",
)


@pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: piece[:20])
async def test_a_hostile_id_is_just_an_id_that_is_not_there(service: Service, piece: str) -> None:
    async with await Wire.open(service.port) as wire:
        for path in (
            f"{TASKS}/{piece}",
            f"{TASKS}/{piece}/SubTasks",
            f"{TASKS}/x/SubTasks/{piece}",
            f"/taskmon/{piece}",
            f"/redfish/v1/Systems/{piece}",
            f"/redfish/v1/AggregationService/Aggregates/{piece}",
            f"/redfish/v1/AggregationService/AggregationSources/{piece}",
            f"/redfish/v1/AggregationService/ConnectionMethods/{piece}",
            f"/redfish/v1/SessionService/Sessions/{piece}",
            f"/redfish/v1/SchemaStore/en/{piece}",
            f"/redfish/v1/SchemaStore/en/{piece}.json",
            f"/{piece}",
        ):
            await wire.send(head("GET", path, BASIC))
            answer = await wire.answer()
            assert answer.status == 404, path
            assert len(answer.body) < 2000
            assert not set(answer.headers) & {"set-cookie", "location"}
            await wire.send(head("GET", path))
            assert (await wire.answer()).status == 401, path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60))
async def test_no_path_makes_it_fall_over(service: Service, noise: bytes) -> None:
    text = "".join(f"%{byte:02X}" for byte in noise)
    for path in (f"/taskmon/{text}", f"/redfish/v1/{text}", f"{TASKS}?{text}"):
        answer = await service.operator.get(path)
        assert answer.status in (200, 404, 501)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["ResetType", "TargetURIs", "Links", "Elements", "@odata.id", "UserName", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
async def test_no_body_makes_it_fall_over(service: Service, body: object) -> None:
    for path in (
        "/redfish/v1/AggregationService/Actions/AggregationService.Reset",
        "/redfish/v1/AggregationService/AggregationSources",
        "/redfish/v1/AggregationService/Aggregates",
        "/redfish/v1/SessionService/Sessions",
    ):
        sent = body.encode("utf-8", "replace") if isinstance(body, str) else body
        answer = await service.admin.post(path, {} if sent is None else sent)
        assert answer.status in (400, 401, 415) or service.fleet.aggregates()


async def test_a_crash_is_500_and_its_traceback_is_in_the_log_only(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.tasks.failure = ZeroDivisionError("the inside story")
    answer = await service.reader.get(TASKS)
    assert (answer.status, answer.keys) == (500, ["InternalError"])
    assert b"story" not in answer.raw
    assert b"Traceback" not in answer.raw
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"GET {TASKS} failed inside the service"
    assert "the inside story" in str(record.exc_info)
    caplog.clear()
    service.tasks.failure = None
    assert (await service.reader.get(TASKS)).status == 200


async def test_our_own_errors_that_no_client_can_help_are_crashes_too(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.tasks.failure = TaskmonError("secret of the house")
    answer = await service.reader.get(TASKS)
    assert (answer.status, answer.keys) == (500, ["InternalError"])
    assert b"secret" not in answer.raw
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    caplog.clear()


async def test_a_crash_of_the_gate_is_500_too(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.gate.failure = ZeroDivisionError()
    for method in ("GET", "POST", "BREW"):
        answer = await service.nobody.with_token("x").ask(method, TASKS)
        assert (answer.status, answer.keys) == (500, ["InternalError"])
    caplog.clear()


async def test_a_store_that_fails_is_503_and_says_when_to_come_back(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.tasks.failure = StoreUnavailableError("The disk is full.")
    answer = await service.reader.get(TASKS)
    assert (answer.status, answer.keys) == (503, ["ServiceTemporarilyUnavailable"])
    assert answer.headers["Retry-After"] == answer.messages[0]["MessageArgs"][0]
    assert b"disk" not in answer.raw
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "The disk is full." in record.getMessage()
    assert record.exc_info is None
    caplog.clear()


@pytest.mark.parametrize("kind", [NoRoomError, BusyError])
async def test_no_room_and_a_busy_server_are_503_with_what_to_do(
    service: Service, kind: type[NoRoomError | BusyError]
) -> None:
    service.tasks.failure = kind("There are 5 tasks.", "Delete one.")
    answer = await service.reader.get(TASKS)
    assert (answer.status, answer.keys) == (503, ["ServiceTemporarilyUnavailable"])
    (message,) = answer.messages
    assert answer.headers["Retry-After"] == message["MessageArgs"][0] == "30"
    assert message["Message"].endswith("There are 5 tasks.")
    assert message["Resolution"] == "Delete one."


async def test_a_change_that_lost_a_race_is_409(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(viewer: Viewer) -> None:
        raise RevisionConflictError("lost")

    monkeypatch.setattr(service.tasks, "delete_ended", lost)
    answer = await service.operator.post(DELETE_ENDED, {})
    assert (answer.status, answer.keys) == (409, ["ResourceInUse"])


async def test_each_request_is_one_line_that_tells_no_secret(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    await service.operator.get(f"{TASKS}?token=hidden-secret")
    await service.nobody.with_token("hidden-secret").get("/nowhere")
    await service.nobody.post(
        "/redfish/v1/SessionService/Sessions", {"UserName": "operator", "Password": "hidden-secret"}
    )
    lines = [record.getMessage() for record in caplog.records if record.name == "taskmon.web"]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        f"GET {TASKS} operator 200",
        "GET /nowhere - 401",
        "POST /redfish/v1/SessionService/Sessions - 401",
    ]
    assert "secret" not in caplog.text


async def test_a_path_cannot_forge_a_line_of_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("GET", "/\x1b[31m\x85\xa0b\u00e9", BASIC))
        line = await wire.reader.readline()
    assert b" 40" in line  # 404, or 400 where Tornado itself refuses such bytes in a path
    lines = [record.getMessage() for record in caplog.records if record.name == "taskmon.web"]
    assert all(line.isascii() and line.isprintable() for line in lines)
    async with await Wire.open(service.port) as wire:
        await wire.send(head("GET", "/a%0Ab" + "x" * 5000, BASIC))
        assert (await wire.answer()).status == 404
    last = caplog.records[-1].getMessage()
    assert last.startswith("GET /a%0Abxxx")
    assert len(last) < 350
