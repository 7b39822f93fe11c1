"""The servers of a reset as a grid: a cell each, told by shape, word and colour, batch by batch."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from cli.colours import QUIET
from cli.demo.looks import COLOURS, shape_of
from cli.demo.picture import Batch, Cell, summed_up

CELL = 9
"""Columns of one cell: the longest word, and the space to the next."""
GAP = 2
"""Columns more between two batches beside each other."""
LONGEST_ROW = 8
"""Servers beside each other at the most."""
AROUND = 6
"""Lines that are wanted on a terminal besides the grid."""


class Grid:
    """Rows of whole batches where they fit; a line for each batch where the terminal is too small."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = list(self._rows())
        too_wide = max(map(_width, rows)) > options.max_width
        if too_wide or 4 * len(rows) + AROUND > console.height:
            for number, batch in enumerate(self._batches, start=1):
                yield _in_a_line(number, batch, ascii_only=options.ascii_only)
            return
        number = 1
        for index, row in enumerate(rows):
            if index:
                yield Text("")
            yield _beside(row, [_heading(number + place, batch) for place, batch in enumerate(row)])
            yield _beside(row, [_shapes(batch, ascii_only=options.ascii_only) for batch in row])
            yield _beside(row, [_words(batch) for batch in row])
            number += len(row)

    def _rows(self) -> Iterator[list[Batch]]:
        row: list[Batch] = []
        for batch in self._batches:
            if row and sum(map(len, row)) + len(batch) > LONGEST_ROW:
                yield row
                row = []
            row.append(batch)
        yield row


def _width(row: Sequence[Batch]) -> int:
    return CELL * sum(map(len, row)) + GAP * (len(row) - 1)


def _beside(row: Sequence[Batch], parts: Sequence[Text]) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for batch, part in zip(row, parts, strict=True):
        line.append_text(part)
        line.pad_right(CELL * len(batch) + GAP - part.cell_len)
    line.rstrip()
    return line


def _heading(number: int, batch: Batch) -> Text:
    return Text.assemble(f"batch {number}  ", (summed_up(batch), QUIET))


def _shapes(batch: Batch, *, ascii_only: bool) -> Text:
    return _cells(batch, lambda cell: f"{shape_of(cell.stage, ascii_only=ascii_only)} {cell.number}")


def _words(batch: Batch) -> Text:
    return _cells(batch, lambda cell: cell.stage.value)


def _cells(batch: Batch, told: Callable[[Cell], str]) -> Text:
    return Text.assemble(*((f"{told(cell):<{CELL}}", COLOURS[cell.stage]) for cell in batch))


def _in_a_line(number: int, batch: Batch, *, ascii_only: bool) -> Text:
    """For a small terminal: the shapes, and how many there are of each."""
    shapes = ((shape_of(cell.stage, ascii_only=ascii_only), COLOURS[cell.stage]) for cell in batch)
    line = Text.assemble(f"batch {number}  ", *shapes, "  ", (summed_up(batch), QUIET))
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
