"""The ledger of a soak: what was asked and how long it took, what was promised, and what was broken of it."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

SENT_TWICE: Final = "power actions sent twice"
LOST: Final = "lost tasks"
CHANGED: Final = "ended tasks that changed"
NO_ACTOR: Final = "live records without an actor"
AFTER_ABORT: Final = "requests to a server after its abort's 204"
EVENTS: Final = "events lost or out of order"
FIVE_HUNDREDS: Final = "5xx but for 503 with Retry-After while stopping"
WRONG: Final = "answers or log lines that nobody expects"
PROMISES: Final = (SENT_TWICE, LOST, CHANGED, NO_ACTOR, AFTER_ABORT, EVENTS, FIVE_HUNDREDS, WRONG)

LASTING: Final = ("TaskState", "TaskStatus", "StartTime", "EndTime", "PercentComplete", "Messages")
"""What of an ended task never changes; links to its retries do."""


@dataclass(slots=True)
class Seen:
    """A task as its clients have seen it."""

    id: str
    subtasks: int
    final: tuple[int, str] | None = None
    """The status and the digest of the monitor's last answer."""
    lasting: str = ""
    """The digest of what never changes in the ended task, once it was read."""
    gone: bool = False
    """It was asked to be deleted: it may be there or not, and nothing is said of it any more."""


@dataclass(slots=True)
class Ledger:
    """One for all clients and watchers; they are on one loop."""

    done: Counter[str] = field(default_factory=Counter)
    """What was carried out, and what was left out or cut off, by kind."""
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds that each answer took, by the kind of request."""
    broken: dict[str, list[str]] = field(default_factory=lambda: {promise: [] for promise in PROMISES})
    tasks: dict[str, Seen] = field(default_factory=dict)
    """By task monitor: all that were acknowledged."""
    missing: set[str] = field(default_factory=set)
    """The monitors of those that answered 404 and that no client has asked to be deleted: whether they were
    removed to make room, the events tell."""
    aborted: dict[str, float] = field(default_factory=dict)
    """By the id of a task: when the 204 of its abort had come, in seconds since 1970."""
    _late: set[str] = field(default_factory=set)

    def breaks(self, promise: str, what: str) -> None:
        """This promise was broken; `what` says by which task and how."""
        self.broken[promise].append(what)

    @property
    def holds(self) -> bool:
        """Whether all promises were kept."""
        return not any(self.broken.values())

    # --- tasks

    def acknowledged(self, monitor: str, subtasks: int) -> Seen:
        """A 202 has come; its task must be there from now on. One that is known already is the same one."""
        task_id = monitor.rpartition("/")[2]
        return self.tasks.setdefault(monitor, Seen(task_id, subtasks))

    def live(self) -> list[str]:
        """The monitors of those that nobody has seen ended, or asked to be deleted."""
        return [monitor for monitor, seen in self.tasks.items() if seen.final is None and not seen.gone]

    def ended(self) -> list[str]:
        """The monitors of those that were seen ended and should still be what they were."""
        return [monitor for monitor, seen in self.tasks.items() if seen.final is not None and not seen.gone]

    def heard(self, monitor: str, status: int, body: bytes) -> bool:
        """A monitor answered, other than 404; whether its task has ended."""
        seen = self.tasks[monitor]
        if status == 202:
            if seen.final is not None:
                self.breaks(CHANGED, f"{monitor} had ended with {seen.final[0]}, and goes on")
            return False
        said = (status, hashlib.sha256(body).hexdigest())
        if seen.final not in (None, said):
            self.breaks(CHANGED, f"{monitor} answered {seen.final}, and then {said}")
        seen.final = said
        return True

    def read(self, monitor: str, task: dict[str, Any]) -> None:
        """A task that was seen ended was read."""
        seen = self.tasks[monitor]
        lasting = hashlib.sha256(repr([task.get(name) for name in LASTING]).encode()).hexdigest()
        if seen.lasting not in ("", lasting):
            shown = {name: task.get(name) for name in LASTING[:-1]}
            self.breaks(CHANGED, f"{seen.id} had ended, and reads otherwise now: {shown}")
        seen.lasting = lasting

    def check_requests(self, latest: dict[str, float], parents: dict[str, str]) -> None:
        """Hold the latest request for each task, by the servers' log, against the aborts.

        `parents` names the parent of each subtask that is known.
        """
        for task_id, at in latest.items():
            over = self.aborted.get(task_id) or self.aborted.get(parents.get(task_id, ""))
            if over is not None and at > over and task_id not in self._late:
                self._late.add(task_id)
                self.breaks(AFTER_ABORT, f"{1000 * (at - over):.1f} ms after, for {task_id}")

    def check_lost(self, there: Container[str], was_removed: Callable[[str], bool]) -> None:
        """Hold the tasks that are `there` at the end, by id, against those that were acknowledged.

        `was_removed` says of an id whether its removal was told.
        """
        for monitor in self.missing:
            if not was_removed(self.tasks[monitor].id):
                self.breaks(LOST, f"{monitor} answers 404, and nobody was told of a removal")
        for monitor, seen in self.tasks.items():
            if not seen.gone and seen.id not in there:
                self.breaks(LOST, f"{monitor} is not among the tasks")


def quantiles(times: Iterable[float]) -> tuple[float, float, float]:
    """The median, the 99th percentile and the longest, by the nearest rank."""
    ordered = sorted(times)
    last = len(ordered) - 1
    return ordered[round(last * 0.5)], ordered[round(last * 0.99)], ordered[last]
