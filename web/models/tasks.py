"""The task service, tasks and task monitors as they are sent."""

from typing import Annotated, NotRequired, TypedDict

from actors import Health, OverwritePolicy
from actors import TaskState as State
from web.models.base import Link, Patched, RedfishMessage, Resource, StatusObject
from web.models.fleet import Action
from web.models.notes import Doc, Range, Time, Uri

TaskServiceActions = TypedDict(
    "TaskServiceActions",
    {
        "#TaskService.DeleteAllCompletedTasks": Annotated[
            Action, Doc("Delete all tasks that have ended and are the client's to delete.")
        ]
    },
)
TaskServiceActions.__doc__ = "The actions of the task service."


class TaskService(Resource):
    """How tasks are kept."""

    Status: Annotated[StatusObject, Doc("State and health.")]
    ServiceEnabled: Annotated[bool, Doc("Whether the service takes requests that become tasks.")]
    DateTime: Annotated[Time, Doc("The service's present time.")]
    CompletedTaskOverWritePolicy: Annotated[
        OverwritePolicy, Doc("What makes room for new tasks: the oldest go by themselves, or by hand.")
    ]
    TaskAutoDeleteTimeoutMinutes: Annotated[
        int, Range(1), Doc("So many minutes after its end a task is removed.")
    ]
    TaskMonitorAutoExpirySeconds: Annotated[
        int | None,
        Range(0),
        Doc(
            "So many seconds after its final answer was first read a task monitor goes; null: with its task."
        ),
    ]
    LifeCycleEventOnTaskStateChange: Annotated[bool, Doc("Whether changes of tasks are sent as events.")]
    Tasks: Annotated[Link, Doc("The tasks.")]
    Actions: Annotated[TaskServiceActions, Doc("What it can do.")]


class TaskServiceAnswer(TaskService, Patched):
    """How tasks are kept."""


class PayloadObject(TypedDict):
    """The request that made the task."""

    TargetUri: Annotated[Uri, Doc("Where it went.")]
    HttpOperation: Annotated[str, Doc("Its method.")]
    HttpHeaders: Annotated[list[str], Doc("Its headers, without those that carry secrets.")]
    JsonBody: NotRequired[Annotated[str, Doc("Its body, with secrets blotted out.")]]


TaskOemActions = TypedDict(
    "TaskOemActions",
    {
        "#Taskmon.Cancel": NotRequired[Annotated[Action, Doc("Abort the task, and keep its record.")]],
        "#Taskmon.Retry": NotRequired[Annotated[Action, Doc("Do again what failed of it.")]],
    },
)
TaskOemActions.__doc__ = "The actions of a task that are this service's own."


class TaskActions(TypedDict):
    """The actions of a task."""

    Oem: Annotated[TaskOemActions, Doc("Those that are this service's own.")]


_Typed = TypedDict(
    "_Typed", {"@odata.type": Annotated[str, Doc("The type of this object, with its version.")]}
)


class TaskmonTask(_Typed):
    """What this service tells of a task beside what the standard has."""

    Owner: Annotated[str, Doc("The id of the account whose task it is.")]
    Operation: Annotated[str, Doc("What is done.")]
    Target: Annotated[str, Doc("What it is done to.")]
    MessageTimes: Annotated[list[Time], Doc("When each of its Messages was recorded, in their order.")]
    RetryOf: NotRequired[Annotated[str, Doc("The id of the task of which it does again what failed.")]]
    RetriedBy: NotRequired[Annotated[str, Doc("The id of the task that does again what failed of it.")]]


class TaskOem(TypedDict):
    """What is not of the standard."""

    Taskmon: Annotated[TaskmonTask, Doc("What is this service's own.")]


class Task(Resource):
    """An operation that takes longer than a client waits."""

    TaskState: Annotated[State, Doc("Where in its life it is.")]
    TaskStatus: Annotated[Health, Doc("How well it goes, or went.")]
    StartTime: Annotated[Time, Doc("When it was taken on.")]
    EndTime: Annotated[Time, Doc("When it ended; 0001-01-01T00:00:00Z before that.")]
    PercentComplete: Annotated[int, Range(0, 100), Doc("How much is done; it never falls.")]
    TaskMonitor: Annotated[Uri, Doc("Where the result of the operation is found.")]
    Payload: Annotated[PayloadObject, Doc("The request that made the task.")]
    Messages: Annotated[list[RedfishMessage], Doc("The story of the task, oldest first.")]
    SubTasks: NotRequired[Annotated[Link, Doc("Its subtasks.")]]
    Actions: NotRequired[Annotated[TaskActions, Doc("What it can do as it is.")]]
    Oem: Annotated[TaskOem, Doc("What is not of the standard.")]


class TaskMonitor(Task):
    """What a task monitor sends while its task goes on: the task and its latest message."""

    Message: Annotated[str, Doc("The latest message for a person.")]
    MessageId: Annotated[str, Doc("The id of the latest message.")]
    MessageArgs: Annotated[list[str], Doc("The arguments of the latest message.")]
    NumberOfArgs: Annotated[int, Range(0), Doc("How many arguments the latest message has.")]
    Severity: Annotated[Health, Doc("How grave the latest message is.")]
