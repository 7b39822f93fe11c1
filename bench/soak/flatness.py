"""Whether a figure stays flat: the judge of memory and open files. Pure.

**What is fitted.** A service under changing load takes more when it does more: a reset of 2,000 servers has
2,000 actors, and their memory is there until they have ended. Whether something *leaks* shows in what is left
when little is going on. So the time is cut into stretches as long as a cycle of the plan, each of them stands
for its lowest reading, and a line is fitted to these by least squares. All readings must be of one process
that has warmed up, for a new one begins lower.

**What is judged.** The slope is known up to an error, which the scatter of the stretches about the line
gives. It is a leak if even the slope less twice its error is above what is allowed. If the error is so large
that a leak of the size that must be found could hide in it, nothing was shown, and that is no pass either.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 4
"""Stretches that a line with an error takes."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A fitted line: by how much a figure grows in a minute, and twice the error of that."""

    per_minute: float
    uncertain: float
    """Half the width of the interval in which the slope lies, 19 times in 20."""

    def __str__(self) -> str:
        return f"{self.per_minute:+.3f} ± {self.uncertain:.3f} a minute"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is allowed of a figure: `growth` a minute is flat, and a leak of `leak` a minute must be found."""

    growth: float
    leak: float


def slope_of(readings: Sequence[tuple[float, float]], stretch: float) -> Slope | None:
    """The line through the lows of these readings: each a moment in seconds, which rise, and a figure.

    None where there are too few for a line with an error.
    """
    lows = lows_of(readings, stretch)
    if len(lows) < FEWEST:
        return None
    number = len(lows)
    middle = sum(at for at, _ in lows) / number
    mean = sum(value for _, value in lows) / number
    spread = sum((at - middle) ** 2 for at, _ in lows)
    slope = sum((at - middle) * (value - mean) for at, value in lows) / spread
    scatter = sum((value - mean - slope * (at - middle)) ** 2 for at, value in lows)
    error = math.sqrt(scatter / (number - 2) / spread)
    return Slope(per_minute=60 * slope, uncertain=2 * 60 * error)


def lows_of(readings: Sequence[tuple[float, float]], stretch: float) -> list[tuple[float, float]]:
    """The lowest reading of each stretch of so many seconds, at its moment; what is left over is left out."""
    lows: dict[int, tuple[float, float]] = {}
    if readings:
        first = readings[0][0]
        whole = round((readings[-1][0] - first) / stretch - 0.4)  # one that lacks a little is whole
        for at, value in readings:
            number = int((at - first) / stretch)
            if number < whole and (number not in lows or value < lows[number][1]):
                lows[number] = (at, value)
    return list(lows.values())


def fault_of(slope: Slope | None, limit: Limit) -> str:
    """What speaks against this being flat; empty where it is flat."""
    if slope is None:
        return "there are too few readings to tell"
    if slope.per_minute - slope.uncertain > limit.growth:
        return f"it grows by {slope}, and {limit.growth:g} is allowed"
    if slope.uncertain > limit.leak - limit.growth:
        return f"it is too restless: a leak of {limit.leak:g} a minute could hide in {slope}"
    return ""
