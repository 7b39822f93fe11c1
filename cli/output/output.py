"""Where a command writes: a terminal gets tables and colours, a pipe bare lines, --json JSON."""

import io
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.colours import AMBER, QUIET
from cli.output.harmless import written
from cli.output.widths import GAP, Column, fitted
from cli.output.words import absolute, ago, clean, shortest

LABEL = 9
Cell = Text | str | datetime | int | None


class Output:
    """Standard output for what was asked for, standard error for what is said about it."""

    def __init__(self, *, as_json: bool, utc: bool = False) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a name that it cannot write is no reason to end
        self.as_json = as_json
        self.utc = utc
        self.console = Console(highlight=False, markup=False, emoji=False)
        self._aside = Console(stderr=True, highlight=False, markup=False, emoji=False)

    @property
    def for_a_person(self) -> bool:
        """Whether somebody looks at standard output, and did not ask for JSON."""
        return not self.as_json and self.console.is_terminal

    @property
    def moves(self) -> bool:
        """Whether something that moves can be drawn."""
        return self.for_a_person and not self.console.is_dumb_terminal

    @property
    def ascii_only(self) -> bool:
        return self.console.options.ascii_only

    # --- for programs

    def document(self, body: Any) -> None:
        """The one JSON document of a command."""
        print(written(body, indent=2), flush=True)

    def json_line(self, body: Any) -> None:
        """One of many JSON documents, on a line of its own."""
        print(written(body), flush=True)

    # --- for both

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """A table on a terminal; in a pipe a line for each row, whole, with tabs between and no heading."""
        if not self.for_a_person:
            for row in rows:
                self.fields(*row)
            return
        self.console.print(self.drawn(columns, rows))

    def fields(self, *cells: Cell) -> None:
        """A line for a program, with tabs between these."""
        print("\t".join(self._bare(cell) for cell in cells), flush=True)

    def drawn(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Table:
        """The table of a terminal, no wider than it where there are columns that can give."""
        now = datetime.now(UTC)
        shown = [[self._shown(cell, now) for cell in row] for row in rows]
        natural = [
            max([len(column.title), *(row[at].cell_len for row in shown)])
            for at, column in enumerate(columns)
        ]
        widths = fitted(columns, natural, self.console.width)
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style=QUIET)
        for at, width in widths.items():
            side: Literal["left", "right"] = "right" if columns[at].right else "left"
            table.add_column(columns[at].title, no_wrap=True, overflow="ellipsis", justify=side, width=width)
        for row in shown:
            table.add_row(*(row[at] for at in widths))
        return table

    def labelled(self, label: str, text: Text) -> None:
        """A label and what it stands for, which may take several lines; in a pipe a tab between them."""
        if not self.for_a_person:
            print(f"{label}\t{clean(text.plain)}", flush=True)
            return
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=LABEL, style=QUIET)
        table.add_column(overflow="fold")
        table.add_row(label, text)
        self.console.print(table)

    def say(self, text: str | Text) -> None:
        """A line of what was asked for."""
        if self.for_a_person:
            self.console.print(text if isinstance(text, Text) else Text(clean(text)))
        else:
            print(clean(text.plain if isinstance(text, Text) else text), flush=True)

    def done(self, what: str, how: str) -> None:
        """What was done with something."""
        if self.for_a_person:
            self.say(f"{what} {how}")
        else:
            self.fields(what, how)

    def note(self, text: str) -> None:
        """What a person may like to know, and a program does not need."""
        if self.for_a_person:
            self._aside.print(Text(clean(text), QUIET), soft_wrap=True)

    def warn(self, text: str) -> None:
        """What everybody ought to know."""
        if self._aside.is_terminal:
            self._aside.print(Text(f"taskmon: {clean(text)}", AMBER), soft_wrap=True)
        else:
            print(f"taskmon: {clean(text)}", file=sys.stderr, flush=True)

    def time(self, when: datetime | None, now: datetime | None = None) -> str:
        """A time as this reader wants it: how long ago, or in UTC."""
        if self.utc or not self.for_a_person:
            return absolute(when)
        return ago(when, now or datetime.now(UTC))

    def short(self, ids: Sequence[str]) -> dict[str, str]:
        """What stands for each of these ids: a beginning that is enough for a person, or the whole."""
        return shortest(list(ids)) if self.for_a_person else {one: one for one in ids}

    def _bare(self, cell: Cell) -> str:
        if isinstance(cell, datetime):
            return absolute(cell)
        if isinstance(cell, Text):
            return clean(cell.plain)
        return "" if cell is None else clean(cell)

    def _shown(self, cell: Cell, now: datetime) -> Text:
        if isinstance(cell, datetime):
            return Text(self.time(cell, now))
        if isinstance(cell, Text):
            return cell
        return Text("" if cell is None else clean(cell))
