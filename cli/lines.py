"""Lines of a terminal or a pipe, waited for while the event loop runs on, which hears of the signals.

A blocking read would keep the loop from them: from SIGTERM always, and from a Ctrl-C that comes just before
it begins.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

import click

AT_ONCE = 4096
"""A terminal gives one line at a time, and none that is longer."""


async def line_from(descriptor: int) -> bytes:
    """A line with its end; without one where the end of what can be read comes first, be it at once.

    What comes after it stays to be read.
    """
    loop = asyncio.get_running_loop()
    at_once = AT_ONCE if os.isatty(descriptor) else 1  # of a pipe, where the next line may lie behind it
    line = b""
    while b"\n" not in line:
        with suppress(PermissionError):  # of a file, which nobody has to wait for
            await _until(loop.add_reader, loop.remove_reader, descriptor)
        try:
            read = os.read(descriptor, at_once)
        except BlockingIOError:
            continue
        if not read:
            break
        line += read
    return line


async def write(descriptor: int, text: bytes) -> None:
    """Write all of it to one that does not block, such as a terminal that Ctrl-S holds up."""
    loop = asyncio.get_running_loop()
    while text:
        try:
            text = text[os.write(descriptor, text) :]
        except BlockingIOError:
            await _until(loop.add_writer, loop.remove_writer, descriptor)


def as_text(line: bytes, encoding: str) -> str:
    """What a line says, without its end.

    Raises:
        click.ClickException: it is no text.
    """
    try:
        return line.decode(encoding).rstrip("\r\n")
    except UnicodeDecodeError:  # which would show it
        raise click.ClickException(f"What was given is no text in {encoding}.") from None


async def _until(add: Callable[..., None], remove: Callable[[int], bool], descriptor: int) -> None:
    """Wait until the loop tells that what it is added for can be done."""
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)
