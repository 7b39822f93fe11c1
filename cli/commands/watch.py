"""`watch`: following tasks to their ends."""

import click

from cli.client.following import Followed, followed
from cli.client.service import Service
from cli.client.tasks import Task, find_task
from cli.commands.desk import Desk, asking
from cli.commands.waiting import tell, wait_for, with_waiting
from cli.output.tasks import COLUMNS, rows


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@with_waiting
@asking
async def watch(desk: Desk, ids: tuple[str, ...], timeout: float | None, patience: float) -> None:
    """Follow tasks to their ends, a bar for each.

    The exit status says how they ended. In a pipe a line is printed for each when all have ended; with
    --json a line for every change.
    """
    async with desk.service() as service:
        what = [await _followed(service, one) for one in ids]
        output = desk.output

        def changed(task: Task) -> None:
            if output.as_json:
                output.json_line(task.body)

        ends = await wait_for(desk, service, what, timeout=timeout, patience=patience, changed=changed)
        if not output.as_json and not output.moves:
            output.table(COLUMNS, rows(output, [end.task for end in ends if end.task]))
        tell(desk, ends)


async def _followed(service: Service, given: str) -> Followed:
    """A task, or a monitor that shows none: its last answer says what it came to."""
    if not given.startswith(("/", "http://", "https://")):
        return followed(await find_task(service, given))
    path = service.client.path_of(given)
    answer = await service.client.get(path)
    if answer.status in (200, 202) and "TaskState" in answer.body:
        return followed(await find_task(service, path))
    return Followed(label=path, uri=path)
