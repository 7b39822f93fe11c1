"""Taskmon.Cancel: a task is aborted, and its record stays."""

from typing import Any

import pytest

from actors import TaskState
from tests.web.conftest import Service
from tests.web.standins import a_task, ended

TASKS = "/redfish/v1/TaskService/Tasks"
CANCEL = "Actions/Oem/Taskmon.Cancel"


async def test_a_cancelled_task_can_still_be_read_and_says_who_and_why(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.post(f"{TASKS}/{task.id}/{CANCEL}", {"Reason": "it smokes"})
    assert (answer.status, answer.raw) == (204, b"")
    assert service.tasks.cancelled == [(task.id, "operator", "it smokes")]
    assert service.tasks.deleted == []
    assert (await service.operator.get(f"{TASKS}/{task.id}")).json["TaskState"] == "Cancelled"
    assert (await service.operator.get(f"/taskmon/{task.id}")).status >= 400


async def test_a_live_task_names_the_action_where_it_works_and_an_ended_one_does_not(
    service: Service,
) -> None:
    parent = a_task(subtasks=1)
    subtask = a_task(parent=parent.id)
    service.tasks.add(parent, subtask)
    for path in (f"{TASKS}/{parent.id}/SubTasks/{subtask.id}", f"{TASKS}/{parent.id}"):
        actions = (await service.operator.get(path)).json["Actions"]
        target = actions["Oem"]["#Taskmon.Cancel"]["target"]
        assert target == f"{path}/{CANCEL}"
        assert (await service.operator.post(target, {})).status == 204
        assert "#Taskmon.Cancel" not in str((await service.operator.get(path)).json)


@pytest.mark.parametrize("body", [None, b"", {}])
async def test_a_reason_need_not_be_given(service: Service, body: Any) -> None:
    task = a_task()
    service.tasks.add(task)
    assert (await service.operator.post(f"{TASKS}/{task.id}/{CANCEL}", body)).status == 204
    assert service.tasks.cancelled == [(task.id, "operator", "")]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"Reason": 5}, "ActionParameterValueTypeError"),
        ({"Reason": ["it smokes"]}, "ActionParameterValueTypeError"),
        ({"Reason": ""}, "ActionParameterValueError"),
        ({"Reason": "x" * 201}, "ActionParameterValueError"),
        ({"Reasons": "it smokes"}, "ActionParameterUnknown"),
        ([], "UnrecognizedRequestBody"),
        (b"{", "MalformedJSON"),
    ],
)
async def test_a_body_that_is_wrong_cancels_nothing(service: Service, body: Any, key: str) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.post(f"{TASKS}/{task.id}/{CANCEL}", body, Content_Type="application/json")
    assert (answer.status, answer.keys) == (400, [key])
    if key.startswith("Action"):
        assert "Taskmon.Cancel" in answer.words
    assert service.tasks.cancelled == []


async def test_the_longest_reason_is_taken(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.post(f"{TASKS}/{task.id}/{CANCEL}", {"Reason": "x" * 200})
    assert answer.status == 204


async def test_a_subtask_is_cancelled_below_its_own_parent_only(service: Service) -> None:
    parent, other = a_task(subtasks=1), a_task(subtasks=1)
    subtask = a_task(parent=parent.id)
    service.tasks.add(parent, other, subtask)
    for path in (f"{TASKS}/{subtask.id}", f"{TASKS}/{other.id}/SubTasks/{subtask.id}", f"{TASKS}/none"):
        assert (await service.operator.post(f"{path}/{CANCEL}", {})).status == 404, path
    assert service.tasks.cancelled == []
    answer = await service.operator.post(f"{TASKS}/{parent.id}/SubTasks/{subtask.id}/{CANCEL}", {})
    assert answer.status == 204
    assert service.tasks.cancelled == [(subtask.id, "operator", "")]


async def test_what_has_ended_is_409(service: Service) -> None:
    task = ended(a_task(), TaskState.COMPLETED, None)
    service.tasks.add(task)
    answer = await service.operator.post(f"{TASKS}/{task.id}/{CANCEL}", {})
    assert (answer.status, answer.keys) == (409, ["ActionNotSupported"])
    assert "Taskmon.Cancel" in answer.words


async def test_nobody_cancels_what_he_may_not_delete(service: Service) -> None:
    own, of_another = a_task("ReadOnly"), a_task("Administrator")
    service.tasks.add(own, of_another)
    assert (await service.reader.post(f"{TASKS}/{own.id}/{CANCEL}", {})).status == 403
    assert (await service.operator.post(f"{TASKS}/{of_another.id}/{CANCEL}", {})).status == 403
    assert (await service.nobody.post(f"{TASKS}/{own.id}/{CANCEL}", {})).status == 401
    assert service.tasks.cancelled == []
