"""The demo on a terminal: calm, aligned, and with one part that moves, drawn with rich."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.colours import AMBER, BAD, BUSY, GOOD, QUIET
from cli.demo.grid import Grid
from cli.demo.picture import ABORTED, Picture
from cli.demo.show import Update

WIDTH = 100
INDENT = 3
LABEL = 11


class Screen:
    """Draws on this console; at most 100 columns, however wide it is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._after_a_gap = False

    def title(self, name: str, sentence: str) -> None:
        self._gap()
        self._heading(name, sentence)

    def chapter(self, name: str, sentence: str = "") -> None:
        self._gap()
        self._heading(name, sentence)
        self._gap()

    def row(self, label: str, text: str) -> None:
        self._print(_row(Text(label, QUIET), Text(text)))

    def failure(self, label: str, text: str) -> None:
        self._print(_row(Text(label, BAD), Text(text)))

    def lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            look = QUIET if line.startswith("#") else ""
            # Whoever copies a line must get it whole: the terminal may wrap it, we may not.
            self._console.print(Text(" " * INDENT + line, look), soft_wrap=True)
        self._after_a_gap = False

    @contextmanager
    def waiting(self, label: str, text: str) -> Iterator[None]:
        with self._moving(transient=True) as live:
            live.update(Constrain(_row(Text(label, QUIET), Text(text, QUIET)), WIDTH), refresh=True)
            yield

    @contextmanager
    def live(self) -> Iterator[Update]:
        self._gap()
        with self._moving(transient=False) as live:
            yield lambda picture: live.update(Constrain(_Following(picture), WIDTH), refresh=True)
        self._after_a_gap = False
        self._gap()

    def _moving(self, *, transient: bool) -> Live:
        return Live(
            console=self._console,
            auto_refresh=False,
            transient=transient,
        )

    def _heading(self, name: str, sentence: str) -> None:
        self._print(Text.assemble((name, "bold"), "  ", (sentence, QUIET)))

    def _print(self, what: RenderableType) -> None:
        self._console.print(Constrain(what, WIDTH))
        self._after_a_gap = False

    def _gap(self) -> None:
        """One empty line, however many parts want one here."""
        if not self._after_a_gap:
            self._console.print()
        self._after_a_gap = True


class _Following:
    """The bar for the whole, and below it each server, as far as the terminal has room for them."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        parts: list[RenderableType] = [_bar(self._picture)]
        if self._picture.batches:
            parts += [Text(""), Padding(Grid(self._picture.batches), (0, 0, 0, INDENT))]
        yield Group(*parts)


def _bar(picture: Picture) -> RenderableType:
    look = _look_of(picture)
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(width=LABEL + INDENT - 2)
    row.add_column(ratio=1)
    for width in (8, 5, 6):
        row.add_column(width=width, justify="right", no_wrap=True)
    row.add_row(
        Padding(Text(picture.state, look), (0, 0, 0, INDENT)),
        ProgressBar(
            total=100, completed=picture.percent, style=QUIET, complete_style=look, finished_style=look
        ),
        f"{picture.ended} of {picture.total}",
        f"{picture.percent} %",
        f"{picture.seconds:.1f} s",
    )
    return row


def _look_of(picture: Picture) -> str:
    match picture.state:
        case "Exception":
            return BAD
        case "Completed":
            return GOOD
        case _ if picture.state == ABORTED:
            return AMBER
        case _:
            return BUSY


def _row(label: Text, text: Text) -> RenderableType:
    row = Table.grid(padding=0)
    row.add_column(width=INDENT)
    row.add_column(width=LABEL)
    row.add_column(overflow="fold")
    row.add_row("", label, text)
    return row
