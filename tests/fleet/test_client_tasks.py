"""What a server answers to an action, and the task of its own that it may have for it."""

from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerError, ServerRefusedError, ServerTaskFailedError
from actors.tasks.ports import Accepted, SeenTask
from tests.fleet.stub_fleet import StubFleet, a_fleet
from tests.fleet.stub_server import MONITOR, RESET, Reply, an_error, in_turn

ACTION = f"POST {RESET}"
WATCH = f"GET {MONITOR}"


async def reset(fleet: StubFleet) -> Accepted:
    return await fleet.at().reset(RESET, ResetType.FORCE_RESTART)


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_done_at_once(tmp_path: Path, status: int) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ACTION] = Reply(status, headers={"Location": MONITOR})
        assert await reset(fleet) == Accepted()


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[]", b'{"TaskState": "New", "@odata.id": "/elsewhere"}'])
async def test_the_body_of_an_answer_to_it_need_not_make_sense(tmp_path: Path, body: bytes) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[ACTION] = Reply(200, body)
        assert await reset(fleet) == Accepted()
        fleet.server.on[ACTION] = Reply(202, body, {"Location": MONITOR})
        assert await reset(fleet) == Accepted(monitor=MONITOR)


@pytest.mark.parametrize(
    ("location", "body", "monitor"),
    [
        (MONITOR, None, MONITOR),
        ("https://{here}" + MONITOR, None, MONITOR),
        (
            "https://{here}" + MONITOR,
            {"@odata.id": "/redfish/v1/TaskService/Tasks/7", "TaskState": "New"},
            MONITOR,
        ),
        ("https://elsewhere.example" + MONITOR, None, ""),
        ("//elsewhere.example" + MONITOR, None, ""),
        ("7", None, ""),
        (None, None, ""),
        (
            None,
            {"@odata.id": "/redfish/v1/TaskService/Tasks/7", "TaskState": "New"},
            "/redfish/v1/TaskService/Tasks/7",
        ),
        (None, {"@odata.id": "/redfish/v1/Systems/1"}, ""),
        (None, {"@odata.id": 5, "TaskState": "New"}, ""),
    ],
)
async def test_where_its_own_task_is(tmp_path: Path, location: str | None, body: Any, monitor: str) -> None:
    async with a_fleet(tmp_path) as fleet:
        headers = {} if location is None else {"Location": location.format(here=fleet.server.address)}
        fleet.server.on[ACTION] = Reply(202, body, headers)
        assert await reset(fleet) == Accepted(monitor=monitor)


# --- the server's own task


async def test_a_monitor_goes_on_and_ends(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = in_turn(Reply(202), Reply(202, b"{"), Reply(204))
        assert [(await fleet.at().task_seen(MONITOR)).ended for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("http_status", [200, 202])
@pytest.mark.parametrize(
    ("state", "status", "ended"),
    [
        ("New", None, False),
        ("Starting", "OK", False),
        ("Running", "OK", False),
        ("Suspended", "OK", False),
        ("Interrupted", "OK", False),
        ("Pending", "OK", False),
        ("Stopping", "OK", False),
        ("Service", "OK", False),
        ("Cancelling", "OK", False),
        ("Completed", "OK", True),
        ("Completed", "Warning", True),
        ("Completed", None, True),
        ("Completed", "Critical", None),
        ("Exception", "Critical", None),
        ("Exception", None, None),
        ("Killed", "Critical", None),
        ("Cancelled", "Warning", None),
    ],
)
async def test_a_task_is_judged_by_its_state(
    tmp_path: Path, http_status: int, state: str, status: str | None, ended: bool | None
) -> None:
    body = {"TaskState": state, "TaskStatus": status, "Messages": [{"Message": "The fan is missing."}]}
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = Reply(http_status, body)
        if ended is not None:
            assert (await fleet.at().task_seen(MONITOR)).ended is ended
            return
        error = await failure_of(fleet.at().task_seen(MONITOR))
        assert isinstance(error, ServerTaskFailedError)
        assert str(error).startswith(f"The task {MONITOR} at {fleet.server.address} ended as {state}")
        assert str(error).endswith(": The fan is missing.")


@pytest.mark.parametrize("state", [None, 7, [], "", "Dreaming"])
async def test_a_state_that_makes_no_sense_leaves_it_to_the_http_status(tmp_path: Path, state: Any) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = in_turn(Reply(202, {"TaskState": state}), Reply(200, {"TaskState": state}))
        assert [(await fleet.at().task_seen(MONITOR)).ended for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("percent", "seen"),
    [(0, 0), (42, 42), (100, 100), *((odd, None) for odd in (None, -1, 101, True, 4.2, "42", [42]))],
    ids=repr,
)
async def test_how_far_a_task_is_is_told_where_it_makes_sense(
    tmp_path: Path, percent: Any, seen: int | None
) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = Reply(202, {"TaskState": "Running", "PercentComplete": percent})
        expected = SeenTask(ended=False, state="Running", percent=seen)
        assert await fleet.at().task_seen(MONITOR) == expected


@pytest.mark.parametrize("status", [400, 409, 500])
async def test_a_monitor_that_answers_an_error_tells_that_the_task_failed(
    tmp_path: Path, status: int
) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = Reply(status, an_error("The fan is missing."))
        error = await failure_of(fleet.at().task_seen(MONITOR))
        assert isinstance(error, ServerTaskFailedError)
        assert "The fan is missing." in str(error)
        assert fleet.server.count[WATCH] == 1


@pytest.mark.parametrize(("status", "told"), [(404, 404), (410, 404), (403, 403), (429, 429)])
async def test_a_server_that_speaks_of_itself_tells_nothing_of_the_task(
    tmp_path: Path, status: int, told: int
) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[WATCH] = Reply(status, an_error("The fan is missing."))
        error = await failure_of(fleet.at().task_seen(MONITOR))
        assert isinstance(error, ServerRefusedError)
        assert error.status == told
        assert "The fan is missing." in str(error)
        assert fleet.server.count[WATCH] == 1


async def test_one_that_is_busy_is_asked_again_first(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=2) as fleet:
        fleet.server.on[WATCH] = in_turn(Reply(503), Reply(503), Reply(204))
        assert (await fleet.at().task_seen(MONITOR)).ended
        fleet.server.on[WATCH] = Reply(503)
        error = await failure_of(fleet.at().task_seen(MONITOR))
        assert isinstance(error, ServerRefusedError)
        assert error.status == 503
