"""Tasks, subtasks and their service as resources (REDFISH.md D10 to D22, K4 to K6)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from actors import Message, Payload, Result, TaskId, TaskState
from tests.web.conftest import Service
from tests.web.standins import NOW, a_task, ended

TASKS = "/redfish/v1/TaskService/Tasks"


async def test_the_task_service_says_what_is_true(service: Service) -> None:
    body = (await service.reader.get("/redfish/v1/TaskService")).json
    assert body["CompletedTaskOverWritePolicy"] == "Manual"
    assert body["TaskAutoDeleteTimeoutMinutes"] == 90
    assert body["LifeCycleEventOnTaskStateChange"] is True
    assert body["DateTime"] == "2026-11-23T12:00:00.000005Z"
    assert body["Tasks"] == {"@odata.id": TASKS}


async def test_a_running_task_is_rendered_as_the_specification_has_it(service: Service) -> None:
    task = a_task(messages=(Message("TaskStarted", ("x",)),))
    service.tasks.add(task)
    answer = await service.operator.get(f"{TASKS}/{task.id}")
    assert answer.status == 200
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"
    assert answer.untagged == {
        "@odata.id": f"{TASKS}/{task.id}",
        "@odata.type": "#Task.v1_7_4.Task",
        "@odata.context": "/redfish/v1/$metadata#Task.Task",
        "Id": task.id,
        "Name": f"Task {task.id}",
        "TaskState": "Running",
        "TaskStatus": "OK",
        "StartTime": "2026-11-23T12:00:00.000005Z",
        "EndTime": "0001-01-01T00:00:00Z",
        "PercentComplete": 8,
        "TaskMonitor": f"/taskmon/{task.id}",
        "Payload": {
            "TargetUri": "/redfish/v1/AggregationService/Actions/AggregationService.Reset",
            "HttpOperation": "POST",
            "HttpHeaders": ["Content-Type: application/json"],
            "JsonBody": '{"ResetType":"On"}',
        },
        "Messages": [
            {
                "MessageId": "TaskEvent.1.0.TaskStarted",
                "Message": "The task with id x has started.",
                "MessageArgs": ["x"],
                "MessageSeverity": "OK",
                "Resolution": "None.",
            }
        ],
        "Oem": {
            "Taskmon": {
                "@odata.type": "#Taskmon.v1_0_0.Task",
                "Owner": "account-Operator",
                "Operation": "reset",
                "Target": "/redfish/v1/AggregationService",
                "MessageTimes": ["2026-11-23T12:00:00.000005Z"],
            }
        },
        "Actions": {
            "Oem": {"#Taskmon.Cancel": {"target": f"{TASKS}/{task.id}/Actions/Oem/Taskmon.Cancel"}},
        },
    }


async def test_it_tells_when_each_message_was_recorded(service: Service) -> None:
    times = [datetime(2026, 11, 23, 12, 0, second, tzinfo=UTC) for second in (1, 7)]
    messages = tuple(Message("TaskStarted", ("x",), at=at) for at in times)
    service.tasks.add(task := a_task(messages=messages))
    shown = (await service.operator.get(f"{TASKS}/{task.id}")).json
    assert shown["Oem"]["Taskmon"]["MessageTimes"] == [
        "2026-11-23T12:00:01.000000Z",
        "2026-11-23T12:00:07.000000Z",
    ]


async def test_an_ended_task_is_still_200_with_its_end(service: Service) -> None:
    task = ended(a_task(), TaskState.EXCEPTION, Result(http_status=400, messages=(Message("GeneralError"),)))
    service.tasks.add(task)
    answer = await service.operator.get(f"{TASKS}/{task.id}")
    assert answer.status == 200
    assert answer.json["TaskState"] == "Exception"
    assert answer.json["TaskStatus"] == "Critical"
    assert answer.json["EndTime"] == "2026-11-23T12:00:00.000005Z"
    assert answer.json["Messages"] == []
    assert set(answer.json["Actions"]["Oem"]) == {"#Taskmon.Retry"}


async def test_a_payload_without_a_body_has_no_empty_string(service: Service) -> None:
    task = a_task(payload=Payload(target_uri="/redfish/v1/x", http_operation="DELETE"))
    service.tasks.add(task)
    payload = (await service.operator.get(f"{TASKS}/{task.id}")).json["Payload"]
    assert payload == {"TargetUri": "/redfish/v1/x", "HttpOperation": "DELETE", "HttpHeaders": []}


async def test_times_have_the_same_number_of_decimals_even_when_they_are_zero(service: Service) -> None:
    task = a_task(started=NOW.replace(microsecond=0))
    service.tasks.add(task)
    start = (await service.operator.get(f"{TASKS}/{task.id}")).json["StartTime"]
    assert start == "2026-11-23T12:00:00.000000Z"


async def test_tasks_are_listed_newest_first_and_only_ones_own(service: Service) -> None:
    old, new, others = a_task(), a_task(), a_task("Administrator")
    service.tasks.add(old, new, others)
    mine = (await service.operator.get(TASKS)).json
    assert mine["Members"] == [{"@odata.id": f"{TASKS}/{task.id}"} for task in (new, old)]
    assert mine["Members@odata.count"] == 2
    everyones = (await service.admin.get(TASKS)).json
    assert everyones["Members@odata.count"] == 3


async def test_anothers_task_is_403_on_every_path_to_it(service: Service) -> None:
    task = a_task("Administrator", subtasks=1)
    service.tasks.add(task, a_task("Administrator", parent=task.id, id=TaskId("sub")))
    for path in (
        f"{TASKS}/{task.id}",
        f"{TASKS}/{task.id}/SubTasks",
        f"{TASKS}/{task.id}/SubTasks/sub",
        f"/taskmon/{task.id}",
        "/taskmon/sub",
    ):
        answer = await service.operator.get(path)
        assert answer.status == 403, path
        assert answer.keys == ["InsufficientPrivilege"]
    for path in (f"{TASKS}/{task.id}", f"/taskmon/{task.id}", f"{TASKS}/{task.id}/SubTasks/sub"):
        assert (await service.operator.delete(path)).status == 403, path
    assert service.tasks.deleted == []


async def test_subtasks_are_found_below_their_own_parent_only(service: Service) -> None:
    parent, other = a_task(subtasks=2), a_task(subtasks=1)
    first, second = a_task(parent=parent.id), a_task(parent=parent.id)
    service.tasks.add(parent, other, first, second, a_task(parent=other.id))
    body = (await service.operator.get(f"{TASKS}/{parent.id}")).json
    assert body["SubTasks"] == {"@odata.id": f"{TASKS}/{parent.id}/SubTasks"}
    listed = (await service.operator.get(f"{TASKS}/{parent.id}/SubTasks")).json
    below = f"{TASKS}/{parent.id}/SubTasks"
    assert listed["@odata.id"] == below
    assert listed["Members"] == [{"@odata.id": f"{below}/{task.id}"} for task in (first, second)]
    subtask = (await service.operator.get(f"{below}/{first.id}")).json
    assert subtask["@odata.id"] == f"{below}/{first.id}"
    assert subtask["TaskMonitor"] == f"/taskmon/{first.id}"
    assert "SubTasks" not in subtask
    for path in (
        f"{TASKS}/{first.id}",
        f"{TASKS}/{other.id}/SubTasks/{first.id}",
        f"{TASKS}/{first.id}/SubTasks",
        f"{below}/{parent.id}",
    ):
        assert (await service.operator.get(path)).status == 404, path
    assert (await service.operator.delete(f"{TASKS}/{first.id}")).status == 404
    assert (await service.operator.get(f"/taskmon/{first.id}")).status == 202


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("it smokes", "it smokes"),
        ("Lüfter".encode().decode("latin-1"), "Lüfter"),
        ("L\xfcfter", "Lüfter"),  # as older clients write it
    ],
)
async def test_delete_aborts_and_removes_with_the_reason(service: Service, sent: str, kept: str) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.delete(f"{TASKS}/{task.id}", X_Abort_Reason=sent)
    assert (answer.status, answer.raw) == (204, b"")
    assert service.tasks.deleted == [(task.id, "operator", kept)]
    for path in (f"{TASKS}/{task.id}", f"/taskmon/{task.id}"):
        assert (await service.operator.get(path)).status == 404
        assert (await service.operator.delete(path)).status == 404


async def test_a_subtask_is_aborted_by_its_own_uri_or_monitor_and_stays(service: Service) -> None:
    parent = a_task(subtasks=2)
    first, second = a_task(parent=parent.id), a_task(parent=parent.id)
    service.tasks.add(parent, first, second)
    assert (await service.operator.delete(f"{TASKS}/{parent.id}/SubTasks/{first.id}")).status == 204
    assert (await service.operator.delete(f"/taskmon/{second.id}")).status == 204
    assert [task_id for task_id, _, _ in service.tasks.deleted] == [first.id, second.id]


async def test_an_ended_subtask_cannot_be_deleted(service: Service) -> None:
    parent = a_task(subtasks=1)
    subtask = ended(a_task(parent=parent.id), TaskState.COMPLETED, None)
    service.tasks.add(parent, subtask)
    answer = await service.operator.delete(f"{TASKS}/{parent.id}/SubTasks/{subtask.id}")
    assert (answer.status, answer.keys) == (409, ["ResourceCannotBeDeleted"])


async def test_a_task_that_never_was_is_404(service: Service) -> None:
    answer = await service.admin.get(f"{TASKS}/task00000000-0000-0000-0000-000000000000")
    assert (answer.status, answer.keys) == (404, ["ResourceNotFound"])
    assert "task00000000" in answer.words


async def test_a_task_can_be_replaced_between_reads(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    before = (await service.operator.get(f"{TASKS}/{task.id}")).json
    service.tasks.add(replace(task, state=TaskState.CANCELLING))
    after = (await service.operator.get(f"{TASKS}/{task.id}")).json
    assert {**before, "TaskState": "Cancelling"} == after
