"""Ending a command in order when a signal asks for it: once, whatever it is doing."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interruption:
    """The signal that came, if one did."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """The first signal that asks to end cancels the present asyncio.Task; those after it change nothing.

    What is cancelled has to end what it started, and that must not be cut short. SIGHUP stays ignored
    where it is, which is what nohup is for; a shell ignores SIGINT for what it starts in the background,
    and whoever sends it there all the same means it.
    """
    loop, running = asyncio.get_running_loop(), asyncio.current_task()
    assert running is not None
    interruption = Interruption()

    def arrived(number: signal.Signals) -> None:
        if interruption.signal is None:
            interruption.signal = number
            running.cancel()

    heeded = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)
    for number in heeded:
        loop.add_signal_handler(number, arrived, number)
    try:
        yield interruption
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
