"""Waiting for tasks: what `watch` and every --wait have in common."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from cli.client.errors import CommandError
from cli.client.following import End, Followed, Following
from cli.client.patience import Patience
from cli.client.service import Service
from cli.client.tasks import Task, tally_of
from cli.commands.desk import Desk
from cli.exits import Exit, together
from cli.output.bars import bars

Function = TypeVar("Function", bound=Callable[..., Any])

TALLY_EVERY = 1.0

_PATIENCE = click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on when the service does not answer.",
)
_TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up waiting after that: exit status 6. The task goes on.",
)


def with_waiting(command: Function) -> Function:
    """Give a command that waits --timeout and --patience."""
    return _PATIENCE(_TIMEOUT(command))


def with_wait(command: Function) -> Function:
    """Give a command --wait, and what goes with it."""
    wait = click.option("--wait", is_flag=True, help="Wait for the end; the exit status says how it was.")
    return wait(with_waiting(command))


async def wait_for(
    desk: Desk,
    service: Service,
    what: Sequence[Followed],
    *,
    timeout: float | None,
    patience: float,
    changed: Callable[[Task], None] | None = None,
) -> list[End]:
    """Follow all of these to their ends, with bars for a person, and set the exit status by them.

    What the command could not begin before has set it already, and counts too.

    One that cannot be followed is told of, and does not keep the others from their ends.
    """
    names = " ".join(one.name for one in what if one.name)
    desk.when_interrupted = f"Waiting ended; the work goes on. To see how it ends: taskmon watch {names}"
    patient = Patience(patience, desk.output.warn)
    with bars(desk.output) as draw:

        async def one(followed: Followed) -> End:
            tallying = _Tallying(service, draw)

            def seen(task: Task) -> None:
                draw(task, None)
                tallying.look(task)
                if changed is not None:
                    changed(task)

            try:
                end = await Following(service, followed, patient, seen, timeout).end()
                await tallying.finish()
            except CommandError as error:
                tallying.stop()
                return End(exit=Exit.OTHER, sentence=str(error))
            return end

        ends = await asyncio.gather(*map(one, what))
    desk.when_interrupted = ""
    desk.exit = together(
        [desk.exit, *(end.exit for end in ends)] if desk.exit else [end.exit for end in ends]
    )
    return ends


def tell(desk: Desk, ends: Sequence[End]) -> None:
    """Say of each how it ended: failures on standard error, where they are seen in a pipe too."""
    for sentence in dict.fromkeys(end.sentence for end in ends if end.exit not in (Exit.OK,)):
        desk.output.warn(sentence)
    for end in ends:
        if end.exit is Exit.OK:
            if end.task is not None and end.task.status not in ("", "OK"):
                desk.output.warn(end.sentence)
            else:
                desk.output.note(end.sentence)


def told(end: End) -> Any:
    """The end as JSON: the Task, or what the monitor answered."""
    if end.task is not None:
        return end.task.body
    return end.body


class _Tallying:
    """Reads how the subtasks do, now and then, beside the following of their parent."""

    def __init__(self, service: Service, draw: Callable[[Task, Any], None]) -> None:
        self._service = service
        self._draw = draw
        self._task: Task | None = None
        self._running: asyncio.Task[None] | None = None

    def look(self, task: Task) -> None:
        self._task = task
        if task.subtasks and self._running is None:
            self._running = asyncio.create_task(self._go_on(), name="tally")

    async def finish(self) -> None:
        """Draw how it is at the end."""
        self.stop()
        if self._task is not None and self._task.subtasks and self._running is not None:
            self._draw(self._task, await tally_of(self._service, self._task))

    def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    async def _go_on(self) -> None:
        while True:
            assert self._task is not None
            try:
                tally = await tally_of(self._service, self._task)
            except CommandError:  # who follows the task tells of it
                tally = None
            self._draw(self._task, tally)
            await asyncio.sleep(TALLY_EVERY)
