"""The task monitor (CLIENTS.md section 5) and the first answer, 202."""

from dataclasses import replace

import pytest

from actors import Message, Result, TaskState
from tests.web.conftest import Service
from tests.web.standins import a_task, ended
from web.services import WebOptions

RESET = "/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset"
EXTRAS = {"Message", "MessageId", "MessageArgs", "NumberOfArgs", "Severity"}


async def test_the_first_answer_names_the_monitor_and_neither_id(service: Service) -> None:
    answer = await service.operator.post(RESET, {"ResetType": "On"})
    (task_id,) = service.tasks.by_id
    assert answer.status == 202
    assert answer.headers["Location"] == f"/taskmon/{task_id}"
    assert "Retry-After" not in answer.headers
    assert "Link" not in answer.headers
    assert answer.json == {
        "@Message.ExtendedInfo": [
            {
                "MessageId": "TaskEvent.1.0.TaskStarted",
                "Message": f"The task with id {task_id} has started.",
                "MessageArgs": [task_id],
                "MessageSeverity": "OK",
                "Severity": "OK",
                "Resolution": "None.",
            }
        ]
    }


@pytest.mark.parametrize(
    "prefer",
    ["return=representation", "respond-async, Return=representation", 'return="representation"; x=1'],
)
async def test_the_first_answer_is_the_whole_task_if_that_is_preferred(service: Service, prefer: str) -> None:
    answer = await service.operator.post(RESET, {"ResetType": "On"}, Prefer=prefer)
    (task_id,) = service.tasks.by_id
    assert answer.status == 202
    assert answer.headers["Location"] == f"/taskmon/{task_id}"
    assert answer.headers["Preference-Applied"] == "return=representation"
    task = (await service.operator.get(f"/redfish/v1/TaskService/Tasks/{task_id}")).untagged
    assert answer.json == task


@pytest.mark.parametrize(
    "prefer", ["return=minimal", "return=minimal, return=representation", "respond-async"]
)
async def test_other_preferences_change_nothing(service: Service, prefer: str) -> None:
    answer = await service.operator.post(RESET, {"ResetType": "On"}, Prefer=prefer)
    assert list(answer.json) == ["@Message.ExtendedInfo"]


async def test_a_monitor_under_way_sends_the_task_and_its_latest_message(service: Service) -> None:
    task = a_task(
        messages=(Message("TaskStarted", ("t",)), Message("TaskProgressChanged", ("t", "8"))), subtasks=3
    )
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    resource = (await service.operator.get(f"/redfish/v1/TaskService/Tasks/{task.id}")).untagged
    assert answer.status == 202
    assert answer.headers["Location"] == f"/taskmon/{task.id}"
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"
    assert {key: value for key, value in answer.json.items() if key not in EXTRAS} == resource
    assert answer.json["EndTime"] == "0001-01-01T00:00:00Z"
    assert {key: answer.json[key] for key in EXTRAS} == {
        "Message": "The task with id t is 8 percent complete.",
        "MessageId": "TaskEvent.1.0.TaskProgressChanged",
        "MessageArgs": ["t", "8"],
        "NumberOfArgs": 2,
        "Severity": "OK",
    }


@pytest.mark.parametrize(
    "state", [TaskState.NEW, TaskState.PENDING, TaskState.STARTING, TaskState.CANCELLING]
)
async def test_a_monitor_is_202_in_every_live_state_even_without_messages(
    service: Service, state: TaskState
) -> None:
    task = a_task(state=state)
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert answer.status == 202
    assert answer.json["Messages"] == []
    assert answer.json["MessageId"] == "TaskEvent.1.0.TaskStarted"


async def test_a_successful_action_ends_in_200_with_a_body(service: Service) -> None:
    result = Result(http_status=200, messages=(Message("Success"),))
    task = ended(a_task(), TaskState.COMPLETED, result)
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert answer.status == 200
    assert answer.json["code"] == "Base.1.13.Success"
    assert answer.json["message"] == "Request completed successfully."
    assert [entry["MessageId"] for entry in answer.json["@Message.ExtendedInfo"]] == ["Base.1.13.Success"]
    assert "Location" not in answer.headers


