"""Of what thousands of tasks and servers have alike, one object is kept in place of thousands."""

from collections.abc import Hashable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

KEPT = 4096
"""The last so many; a text that a server makes up anew each time pushes others out, and stays no longer."""


def alike(value: T) -> T:
    """An equal value, the same object each time as long as it is among those that were asked for last.

    For values that cannot change, of one type for each text or tuple: what is equal is taken for the same.
    """
    return _kept(value)  # type: ignore[return-value]


@lru_cache(maxsize=KEPT)
def _kept(value: Hashable) -> Hashable:
    return value
