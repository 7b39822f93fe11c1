"""What a soak does and when: all of it is drawn from the seed before it begins.

What comes of a step depends on the service and the machine, and a step that would overload them is left out
and counted; the steps themselves, their moments, servers, faults and kills are the plan's.

Kills and stops come in the first half only. Memory and open files are judged over the last half; where they
are, the last kill is so early that the new process has filled its caches by then: how it warms up says
nothing of whether it leaks. And work comes in cycles. At the beginning of each all servers are reset: in
every second one all at once and to the end, which is the most that there ever is, so that a process has been
at its largest within two cycles; in the others in whatever way is drawn. At the end is a lull, in which
nothing is begun but short requests, and servers have no faults: tasks end, and idle connections close. So
every cycle has a moment that is like that of every other.
"""

import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

RESET_TYPES: Final = ("ForceOff", "On", "ForceRestart", "GracefulRestart", "PowerCycle")
SETTLING: Final = 0.05
"""Share of the time at the start without faults and kills."""
LAST_KILL: Final = 0.45
"""Share of the time after which the service is left alone in any case."""
JUDGED_FROM: Final = 1200.0
"""Seconds: in a shorter soak there is too little after the warming up to tell whether it is flat."""
WARM_UP: Final = 240.0
"""Seconds that a process has before it is judged."""
CYCLE: Final = 120.0
LULL: Final = 35.0
"""Seconds at the end of each cycle; a soak that is no two cycles long has none."""
EVERY: Final = {"reset": 1.2, "read": 0.2, "wrong": 1.0, "move": 3.0, "retry": 5.0, "recheck": 0.7}
"""Seconds between two steps of a kind, on average."""
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
    work: list[Step] = [
        *_resets(chance, seconds, servers),
        *_touches(chance, seconds, "retry"),
        *(Move(at, chance.choice(movable)) for at in _moments(chance, seconds, EVERY["move"])),
    ]
    steps: list[Step] = [
        *(step for step in work if lull_left(step.at, seconds) == 0),
        *_touches(chance, seconds, "read", "wrong", "recheck"),
        *_faults(chance, seconds),
        *_ends(chance, seconds),
    ]
    return Plan(seed, seconds, servers, movable, tuple(sorted(steps, key=lambda step: step.at)))


def lull_left(at: float, seconds: float) -> float:
    """How long the lull lasts from this moment on; 0 where there is none."""
    into = at % CYCLE
    return CYCLE - into if seconds >= 2 * CYCLE and into >= CYCLE - LULL else 0.0


def _moments(chance: random.Random, seconds: float, every: float) -> Iterator[float]:
    at = chance.expovariate(1 / every)
    while at < seconds:
        yield at
        at += chance.expovariate(1 / every)


def _resets(chance: random.Random, seconds: float, servers: int) -> Iterator[Reset]:
    for at in _moments(chance, seconds, EVERY["reset"]):
        number = min(servers, MOST_AT_ONCE, 1 + int(chance.expovariate(1 / 8)))
        yield _reset(chance, at, tuple(chance.sample(range(servers), number)))
    every = min(CYCLE, seconds / 3)
    for number in itertools.count():
        at = every * (number + 1 / 30)
        if at >= seconds:
            return
        sweep = _reset(chance, at, tuple(range(servers)))
        whole = replace(sweep, batch=0, delay=0, max_failures=0, follow=Follow.POLL)
        yield sweep if number % 2 else whole


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


def _touches(chance: random.Random, seconds: float, *kinds: str) -> Iterator[Touch]:
    for what in kinds:
        for at in _moments(chance, seconds, EVERY[what]):
            yield Touch(at, what, chance.random())


def _faults(chance: random.Random, seconds: float) -> Iterator[Faults]:
    """On for a while and off for a while, from the end of the settling on; off in lulls and at the end."""
    longest = min(20.0, seconds / 6)
    at = SETTLING * seconds
    while at < seconds:
        if left := lull_left(at, seconds):
            at += left
            continue
        kinds = tuple(sorted(chance.sample(sorted(FAULTS), chance.randint(1, 3))))
        yield Faults(at, kinds)
        at += chance.uniform(longest / 3, longest)
        if left := lull_left(at, seconds):
            at -= LULL - left
        yield Faults(min(at, seconds), ())
        at += chance.uniform(longest / 3, longest)


def _ends(chance: random.Random, seconds: float) -> Iterator[End]:
    """A kill, a stop, a kill, …: two at the least, three in four minutes."""
    number = max(2, round(seconds / 80))
    first, last = 2 * SETTLING * seconds, LAST_KILL * seconds
    if seconds >= JUDGED_FROM:
        last = min(last, seconds / 2 - WARM_UP)
    each = (last - first) / number
    for turn in range(number):
        at = first + each * (turn + chance.uniform(0.1, 0.7))
        yield End(at, ("SIGKILL", "SIGTERM")[turn % 2])
