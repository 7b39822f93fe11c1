"""`abort` and `retry`: ending tasks, and doing again what failed of them."""

import click

from cli.client.errors import CommandError, LackingError, usage
from cli.client.finding import find_task
from cli.client.service import Service
from cli.client.tasks import CANCEL, RETRY, Task
from cli.commands.desk import Desk, asking
from cli.commands.starting import start, started
from cli.commands.waiting import with_wait

LONGEST_REASON = 200


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", default="", metavar="TEXT", help="Why: it is kept with the task.")
@asking
async def abort(desk: Desk, ids: tuple[str, ...], reason: str) -> None:
    """Abort tasks.

    When it is done, nothing more is sent to a server for them.

    Where the service has Taskmon.Cancel the record of the task stays; elsewhere the task is deleted.
    """
    if len(reason) > LONGEST_REASON:
        raise usage(f"--reason may have {LONGEST_REASON} characters, and this one has {len(reason)}.")
    done: list[dict[str, str]] = []
    async with desk.service() as service:
        for given in ids:
            try:
                task = await find_task(service, given)
                how = await _abort(desk, service, task, reason)
            except CommandError as error:
                desk.complain(error)
                continue
            done.append({"Id": task.id, "Task": task.uri, "Done": how})
            if not desk.output.as_json:
                desk.output.done(task.id, how)
    if desk.output.as_json:
        desk.output.document(done)


async def _abort(desk: Desk, service: Service, task: Task, reason: str) -> str:
    """End this task; what was done with it, in a word."""
    if task.has_ended:
        raise CommandError(f"{task.id} has ended already: it is {task.state}.")
    if target := task.action(CANCEL):
        (await service.client.post(target, {"Reason": reason} if reason else {})).expect(200, 204)
        return "aborted"
    headers = {"X-Abort-Reason": reason.encode("ascii", "replace").decode()} if reason else {}
    answer = await service.client.delete(task.uri, headers)
    if answer.status in (405, 501) and task.monitor:
        answer = await service.client.delete(task.monitor, headers)
    if answer.status in (405, 501):
        raise LackingError(f"{service.client.url} cannot abort a task: {answer.words}")
    answer.expect(200, 202, 204)
    if reason and not service.is_taskmon:
        desk.output.note(f"{service.client.url} keeps no reason.")
    return "deleted"


@click.command()
@click.argument("task_id", metavar="ID")
@click.option("--cancelled", is_flag=True, help="Also what was cancelled, not only what failed.")
@with_wait
@asking
async def retry(
    desk: Desk, task_id: str, cancelled: bool, wait: bool, timeout: float | None, patience: float
) -> None:
    """Do again what failed of a task.

    It is a new task, whose id is printed.
    """
    async with desk.service() as service:
        task = await find_task(service, task_id)
        target = task.action(RETRY)
        if not target:
            raise _no_retry(service, task)
        body = {"Subtasks": "FailedAndCancelled"} if cancelled else {}
        answer = await start(service, target, body)
        await started(desk, service, [(task.id, answer)], wait=wait, timeout=timeout, patience=patience)


def _no_retry(service: Service, task: Task) -> CommandError:
    if not service.is_taskmon:
        return service.lacks("way to do again what failed of a task")
    if not task.has_ended:
        return CommandError(f"{task.id} goes on ({task.state}): only what has ended can be done again.")
    return CommandError(f"{task.id} is {task.state}: only a task that failed or was aborted can be retried.")
