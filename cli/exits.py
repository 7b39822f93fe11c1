"""The exit statuses of the commands that ask a service; docs/cli.md tells of them."""

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    OTHER = 1
    """It could not be done, or it is not known what became of it."""
    USAGE = 2
    PARTLY_FAILED = 3
    FAILED = 4
    ABORTED = 5
    """Aborted, or gone: its monitor answers 404."""
    TIMED_OUT = 6
    """It went on when --timeout was over."""


BY_SIGNAL = 128
"""What a signal ends has this and the signal's number as its exit status, as in a shell."""


def together(ends: Iterable[Exit]) -> Exit:
    """The exit status of several tasks: of those that apply, the first in this order.

    Not known of one: 1. One goes on: 6. Some failed and others did not: 3. All failed: 4. One was aborted: 5.
    """
    found = list(ends)
    for decisive in (Exit.OTHER, Exit.TIMED_OUT):
        if decisive in found:
            return decisive
    failed = found.count(Exit.FAILED)
    if failed and failed == len(found):
        return Exit.FAILED
    if failed or Exit.PARTLY_FAILED in found:
        return Exit.PARTLY_FAILED
    return Exit.ABORTED if Exit.ABORTED in found else Exit.OK
