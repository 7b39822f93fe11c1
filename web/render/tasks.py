"""The task service, tasks and task monitors."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final

from actors import (
    RETRY,
    Message,
    Payload,
    RetentionRules,
    Task,
    TaskId,
    TaskPage,
    TaskState,
    monitor_uri,
    task_uri,
)
from web.models import Collection, PayloadObject, TaskMonitor, TaskService
from web.models import Task as TaskResource
from web.models.tasks import TaskmonTask, TaskOem
from web.render.common import ENABLED, collection, heading, link, utc
from web.render.messages import redfish_message
from web.uris import TASK_SERVICE, TASKS, action_uri, oem_action_uri, subtasks_uri
from web.versions import ODATA_CONTEXT, ODATA_TYPE, OEM_TASK_TYPE

CANCEL: Final = "Taskmon.Cancel"
DELETE_ENDED: Final = "TaskService.DeleteAllCompletedTasks"

NOT_ENDED: Final = "0001-01-01T00:00:00Z"
"""EndTime of a task that goes on: our specification asks for this value."""


def task_service(now: datetime, rules: RetentionRules) -> TaskService:
    return {
        **heading("TaskService", TASK_SERVICE),
        "Id": "TaskService",
        "Name": "Task Service",
        "Status": ENABLED,
        "ServiceEnabled": True,
        "DateTime": utc(now),
        "CompletedTaskOverWritePolicy": rules.overwrite_policy,
        "TaskAutoDeleteTimeoutMinutes": rules.auto_delete_minutes,
        "TaskMonitorAutoExpirySeconds": rules.monitor_expiry,
        # The specification's value; what it is about does not arise yet (docs/decisions/0002).
        "LifeCycleEventOnTaskStateChange": True,
        "Tasks": link(TASKS),
        "Actions": {
            "#TaskService.DeleteAllCompletedTasks": {"target": action_uri(TASK_SERVICE, DELETE_ENDED)}
        },
    }


def task_collection(page: TaskPage, next_page: str = "") -> Collection:
    """A page of Tasks; `next_page` is the URI of the one that follows, if there is one."""
    return _paged(collection("TaskCollection", TASKS, map(task_uri, page.ids)), page, next_page)


def subtask_collection(parent: TaskId, page: TaskPage, next_page: str = "") -> Collection:
    """A page of a task's SubTasks, in the same way."""
    uris = (task_uri(task_id, parent) for task_id in page.ids)
    return _paged(collection("TaskCollection", subtasks_uri(parent), uris), page, next_page)


def _paged(body: Collection, page: TaskPage, next_page: str) -> Collection:
    body["Members@odata.count"] = page.total
    if next_page:
        body["Members@odata.nextLink"] = next_page
    return body


def task_resource(task: Task) -> TaskResource:
    uri = task_uri(task.id, task.parent)
    body: TaskResource = {
        "@odata.id": uri,
        "@odata.type": ODATA_TYPE["Task"],
        "@odata.context": ODATA_CONTEXT["Task"],
        "Id": task.id,
        "Name": task.name,
        "TaskState": task.state,
        "TaskStatus": task.status,
        "StartTime": utc(task.started),
        "EndTime": _end(task),
        "PercentComplete": task.percent,
        "TaskMonitor": monitor_uri(task.id),
        "Payload": _payload(task.payload),
        "Messages": [redfish_message(message) for message in task.messages],
        "Oem": _oem(task),
    }
    if task.is_live:
        body["Actions"] = {"Oem": {"#Taskmon.Cancel": {"target": oem_action_uri(uri, CANCEL)}}}
    elif task.parent is None and task.state is not TaskState.COMPLETED:
        body["Actions"] = {"Oem": {"#Taskmon.Retry": {"target": oem_action_uri(uri, RETRY)}}}
    if task.subtasks:
        body["SubTasks"] = link(subtasks_uri(task.id))
    return body


def task_under_way(task: Task) -> TaskMonitor:
    """What the monitor of a live task sends: the task, and its latest Message once more at the top."""
    latest = task.messages[-1] if task.messages else Message("TaskStarted", (task.id,))
    return {
        **task_resource(task),
        "Message": latest.text,
        "MessageId": latest.message_id,
        "MessageArgs": list(latest.args),
        "NumberOfArgs": len(latest.args),
        "Severity": latest.severity,
    }


def _end(task: Task) -> str:
    return utc(task.ended) if task.ended else NOT_ENDED


def _oem(task: Task) -> TaskOem:
    oem: TaskmonTask = {
        "@odata.type": OEM_TASK_TYPE,
        "Owner": task.owner,
        "Operation": task.operation,
        "Target": task.target,
        "MessageTimes": [utc(message.at or task.started) for message in task.messages],
    }
    if task.retry_of is not None:
        oem["RetryOf"] = task.retry_of
    if task.retried_by is not None:
        oem["RetriedBy"] = task.retried_by
    return {"Taskmon": oem}


def _payload(payload: Payload) -> PayloadObject:
    body: PayloadObject = {
        "TargetUri": payload.target_uri,
        "HttpOperation": payload.http_operation,
        "HttpHeaders": list(payload.http_headers),
    }
    if payload.json_body:  # a DELETE has none, and an empty string says nothing (D22)
        body["JsonBody"] = payload.json_body
    return body


ALONE: Final[Mapping[str, Callable[[Task], Any]]] = {
    "Id": lambda task: task.id,
    "Name": lambda task: task.name,
    "TaskState": lambda task: task.state,
    "TaskStatus": lambda task: task.status,
    "StartTime": lambda task: utc(task.started),
    "EndTime": _end,
    "PercentComplete": lambda task: task.percent,
    "Payload": lambda task: _payload(task.payload),
    "Messages": lambda task: [redfish_message(message) for message in task.messages],
    "Oem": _oem,
}
"""Properties as `task_resource` has them, each by itself."""


def task_properties(task: Task, names: AbstractSet[str]) -> Mapping[str, Any]:
    """These properties of the Task as `task_resource` has them, and perhaps others; for who looks at many."""
    if names <= ALONE.keys():
        return {name: ALONE[name](task) for name in names}
    return task_resource(task)
