"""`watch`: following tasks to their ends."""

import click

from cli.client.errors import GoneError
from cli.client.finding import find_task, is_uri, task_at
from cli.client.following import Followed, followed
from cli.client.service import Service
from cli.client.tasks import Task
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
    """A task, or a monitor without one: its last answer says what it came to."""
    try:
        task = await (task_at if is_uri(given) else find_task)(service, given)
    except GoneError as error:  # how the others end is told all the same
        return Followed(label=given, uri=error.uri)
    if task is not None:
        return followed(task)
    path = service.client.path_of(given)
    return Followed(label=path, uri=path)
