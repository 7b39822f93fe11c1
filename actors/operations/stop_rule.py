"""The stop rule of a reset in batches: after how many failures no further batch begins."""

import re
from dataclasses import dataclass

MOST = 2**31 - 1

_PERCENTAGE = re.compile(r"([1-9][0-9]?|100)%")


@dataclass(frozen=True, slots=True)
class MaxFailures:
    """So many failed subtasks, or so many of a hundred, are enough to stop."""

    number: int
    percent: bool = False

    @classmethod
    def read(cls, value: int | str) -> "MaxFailures":
        """What a client gives and a record holds: a whole number, or a text from `1%` to `100%`.

        Raises:
            ValueError: it is neither; 0 is no such number, nor is one above 2147483647.
        """
        if isinstance(value, int):
            if not 1 <= value <= MOST:
                raise ValueError(f"{value} is out of range.")
            return cls(value)
        match = _PERCENTAGE.fullmatch(value)
        if match is None:
            raise ValueError(f"{value!r} is no percentage from 1% to 100%.")
        return cls(int(match[1]), percent=True)

    @property
    def plain(self) -> int | str:
        """The value that `read` makes this of."""
        return f"{self.number}%" if self.percent else self.number

    def reached(self, failed: int, total: int) -> bool:
        """Whether so many failures of so many subtasks are enough. A percentage is rounded up."""
        enough = max(1, -(-self.number * total // 100)) if self.percent else self.number
        return failed >= enough
