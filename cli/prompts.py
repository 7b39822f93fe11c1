"""Asking whoever sits at the terminal, in a way that every signal can end."""

import locale
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import click

from cli.lines import as_text, line_from, write

TERMINALS = "/dev/tty", "/dev/stdin"
"""The terminal that controls the process; where none does, the one that is its standard input."""
LOCAL_MODES = 3
"""Where ECHO is among the attributes of a terminal."""


async def typed(prompt: str, *, shown: bool = True) -> str | None:
    """The line that is typed at the terminal after this prompt; None where Ctrl-D is typed in its place.

    However it ends, by cancellation too, the terminal then shows what is typed as it did before, and goes on
    at a new line. Where the line is not shown, what was typed ahead of it, or is left of it, is thrown away.

    Raises:
        click.ClickException: the terminal cannot be used, or what was typed is no text.
    """
    encoding = locale.getpreferredencoding(do_setlocale=False)  # as getpass reads it
    line = b""
    try:
        with _terminal() as terminal:
            try:
                with nullcontext() if shown else _unseen(terminal):
                    await write(terminal, prompt.encode(encoding, "replace"))
                    line = await line_from(terminal)
            finally:
                if not (shown and line.endswith(b"\n")):  # the end of a line that is shown is shown as well
                    with suppress(OSError):
                        os.write(terminal, b"\n")
    except (OSError, termios.error) as error:
        raise click.ClickException(f"The terminal cannot be used: {error.args[-1]}.") from None
    return as_text(line, encoding) if line else None


@contextmanager
def _terminal() -> Iterator[int]:
    """The terminal, opened anew: that it does not block is nothing to those who share our streams."""
    terminal = _opened()
    try:
        yield terminal
    finally:
        os.close(terminal)


def _opened() -> int:
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK
    *others, last = TERMINALS
    for path in others:
        with suppress(OSError):
            return os.open(path, flags)
    return os.open(last, flags)


@contextmanager
def _unseen(terminal: int) -> Iterator[None]:
    """Inside, what is typed is not shown."""
    before = termios.tcgetattr(terminal)
    silent = [*before]
    silent[LOCAL_MODES] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        yield
    finally:
        with suppress(termios.error):  # one that hung up has nothing to restore
            # Half a password that is left would else be shown at the prompt of the shell.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
