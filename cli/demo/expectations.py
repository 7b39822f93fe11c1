"""What must be true of a reset in which one server failed: a failure looks like a failure."""

from cli.demo.errors import DemoError
from cli.demo.picture import Stage
from cli.demo.redfish import Answer, Resource
from cli.demo.reset_watch import ResetWatch


def expect_one_failure(watch: ResetWatch, broken: int) -> Resource:
    """The subtask of the server with this number, which failed alone; the task tells of it.

    Raises:
        DemoError: it is otherwise.
    """
    failed = {watch.number_of(subtask): subtask for subtask in watch.failed}
    if list(failed) != [broken]:
        who = ", ".join(map(str, sorted(failed))) or "none"
        raise DemoError(f"Server {broken} alone should have failed its reset; failed: {who}.")
    picture = watch.picture()
    done = picture.count(Stage.DONE)
    if done != picture.total - 1:
        raise DemoError(f"{picture.total - 1} servers should have been reset well; {done} were.")
    if end_of(watch.task) != "Exception, Critical" or picture.percent != 100:
        raise DemoError(
            f"{watch.uri} should be Exception, Critical, 100 %, for a subtask of it failed; "
            f"it is {end_of(watch.task)}, {picture.percent} %."
        )
    return failed[broken]


def expect_failed_answer(monitor: Answer) -> None:
    """Raise DemoError unless the last answer of the monitor is an error with a sentence."""
    if monitor.status < 400:
        raise DemoError(f"The reset failed, but {monitor.request} was answered {monitor.status}: a success.")
    if not monitor.error:
        raise DemoError(f"{monitor.request} was answered {monitor.status} without a sentence that says why.")


def end_of(task: Resource) -> str:
    """How a task ended, such as "Exception, Critical"."""
    return f"{task['TaskState']}, {task['TaskStatus']}"


def complaint_of(task: Resource) -> str:
    """The sentence of a failed task that says why: its first Message that is no mere word of its state.

    Raises:
        DemoError: there is none.
    """
    for message in task["Messages"]:
        if message["MessageSeverity"] != "OK" and not message["MessageId"].startswith("TaskEvent."):
            return str(message["Message"])
    raise DemoError(f"{task['@odata.id']} failed, and none of its Messages says why.")
