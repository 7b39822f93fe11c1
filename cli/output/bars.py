"""Progress bars of tasks that are followed: one for each, on a terminal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.client.tasks import Tally, Task
from cli.colours import AMBER, BAD, BUSY, GOOD, QUIET
from cli.output.output import Output
from cli.output.tasks import took
from cli.output.widths import GAP
from cli.output.words import clean, shortest, state_text

STATE = 11
"""Columns of the longest state that is usual: what stands behind it does not jump."""
WIDE, LONG_BAR, SHORT_BAR, LEAST_BAR = 100, 24, 12, 4
COLOURS = {"Completed": GOOD, "Exception": BAD, "Cancelled": AMBER, "Killed": AMBER}


@dataclass(slots=True)
class Row:
    """What stands beside the bar of a task."""

    name: Text
    state: Text
    percent: Text
    subtasks: Text
    took: Text

    @property
    def cells(self) -> tuple[Text, ...]:
        return self.name, self.state, self.percent, self.subtasks, self.took


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
        rows = [self._row(task, short[task.id]) for task in self._tasks.values()]
        bar = _fit(rows, self._output.console.width)
        table = Table.grid(padding=(0, GAP, 0, 0))
        for at in range(len(Row.__slots__) + (bar > 0)):
            table.add_column(no_wrap=True, overflow="ellipsis", min_width=STATE if at == 1 and bar else None)
        for task, row in zip(self._tasks.values(), rows, strict=True):
            drawn = [_bar(task, bar)] if bar else []
            table.add_row(row.name, row.state, *drawn, row.percent, row.subtasks, row.took)
        return table

    def _row(self, task: Task, name: str) -> Row:
        return Row(
            Text(clean(name), QUIET),
            state_text(task.state, task.status, ascii_only=self._output.ascii_only),
            Text("" if task.percent is None else f"{task.percent:3} %"),
            Text(_subtasks(self._tallies.get(task.id))),
            Text(took(task), QUIET),
        )


def _fit(rows: Sequence[Row], room: int) -> int:
    """The width of the bars that this room has, 0 for none, with the rows made short enough for it.

    The numbers are what somebody looks for, and stay. The bar gives way first; then the `task` that ids begin
    with, which can be left out wherever an id is given; then the word of a state, which its shape stands for.
    """
    left = room - _width(rows) - GAP - max(0, STATE - max((row.state.cell_len for row in rows), default=0))
    if left >= LEAST_BAR:
        return min(left, LONG_BAR if room >= WIDE else SHORT_BAR)
    if _width(rows) > room:
        for row in rows:
            row.name = Text(row.name.plain.removeprefix("task"), QUIET)
    if _width(rows) > room:
        for row in rows:
            row.state = row.state[:1]
    return 0


def _width(rows: Sequence[Row]) -> int:
    """Of all that is written, without the bars."""
    widest = [max((row.cells[at].cell_len for row in rows), default=0) for at in range(len(Row.__slots__))]
    return sum(widest) + GAP * (len(widest) - 1)


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