async def test_a_create_ends_in_201_with_its_location_and_the_resource(service: Service) -> None:
    source = service.fleet.source("s1")
    result = Result(http_status=201, messages=(Message("Created"),), source=source)
    task = ended(a_task(), TaskState.COMPLETED, result)
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert answer.status == 201
    assert answer.headers["Location"] == "/redfish/v1/AggregationService/AggregationSources/s1"
    assert answer.json == (await service.operator.get(answer.headers["Location"])).untagged
    assert answer.json["Password"] is None


async def test_an_operation_without_a_body_ends_in_204(service: Service) -> None:
    task = ended(a_task(), TaskState.COMPLETED, Result(http_status=204))
    service.tasks.add(task)
    assert (await service.operator.get(f"/taskmon/{task.id}")).status == 204


async def test_a_failure_ends_in_an_error_with_the_sentence_of_its_summary(service: Service) -> None:
    sentence = "one or more of the reset actions failed, check sub tasks for more info."
    told = (Message("GeneralError", detail=sentence), Message("OperationFailed"))
    task = ended(a_task(), TaskState.EXCEPTION, Result(http_status=400, messages=told))
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert answer.status == 400
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"
    assert answer.json["error"]["code"] == "Base.1.13.GeneralError"
    assert answer.json["error"]["message"] == sentence
    assert answer.keys == ["GeneralError", "OperationFailed"]


async def test_a_failure_of_one_message_is_general_too(service: Service) -> None:
    result = Result(http_status=400, messages=(Message("OperationTimeout"),))
    task = ended(a_task(), TaskState.EXCEPTION, result)
    service.tasks.add(task)
    error = (await service.operator.get(f"/taskmon/{task.id}")).json["error"]
    assert error["code"] == "Base.1.13.GeneralError"
    assert error["message"] == Message("OperationTimeout").text


async def test_a_cancelled_task_ends_in_an_error(service: Service) -> None:
    result = Result(http_status=409, messages=(Message("TaskCancelled", ("t",)),))
    task = ended(a_task(), TaskState.CANCELLED, result)
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert (answer.status, answer.keys) == (409, ["TaskCancelled"])


async def test_an_ended_task_without_a_result_is_a_fault_of_the_service(service: Service) -> None:
    task = ended(a_task(), TaskState.EXCEPTION, None)
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}")
    assert (answer.status, answer.keys) == (500, ["InternalError"])


async def test_the_last_answer_is_the_same_bytes_at_every_read(service: Service) -> None:
    source = service.fleet.source("s1")
    results = (
        Result(http_status=200, messages=(Message("Success"),)),
        Result(http_status=201, messages=(Message("Created"),), source=source),
        Result(http_status=400, messages=(Message("GeneralError", detail="no"),)),
    )
    for result in results:
        task = ended(a_task(), TaskState.COMPLETED, result)
        service.tasks.add(task)
        first = await service.operator.get(f"/taskmon/{task.id}")
        service.fleet.known_sources["s1"] = replace(source, user_name="changed since", systems=())
        second = await service.operator.get(f"/taskmon/{task.id}")
        assert first.raw == second.raw
        own = {"Date": "", "X-Request-Id": ""}
        assert {**first.headers, **own} == {**second.headers, **own}


class TestWithRetryAfter:
    """An operator may turn Retry-After on."""

    @pytest.fixture
    def web_options(self) -> WebOptions:
        return WebOptions(retry_after=3)

    async def test_it_is_on_both_kinds_of_202_and_nothing_else(self, service: Service) -> None:
        started = await service.operator.post(RESET, {"ResetType": "On"})
        assert started.headers["Retry-After"] == "3"
        monitor = started.headers["Location"]
        assert (await service.operator.get(monitor)).headers["Retry-After"] == "3"
        task = service.tasks.by_id[monitor.rpartition("/")[2]]
        service.tasks.add(
            ended(task, TaskState.COMPLETED, Result(http_status=200, messages=(Message("Success"),)))
        )
        assert "Retry-After" not in (await service.operator.get(monitor)).headers
