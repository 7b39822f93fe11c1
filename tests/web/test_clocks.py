"""The clocks that a request may set for the task that it becomes: on every one with a body, and in range."""

from typing import Any

import pytest

from actors import Timeouts
from tests.web.conftest import Service
from tests.web.test_bad_input import GOOD, ONE_RESET
from tests.web.test_operations import NEW_SERVER, SERVICE_RESET, SOURCES


async def task_makers(service: Service) -> list[tuple[str, dict[str, Any], str]]:
    """Each request with a body that makes a task: its path, a good body, and how its Messages begin."""
    aggregate = await service.fleet.create_aggregate([])
    path = f"/redfish/v1/AggregationService/Aggregates/{aggregate.id}/Actions/Aggregate.Reset"
    return [
        (SERVICE_RESET, GOOD, "ActionParameter"),
        (path, {"ResetType": "On"}, "ActionParameter"),
        (ONE_RESET, {"ResetType": "On"}, "ActionParameter"),
        (SOURCES, NEW_SERVER, "Property"),
    ]


@pytest.mark.parametrize("name", ["WaitingTimeout", "RunTimeout", "ProgressTimeout"])
@pytest.mark.parametrize(
    ("value", "key"),
    [
        *((value, "ValueTypeError") for value in (None, True, "60", [60], {"Seconds": 60})),
        *((value, "ValueError") for value in (0, -1, 0.0, -0.5, 86_401, 86_400.5, 2**63, 1e308)),
    ],
    ids=repr,
)
async def test_a_clock_is_set_to_a_number_of_seconds(
    service: Service, name: str, value: object, key: str
) -> None:
    for path, body, begins in await task_makers(service):
        answer = await service.admin.post(path, {**body, "Oem": {"Taskmon": {name: value}}})
        assert (answer.status, answer.keys) == (400, [begins + key]), path
        assert answer.messages[0]["RelatedProperties"] == [f"#/Oem/Taskmon/{name}"]
        assert "seconds above 0, 86400 at the most" in answer.words
    assert service.operations.orders == []


async def test_a_clock_that_there_is_not_is_named_with_the_one_that_may_be_meant(service: Service) -> None:
    for path, body, begins in await task_makers(service):
        answer = await service.admin.post(path, {**body, "Oem": {"Taskmon": {"RunTimeOut": 60}}})
        assert (answer.status, answer.keys) == (400, [f"{begins}Unknown"]), path
        assert answer.messages[0]["RelatedProperties"] == ["#/Oem/Taskmon/RunTimeOut"]
        assert "Write RunTimeout" in answer.words
    assert service.operations.orders == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            {"WaitingTimeout": 0.5, "RunTimeout": 86_400, "ProgressTimeout": 60},
            Timeouts(waiting=0.5, run=86_400, progress=60),
        ),
        ({"RunTimeout": 1}, Timeouts(run=1)),
        ({}, Timeouts()),
    ],
    ids=str,
)
async def test_what_is_set_is_ordered_and_the_rest_is_left_open(
    service: Service, said: dict[str, float], wanted: Timeouts
) -> None:
    for path, body, _ in await task_makers(service):
        answer = await service.admin.post(path, {**body, "Oem": {"Taskmon": said}})
        assert answer.status == 202, answer.raw
        assert service.operations.orders[-1][1].timeouts == wanted
