"""SIGUSR1: what every actor is doing, into the log, for a person who wonders."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

log = logging.getLogger("taskmon")


def describe_on_signal(describe: Callable[[], Awaitable[str]], stack: AsyncExitStack) -> None:
    """Log what `describe` returns whenever the process gets SIGUSR1, until `stack` is closed."""
    loop = asyncio.get_running_loop()
    describing: set[asyncio.Task[None]] = set()

    async def write() -> None:
        log.warning("what the actors are doing:")
        for line in (await describe()).splitlines():
            log.warning("%s", line)

    def begin() -> None:
        task = loop.create_task(write(), name="describing the actors")
        describing.add(task)
        task.add_done_callback(describing.discard)

    loop.add_signal_handler(signal.SIGUSR1, begin)
    stack.callback(loop.remove_signal_handler, signal.SIGUSR1)
