"""`tasks` and `task`: what is running, and one task with its story."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime

import click
from rich.live import Live
from rich.table import Table

from cli.client.errors import CommandError, LackingError, UnreachableError
from cli.client.filters import not_of_a_task
from cli.client.finding import find_task
from cli.client.fleet import Fleet
from cli.client.members import members_of
from cli.client.patience import Patience
from cli.client.service import Service
from cli.client.tasks import Task, tally_of
from cli.commands.desk import Desk, asking
from cli.exits import Exit
from cli.output.output import Output
from cli.output.tasks import COLUMNS, rows, show, thing

EVERY = 2.0
PATIENCE = 120.0
NEVER = datetime.min.replace(tzinfo=UTC)
SHOWN_FAILED = 10
STATES = (
    "New", "Pending", "Starting", "Running", "Suspended", "Interrupted", "Stopping", "Service", "Cancelling",
    "Completed", "Exception", "Cancelled", "Killed",
)  # fmt: skip


@click.command()
@click.option(
    "--filter",
    "wanted",
    metavar="EXPRESSION",
    help="Redfish's $filter, such as \"TaskState eq 'Exception'\".",
)
@click.option(
    "--state",
    type=click.Choice(STATES, case_sensitive=False),
    multiple=True,
    help="Only those in this state; can be given again.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=50, show_default=True, help="At most so many; 0: all."
)
@click.option("--watch", is_flag=True, help="Go on showing them, until Ctrl-C.")
@asking
async def tasks(desk: Desk, wanted: str | None, state: tuple[str, ...], limit: int, watch: bool) -> None:
    """List tasks, the newest first.

    In a pipe: a line for each, with tabs between id, state, status, percentage, what, target, start and end.
    """
    async with desk.service() as service:
        collection = await service.tasks()
        condition = _condition(service, wanted, state)
        strange = not_of_a_task(wanted or "")
        if strange:
            desk.output.warn(
                f"A Task has no property {', '.join(strange)}: it is taken as one that is not set."
            )

        async def look() -> tuple[list[Task], int]:
            options = {"_filter": condition} if condition else {}
            found = await members_of(service, collection, limit if service.is_taskmon else 0, **options)
            read = [Task(one) for one in found.resources]
            if service.is_taskmon:
                return read, found.total
            # Others need not filter, and give them in an order of their own.
            read = [task for task in read if not state or task.state in state]
            read.sort(key=lambda task: task.started or NEVER, reverse=True)
            return read[: limit or None], len(read)

        if watch:
            await _watch(desk, look)
            return
        found, total = await look()
        if strange and not found:
            desk.exit = Exit.OTHER  # what was mistyped is no proof that there is nothing
        if desk.output.as_json:
            desk.output.document([task.body for task in found])
            return
        if not found:
            desk.output.note("No tasks.")
            return
        desk.output.table(COLUMNS, rows(desk.output, found))
        if total > len(found):
            desk.output.note(f"{len(found)} of {total}; --limit 0 shows all.")


def _condition(service: Service, wanted: str | None, states: tuple[str, ...]) -> str:
    if wanted and not service.filters:
        raise LackingError(f"{service.client.url} cannot filter; --state works there.")
    if not states or not service.filters:
        return wanted or ""
    either = " or ".join(f"TaskState eq '{state}'" for state in states)
    return f"({wanted}) and ({either})" if wanted else either


Look = Callable[[], Awaitable[tuple[list[Task], int]]]


async def _watch(desk: Desk, look: Look) -> None:
    output = desk.output
    patience = Patience(PATIENCE, output.warn)
    known: dict[str, Task] = {}

    def drawn(found: list[Task]) -> Table:
        room = max(3, output.console.height - 2)
        return output.drawn(COLUMNS, rows(output, found[:room]))

    with Live(console=output.console, auto_refresh=False) if output.moves else nullcontext() as live:
        while True:
            try:
                found, _ = await look()
            except UnreachableError as error:
                await patience.after(error)
                continue
            patience.well()
            if live is not None:
                live.update(drawn(found), refresh=True)
            else:
                for task in reversed(found):
                    if task.id not in known or known[task.id].body != task.body:
                        _line(output, task)
                known = {task.id: task for task in found}
            await asyncio.sleep(EVERY)


def _line(output: Output, task: Task) -> None:
    if output.as_json:
        output.json_line(task.body)
    else:
        output.table(COLUMNS, rows(output, [task]))


@click.command()
@click.argument("task_id", metavar="ID")
@asking
async def task(desk: Desk, task_id: str) -> None:
    """Show a task with its story.

    That is how it is, its messages, its subtasks, and which of them failed. ID is the id, the first
    characters of it, or the URI of the task or of its monitor.
    """
    async with desk.service() as service:
        found = await find_task(service, task_id)
        if desk.output.as_json:
            desk.output.document(found.body)
            return
        tally = await tally_of(service, found)
        show(desk.output, found, tally, await _failed(service, found) if tally and tally.failed else [])


async def _failed(service: Service, parent: Task) -> list[tuple[str, Task]]:
    """The first of its subtasks that failed, each with what its server is known by."""
    options = {"_filter": "TaskState eq 'Exception'"} if service.filters else {}
    limit = SHOWN_FAILED if service.filters else 0
    found = (await members_of(service, parent.subtasks, limit, **options)).resources
    failed = [one for one in map(Task, found) if one.state == "Exception"][:SHOWN_FAILED]
    fleet = Fleet(service)
    return [(await _known_by(fleet, one), one) for one in failed]


async def _known_by(fleet: Fleet, subtask: Task) -> str:
    system = subtask.target.partition("/Actions/")[0]
    if "/Systems/" not in system:
        return thing(subtask.target) or subtask.id
    try:
        return await fleet.host_of(system)
    except CommandError:  # it is not for this person to see, or gone
        return thing(subtask.target)
