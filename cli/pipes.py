"""Ending when nobody reads standard output any more: quietly, with the exit status of who dies of that.

SIGPIPE itself stays ignored: it would end a command also where only a connection to a service breaks.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cli.exits import BY_SIGNAL


@contextmanager
def quiet_when_nobody_reads() -> Iterator[None]:
    """End with 141 (128 + SIGPIPE) where inside it is found that the reader of a pipe has gone."""
    try:
        yield
    except BrokenPipeError:
        # What is still buffered must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BY_SIGNAL + signal.SIGPIPE) from None
