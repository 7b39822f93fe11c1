"""The end of a benchmark, or a soak, by a signal: the processes that it has started end with it."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def end_as_ctrl_c_does() -> None:
    """From now on SIGTERM and SIGHUP end this program as Ctrl-C does in a terminal, where the processes that
    it has started hear of it as well. Linux only.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, _end)


def _end(*_: int | FrameType | None) -> None:
    for pid in children(os.getpid()):
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(pid, signal.SIGINT)
    raise KeyboardInterrupt


def children(of: int) -> list[int]:
    """The ids of the processes that this process has started, and that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            pid, _, rest = stat.read_text().partition(" ")
            state, parent = rest.rpartition(")")[2].split()[:2]
            if int(parent) == of and state != "Z":
                found.append(int(pid))
    return found
