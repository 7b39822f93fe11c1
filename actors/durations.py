"""Durations: how long something took each time, as a histogram keeps it."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets, in seconds; a last bucket has what is above them."""


class Durations:
    """Counts of durations by bucket, with their sum. Noting one more costs a microsecond.

    For one thread.
    """

    __slots__ = ("_buckets", "total")

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        """The sum of all that was noted, in seconds."""

    def note(self, seconds: float) -> None:
        """Once more it took so long; less than nothing, where a clock was set back, counts as nothing."""
        seconds = max(0.0, seconds)
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    @property
    def count(self) -> int:
        """How often something was noted."""
        return sum(self._buckets)

    def up_to(self) -> Iterator[tuple[float, int]]:
        """For each bound, ascending, and then for infinity, how many took no longer."""
        so_far = 0
        for bound, count in zip((*BOUNDS, float("inf")), self._buckets, strict=True):
            so_far += count
            yield bound, so_far
