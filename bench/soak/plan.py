"""What a soak does and when: all of it is drawn from the seed before it begins.

What comes of a step depends on the service and the machine, and a step that would overload them is left out
and counted; the steps themselves, their moments, servers, faults and kills are the plan's.

Kills and stops come in the first half only. Memory and open files are judged over the last half, which is
then in the life of one process: how a new one warms up says nothing of whether it leaks.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RESET_TYPES: Final = ("ForceOff", "On", "ForceRestart", "GracefulRestart", "PowerCycle")
SETTLING: Final = 0.05
"""Share of the time at the start without faults and kills."""
LAST_KILL: Final = 0.45
"""Share of the time after which the service is left alone."""
EVERY: Final = {"reset": 1.2, "read": 0.2, "wrong": 1.0, "move": 3.0, "retry": 5.0, "recheck": 0.7}
"""Seconds between two steps of a kind, on average."""
SWEEP_EVERY: Final = 120.0
"""Seconds between two resets of all servers."""
MOST_AT_ONCE: Final = 200
"""Servers in one reset that is no sweep, at the most."""


class Follow(StrEnum):
    """What the client that asked for a reset does next."""

    POLL = "poll"
    WAIT = "wait"
    WATCH = "watch"
    DELETE = "delete"
    CANCEL = "cancel"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset of these servers, by their place in the inventory, and what becomes of it."""

    at: float
    targets: tuple[int, ...]
    reset_type: str
    batch: int
    delay: int
    max_failures: int
    follow: Follow
    after: float
    """Seconds after the 202 at which it is aborted, by `DELETE` and `CANCEL`."""
    repeated: bool
    """Whether it is asked for twice with one Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A short request; `pick`, from 0 to 1, chooses of what there is then."""

    at: float
    what: str
    pick: float


@dataclass(frozen=True, slots=True)
class Move:
    """A server is added or, if it is there, removed."""

    at: float
    server: int


@dataclass(frozen=True, slots=True)
class Faults:
    """From now on servers have these faults; none: all is well."""

    at: float
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The service is ended, by `SIGKILL` or `SIGTERM`, and started again."""

    at: float
    signal: str


Step = Reset | Touch | Move | Faults | End

FAULTS: Final[dict[str, dict[str, object]]] = {
    "slow": {"fault": "slow", "share": 0.2, "seconds": 1},
    "hang": {"fault": "hang", "share": 0.05, "path": "*ComputerSystem.Reset"},
    "reset": {"fault": "reset", "share": 0.1},
    "drop": {"fault": "drop", "share": 0.1, "path": "*ComputerSystem.Reset"},
    "status": {"fault": "status", "share": 0.1, "status": 503, "retry_after": 1},
    "accepted, ok": {"fault": "accepted", "share": 0.3, "task": "ok"},
    "accepted, fail": {"fault": "accepted", "share": 0.1, "task": "fail"},
    "accepted, never": {"fault": "accepted", "share": 0.05, "task": "never"},
    "bad_json": {"fault": "bad_json", "share": 0.05},
    "away": {"fault": "away", "share": 0.1, "seconds": 2},
}
"""Rules of the simulator's, by the names that the report has for them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it, in the order of time; `movable` are the servers that come and go."""

    seed: int
    seconds: float
    servers: int
    movable: range
    steps: tuple[Step, ...]

    @property
    def digest(self) -> str:
        """Twelve digits that are the same for the same plan."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]

    @property
    def ends(self) -> tuple[End, ...]:
        """The kills and the stops."""
        return tuple(step for step in self.steps if isinstance(step, End))


def make_plan(seed: int, seconds: float, servers: int) -> Plan:
    """The plan of this seed, for so long and so many servers, of which there are four at the least.

    Raises:
        ValueError: there are fewer.
    """
    if servers < 4:
        raise ValueError("A soak takes four servers at the least: two of them come and go.")
    chance = random.Random(f"{seed} {seconds} {servers}")  # noqa: S311 - nothing is secret
    movable = range(servers - min(50, max(2, servers // 20)), servers)
    steps: list[Step] = [
        *_resets(chance, seconds, servers),
        *_touches(chance, seconds),
        *(Move(at, chance.choice(movable)) for at in _moments(chance, seconds, EVERY["move"])),
        *_faults(chance, seconds),
        *_ends(chance, seconds),
    ]
    return Plan(seed, seconds, servers, movable, tuple(sorted(steps, key=lambda step: step.at)))


def _moments(chance: random.Random, seconds: float, every: float) -> Iterator[float]:
    at = chance.expovariate(1 / every)
    while at < seconds:
        yield at
        at += chance.expovariate(1 / every)


def _resets(chance: random.Random, seconds: float, servers: int) -> Iterator[Reset]:
    for at in _moments(chance, seconds, EVERY["reset"]):
        number = min(servers, MOST_AT_ONCE, 1 + int(chance.expovariate(1 / 8)))
        yield _reset(chance, at, tuple(chance.sample(range(servers), number)))
    every = min(SWEEP_EVERY, seconds / 3)
    at = every / 2
    while at < seconds:
        yield _reset(chance, at, tuple(range(servers)))
        at += every


def _reset(chance: random.Random, at: float, targets: tuple[int, ...]) -> Reset:
    batched = chance.random() < 0.5
    return Reset(
        at=at,
        targets=targets,
        reset_type=chance.choice(RESET_TYPES),
        batch=max(1, len(targets) // chance.randint(2, 6)) if batched else 0,
        delay=chance.choice((0, 0, 1)) if batched else 0,
        max_failures=chance.randint(1, 5) if batched and chance.random() < 0.5 else 0,
        follow=chance.choices(list(Follow), weights=(4, 4, 3, 4, 3, 2))[0],
        after=chance.choice((0.0, chance.uniform(0, 0.3), chance.uniform(0, 3))),
        repeated=chance.random() < 0.1,
    )


def _touches(chance: random.Random, seconds: float) -> Iterator[Touch]:
    for what in ("read", "wrong", "retry", "recheck"):
        for at in _moments(chance, seconds, EVERY[what]):
            yield Touch(at, what, chance.random())


def _faults(chance: random.Random, seconds: float) -> Iterator[Faults]:
    """On for a while and off for a while, from the end of the settling on; off at the end."""
    longest = min(20.0, seconds / 6)
    at = SETTLING * seconds
    while at < seconds:
        kinds = tuple(sorted(chance.sample(sorted(FAULTS), chance.randint(1, 3))))
        yield Faults(at, kinds)
        at += chance.uniform(longest / 3, longest)
        yield Faults(min(at, seconds), ())
        at += chance.uniform(longest / 3, longest)


def _ends(chance: random.Random, seconds: float) -> Iterator[End]:
    """A kill, a stop, a kill, …: two at the least, three in four minutes."""
    number = max(2, round(seconds / 80))
    first, last = 2 * SETTLING * seconds, LAST_KILL * seconds
    each = (last - first) / number
    for turn in range(number):
        at = first + each * (turn + chance.uniform(0.1, 0.7))
        yield End(at, ("SIGKILL", "SIGTERM")[turn % 2])
