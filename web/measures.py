"""What `/metrics` is made of: numbers that the parts of the service keep as they go."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from actors import Durations, EventCounts, LiveFigures, RetentionCounts

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Requests:
    """What was asked for and how it was answered, by route; what clients make up is none of the labels."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()
        """How many, by path pattern, method and status."""
        self.durations: dict[tuple[str, str], Durations] = {}
        """How long the answers took, by path pattern and method."""

    def note(self, path: str, method: str, status: int, seconds: float) -> None:
        """A request for this path pattern (empty: none of ours) was answered."""
        route = path or "none"
        verb = method if method in METHODS else "other"
        self.answers[route, verb, status] += 1
        durations = self.durations.get((route, verb))
        if durations is None:
            durations = self.durations[route, verb] = Durations()
        durations.note(seconds)


class LoopReadings(Protocol):
    """How late the event loop is, in seconds."""

    @property
    def lateness(self) -> float:
        """By how much it was late just now."""

    @property
    def longest_lateness(self) -> float:
        """The most since the start."""

    @property
    def longest_turn(self) -> float:
        """The longest that an actor has held it since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Each part of the service is read where it keeps its numbers; what is left out here is nothing yet."""

    tasks: LiveFigures = field(default_factory=LiveFigures)
    retention: RetentionCounts = field(default_factory=RetentionCounts)
    counters: Counter[str] = field(default_factory=Counter)
    """What the start decided on tasks that were live: `recovered_…`."""
    commits: Durations = field(default_factory=Durations)
    failed_commits: Counter[str] = field(default_factory=Counter)
    """By the kind of error."""
    server_errors: Counter[str] = field(default_factory=Counter)
    """By the kind of error."""
    requests: Requests = field(default_factory=Requests)
    loop: LoopReadings | None = None
    sessions: Callable[[], int] = int
    """How many are open."""
    events: EventCounts = field(default_factory=EventCounts)
    events_pending: Callable[[], int] = int
    """Events behind the places of all subscriptions that are not suspended, added up."""
    subscriptions: Callable[[], int] = int
    """How many there are."""
    streams: Callable[[], int] = int
    """The same of streams of events."""
    streams_cut_off: Mapping[str, int] = field(default_factory=dict)
    """Streams that were cut off because their clients did not keep up, by why."""
