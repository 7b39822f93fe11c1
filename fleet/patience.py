"""A stopwatch for one call: runs while the server is dealt with, stands while others are in the way."""

import asyncio
import math
from types import TracebackType


class Patience:
    """What is left of an errand's patience.

    Used as a context manager around connecting, exchanges and pauses. Waiting for a place among the
    connections happens outside of it, and so counts towards no limit.
    """

    __slots__ = ("_given", "_since", "_spent")

    def __init__(self, given: float | None) -> None:
        self._given = math.inf if given is None else given
        self._spent = 0.0
        self._since: float | None = None

    @property
    def spent(self) -> float:
        """Seconds for which it has run."""
        return self._spent if self._since is None else self._spent + _now() - self._since

    @property
    def left(self) -> float:
        """Seconds that it may still run; infinite where the errand sets no limit."""
        return self._given - self.spent

    def charge(self, seconds: float) -> None:
        """Count time that somebody else spent for us."""
        self._spent += seconds

    def __enter__(self) -> None:
        self._since = _now()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spent = self.spent
        self._since = None


def _now() -> float:
    return asyncio.get_running_loop().time()
