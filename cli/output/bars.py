"""Progress bars of tasks that are followed: one for each, on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.client.tasks import Tally, Task
from cli.colours import AMBER, BAD, BUSY, GOOD, QUIET
from cli.output.output import Output
from cli.output.tasks import took
from cli.output.words import clean, shortest, state_text

STATE = 11
"""Columns of the longest state that is usual: what stands behind it does not jump."""
WIDE, LONG_BAR, SHORT_BAR = 100, 24, 12
COLOURS = {"Completed": GOOD, "Exception": BAD, "Cancelled": AMBER, "Killed": AMBER}


class Bars:
    """What is known of each task, and how it is drawn."""

    def __init__(self, output: Output, live: Live) -> None:
        self._output = output
        self._live = live
        self._tasks: dict[str, Task] = {}
        self._tallies: dict[str, Tally] = {}

    def update(self, task: Task, tally: Tally | None = None) -> None:
        """This is how the task is now; what is known of its subtasks stays where nothing newer is."""
        self._tasks[task.id] = task
        if tally is not None:
            self._tallies[task.id] = tally
        self._live.update(self, refresh=True)

    def __rich__(self) -> Table:
        short = shortest(list(self._tasks))
        table = Table.grid(padding=(0, 2, 0, 0))
        for width in (None, STATE, None, None, None, None):
            table.add_column(no_wrap=True, overflow="ellipsis", min_width=width)
        for task in self._tasks.values():
            table.add_row(*self._row(task, short[task.id]))
        return table

    def _row(self, task: Task, name: str) -> Iterator[Text | ProgressBar]:
        yield Text(clean(name), QUIET)
        yield state_text(task.state, task.status, ascii_only=self._output.ascii_only)
        yield _bar(task, LONG_BAR if self._output.console.width >= WIDE else SHORT_BAR)
        yield Text("" if task.percent is None else f"{task.percent:3} %")
        yield Text(_subtasks(self._tallies.get(task.id)))
        yield Text(took(task), QUIET)


def _bar(task: Task, width: int) -> ProgressBar:
    colour = COLOURS.get(task.state, BUSY)
    done = 100 if task.has_ended and task.percent is None else task.percent or 0
    return ProgressBar(
        total=100, completed=done, width=width, complete_style=colour, finished_style=colour, style=QUIET
    )


def _subtasks(tally: Tally | None) -> str:
    if tally is None:
        return ""
    failed = f", {tally.failed} failed" if tally.failed else ""
    return f"{tally.ended} of {tally.total}{failed}"


@contextmanager
def bars(output: Output) -> Iterator[Callable[[Task, Tally | None], None]]:
    """What is to be told of every change. Nothing is drawn where nobody looks."""
    if not output.moves:
        yield lambda task, tally: None
        return
    with Live(console=output.console, auto_refresh=False) as live:
        drawing = Bars(output, live)
        yield drawing.update
