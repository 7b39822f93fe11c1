"""The options of the simulator, checked as a whole."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from fleet.simulator.addresses import CAPACITY
from fleet.simulator.errors import SimulatorError

_RANGE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)-(\d+(?:\.\d+)?|\.\d+)")


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """What to simulate and which files to write and read.

    Raises:
        SimulatorError: an option makes no sense; the sentence names it as the command line does.
    """

    servers: int = 24
    port: int = 0
    """0 picks a free one."""
    seed: int = 0
    """The same seed gives the same credentials, identities, transition times and shares of faulty servers."""
    faults: Path | None = None
    dead: int = 0
    transition: tuple[float, float] = (0.5, 2.0)
    """The shortest and the longest power transition, in seconds."""
    inventory: Path | None = None
    ca: Path | None = None
    request_log: Path | None = None

    def __post_init__(self) -> None:
        for name, number in (("--servers", self.servers), ("--dead", self.dead)):
            if number < 0:
                raise SimulatorError(f"{name} is {number}: give a number of servers, 0 or more.")
        if self.servers + self.dead > CAPACITY:
            raise SimulatorError(
                f"--servers and --dead ask for {self.servers + self.dead} addresses, but 127.0.0.0/8 has "
                f"room for {CAPACITY}: ask for fewer."
            )
        if not 0 <= self.port <= 65535:
            raise SimulatorError(
                f"--port is {self.port}: give a port from 1 to 65535, or 0 for any free one."
            )
        shortest, longest = self.transition
        if not (0 <= shortest <= longest and math.isfinite(longest)):
            raise SimulatorError(
                f"--transition is {shortest:g}-{longest:g}: give the shortest time first, "
                "both in seconds from 0, such as 0.5-2."
            )


def parse_transition(text: str) -> tuple[float, float]:
    """The shortest and the longest transition, in seconds, from the text MIN-MAX, such as 0.5-2.

    Raises:
        SimulatorError: the text is something else.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise SimulatorError(f"--transition is {text!r}: give MIN-MAX in seconds, such as 0.5-2.")
    return float(found[1]), float(found[2])
