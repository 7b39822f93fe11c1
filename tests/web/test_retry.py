"""Taskmon.Retry: what failed is done again as a new task."""

from dataclasses import replace

import pytest

from actors import Again, TaskState, new_task_id
from tests.web.conftest import Service
from tests.web.standins import a_task, ended

TASKS = "/redfish/v1/TaskService/Tasks"
RETRY = "Actions/Oem/Taskmon.Retry"


async def test_a_failed_task_names_the_action_and_it_makes_a_new_one(service: Service) -> None:
    task = ended(a_task(), TaskState.EXCEPTION, None)
    service.tasks.add(task)
    target = (await service.operator.get(f"{TASKS}/{task.id}")).json["Actions"]["Oem"]["#Taskmon.Retry"]
    assert target == {"target": f"{TASKS}/{task.id}/{RETRY}"}
    for body, which in (({}, Again.FAILED), ({"Subtasks": "FailedAndCancelled"}, Again.FAILED_AND_CANCELLED)):
        answer = await service.operator.post(target["target"], body)
        assert answer.status == 202
        name, order, given = service.operations.orders.pop()
        assert (name, given) == ("retry", (task.id, which))
        assert order.payload.target_uri == target["target"]
        assert answer.headers["Location"].startswith("/taskmon/task")


async def test_a_completed_task_and_a_subtask_do_not_name_it(service: Service) -> None:
    parent = ended(a_task(subtasks=1), TaskState.COMPLETED, None)
    subtask = ended(a_task(parent=parent.id), TaskState.EXCEPTION, None)
    service.tasks.add(parent, subtask)
    for path in (f"{TASKS}/{parent.id}", f"{TASKS}/{parent.id}/SubTasks/{subtask.id}"):
        assert "Actions" not in (await service.operator.get(path)).json


async def test_both_tasks_name_each_other(service: Service) -> None:
    first = ended(a_task(), TaskState.EXCEPTION, None)
    second = replace(a_task(), retry_of=first.id)
    service.tasks.add(replace(first, retried_by=second.id), second)
    oem = (await service.operator.get(f"{TASKS}/{first.id}")).json["Oem"]["Taskmon"]
    assert (oem["RetriedBy"], "RetryOf" in oem) == (second.id, False)
    oem = (await service.operator.get(f"{TASKS}/{second.id}")).json["Oem"]["Taskmon"]
    assert (oem["RetryOf"], "RetriedBy" in oem) == (first.id, False)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"Subtasks": "All"}, "ActionParameterValueNotInList"),
        ({"Subtasks": 1}, "ActionParameterValueTypeError"),
        ({"Which": "Failed"}, "ActionParameterUnknown"),
    ],
)
async def test_a_body_that_is_wrong_makes_nothing(service: Service, body: object, key: str) -> None:
    task = ended(a_task(), TaskState.EXCEPTION, None)
    service.tasks.add(task)
    answer = await service.operator.post(f"{TASKS}/{task.id}/{RETRY}", body)
    assert (answer.status, answer.keys) == (400, [key])
    assert service.operations.orders == []


async def test_what_is_not_there_is_404_and_reading_is_not_enough(service: Service) -> None:
    path = f"{TASKS}/{new_task_id()}/{RETRY}"
    assert (await service.operator.post(path, {})).status == 404
    assert (await service.reader.post(path, {})).status == 403
