"""TaskService.DeleteAllCompletedTasks: what has ended goes at one request."""

from typing import Any

import pytest

from actors import TaskState
from tests.web.conftest import Service
from tests.web.standins import a_task, ended

TASK_SERVICE = "/redfish/v1/TaskService"
TASKS = f"{TASK_SERVICE}/Tasks"
DELETE_ENDED = f"{TASK_SERVICE}/Actions/TaskService.DeleteAllCompletedTasks"
ENDS = (TaskState.COMPLETED, TaskState.EXCEPTION, TaskState.CANCELLED, TaskState.KILLED)


async def test_the_service_names_the_action_where_it_works(service: Service) -> None:
    actions = (await service.reader.get(TASK_SERVICE)).json["Actions"]
    assert actions == {"#TaskService.DeleteAllCompletedTasks": {"target": DELETE_ENDED}}
    assert (await service.operator.get(DELETE_ENDED)).status == 405


@pytest.mark.parametrize("body", [None, b"", {}])
async def test_what_has_ended_goes_and_what_is_live_stays(service: Service, body: Any) -> None:
    live = a_task()
    gone = [ended(a_task(), state, None) for state in ENDS]
    service.tasks.add(live, *gone)
    answer = await service.operator.post(DELETE_ENDED, body)
    assert (answer.status, answer.raw) == (204, b"")
    for task in gone:
        assert (await service.operator.get(f"{TASKS}/{task.id}")).status == 404
    assert (await service.operator.get(f"{TASKS}/{live.id}")).status == 200


async def test_only_an_administrator_deletes_what_is_of_others(service: Service) -> None:
    own, of_another = (ended(a_task(role), TaskState.COMPLETED, None) for role in ("Operator", "ReadOnly"))
    service.tasks.add(own, of_another)
    assert (await service.operator.post(DELETE_ENDED, {})).status == 204
    assert list(service.tasks.by_id) == [of_another.id]
    assert (await service.admin.post(DELETE_ENDED, {})).status == 204
    assert not service.tasks.by_id


async def test_nobody_deletes_who_may_not_delete_a_task(service: Service) -> None:
    own = ended(a_task("ReadOnly"), TaskState.COMPLETED, None)
    service.tasks.add(own)
    assert (await service.reader.post(DELETE_ENDED, {})).status == 403
    assert (await service.nobody.post(DELETE_ENDED, {})).status == 401
    assert list(service.tasks.by_id) == [own.id]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"TaskState": "Completed"}, "ActionParameterUnknown"),
        ([], "UnrecognizedRequestBody"),
        (b"{", "MalformedJSON"),
    ],
)
async def test_a_body_that_is_wrong_deletes_nothing(service: Service, body: Any, key: str) -> None:
    task = ended(a_task(), TaskState.COMPLETED, None)
    service.tasks.add(task)
    answer = await service.operator.post(DELETE_ENDED, body, Content_Type="application/json")
    assert (answer.status, answer.keys) == (400, [key])
    assert list(service.tasks.by_id) == [task.id]
