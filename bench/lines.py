"""What a benchmark gives: lines, each with ours and its limit in every round, compared within the round."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

LONGEST_TURN: Final = 0.05
"""Seconds that no turn of ours may take, at any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the service's loop did, in seconds.

    `busiest` is the most processor time that the loop's thread used between two beats of the probe, however
    late the second was: on a machine that others use as well, a loop that was late without having used the
    processor was only kept waiting for it.
    """

    longest_turn: float
    lag_999: float
    longest_lag: float
    busiest: float

    @classmethod
    def worst(cls, *all_of_them: "Health") -> "Health":
        """The worst of each."""
        return cls(
            longest_turn=max(one.longest_turn for one in all_of_them),
            lag_999=max(one.lag_999 for one in all_of_them),
            longest_lag=max(one.longest_lag for one in all_of_them),
            busiest=max(one.busiest for one in all_of_them),
        )


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of the table: what was measured, in which unit, and beside what.

    `more_is_better` says which way the target points: at least, or at most, that ratio of ours to the
    limit. Without a target the line is a report. `operation` and `size` are its place in the picture:
    of one operation there is a line with each size, and its figures are seconds.
    """

    name: str
    unit: str
    limit_name: str
    target: float | None = None
    more_is_better: bool = False
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    operation: str = ""
    size: int = 0
    health: Health | None = None
    most: float | None = None
    """What ours is not to exceed, whatever the limit; in the unit of the line."""
    peer: bool = False
    """Whether it is compared with another product, and not with what the work could cost at best."""
    by_difference: bool = False
    """Whether the target is for ours less the limit, in the unit of the line, and not for the ratio."""
    note: str = ""
    unsound: bool = False
    """Whether a round was not what the line is about, which the note explains: then no target is reached."""

    def add(self, ours: float, limit: float) -> None:
        """The figures of one more round."""
        self.ours.append(ours)
        self.limit.append(limit)

    @property
    def ratio(self) -> float:
        """Ours to the limit, or less it: the median of what the rounds came to, each by itself."""
        pairs = zip(self.ours, self.limit, strict=True)
        if self.by_difference:
            return median(ours - limit for ours, limit in pairs)
        return median(ours / max(limit, 1e-12) for ours, limit in pairs)

    @property
    def reached(self) -> bool | None:
        """Whether the line is within all its targets; None where it has none."""
        held: list[bool] = []
        if self.target is not None:
            held.append(self.ratio >= self.target if self.more_is_better else self.ratio <= self.target)
        if self.most is not None:
            held.append(median(self.ours) <= self.most)
        return all(held) and not self.unsound if held else None

    @property
    def plain(self) -> dict[str, Any]:
        """As it is written to the file, with what it came to."""
        return {
            **asdict(self),
            "ratio": self.ratio,
            "reached": self.reached,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """The line that was written so."""
        facts = {name: value for name, value in plain.items() if name not in ("ratio", "reached")}
        health = facts.pop("health")
        return cls(**facts, health=None if health is None else Health(**health))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `folder` is for files that may be thrown away afterwards."""

    folder: Path
    rounds: int = 3
    quick: bool = False
    """Only to see that it runs: everything once, and small."""

    def sizes(self, *sizes: int) -> tuple[int, ...]:
        """The sizes to measure; the quick form has one, and a small one."""
        return (min(sizes[-1], 10),) if self.quick else sizes

    def seconds(self, seconds: float) -> float:
        """How long a round goes on that is as long as one makes it."""
        return 0.1 if self.quick else seconds

    def rounds_at(self, size: int, once_from: int) -> int:
        """One round where the size is so large or larger."""
        return 1 if self.quick or size >= once_from else self.rounds
