"""The demo without a terminal: plain lines, each written once, for logs and pipes."""

import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from cli.demo.picture import Picture, begun, ended, summed_up
from cli.demo.show import Update

WIDTH = 100
LABEL = 12
STEPS = 4
"""What has no batches is told of in so many steps."""


class PlainShow:
    """Writes ASCII lines of at most 100 columns; only lines to copy may be longer."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` takes one line, without its end."""
        self._write = write
        self._began = time.monotonic()

    def title(self, name: str, sentence: str) -> None:
        self._write(f"{name}: {sentence}")

    def chapter(self, name: str, sentence: str = "") -> None:
        self._write("")
        self._write(f"{name}: {sentence}" if sentence else name)

    def row(self, label: str, text: str) -> None:
        first, *rest = textwrap.wrap(_ascii(text), WIDTH - LABEL - 3, break_on_hyphens=False) or [""]
        self._write(f"  {label:<{LABEL}} {first}".rstrip())
        for line in rest:
            self._write(" " * (LABEL + 3) + line)

    failure = row

    def lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._write(f"  {line}".rstrip())

    def waiting(self, label: str, text: str) -> AbstractContextManager[None]:
        """Nothing: a line stays, and what is told here does not."""
        return nullcontext()

    @contextmanager
    def live(self) -> Iterator[Update]:
        last: Picture | None = None

        def update(picture: Picture) -> None:
            nonlocal last
            for change in changes(last, picture):
                self._write(f"  {picture.seconds:5.1f} s  {picture.percent:3} %  {change}")
            last = picture

        yield update


def changes(before: Picture | None, now: Picture) -> Iterator[str]:
    """What is worth a line, in the order in which it happens."""
    if not now.batches:
        steps = now.ended * STEPS // now.total
        if before is None or steps > before.ended * STEPS // now.total:
            yield f"{now.ended} of {now.total}, {now.state}"
        return
    for index, batch in enumerate(now.batches):
        was = before.batches[index] if before else ()
        place = f"batch {index + 1} of {len(now.batches)}"
        if begun(batch) and not begun(was):
            yield f"{place} has begun: servers {batch[0].number} to {batch[-1].number}"
        if ended(batch) and not (was and ended(was)):
            yield f"{place} has ended: {summed_up(batch)}"
    if before is None or now.state != before.state:
        yield f"the task is {now.state}"


def _ascii(text: str) -> str:
    """What others wrote may hold anything; these lines hold printable ASCII."""
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)
