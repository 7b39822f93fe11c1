"""The audit of requests: every change that was asked for, by whom, and what came of it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.client import Client
from tests.web.conftest import Service
from tests.web.standins import a_task

TASKS = "/redfish/v1/TaskService/Tasks"
RESET = "/redfish/v1/Systems/s1.2/Actions/ComputerSystem.Reset"
SESSIONS = "/redfish/v1/SessionService/Sessions"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """The facts of each line, as they come."""
    found: list[dict[str, Any]] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append({"event": record.getMessage(), **vars(record)["audit"]})

    caplog.set_level(logging.INFO, "taskmon.audit")
    logging.getLogger("taskmon.audit").addHandler(keeper := Keeper())
    try:
        yield found
    finally:
        logging.getLogger("taskmon.audit").removeHandler(keeper)


async def test_a_reset_is_told_with_who_from_where_and_its_task(service: Service, lines: list[Any]) -> None:
    answer = await service.operator.post(RESET, {"ResetType": "ForceOff"})
    assert lines == [
        {
            "event": "request",
            "user": "operator",
            "address": "127.0.0.1",
            "method": "POST",
            "path": RESET,
            "status": 202,
            "task": answer.headers["Location"].rpartition("/")[2],
        }
    ]


async def test_an_abort_is_told_with_its_reason(service: Service, lines: list[Any]) -> None:
    first, second = a_task(), a_task()
    service.tasks.add(first, second)
    await service.operator.delete(f"/taskmon/{first.id}", X_Abort_Reason="it smokes")
    await service.operator.post(f"{TASKS}/{second.id}/Actions/Oem/Taskmon.Cancel", {"Reason": "it burns"})
    told = [(line["user"], line["task"], line["reason"], line["state"], line["status"]) for line in lines]
    assert told == [
        ("operator", first.id, "it smokes", "Running", 204),
        ("operator", second.id, "it burns", "Running", 204),
    ]


async def test_a_login_names_the_user_and_never_the_password(service: Service, lines: list[Any]) -> None:
    for password in ("wrong one 42", "correct horse 42"):
        await service.nobody.post(SESSIONS, {"UserName": "operator", "Password": password})
    assert [(line["user"], line["status"]) for line in lines] == [("operator", 401), ("operator", 201)]
    assert "42" not in str([line["user"] for line in lines])
    assert "horse" not in str(lines)
    assert "wrong one" not in str(lines)


async def test_who_was_refused_is_told_also_for_reads(service: Service, lines: list[Any]) -> None:
    other = a_task()
    service.tasks.add(other)
    await Client(service.base).as_role("operator", "guessed").get(TASKS)
    await service.reader.post(RESET, {"ResetType": "ForceOff"})
    assert [(line["user"], line["method"], line["status"]) for line in lines] == [
        ("operator", "GET", 401),
        ("readonly", "POST", 403),
    ]


async def test_reads_are_no_changes_and_coming_without_credentials_is_no_event(
    service: Service, lines: list[Any]
) -> None:
    await service.operator.get(TASKS)
    await service.nobody.get(TASKS)
    await service.operator.get(f"{TASKS}/none")
    assert lines == []


async def test_what_was_wrong_is_told_as_well_and_nothing_of_its_body(
    service: Service, lines: list[Any]
) -> None:
    await service.operator.post(RESET, {"ResetType": "secret-canary"})
    await service.operator.delete(f"{TASKS}/%0aforged?token=secret-canary")
    assert [line["status"] for line in lines] == [400, 404]
    assert "secret-canary" not in str(lines)
    assert "\n" not in "".join(line["path"] for line in lines)
